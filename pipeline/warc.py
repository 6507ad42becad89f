"""Crawl files in, pages out: one row for every record, whatever became of it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from fastwarc.warc import WarcRecord, WarcRecordType

from pipeline.crawl.coding import BrokenError, TooLargeError, undone
from pipeline.crawl.framing import HEAD, Cutting, Frame
from pipeline.crawl.members import Opener
from pipeline.stage import Batches
from schemas.page import PAGE, SOURCE

_HTML = ("text/html", "application/xhtml+xml", "application/vnd.wap.xhtml+xml")
_CHARSET = re.compile(r";[ \t]*charset[ \t]*=[ \t]*[\"']?([^\s\"';,]{1,64})", re.IGNORECASE)
# What an HTML page without a Content-Type begins with: WHATWG MIME Sniffing Standard, 7.1,
# and XHTML behind an XML declaration.
_TAGS = rb"html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p"
_SNIFFED = re.compile(
    rb"(?:\xef\xbb\xbf)?[ \t\r\n\f]{0,512}(?:<!doctype html|<!--|<(?:" + _TAGS + rb")[ >\t\r\n]"
    rb"|<\?xml[^>]{0,200}>[^\x00]{0,1024}?<html[ >\t\r\n])",
    re.IGNORECASE,
)
# What a server says that machines may do with a page, by the column that keeps it.
_SAID = {
    "x_robots_tag": "X-Robots-Tag",
    "tdm_reservation": "tdm-reservation",
    "tdm_policy": "tdm-policy",
    "content_usage": "Content-Usage",
}
MAX_HEADER = 1024
"""Longest such header that is kept. [characters]"""

# Two records of three in Common Crawl's files: no more of them is looked at.
_NO_PAGE = re.compile(
    rb"\r\nWARC-Type:[ \t]*(?:request|metadata|warcinfo)[ \t]*\r\n", re.IGNORECASE
)
_BLANK_LINE = re.compile(rb"\r\n\r\n")  # no HTTP header goes on behind one
_OK = 200
_Row = dict[str, Any]


class _NoPageError(Exception):
    """The record is no page: args[0] is one of schemas.page.DROPPED."""


class _UnreadableError(Exception):
    """The record cannot be read: args[0] is one of schemas.page.ERRORS."""


@dataclass(frozen=True)
class ReadWarc:
    """Every record of every crawl file as one row: a page, dropped, or with an error.

    Reads WARC/1.x as gzip (a member a record, or one for all), zstd (with or without its
    dictionary frame) and plain. `open`: see pipeline.crawl.framing.Opener; its OSError is not
    caught.
    `max_body_bytes`: a page's body, before and after its codings are undone, and about what is
    held in memory. `max_raw_bytes`: kept of what cannot be read. A batch ends at `batch_bytes`
    of bodies, at `batch_rows` rows, or with its file.
    """

    open: Opener
    max_body_bytes: int = 20 << 20
    max_raw_bytes: int = 1 << 20
    batch_bytes: int = 32 << 20
    batch_rows: int = 512

    reads: ClassVar[pa.Schema] = SOURCE
    adds: ClassVar[pa.Schema] = PAGE
    replaces: ClassVar[bool] = True

    def stream(self, batches: Batches) -> Batches:
        """SOURCE rows in, PAGE rows out, in the order of the files and of their records."""
        for batch in batches:
            for source in batch.select(SOURCE.names).to_pylist():
                yield from self._batches(source)

    def _batches(self, source: _Row) -> Batches:
        rows: list[_Row] = []
        size = 0
        for row in self._rows(source):
            rows.append(row)
            size += len(row.get("body") or b"") + len(row.get("raw") or b"")
            if size >= self.batch_bytes or len(rows) >= self.batch_rows:
                yield _batch(rows)
                rows, size = [], 0
        if rows:
            yield _batch(rows)

    def _rows(self, source: _Row) -> Iterator[_Row]:
        cutting = Cutting(self.max_body_bytes, self.max_raw_bytes)
        frames = cutting.frames(self.open, source["location"])
        for frame in islice(frames, source["limit"]):
            yield self._row(source["warc_file"], frame)

    def _row(self, warc_file: str, frame: Frame) -> _Row:
        row: _Row = {"warc_file": warc_file, "warc_offset": frame.offset}
        try:
            row["body"] = self._body(frame, row)
        except _NoPageError as reason:
            row["dropped"] = str(reason)
        except _UnreadableError as reason:
            row |= {"error": str(reason), "raw": frame.raw}
        return row

    def _body(self, frame: Frame, row: _Row) -> bytes | memoryview:
        """The page's body; `row` gains the columns beside it as far as they are known."""
        if frame.record is None:
            raise _UnreadableError(frame.error)
        block = frame.record[frame.header :]
        record = _parsed(frame)
        row["fetched_at"] = record.record_date
        row["url"] = _url(record)
        codings: list[str] = []
        if record.record_type == WarcRecordType.response and _is_http(record, block):
            length = record.content_length
            codings = _response(record, row)
            # FastWARC counts the HTTP header off; the body itself need not pass through it.
            block = block[length - record.content_length :]
        elif record.record_type == WarcRecordType.resource:
            _resource(record, row)
        else:
            raise _NoPageError("not_response")
        if row["url"] is None:
            raise _NoPageError("no_url")
        if row.get("http_status", _OK) != _OK:
            raise _NoPageError("http_status")
        if row["content_type"] not in (None, *_HTML):
            raise _NoPageError("not_html")
        if frame.error is not None or len(block) > self.max_body_bytes:
            raise _UnreadableError("too_large")
        body = self._undone(block, codings)
        if not body:
            raise _NoPageError("empty_body")
        if row["content_type"] is None and not _SNIFFED.match(body):
            raise _NoPageError("not_html")
        return body

    def _undone(self, block: memoryview, codings: list[str]) -> bytes | memoryview:
        if not codings:
            return block
        try:
            return undone(bytes(block), codings, self.max_body_bytes)
        except TooLargeError:
            raise _UnreadableError("too_large") from None
        except BrokenError:
            raise _UnreadableError("broken_encoding") from None


def _batch(rows: list[_Row]) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [
            _bytes_column([row.get(field.name) for row in rows])
            if field.type == pa.large_binary()
            else pa.array([row.get(field.name) for row in rows], field.type)
            for field in PAGE
        ],
        schema=PAGE,
    )


def _bytes_column(values: list[bytes | memoryview | None]) -> pa.Array:
    """large_binary (rows,), the bytes copied once instead of while a builder grows."""
    lengths = np.array([len(value) if value is not None else 0 for value in values], np.int64)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    known = np.array([value is not None for value in values])
    data = b"".join(value for value in values if value is not None)
    buffers = [pa.array(known).buffers()[1], pa.py_buffer(offsets), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.large_binary(), len(values), buffers)


def _parsed(frame: Frame) -> WarcRecord:
    """The record with its headers; its block only as far as an HTTP header may reach."""
    record = frame.record or b""
    if _NO_PAGE.search(record, 0, frame.header):
        raise _NoPageError("not_response")
    most = frame.header + HEAD
    blank = _BLANK_LINE.search(record, frame.header, most)
    try:
        return WarcRecord.from_bytes(bytes(record[: blank.end() if blank else most]))
    except (OSError, ValueError):
        raise _UnreadableError("broken_record") from None


def _is_http(record: WarcRecord, block: memoryview) -> bool:
    """True for an HTTP response; some writers name no type for the block, which then tells."""
    if not record.is_http and not record.headers.get("Content-Type"):
        record.is_http = bytes(block[:5]) == b"HTTP/"
    return record.is_http


def _response(record: WarcRecord, row: _Row) -> list[str]:
    """The HTTP header's part of the row, and the codings of the body, first applied first."""
    try:
        # quirks: servers end header lines with a bare line feed, and crawlers store that.
        record.parse_http(max_header_len=HEAD - 1, quirks_mode=True)
    except (OSError, ValueError):
        raise _UnreadableError("broken_http") from None
    headers = record.http_headers
    status = headers.status_code if record.is_http_parsed else None
    if status is None:
        raise _UnreadableError("broken_http")
    row["http_status"] = status
    _typed(headers.get("Content-Type"), row)
    for column, header in _SAID.items():
        said = headers.get_multiple(header)
        if said:
            row[column] = ", ".join(said).replace("\0", "\ufffd").strip()[:MAX_HEADER] or None
    names = ("Content-Encoding", "Transfer-Encoding")
    return [coding for name in names for value in headers.get_multiple(name)
            for coding in value.split(",")]  # fmt: skip


def _resource(record: WarcRecord, row: _Row) -> None:
    """A resource is a page where it is HTML that was found at a web address."""
    _typed(record.headers.get("Content-Type"), row)
    is_web = (row["url"] or "").lower().startswith(("http://", "https://"))
    if not is_web or row["content_type"] not in _HTML:
        raise _NoPageError("not_response")


def _typed(content_type: str | None, row: _Row) -> None:
    """Fill in media type and charset from a Content-Type header. RFC 9110 8.3."""
    value = (content_type or "").replace("\0", "\ufffd")
    row["content_type"] = re.split("[;,]", value, maxsplit=1)[0].strip().lower()[:256] or None
    charset = _CHARSET.search(value)
    row["http_charset"] = charset[1].lower() if charset else None


def _url(record: WarcRecord) -> str | None:
    """WARC-Target-URI without the angle brackets that WARC/1.0 writers put around it."""
    value = (record.headers.get_bytes(b"WARC-Target-URI") or b"").strip()
    if value.startswith(b"<") and value.endswith(b">"):
        value = value[1:-1].strip()
    return value.decode("utf-8", "replace").replace("\0", "\ufffd") or None
