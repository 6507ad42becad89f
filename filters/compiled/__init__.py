"""Compiled passes over Arrow buffers, and what they are built of. Most modules import numba."""
