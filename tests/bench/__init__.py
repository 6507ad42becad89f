"""Rows a second of the steps that take the time: `make bench`."""
