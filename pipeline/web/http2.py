"""A connection that speaks HTTP/2 (RFC 9113): GET requests over it, several at once.

It asks and listens, nothing more: no bodies are sent, pushes are refused, priorities passed over.
A server that breaks the rules for one answer loses that answer; one that breaks those of the
connection, or keeps it busy with frames that bring nothing, loses the connection. What fails is
an OSError where the connection or the stream was cut, a ValueError where the answer is no HTTP.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from pipeline.web import frames
from pipeline.web.frames import HEAD_BYTES, Cutter, ViolationError
from pipeline.web.streams import WINDOW, Answer, AnswerError

AT_ONCE = 64
CONNECTION_WINDOW = 16 << 20
IDLE_S = 15.0  # as long as the connections of HTTP/1.1 are kept
PATIENCE, PATIENCE_PER_STREAM = 1000, 400  # frames that bring nothing
WASTE_BYTES = 256  # a long one counts as many
_LAST_STREAM = frames.MOST - 2

Fields = Iterable[tuple[str, str]]


class OneRequiredError(ConnectionResetError):
    """The server will say this over HTTP/1.1 only (RFC 9113 7, HTTP_1_1_REQUIRED)."""


class Connection(asyncio.Protocol):
    """Takes over a transport on which both sides have agreed on h2; `early` has come already."""

    def __init__(self, transport: Any, early: bytes = b"") -> None:
        import hpack

        self._broken_head: type[Exception] = hpack.HPACKError
        self._encoder, self._decoder = hpack.Encoder(), hpack.Decoder(HEAD_BYTES)
        self._transport = transport
        self._cutter = Cutter()
        self._answers: dict[int, Answer] = {}
        self._next = 1
        self._most = AT_ONCE
        self._window = CONNECTION_WINDOW
        self._patience = PATIENCE
        self._closing = False
        self._free = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self.when_closed: Callable[[], object] = bool
        ours = {
            frames.ENABLE_PUSH: 0,
            frames.INITIAL_WINDOW_SIZE: WINDOW,
            frames.MAX_HEADER_LIST_SIZE: HEAD_BYTES,
        }
        more = frames.window_update(0, CONNECTION_WINDOW - frames.FIRST_WINDOW)
        transport.set_protocol(self)
        self.send(frames.PREFACE + frames.settings(ours) + more)
        if early:
            self.data_received(early)

    @property
    def is_open(self) -> bool:
        """May another request go over it?"""
        return not self._closing and not self._transport.is_closing()

    @asynccontextmanager
    async def get(self, authority: str, path: str, fields: Fields) -> AsyncIterator[Answer]:
        """One request; its answer once its head is there. Leaving early cancels the rest."""
        while self.is_open and len(self._answers) >= self._most:
            self._free.clear()
            await self._free.wait()
        if not self.is_open:
            raise ConnectionResetError("the connection was closed")
        stream, self._next = self._next, self._next + 2
        self._closing = self._next > _LAST_STREAM
        self._patience += PATIENCE_PER_STREAM
        answer = self._answers[stream] = Answer(partial(self._more, stream))
        pseudo = ((":method", "GET"), (":scheme", "https"), (":authority", authority))
        head = self._encoder.encode([*pseudo, (":path", path), *fields], huffman=False)
        self.send(
            frames.frame(frames.HEADERS, frames.END_HEADERS | frames.END_STREAM, stream, head)
        )
        try:
            await answer.headed()
            yield answer
        finally:
            self._leave(stream)

    def send(self, data: bytes) -> None:
        """Put bytes on the wire."""
        if not self._transport.is_closing():
            self._transport.write(data)

    def _more(self, stream: int, size: int) -> None:
        self.send(frames.window_update(stream, size))

    def abort(self) -> None:
        """Close it without a word."""
        self._transport.abort()
        self._end(ConnectionResetError("closed"))

    def data_received(self, data: bytes) -> None:
        try:
            for kind, flags, stream, payload in self._cutter.frames(data):
                if not self._took(kind, flags, stream, payload):
                    self._waste(0 if kind == frames.DATA else len(payload))
        except ViolationError as error:
            self._transport.abort()
            self._end(AnswerError(str(error)))

    def eof_received(self) -> None:
        self._end(ConnectionResetError("the server hung up"))

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._end(ConnectionResetError("the connection was lost"))

    def _waste(self, size: int) -> None:
        """A frame brought nothing. Data of a stream that was left is not the server's fault."""
        self._patience -= 1 + size // WASTE_BYTES
        if self._patience < 0:
            raise ViolationError("frames that bring nothing")

    def _took(self, kind: int, flags: int, stream: int, payload: bytes) -> bool:
        """Obey a frame; False where no answer came any further by it."""
        if kind == frames.DATA:
            return self._data(flags, stream, payload)
        if kind == frames.HEADERS:
            return self._head(flags, stream, payload)
        if kind == frames.PUSH_PROMISE:
            raise ViolationError("a push, which was refused")
        if kind == frames.RST_STREAM:
            why = _reset(frames.number(payload), "the stream was reset")
            if stream in self._answers:
                self._answers[stream].fail(why)
        elif kind == frames.SETTINGS and not flags & frames.ACK:
            self._settings(payload)
        elif kind == frames.PING and not flags & frames.ACK:
            frames.number(payload, 8)
            self.send(frames.frame(frames.PING, frames.ACK, 0, payload))
        elif kind == frames.GOAWAY:
            why = _reset(int.from_bytes(payload[4:8], "big"), "the server goes away")
            self._go(frames.number(payload[:4]) & frames.MOST, why)
        return False

    def _go(self, last: int, why: ConnectionResetError) -> None:
        """No more requests; those up to stream `last` are still answered."""
        self._closing = True
        for stream, answer in self._answers.items():
            if stream > last:
                answer.fail(why)
        self._free.set()

    def _data(self, flags: int, stream: int, payload: bytes) -> bool:
        size = len(payload)
        self._window -= size
        if self._window < 0 or not 0 < stream < self._next:
            raise ViolationError("more than the window, or on no stream")
        if self._window * 2 < CONNECTION_WINDOW:  # what waits is bounded stream by stream
            self.send(frames.window_update(0, CONNECTION_WINDOW - self._window))
            self._window = CONNECTION_WINDOW
        answer = self._answers.get(stream)
        if answer is None or answer.ended:
            return False
        chunk = frames.unpadded(flags & frames.PADDED, payload)
        last = bool(flags & frames.END_STREAM)
        answer.take_data(chunk, size, last)
        return bool(chunk) or last

    def _head(self, flags: int, stream: int, block: bytes) -> bool:
        if not stream & 1 or stream >= self._next:
            raise ViolationError("an answer to nothing")
        try:  # also of a stream that was left: both sides share one table of fields
            fields = [(n, v) for n, v, *_ in self._decoder.decode(block, raw=True)]
        except self._broken_head as error:
            raise ViolationError(f"a head that cannot be read: {error}") from error
        answer = self._answers.get(stream)
        if answer is None or answer.ended:
            return False
        return answer.take_head(fields, bool(flags & frames.END_STREAM))

    def _settings(self, payload: bytes) -> None:
        for name, value in frames.settings_of(payload):
            if name == frames.MAX_CONCURRENT_STREAMS:
                self._most = min(value, AT_ONCE)
                self._free.set()
            elif name == frames.HEADER_TABLE_SIZE:
                self._encoder.header_table_size = min(value, 4096)
        self.send(frames.frame(frames.SETTINGS, frames.ACK, 0))

    def _leave(self, stream: int) -> None:
        answer = self._answers.pop(stream)
        if not answer.ended:
            code = frames.CANCEL.to_bytes(4, "big")
            self.send(frames.frame(frames.RST_STREAM, 0, stream, code))
        self._free.set()
        if self._answers:
            return
        if self._closing:
            self._transport.abort()
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(IDLE_S, self._rest)

    def _rest(self) -> None:
        """Nothing was asked for long: close."""
        self._timer = None
        if not self._answers:
            self._closing = True
            self._transport.abort()

    def _end(self, why: Exception) -> None:
        self._closing = True
        if self._timer is not None:
            self._timer.cancel()
        for answer in self._answers.values():
            answer.fail(why)
        self._free.set()
        self.when_closed()


def _reset(code: int, why: str) -> ConnectionResetError:
    """What an answer ends in that the server cut, for the reason `code`."""
    return (OneRequiredError if code == frames.HTTP_1_1_REQUIRED else ConnectionResetError)(why)
