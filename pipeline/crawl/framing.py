"""Cut a crawl file into its records, and find the next one again after damage."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

import zstandard

from pipeline.crawl.coding import BROKEN
from pipeline.crawl.members import (
    BROKEN_FORM,
    GZIP,
    ZSTD,
    DamageError,
    Member,
    Opener,
    Window,
    decoder_of,
    form_of,
    skipped,
)

# A WARC header, or an HTTP header, longer than this is none.
HEAD = 64 << 10
# A record larger than the cap is stepped over by decoding it, up to this many times the cap.
_PATIENCE = 64
_READ = 1 << 20
# What holds a record's start for certain: a compressed zstd block (128 KiB), or a header.
_LOOK = 160 << 10
_FORM_BYTES = 16
_CLOSING = 64

_PLAIN = re.compile(rb"WARC/[01]\.")
_MARKS = {"gzip": re.compile(re.escape(GZIP)), "zstd": re.compile(re.escape(ZSTD)), "plain": _PLAIN}
_ANY_MARK = re.compile(b"|".join(mark.pattern for mark in _MARKS.values()))
_VERSION = re.compile(rb"WARC/[01]\.\d{1,2}\r\n")
# The same with all its lines, of which each names a field or goes on with the one before it.
_HEADER = re.compile(
    rb"WARC/[01]\.\d{1,2}\r\n(?:(?:[\w!#-'*+.^`|~-]{1,128}:|[ \t])[^\r\n]*+\r\n)++\r\n", re.ASCII
)
_LENGTH = re.compile(rb"\r\nContent-Length:[ \t]*(\d{1,18})[ \t]*\r\n", re.IGNORECASE)
_TYPE = re.compile(rb"\r\nWARC-Type:", re.IGNORECASE)
_BLANKS = re.compile(rb"[\r\n]{0,64}")


class Frame(NamedTuple):
    """One record, or one stretch of bytes that holds none that can be read.

    `offset`: where it begins in the file. Where one gzip member or zstd frame holds several
    records, the k-th (from 0) has the member's offset + k; offsets always rise. `record`: WARC
    header, which is its first `header` bytes, and block, decompressed; of a "too_large" record
    the beginning only; None where nothing can be read. `error`: of schemas.page.ERRORS. `raw`:
    the stored bytes, capped; of the second and later records of one member the decompressed.
    """

    offset: int
    record: memoryview | None
    header: int
    error: str | None
    raw: bytes | memoryview


@dataclass(frozen=True)
class Cutting:
    """How much of a record is taken. `most_bytes`: of its block; `raw_bytes`: kept as stored."""

    most_bytes: int
    raw_bytes: int

    def frames(self, open_: Opener, location: str) -> Iterator[Frame]:
        """Every record of the file in order; damage becomes a frame with `error`.

        Damage costs the record that it hit and none beside it, where a record is a gzip member,
        a zstd frame, or plain. Damage inside a member that holds several costs what follows in
        it, and a few records before.
        """
        with closing(Window(open_, location)) as window:
            last = -1
            for frame in _Walk(self, window).frames():
                last = max(frame.offset, last + 1)
                yield frame if last == frame.offset else frame._replace(offset=last)


class _Walk:
    """One walk over one file."""

    def __init__(self, cutting: Cutting, window: Window) -> None:
        self._most, self._raw = cutting.most_bytes, cutting.raw_bytes
        self._window = window
        self._dictionary: zstandard.ZstdCompressionDict | None = None
        self._form: str | None = None  # of the whole file, known from its first sound record
        self._guess: str | None = None  # of the member at hand
        self._offset = 0  # of the record at hand

    def frames(self) -> Iterator[Frame]:
        while start := bytes(self._window.peek(_FORM_BYTES)):
            at = self._offset = self._window.at
            try:
                if self._skipped():
                    continue
                member = self._member(start)
                yield from self._records(member, at)
            except DamageError as damage:
                yield self._stretch(damage.error, self._offset if self._guess == "plain" else at)

    def _skipped(self) -> bool:
        if self._form not in (None, "zstd"):
            return False
        stepped, dictionary = skipped(self._window)
        self._dictionary = dictionary or self._dictionary
        return stepped

    def _member(self, start: bytes) -> Member:
        """The member that begins here. DamageError where nothing of the file's form does."""
        form = self._guess = form_of(start)
        if form is None or self._form not in (None, form):
            raise DamageError(BROKEN_FORM[self._form or "plain"])
        return Member(self._window, form, decoder_of(form, self._dictionary), self._raw)

    def _records(self, member: Member, at: int) -> Iterator[Frame]:
        """Every record of one member, of a plain file the rest of it."""
        ordinal = 0
        raw: bytes | memoryview
        while member.need(1):
            self._offset = at + (member.dropped if member.is_plain else ordinal)
            try:
                record, header, error = self._record(member)
            except DamageError as damage:
                if damage.error != "broken_record" or member.is_plain:
                    raise
                # It decoded well, but is no record: the same member may hold more.
                lost = self._lost(member)
                raw = lost if ordinal else member.stored
                yield Frame(self._offset, None, 0, "broken_record", raw)
            else:
                self._form = self._guess
                raw = record[: self._raw] if member.is_plain or ordinal else member.stored
                yield Frame(self._offset, record, header, error, raw)
            ordinal += 1

    def _record(self, member: Member) -> tuple[memoryview, int, str | None]:
        """Take the record at the front of the member: (record, length of its header, error).

        DamageError where it is none. It is taken only when the member around it has proved
        sound as far as it goes: the checksum of a gzip member is behind its last record.
        """
        header, length = _header(member)
        total = header + length
        short = "truncated" if member.is_plain else "broken_record"
        if total <= self._most + HEAD:
            if not member.need(total):
                raise DamageError(short)
            member.need(total + _CLOSING)
            closed = _closed(member, total)
            record = memoryview(member.buffer)[member.at : member.at + total]
            member.drop(closed)
            return record, header, None
        taken = min(total, max(2 * HEAD, self._raw))
        member.need(taken)
        record = memoryview(member.buffer[member.at : member.at + taken])
        if not member.is_plain and total > _PATIENCE * self._most:
            raise DamageError("too_large")
        if not member.pass_over(total):
            raise DamageError(short)
        member.need(_CLOSING)
        member.drop(_closed(member, 0))
        return record, header, "too_large"

    def _lost(self, member: Member) -> bytes:
        """Drop what is no record, up to the next that is; returns the beginning, capped."""
        lost = b""
        first, patience = 1, _PATIENCE * self._most
        while True:
            more = member.need(2 * _LOOK)
            view = memoryview(member.buffer)[member.at :]
            safe = len(view) - (HEAD if more else 0)
            marks = _PLAIN.finditer(view, min(first, safe), safe)
            found = next((mark.start() for mark in marks if _is_header(view, mark.start())), None)
            cut = safe if found is None else found
            lost += bytes(view[: min(cut, self._raw - len(lost))])
            member.drop(cut)
            if found is not None or not more:
                return lost
            first, patience = 0, patience - cut
            if patience < 0:
                raise DamageError("too_large")

    def _stretch(self, error: str, start: int) -> Frame:
        """What lies between damage and the next record; the window then stands at that record."""
        self._window.seek(start)
        raw = bytes(self._window.peek(self._raw))
        end = self._next(start + 1)
        if end is not None:
            raw = raw[: end - start]
            if error == "truncated" or (self._form is None and error != "too_large"):
                # Not the end of the file after all; and what follows tells what this was to be.
                form = form_of(bytes(self._window.peek(_FORM_BYTES)))
                error = BROKEN_FORM[form or "plain"]
        return Frame(self._offset, None, 0, error, raw)

    def _next(self, start: int) -> int | None:
        """Go to the next offset from `start` on where a record begins; None at the end."""
        window = self._window
        window.seek(start)
        pattern = _MARKS[self._form] if self._form else _ANY_MARK
        while len(view := window.peek(_READ)):
            safe = len(view) if len(view) < _READ else len(view) - _LOOK
            for mark in pattern.finditer(view):
                if mark.start() >= safe:
                    break
                if self._begins(view[mark.start() : mark.start() + _LOOK]):
                    window.at += mark.start()
                    return window.at
            window.at += safe
        return None

    def _begins(self, view: memoryview) -> bool:
        """True where a record begins at the front of `view`, decompressed if need be."""
        form = form_of(bytes(view[:_FORM_BYTES])) or "plain"
        decoder = decoder_of(form, self._dictionary)
        if decoder is None:
            return _is_header(view, 0)
        try:
            return decoder.decompress(view, len(b"WARC/")).startswith(b"WARC/")
        except BROKEN:
            return False


def _header(member: Member) -> tuple[int, int]:
    """Length of the WARC header at the front, its blank line included, and of the block."""
    size = 1 << 10
    found = -1
    while found < 0:
        more = member.need(size)
        if not _VERSION.match(member.buffer, member.at):
            raise DamageError("broken_record")
        found = member.buffer.find(b"\r\n\r\n", member.at, member.at + HEAD)
        if found < 0 and not more:
            raise DamageError("truncated" if member.is_plain else "broken_record")
        if found < 0 and size >= HEAD:
            raise DamageError("broken_record")
        size *= 4
    length = _LENGTH.search(member.buffer, member.at, found + 4)
    if not length:
        raise DamageError("broken_record")
    return found + 4 - member.at, int(length[1])


def _is_header(data: memoryview, at: int) -> bool:
    """True where a whole WARC header begins at `at`: version, type, length, blank line."""
    found = _HEADER.match(data, at, at + HEAD)
    return bool(found and _LENGTH.search(found[0]) and _TYPE.search(found[0]))


def _closed(member: Member, size: int) -> int:
    """`size` and the line ends behind a record of that size.

    DamageError where neither the two line ends that close a record follow nor another record:
    then its length was wrong.
    """
    buffer, end = member.buffer, member.at + size
    blanks = _BLANKS.match(buffer, end)
    after = blanks.end() if blanks else end
    if after == len(buffer) or buffer.startswith(b"WARC/", after):
        return after - member.at
    if buffer.startswith(b"\r\n\r\n", end):
        return size + 4
    raise DamageError("broken_record")
