"""A small web written for `interleaf demo`: sites as data, pictures drawn on request, a server."""
