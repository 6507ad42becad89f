"""Which crawl a page belongs to: Common Crawl's name for it where it is known, else the month."""

import re
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from jobs.store_tables import Tables

UNDATED = "undated"
# As in crawl-data/CC-MAIN-2024-10/...; a file's own name, CC-MAIN-20240220211055-..., says a time.
NAME = re.compile(r"CC-MAIN-(\d{4})-(\d{2})(?!\d)")
_PART_OF = re.compile(rb"(?im)^isPartOf: *(CC-MAIN-\d{4}-\d{2})\s*$")
_HEAD_BYTES = 1 << 16
_WEEKS, _MONTHS = 52, 12

Crawl = Callable[[str | None, datetime | None], str]


def crawls(at: Tables) -> Crawl:
    """(warc_file, fetched_at) -> CC-MAIN-YYYY-WW, or YYYY-MM, or UNDATED, for a store's documents.

    The name is that in the file's name or address, or what the warcinfo record at the head of a
    file on this machine says it is part of.
    """
    known: dict[str, str | None] = {}
    for part in at.inputs.parts():
        for batch in at.inputs.read(part, ["warc_file", "location"]):
            for row in batch.to_pylist():
                name = NAME.search(row["warc_file"]) or NAME.search(row["location"])
                known[row["warc_file"]] = name[0] if name else _told(row["location"])

    def crawl(warc_file: str | None, fetched_at: datetime | None) -> str:
        name = known.get(warc_file or "")
        return name or (f"{fetched_at:%Y-%m}" if fetched_at else UNDATED)

    return crawl


def months(period: str) -> float:
    """Where a crawl or a month lies in time, in months since the year 0. ValueError for another."""
    name = NAME.fullmatch(period)
    if name:
        return int(name[1]) * _MONTHS + 1 + (int(name[2]) - 1) * _MONTHS / _WEEKS
    year, month = period.split("-")
    return float(int(year) * _MONTHS + int(month))


def _told(location: str) -> str | None:
    """What the warcinfo record of a file here says; None where there is none, or no file."""
    try:
        with Path(location).open("rb") as file:
            head = file.read(_HEAD_BYTES)
        if head.startswith(b"\x1f\x8b"):
            head = zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(head, _HEAD_BYTES)
    except (OSError, ValueError, zlib.error):
        return None
    found = _PART_OF.search(head)
    return found[1].decode() if found else None
