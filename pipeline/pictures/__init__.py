"""Bytes of strangers to pictures: decoded, resized and blurred where a crash costs one."""
