"""A page of the web, from its bytes to its nodes."""
