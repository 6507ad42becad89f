"""The bytes of a crawl file: a stretch of it as stored, and what its members decode to."""

import re
from typing import BinaryIO, Protocol

import zstandard
from isal import isal_zlib

from pipeline.crawl.coding import BROKEN, Decoder, ZstdDecoder, drained

# What the first 16 bytes of a member tell about it.
GZIP, ZSTD = b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"
_SKIPPABLE = re.compile(rb"[\x50-\x5f]\x2a\x4d\x18", re.DOTALL)
# The IIPC's zstd profile: the dictionary of all frames lies in a first, skippable frame.
_DICTIONARY = b"\x5d\x2a\x4d\x18"
_SKIPPABLE_HEADER = 8

BROKEN_FORM = {"gzip": "broken_gzip", "zstd": "broken_zstd", "plain": "broken_record"}

_READ = 1 << 20
_FIRST = 32 << 10
_SLICE = 64 << 10
_PIECE = 256 << 10
_ZSTD_WINDOW = 128 << 20
_MOST_DICTIONARY = 16 << 20


class Opener(Protocol):
    """Opens `location` for reading from byte `offset` on; empty at or behind the end.

    OSError where it cannot be opened or read: that is the part's failure, not a record's.
    """

    def __call__(self, location: str, offset: int) -> BinaryIO: ...


class DamageError(Exception):
    """The record at hand cannot be read. `error`: of schemas.page.ERRORS."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


def form_of(start: bytes) -> str | None:
    """The form of the member that begins with these bytes: gzip, zstd, plain; None for others."""
    if start.startswith(GZIP):
        return "gzip"
    if start.startswith(ZSTD):
        return "zstd"
    return "plain" if start.startswith(b"WARC/") else None


def decoder_of(form: str, dictionary: zstandard.ZstdCompressionDict | None) -> Decoder | None:
    """What decodes a member of this form; None where nothing needs to."""
    if form == "gzip":
        decoder: Decoder = isal_zlib.decompressobj(31)
        return decoder
    return ZstdDecoder(_ZSTD_WINDOW, dictionary) if form == "zstd" else None


class Window:
    """A file's bytes from `at` on, about a megabyte of them in memory."""

    def __init__(self, open_: Opener, location: str) -> None:
        self._open, self._location = open_, location
        self._file = open_(location, 0)
        self._buffer = b""
        self._base = 0
        self.at = 0

    def close(self) -> None:
        self._file.close()

    def peek(self, count: int) -> memoryview:
        """The next `count` bytes, fewer only at the end of the file."""
        skipped = self.at - self._base
        short = count - (len(self._buffer) - skipped)
        if short > 0:
            pieces = [self._buffer[skipped:]]
            while short > 0 and (piece := self._file.read(max(short, _READ))):
                pieces.append(piece)
                short -= len(piece)
            if len(pieces) > 1:
                self._buffer, self._base, skipped = b"".join(pieces), self.at, 0
        return memoryview(self._buffer)[skipped : skipped + count]

    def seek(self, offset: int) -> None:
        """Go on at `offset`, which lies in the buffer or is opened anew."""
        if not self._base <= offset <= self._base + len(self._buffer):
            self._file.close()
            self._file = self._open(self._location, offset)
            self._buffer, self._base = b"", offset
        self.at = offset


class Member:
    """The decoded bytes of a gzip member, a zstd frame, or of the rest of a plain file.

    `buffer[at:]` is what is decoded and not yet dropped. `stored`: the first `keep` bytes as
    they lie in the file; empty for a plain file.
    """

    def __init__(self, window: Window, form: str, decoder: Decoder | None, keep: int) -> None:
        self._window, self._form, self._decoder, self._keep = window, form, decoder, keep
        self.stored = b""
        self.buffer = b""
        self.at = 0
        self.dropped = 0
        self.ended = False

    @property
    def is_plain(self) -> bool:
        """True where nothing is decoded, so that the member cannot be damaged as such."""
        return self._decoder is None

    def need(self, count: int) -> bool:
        """Decode until `count` bytes lie in the buffer; False where the member ends before.

        DamageError where it cannot be decoded, or the file ends inside it.
        """
        while len(self.buffer) - self.at < count and not self.ended:
            # Growing by as much as is there already keeps the copying linear.
            most = max(_PIECE, len(self.buffer) - self.at)
            piece = self._plain(most) if self._decoder is None else self._decoded(self._decoder)
            self.buffer = self.buffer[self.at :] + piece if self.at < len(self.buffer) else piece
            self.at = 0
        return len(self.buffer) - self.at >= count

    def _plain(self, most: int) -> bytes:
        piece = bytes(self._window.peek(most))
        self._window.at += len(piece)
        self.ended = not piece
        return piece

    def _decoded(self, decoder: Decoder) -> bytes:
        # What is behind a member's end is copied each time, and few members are longer than this.
        stored = self._window.peek(_FIRST if not self.stored else _SLICE)
        most = max(_PIECE, len(self.buffer) - self.at)
        try:
            piece = decoder.decompress(stored, most)
        except BROKEN:
            raise DamageError(BROKEN_FORM[self._form]) from None
        left = len(decoder.unused_data if decoder.eof else decoder.unconsumed_tail)
        used = len(stored) - left
        if len(self.stored) < self._keep:
            self.stored += stored[: min(used, self._keep - len(self.stored))]
        self._window.at += used
        self.ended = decoder.eof
        if not stored and not piece and not decoder.eof:
            raise DamageError("truncated")
        return piece

    def drop(self, count: int) -> None:
        """Step over `count` bytes of the buffer."""
        self.at += count
        self.dropped += count

    def pass_over(self, count: int) -> bool:
        """Step over `count` bytes, decoded or not yet; False where the member ends before."""
        while count > 0 and self.need(1):
            step = min(count, len(self.buffer) - self.at)
            self.drop(step)
            count -= step
        return count <= 0


def skipped(window: Window) -> tuple[bool, zstandard.ZstdCompressionDict | None]:
    """Step over a zstd frame without data, if one begins here, and take the dictionary it holds.

    (stepped, dictionary). DamageError for a dictionary that is none, and where behind the frame
    neither another frame begins nor the file ends: a wrong length would hide all that follows.
    """
    start = bytes(window.peek(_SKIPPABLE_HEADER))
    if len(start) < _SKIPPABLE_HEADER or not _SKIPPABLE.match(start):
        return False, None
    end = _SKIPPABLE_HEADER + int.from_bytes(start[4:], "little")
    dictionary = None
    if start.startswith(_DICTIONARY) and end <= _MOST_DICTIONARY:
        stored = bytes(window.peek(end)[_SKIPPABLE_HEADER:])
        try:
            if stored.startswith(ZSTD):
                stored = drained(ZstdDecoder(), stored, _MOST_DICTIONARY)
            dictionary = zstandard.ZstdCompressionDict(stored)
        except (ValueError, *BROKEN):
            raise DamageError("broken_zstd") from None
    window.seek(window.at + end - 1)
    behind = bytes(window.peek(1 + len(ZSTD)))
    if not behind or not (behind[1:] in (b"", ZSTD) or _SKIPPABLE.match(behind, 1)):
        raise DamageError("broken_zstd")
    window.seek(window.at + 1)
    return True, dictionary
