"""One answer of HTTP/2 (RFC 9113 8.1) as it comes in: head, body, and how it may fail."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any

from pipeline.web.frames import ViolationError

WINDOW = 256 << 10  # bytes of one body that may wait to be read
_MAX_DIGITS = 18


class AnswerError(ValueError):
    """An answer that no HTTP/2 server gives."""


class Answer:
    """One stream: a status, headers, and a body that comes in chunks.

    It is read as an answer of aiohttp is. `more` is told how many bytes were read, now and then.
    """

    def __init__(self, more: Callable[[int], None]) -> None:
        self.status = 0
        self.headers: Any = None
        self.content_length: int | None = None
        self.content = self  # as aiohttp's answers name what is read from
        self.left = WINDOW  # what may still come
        self.ended = False
        self._more = more
        self._chunks: deque[bytes] = deque()
        self._read = self._came = 0
        self._failure: Exception | None = None
        self._news: asyncio.Future[None] | None = None

    async def headed(self) -> None:
        """Wait for status and headers."""
        while not self.status:
            await self._changed()

    async def iter_any(self) -> AsyncIterator[bytes]:
        """The body as it comes; what is not read is not sent on for long."""
        while True:
            while self._chunks:
                chunk = self._chunks.popleft()
                yield chunk
                self._give_back(len(chunk))
            if self.ended:
                break
            await self._changed()
        if self.content_length is not None and self._came != self.content_length:
            if self._came > self.content_length:
                raise AnswerError("more than was announced")
            raise ConnectionResetError("less than was announced")

    def close(self) -> None:
        """Nothing more is wanted of it: leaving the context tells the server."""

    def take_head(self, fields: list[tuple[bytes, bytes]], last: bool) -> bool:
        """A head, or trailers, which are passed over; False where it was a mere interim one."""
        from multidict import CIMultiDict

        if self.status:
            if not last:
                self.fail(AnswerError("two heads"))
        else:
            # As aiohttp reads those of HTTP/1.1: addresses in Location are often bare UTF-8.
            texts = [(_text(name), _text(value)) for name, value in fields]
            said = dict(texts).get(":status", "")
            if not (said.isascii() and said.isdigit() and len(said) == len("200")):
                self.fail(AnswerError("no status"))
                return True
            if said.startswith("1") and not last:
                return False
            self.headers = CIMultiDict(pair for pair in texts if not pair[0].startswith(":"))
            length = self.headers.get("Content-Length")
            if length is not None:
                if not (length.isascii() and length.isdigit() and len(length) <= _MAX_DIGITS):
                    self.fail(AnswerError("a length that is none"))
                    return True
                self.content_length = int(length)
            self.status = int(said)
        self._tell(last)
        return True

    def take_data(self, chunk: bytes, size: int, last: bool) -> None:
        """A piece of the body, in a frame of `size` bytes; raises ViolationError if too much."""
        self.left -= size
        if self.left < 0:
            raise ViolationError("more than the window of a stream")
        if not self.status:
            self.fail(AnswerError("a body without a head"))
            return
        self._came += len(chunk)
        if chunk:
            self._chunks.append(chunk)
        self._give_back(size - len(chunk))
        self._tell(last)

    def fail(self, why: Exception) -> None:
        """What came so far is all that comes."""
        if not self.ended and self._failure is None:
            self._failure = why
            self._tell(last=False)

    def _give_back(self, size: int) -> None:
        """So many bytes wait no more: a like number may come."""
        self._read += size
        if self._read * 2 >= WINDOW and not self.ended:
            self.left += self._read
            self._more(self._read)
            self._read = 0

    def _tell(self, last: bool) -> None:
        self.ended = self.ended or last
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def _changed(self) -> None:
        if self._failure is not None:
            raise self._failure
        self._news = asyncio.get_running_loop().create_future()
        await self._news


def _text(field: bytes) -> str:
    return field.decode("utf-8", "surrogateescape")
