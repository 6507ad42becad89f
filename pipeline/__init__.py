"""WHAT is done: the stages. They know data; they know no files and no clusters."""
