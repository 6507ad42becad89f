"""robots.txt as a crawl has it: records of WARC files, and the newest of each origin that counts.

Common Crawl keeps what it was told by /robots.txt in files of their own (robotstxt/). RFC 9309
wants a file that we fetch ourselves to be used for a day at most; a capture is another's reading,
and how old it may be is the user's to say. Only an answer that decides by itself is taken: the
file (2xx), or that there is none (4xx, but not 429). After any other the host is asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pyarrow as pa
from fastwarc.warc import WarcRecord, WarcRecordType

from pipeline.crawl.coding import BrokenError, TooLargeError, undone
from pipeline.crawl.framing import HEAD, Cutting, Frame
from pipeline.crawl.members import Opener
from pipeline.stage import Batches
from pipeline.web.addresses import Gate, RefusedError
from pipeline.web.robots import MAX_BYTES
from pipeline.web.sites import ROBOTS_PATH, Text
from schemas.page import SOURCE
from schemas.rights import CAPTURE

# The newest capture of each origin that is linked to; of equal times the first in the crawl.
CAPTURED = """
SELECT part, origin, read_at, captured_in, http_status, body
FROM (
    SELECT sites.part AS part, captures.origin AS origin, read_at, captured_in, http_status, body,
           row_number() OVER (
               PARTITION BY captures.origin ORDER BY read_at DESC, captured_in, warc_offset
           ) AS place
    FROM captures JOIN sites ON captures.origin = sites.origin
) AS found
WHERE place = 1
"""

BATCH_ROWS = 256
# Codings may hide a larger file behind a small one; what is over is cut as from a live answer.
_MOST_BYTES = 4 << 20
_FOUND, _ABSENT, _BUSY = 2, 4, 429  # classes of a status, and the one that is no answer

Row = dict[str, Any]


@dataclass(frozen=True)
class ReadCaptures:
    """WARC files in, a row for each capture of a robots.txt that decides out.

    `allow`: as of pipeline.web.downloads.Policy. Damage and records of other things are passed
    over: a capture that is not there costs a request.
    """

    open: Opener
    allow: tuple[str, ...] = ()
    reads: ClassVar[pa.Schema] = SOURCE
    adds: ClassVar[pa.Schema] = CAPTURE
    replaces: ClassVar[bool] = True

    def stream(self, batches: Batches) -> Batches:
        gate = Gate(self.allow)
        cutting = Cutting(_MOST_BYTES, 0)
        for batch in batches:
            for source in batch.select(SOURCE.names).to_pylist():
                rows: list[Row] = []
                for frame in cutting.frames(self.open, source["location"]):
                    row = _row(frame, gate)
                    if row is not None:
                        rows.append(row | {"captured_in": source["warc_file"]})
                    if len(rows) >= BATCH_ROWS:
                        yield pa.RecordBatch.from_pylist(rows, schema=CAPTURE)
                        rows = []
                yield pa.RecordBatch.from_pylist(rows, schema=CAPTURE)


@dataclass(frozen=True)
class Captured:
    """What a crawl was told, by origin. `texts`: as the answer of the host would be read."""

    texts: dict[str, Text] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Captured":
        """From rows of CAPTURE."""
        found = {row["origin"]: row for row in rows}
        return cls({origin: _text(row) for origin, row in found.items()}, found)


def _row(frame: Frame, gate: Gate) -> Row | None:
    """A record as a row of CAPTURE; None where it is of something else, or decides nothing."""
    try:
        record, block = _response(frame)
        url = (record.headers.get("WARC-Target-URI") or "").strip().strip("<>")
        target = gate.target(url)
        status, read_at = record.http_headers.status_code, record.record_date
        row = {
            "origin": target.origin,
            "read_at": read_at,
            "warc_offset": frame.offset,
            "http_status": status,
        }
        robots_txt = target.url.partition("://")[2].partition("/")[2] == ROBOTS_PATH[1:]
        if not robots_txt or status is None or read_at is None or frame.error is not None:
            return None
        kind = status // 100
        if kind == _FOUND:
            body = undone(block, _codings(record), _MOST_BYTES)[:MAX_BYTES]
            return row | {"body": body}
    except (OSError, ValueError, RefusedError, BrokenError, TooLargeError):
        return None
    return row if kind == _ABSENT and status != _BUSY else None


def _response(frame: Frame) -> tuple[WarcRecord, bytes]:
    """The HTTP response of a record, and its body as sent. ValueError where it holds none."""
    if frame.record is None:
        raise ValueError
    record = WarcRecord.from_bytes(bytes(frame.record[: frame.header + HEAD]))
    if record.record_type != WarcRecordType.response or not record.is_http:
        raise ValueError
    length = record.content_length
    record.parse_http(max_header_len=HEAD - 1, quirks_mode=True)
    return record, bytes(frame.record[frame.header :][length - record.content_length :])


def _codings(record: WarcRecord) -> list[str]:
    names = ("Content-Encoding", "Transfer-Encoding")
    headers = record.http_headers
    return [c for name in names for value in headers.get_multiple(name) for c in value.split(",")]


def _text(row: Row) -> Text:
    there = row["body"] is not None
    dropped = None if there else "http_4xx"
    return Text(row["body"], row["http_status"], 0, dropped, row["origin"], ROBOTS_PATH)


def nothing_captured(origins: frozenset[str]) -> Captured:
    """No crawl's files were given."""
    del origins
    return Captured()
