"""WHAT a thing is: Arrow shapes only."""
