"""What a worker says of a part that takes long, beside the lines of jobs.watch."""

import sys

from jobs.plan import part_name


def told(part: int, line: str) -> None:
    """News of a fetch, on standard error; not on a terminal, where bars are drawn."""
    if not sys.stderr.isatty():
        print(f"fetch {part_name(part)}: {line}", file=sys.stderr, flush=True)
