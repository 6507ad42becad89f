"""Crawl files: their bytes, members and records."""
