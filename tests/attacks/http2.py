"""A web server on loopback that speaks HTTP/2: what `server` says, and frames that break rules.

It is written with the package h2, so that both ends do not share one misunderstanding.
"""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipeline.web.frames import (
    ACK,
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    GOAWAY,
    HEADERS,
    PADDED,
    PING,
    PUSH_PROMISE,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    frame,
    settings,
)
from tests.attacks.server import PNG, Server, listening, self_signed

h2_config = pytest.importorskip("h2.config", reason="pip install h2 (the extra dev)")
from h2 import connection as h2_connection  # noqa: E402
from h2 import events  # noqa: E402
from h2.exceptions import ProtocolError  # noqa: E402

OK = b"\x88"  # :status 200 by HPACK's static table
FLOOD = 20_000
# What is sent instead of an answer to stream `s`, and the class that it must end in.
RAW: dict[str, tuple[Callable[[int], bytes], str]] = {
    "garbage": (lambda _: b"HTTP/1.1 200 OK\r\n\r\n", "protocol"),
    "endless-head": (
        lambda s: frame(HEADERS, 0, s, OK) + frame(CONTINUATION, 0, s, b"\x10" * 16000) * 90,
        "protocol",
    ),
    "empty-continuations": (
        lambda s: frame(HEADERS, 0, s, OK) + frame(CONTINUATION, 0, s) * FLOOD, "protocol",
    ),
    "head-of-another": (
        lambda s: frame(HEADERS, 0, s, OK) + frame(CONTINUATION, END_HEADERS, s + 2, OK),
        "protocol",
    ),
    "continuation-first": (lambda s: frame(CONTINUATION, END_HEADERS, s, OK), "protocol"),
    # One entry of 4000 bytes in the table, named again and again by a byte each.
    "hpack-bomb": (
        lambda s: frame(HEADERS, END_HEADERS, s, OK + b"\x40\x01a\x7f\xa1\x1e" + b"b" * 4000
                        + b"\xbe" * 12_000),
        "protocol",
    ),
    "hpack-junk": (lambda s: frame(HEADERS, END_HEADERS, s, b"\xff" * 40), "protocol"),
    "hpack-table": (lambda s: frame(HEADERS, END_HEADERS, s, b"\x3f\xe1\xff\xff\x03"), "protocol"),
    "settings-flood": (lambda _: settings({3: 100}) * FLOOD, "protocol"),
    "settings-half": (lambda _: frame(SETTINGS, 0, 0, b"123"), "protocol"),
    "settings-window": (lambda _: settings({4: 1 << 31}), "protocol"),
    "ping-flood": (lambda _: frame(PING, 0, 0, bytes(8)) * FLOOD, "protocol"),
    "ping-short": (lambda _: frame(PING, 0, 0, b"1"), "protocol"),
    "ack-flood": (lambda _: frame(SETTINGS, ACK, 0) * FLOOD, "protocol"),
    "reset-flood": (lambda _: frame(RST_STREAM, 0, 99, bytes(4)) * FLOOD, "protocol"),
    "window-flood": (lambda _: frame(WINDOW_UPDATE, 0, 0, b"\0\0\0\1") * FLOOD, "protocol"),
    "empty-data": (
        lambda s: frame(HEADERS, END_HEADERS, s, OK) + frame(DATA, 0, s) * FLOOD, "protocol",
    ),
    "unknown-flood": (lambda _: frame(0x77, 0, 0, b"?") * FLOOD, "protocol"),
    "push": (lambda s: frame(PUSH_PROMISE, END_HEADERS, s, bytes(3) + b"\2" + OK), "protocol"),
    "frame-too-large": (lambda s: frame(DATA, 0, s, bytes(20_000)), "protocol"),
    "data-first": (lambda s: frame(DATA, END_STREAM, s, PNG), "protocol"),
    "data-of-none": (lambda _: frame(DATA, END_STREAM, 0, PNG), "protocol"),
    "data-ahead": (lambda s: frame(DATA, END_STREAM, s + 100, PNG), "protocol"),
    "padding": (
        lambda s: frame(HEADERS, END_HEADERS, s, OK) + frame(DATA, PADDED, s, b"\xffabc"),
        "protocol",
    ),
    "even-stream": (lambda _: frame(HEADERS, END_HEADERS, 2, OK), "protocol"),
    "stream-to-come": (lambda s: frame(HEADERS, END_HEADERS, s + 100, OK), "protocol"),
    "two-heads": (
        lambda s: frame(HEADERS, END_HEADERS, s, OK) + frame(HEADERS, END_HEADERS, s, OK),
        "protocol",
    ),
    "no-status": (lambda s: frame(HEADERS, END_HEADERS, s, b"\x84"), "protocol"),
    "interim-flood": (
        lambda s: frame(HEADERS, END_HEADERS, s, b"\x08\x03103") * FLOOD, "protocol",
    ),
    "long-interim-heads": (
        lambda s: frame(HEADERS, 0, s, b"\x08\x03103") + (frame(CONTINUATION, 0, s, b"\x88" * 8000)
                  + frame(CONTINUATION, END_HEADERS, s, b"\x88" * 8000)
                  + frame(HEADERS, 0, s, b"\x08\x03103")) * 200,
        "protocol",
    ),
    "go-away": (lambda _: frame(GOAWAY, 0, 0, bytes(8)), "connect"),
    "go-away-short": (lambda _: frame(GOAWAY, 0, 0, b"1"), "protocol"),
    "refused": (lambda s: frame(RST_STREAM, 0, s, b"\0\0\0\7"), "connect"),
    "reset-late": (
        lambda s: frame(HEADERS, END_HEADERS, s, OK) + frame(RST_STREAM, 0, s, bytes(4)),
        "truncated",
    ),
}  # fmt: skip


class Server2(Server):
    """As its parent, over HTTP/2; `/raw/NAME` answers with the bytes of RAW, and hangs."""

    def __init__(self) -> None:
        super().__init__()
        self.connections = 0
        self.fields: list[dict[str, str]] = []

    def __str__(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: HTTP/2 where the client offered it."""
        if writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
            await super().serve(reader, writer)
            return
        self.connections += 1
        line = _Line(self, writer)
        tasks: set[asyncio.Task[None]] = set()
        try:
            while data := await reader.read(1 << 16):
                for stream, fields in line.heard(data):
                    task = asyncio.create_task(line.answer(stream, fields))
                    tasks.add(task)
                    task.add_done_callback(tasks.discard)
        except (ConnectionError, ProtocolError, ssl.SSLError):
            pass
        finally:
            for task in tasks:
                task.cancel()
            writer.close()


class _Line:
    def __init__(self, server: Server2, writer: asyncio.StreamWriter) -> None:
        config = h2_config.H2Configuration(client_side=False, header_encoding="latin-1")
        self.state = h2_connection.H2Connection(config)
        self.server, self.writer = server, writer
        self.room: dict[int, asyncio.Event] = {}
        self.state.initiate_connection()
        self.flush()

    def flush(self) -> None:
        self.writer.write(self.state.data_to_send())

    def heard(self, data: bytes) -> Iterator[tuple[int, dict[str, str]]]:
        """The requests among what came."""
        for event in self.state.receive_data(data):
            if isinstance(event, events.RequestReceived):
                yield event.stream_id, dict(event.headers)
            elif isinstance(event, events.WindowUpdated | events.StreamReset):
                for room in self.room.values():
                    room.set()
        self.flush()

    async def answer(self, stream: int, fields: dict[str, str]) -> None:
        server, path = self.server, fields[":path"]
        server.fields.append(fields)
        server.asked[path] += 1
        server.together[""] += 1
        server.most[""] = max(server.most[""], server.together[""])
        try:
            name, _, rest = path.lstrip("/").partition("/")
            if name == "raw":
                self.writer.write(RAW[rest][0](stream))
            elif name in ("one-please", "one-or-go"):  # HTTP_1_1_REQUIRED
                code = b"\0\0\0\x0d"
                away = frame(GOAWAY, 0, 0, bytes(4) + code)
                self.writer.write(
                    away if name == "one-or-go" else frame(RST_STREAM, 0, stream, code)
                )
            elif name == "hang":
                await asyncio.sleep(30)
            elif name == "hang-up":
                self.writer.transport.abort()
            elif name == "close-late":
                await self.send(stream, path.encode(), PNG, ends=False)
                self.writer.close()
            else:
                await asyncio.sleep(0.02 if name == "slow" else 0)
                said = server.files.get(path) or server._said(name, rest, server.asked[path])[0]
                head, _, body = said.partition(b"\r\n\r\n")
                await self.send(stream, head, body)
        finally:
            server.together[""] -= 1

    async def send(self, stream: int, head: bytes, body: bytes, ends: bool = True) -> None:
        """An answer of HTTP/1.1 as one of HTTP/2."""
        first, *lines = head.split(b"\r\n")
        status = first.split(b" ")[1] if b" " in first else b"200"
        pairs = [line.split(b": ", 1) for line in lines]
        self.state.send_headers(
            stream, [(b":status", status), *((name.lower(), value) for name, value in pairs)]
        )
        room = self.room[stream] = asyncio.Event()
        while body:
            size = min(self.state.local_flow_control_window(stream), 16384)
            if size <= 0:
                room.clear()
                await room.wait()
                continue
            self.state.send_data(stream, body[:size])
            body = body[size:]
            self.flush()
        if ends:
            self.state.end_stream(stream)
        self.flush()


def offering(folder: Path, *protocols: str) -> ssl.SSLContext:
    """A server's certificate for 127.0.0.1, and what the server prefers to speak."""
    secret = self_signed(folder)
    secret.set_alpn_protocols(protocols)
    return secret


@contextmanager
def serving_two(secret: ssl.SSLContext) -> Iterator[Server2]:
    """Such a server in a thread of its own."""
    server = Server2()
    with listening(server, secret):
        yield server
