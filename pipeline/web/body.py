"""The body of an answer: what is wanted of it, and how it is read under its caps."""

import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

HEAD_BYTES = 64  # enough to tell an image from a page
ZLIB = 8  # the low half of the first byte of a zlib stream
GZIP = 0x1F  # the first byte of a gzip member
MOST_MEMBERS = 256  # that begin in one chunk: each costs a copy of what is left of it


def _nothing(headers: Iterable[tuple[str, str]]) -> None:
    """The answer's head forbids nothing."""


@dataclass(frozen=True)
class Held:
    """What a server said of a body that is held already; `url` is the address that said so."""

    url: str
    etag: str | None
    last_modified: str | None

    def headers(self, url: str) -> dict[str, str]:
        """What a request to `url` says, to be spared what is held (RFC 9110 13.1)."""
        if url != self.url:
            return {}
        named = (("If-None-Match", self.etag), ("If-Modified-Since", self.last_modified))
        return {name: value for name, value in named if value}


@dataclass(frozen=True)
class Wanted:
    """What is asked for. `accepts` sees a body's first bytes and says whether to read on.

    `forbids` sees the headers of an answer and gives a reason and its evidence where they say
    that it is not for us; its body is then not read. With `cut` a body that is too long ends at
    `max_bytes`, else it is refused. What is `held` need not come again.
    """

    types: str
    max_bytes: int
    accepts: Callable[[bytes], bool]
    forbids: Callable[[Iterable[tuple[str, str]]], tuple[str, str] | None] = _nothing
    cut: bool = False
    held: Held | None = None


class BodyError(Exception):
    """A body that is not read on; `reason` is a word of `schemas.image.DROPPED`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Body:
    """A body as it comes in: content coding undone, capped on the wire and after decoding."""

    def __init__(self, coding: str, wanted: Wanted) -> None:
        if coding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise BodyError("protocol")  # a coding that was not asked for
        self._coding = coding
        self._inflate: Any = None
        self._left = self._max_bytes = wanted.max_bytes
        self._accepts = wanted.accepts
        self._cut = wanted.cut
        self._accepted = False
        self._bytes = bytearray()

    def __len__(self) -> int:
        return len(self._bytes)

    @property
    def full(self) -> bool:
        """True where the body is cut and nothing more of it is wanted."""
        return self._cut and (self._left <= 0 or len(self._bytes) >= self._max_bytes)

    def feed(self, chunk: bytes) -> None:
        """Take bytes as they came; raises BodyError where they are too many or not wanted."""
        self._left -= len(chunk)
        if self._left < 0 and not self._cut:
            raise BodyError("too_large")
        self._bytes += self._decoded(chunk)
        if len(self._bytes) > self._max_bytes and not self._cut:
            raise BodyError("too_large")
        if not self._accepted and len(self._bytes) >= HEAD_BYTES:
            self._check()

    def whole(self) -> bytes:
        """The body after its last byte; raises BodyError where its coding ended early."""
        if self._inflate is not None and not self._inflate.eof and not self.full:
            raise BodyError("truncated")
        if not self._accepted:
            self._check()
        return bytes(self._bytes[: self._max_bytes])

    def _check(self) -> None:
        if not self._accepts(bytes(self._bytes[:HEAD_BYTES])):
            raise BodyError("not_image")
        self._accepted = True

    def _decoded(self, chunk: bytes) -> bytes:
        if self._coding in ("", "identity") or not chunk:
            return chunk
        if self._inflate is None:
            # "deflate" means zlib, but some servers send it without zlib's two bytes.
            bare = self._coding == "deflate" and chunk[0] & 0x0F != ZLIB
            self._inflate = zlib.decompressobj(-15 if bare else 47)
        out = bytearray()
        begun = 0
        while chunk and (room := self._max_bytes + 1 - len(self._bytes) - len(out)) > 0:
            if self._inflate.eof:
                if chunk[0] != GZIP:  # bytes behind the end mean nothing
                    break
                begun += 1
                if begun > MOST_MEMBERS:
                    raise BodyError("protocol")
                self._inflate = zlib.decompressobj(31)  # gzip may have members (RFC 1952 2.2)
            try:
                out += self._inflate.decompress(chunk, room)
            except zlib.error as error:
                raise BodyError("protocol") from error
            chunk = self._inflate.unused_data
        return bytes(out)
