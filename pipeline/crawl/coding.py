"""Undo compression a bounded stretch at a time, and the codings of an HTTP body."""

import re
import zlib
from collections.abc import Sequence
from typing import Any, Protocol

import brotli
import zstandard
from isal import igzip_lib

# RFC 9659: a decoder of `Content-Encoding: zstd` need not hold more than 8 MiB of history.
_HTTP_ZSTD_WINDOW = 8 << 20
# A block of run-length zstd turns 4 bytes into 128 KiB: pieces of this size stay below 16 MiB.
_ZSTD_PIECE = 512
# Each member copies what is left of the body, so a body of nothing but headers must end soon.
_MOST_MEMBERS = 64
# Bytes that the WHATWG MIME Sniffing Standard (section 4.2) calls binary data bytes.
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CHUNK = re.compile(rb"[ \t]*([0-9a-fA-F]{1,8})[ \t]*(?:;[^\r\n]{0,4096})?\r?\n")

BROKEN: Any = (
    zlib.error, igzip_lib.IsalError, zstandard.ZstdError, brotli.error, EOFError
)  # fmt: skip


class TooLargeError(Exception):
    """More bytes than allowed came out of a decoder."""


class BrokenError(Exception):
    """The bytes are not in the coding that was named, nor plainly in none."""


class Decoder(Protocol):
    """What `zlib.decompressobj` offers; the classes below offer it for other codings."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def unconsumed_tail(self) -> bytes: ...

    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes: ...


class ZstdDecoder:
    """One zstd frame. Holds at most 16 MiB beyond the `max_length` asked for, plus its window."""

    def __init__(
        self,
        window: int = _HTTP_ZSTD_WINDOW,
        dictionary: zstandard.ZstdCompressionDict | None = None,
    ) -> None:
        inner = zstandard.ZstdDecompressor(dict_data=dictionary, max_window_size=window)
        self._frame = inner.decompressobj()
        self.unused_data = b""
        self.unconsumed_tail = b""

    @property
    def eof(self) -> bool:
        return bool(self._frame.eof)

    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes:
        view = memoryview(data)
        out: list[bytes] = []
        size = at = 0
        while at < len(view) and size < max_length and not self._frame.eof:
            out.append(self._frame.decompress(view[at : at + _ZSTD_PIECE]))
            size += len(out[-1])
            at += _ZSTD_PIECE
        rest = bytes(view[at:])
        if self._frame.eof:
            self.unused_data, self.unconsumed_tail = self._frame.unused_data + rest, b""
        else:
            self.unconsumed_tail = rest
        return b"".join(out)


class BrotliDecoder:
    """One brotli stream; brotli cannot say what lies behind it, so `unused_data` stays empty."""

    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self.unused_data = b""
        self.unconsumed_tail = b""

    @property
    def eof(self) -> bool:
        return bool(self._stream.is_finished())

    def decompress(self, data: bytes | memoryview, max_length: int, /) -> bytes:
        # The decoder keeps input it has no room to use, so nothing is handed back.
        return bytes(self._stream.process(bytes(data), output_buffer_limit=max(max_length, 1)))


def drained(decoder: Decoder, data: bytes, most: int) -> bytes:
    """All that `data` decodes to. EOFError where it ends early, TooLargeError beyond `most`."""
    out: list[bytes] = []
    size = 0
    while not decoder.eof:
        piece = decoder.decompress(data, most + 1 - size)
        out.append(piece)
        size += len(piece)
        if size > most:
            raise TooLargeError
        if not piece and not decoder.unconsumed_tail and not decoder.eof:
            raise EOFError
        data = decoder.unconsumed_tail
    return b"".join(out)


def undone(body: bytes, codings: Sequence[str], most: int) -> bytes:
    """`body` with `codings`, in the order in which they were applied, taken off.

    Crawlers store bodies that are decoded already under headers that still name the coding, so
    a body that does not decode but is plainly text stays as it is, and a name that is no coding
    (`utf-8`, `none`) is passed over. BrokenError for what is left, TooLargeError where more than
    `most` bytes come out.
    """
    for coding in reversed([name.strip().lower() for name in codings]):
        if coding == "chunked":
            body = _dechunked(body)
            continue
        try:
            body = _undone(body, coding, most)
        except BROKEN:
            if not is_text(body):
                raise BrokenError(coding) from None
    if len(body) > most:
        raise TooLargeError
    return body


def is_text(body: bytes) -> bool:
    """True where the first 512 bytes hold no control byte that text never holds."""
    return body.startswith(_UTF16) or _BINARY.search(body, 0, 512) is None


def _undone(body: bytes, coding: str, most: int) -> bytes:
    if not body or coding in ("", "identity"):
        return body
    if coding in ("gzip", "x-gzip"):
        return _gunzipped(body, most)
    if coding == "deflate":
        try:
            return drained(zlib.decompressobj(), body, most)
        except zlib.error:
            # RFC 9110 8.4.1.2: some senders leave the zlib wrapping off.
            return drained(zlib.decompressobj(-15), body, most)
    if coding == "br":
        return drained(BrotliDecoder(), body, most)
    if coding == "zstd":
        return drained(ZstdDecoder(), body, most)
    raise EOFError(f"no coding is called {coding}")


def _gunzipped(body: bytes, most: int) -> bytes:
    """Every gzip member in turn; what follows the last is dropped, as browsers do."""
    out = b""
    for _ in range(_MOST_MEMBERS):
        decoder = zlib.decompressobj(31)
        out += drained(decoder, body, most - len(out))
        body = decoder.unused_data
        if body[:2] != b"\x1f\x8b":
            return out
    raise EOFError("too many gzip members")


def _dechunked(body: bytes) -> bytes:
    """RFC 9112 7.1. A body whose first line is no chunk size was stored without its chunks."""
    out: list[bytes] = []
    at = 0
    while head := _CHUNK.match(body, at):
        size = int(head[1], 16)
        if size == 0:
            return b"".join(out)
        out.append(body[head.end() : head.end() + size])
        at = head.end() + size
        if at > len(body):
            raise BrokenError("chunked")
        at += 2 if body.startswith(b"\r\n", at) else body.startswith(b"\n", at)
    if not out:
        return body
    if at < len(body):
        raise BrokenError("chunked")
    return b"".join(out)  # cut off between two chunks: what came is whole
