"""HTTP/2 where a server prefers it: the same classes, the same limits, and no attack gets far."""

import asyncio
import struct
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("hpack", reason="pip install hpack (of the base install)")

from pipeline.pictures.resize import is_image
from pipeline.web import frames
from pipeline.web.addresses import Gate
from pipeline.web.downloads import Downloader, Policy
from pipeline.web.http2 import Connection
from pipeline.web.streams import WINDOW
from tests.attacks.http2 import OK, RAW, offering, serving_two
from tests.attacks.server import PNG, picture

POLICY = Policy(
    per_host_s=0, honours=(), total_s=10, max_bytes=1 << 20, allow=("127.0.0.1/32",),
    user_agent="test/1",
)  # fmt: skip
HASTY = replace(POLICY, total_s=1.2)


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    secret = offering(tmp_path, "h2", "http/1.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    return secret


@pytest.fixture
def server(trusted):
    with serving_two(trusted) as running:
        yield running


def answers(links, policy=POLICY):
    async def ask():
        async with Downloader(policy, is_image) as downloader:

            async def one(link):
                async with downloader.get(Gate(policy.allow).target(link)) as answer:
                    return answer

            return await asyncio.gather(*map(one, links))

    return asyncio.run(ask())


@pytest.mark.parametrize(
    "path, dropped, status, attempts",
    [
        ("ok", None, 200, 1),
        ("gzip", None, 200, 1),
        ("deflate", None, 200, 1),
        ("hops/5", None, 200, 6),
        ("loop", "http_3xx", 302, 6),
        ("to/http://10.0.0.1/a.png", "private_address", 301, 1),
        ("404", "http_4xx", 404, 1),
        ("429-once", None, 200, 2),
        ("500", "http_5xx", 500, 2),
        ("304", "http_3xx", 304, 1),
        ("hang", "timeout", None, 2),
        ("hang-up", "connect", None, 2),
        ("close-late", "truncated", 200, 2),
        ("truncated", "truncated", 200, 2),
        ("gzip-cut", "truncated", 200, 2),
        ("huge", "too_large", 200, 1),
        ("bomb", "too_large", 200, 1),
        ("html", "not_image", 200, 1),
        ("empty", "not_image", 200, 1),
        ("brotli", "protocol", 200, 1),
        ("long-header", "protocol", None, 1),
        *((f"raw/{name}", dropped, ..., ...) for name, (_, dropped) in RAW.items()),
    ],
)
def test_each_answer_has_its_class(server, path, dropped, status, attempts):
    (end,) = answers([f"{server}/{path}"], HASTY if dropped == "timeout" else POLICY)
    assert end.dropped == dropped
    assert status in (..., end.status)
    assert attempts in (..., sum(server.asked.values()))
    assert (end.body is None) == (dropped is not None)
    assert server.connections >= 1


def test_one_connection_serves_all_and_the_limit_holds(server):
    ends = answers([f"{server}/slow/{n}" for n in range(40)], replace(POLICY, per_host=3))
    assert [end.body for end in ends] == [PNG] * 40
    assert (server.connections, server.most[""], len(server.asked)) == (1, 3, 40)


def test_one_bad_answer_costs_no_other(server):
    bad = ("close-late", "truncated", "gzip-cut", "html", "404", "raw/no-status", "bomb", "huge")
    links = [f"{server}/{name}" for name in bad if name != "close-late"]
    ends = answers([*links, *(f"{server}/slow/{n}" for n in range(20))])
    assert [end.dropped for end in ends[len(links) :]] == [None] * 20
    assert server.connections == 1


def test_a_large_body_comes_whole(server):
    sent = server.files["/large"] = b"HTTP/1.1 200 OK\r\n\r\n" + picture(600, 500)
    ends = answers([f"{server}/large", f"{server}/large"])
    assert all(end.body == sent.partition(b"\r\n\r\n")[2] for end in ends)
    assert len(ends[0].body) > WINDOW


def test_a_request_says_who_asks_and_nothing_else(server):
    answers([f"{server}/cookie?a=b"])
    (fields,) = server.fields
    assert fields == {
        ":method": "GET", ":scheme": "https", ":path": "/cookie?a=b",
        ":authority": f"127.0.0.1:{server.port}", "user-agent": "test/1",
        "accept": fields["accept"], "accept-encoding": "identity",
    }  # fmt: skip


@pytest.mark.parametrize("offered, asked", [(("http/1.1",), True), (("h2",), False)])
def test_http1_where_the_server_or_the_user_says_so(tmp_path, monkeypatch, offered, asked):
    secret = offering(tmp_path, *offered)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    with serving_two(secret) as server:
        ends = answers([f"{server}/slow/{n}" for n in range(6)], replace(POLICY, http2=asked))
    assert [end.body for end in ends] == [PNG] * 6
    assert server.connections == 0


@pytest.mark.parametrize("name", ["one-please", "one-or-go"])
def test_http1_where_the_server_wants_it_after_all(server, name):
    ends = answers([f"{server}/{name}/{n}" for n in range(3)], replace(POLICY, per_host=1))
    assert [(end.body, end.attempts) for end in ends] == [(PNG, 1)] * 3
    assert server.connections == 1
    assert [head.split(" ")[1] for head in server.heads] == [f"/{name}/{n}" for n in range(3)]


def test_an_address_in_utf8_is_encoded_once(server):
    place = "/ok/b\u00fccher.png"
    server.files["/go"] = f"HTTP/1.1 302 Found\r\nLocation: {place}\r\n\r\n".encode()
    (end,) = answers([f"{server}/go"])
    assert end.body == PNG
    assert server.asked["/ok/b%C3%BCcher.png"] == 1


def test_a_certificate_that_no_one_signed_is_tls(tmp_path):
    with serving_two(offering(tmp_path, "h2")) as server:
        (end,) = answers([f"{server}/ok"])
    assert (end.dropped, server.connections) == ("tls", 0)


def test_through_the_tunnel_of_a_proxy(server):
    async def tunnel(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        there = await asyncio.open_connection("127.0.0.1", server.port)

        async def pump(source, sink):
            while data := await source.read(1 << 16):
                sink.write(data)
            sink.close()

        await asyncio.gather(pump(reader, there[1]), pump(there[0], writer))
        ended.set()

    async def ask():
        proxy = await asyncio.start_server(tunnel, "127.0.0.1", 0)
        policy = replace(POLICY, proxy=f"http://127.0.0.1:{proxy.sockets[0].getsockname()[1]}")
        target = Gate(policy.allow).target(f"{server}/ok")
        async with Downloader(policy, is_image) as downloader, downloader.get(target) as answer:
            body = answer.body
        await ended.wait()
        proxy.close()
        return body

    ended = asyncio.Event()
    assert asyncio.run(ask()) == PNG
    assert server.connections == 1


class Wire(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self):
        self.sent = b""
        self.closed = False

    def set_protocol(self, protocol):
        self.protocol = protocol

    def write(self, data):
        self.sent += data

    def is_closing(self):
        return self.closed

    def close(self):
        self.closed = True

    abort = close


def streams(*pieces, paths=1):
    """How requests end where these bytes come: (status, body) or the failure, each."""

    async def ask():
        connection = Connection(Wire())

        async def one():
            try:
                async with asyncio.timeout(0.05), connection.get("a", "/", ()) as answer:
                    body = b"".join([chunk async for chunk in answer.iter_any()])
                    return answer.status, body
            except (OSError, ValueError, TimeoutError) as error:
                return type(error).__name__

        asking = [asyncio.create_task(one()) for _ in range(paths)]
        await asyncio.sleep(0)
        for piece in pieces:
            connection.data_received(piece)
            await asyncio.sleep(0)
        ends = await asyncio.gather(*asking)
        connection.abort()
        return ends

    return asyncio.run(ask())


HEAD = frames.frame(frames.HEADERS, frames.END_HEADERS, 1, OK)
BODY = frames.frame(frames.DATA, frames.END_STREAM, 1, b"abc")


def test_any_cut_of_the_bytes_gives_the_same():
    padded = frames.frame(frames.DATA, frames.PADDED, 1, b"\x02xyz\0\0")
    head = frames.frame(frames.HEADERS, frames.PADDED | frames.PRIORITISED, 1,
                        b"\x01" + bytes(5) + OK + b"\0") + frames.frame(
                            frames.CONTINUATION, frames.END_HEADERS, 1, b"\x5c\x016")  # fmt: skip
    whole = frames.settings({3: 9, 1: 0}) + head + padded + BODY
    for cut in range(len(whole)):
        assert streams(whole[:cut], whole[cut:]) == [(200, b"xyzabc")]


def test_a_length_that_lies():
    long = frames.frame(frames.HEADERS, frames.END_HEADERS, 1, OK + b"\x5c\x012")
    short = frames.frame(frames.HEADERS, frames.END_HEADERS, 1, OK + b"\x5c\x019")
    words = frames.frame(frames.HEADERS, frames.END_HEADERS, 1, OK + b"\x5c\x02-1")
    assert streams(long + BODY) == ["AnswerError"]
    assert streams(short + BODY) == ["ConnectionResetError"]
    assert streams(words + BODY) == ["AnswerError"]


def test_a_server_that_goes_ends_what_it_began():
    away = frames.frame(frames.GOAWAY, 0, 0, struct.pack(">II", 1, 0))
    assert streams(away + HEAD + BODY, paths=2) == [(200, b"abc"), "ConnectionResetError"]


def test_more_than_the_window_is_a_lie():
    data = frames.frame(frames.DATA, 0, 1, bytes(1 << 14))
    assert streams(HEAD + data * (WINDOW // (1 << 14)) + BODY) == ["AnswerError"]


def test_no_more_at_once_than_the_server_allows():
    assert streams(frames.settings({3: 1}) + HEAD + BODY, paths=1) == [(200, b"abc")]

    async def ask():
        wire = Wire()
        connection = Connection(wire)
        connection.data_received(frames.settings({3: 0}))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05), connection.get("a", "/", ()):
                pass
        before = wire.sent
        connection.abort()
        return before

    assert b"\x82" not in asyncio.run(ask())  # no :method GET was sent


def test_an_idle_connection_is_closed(monkeypatch):
    monkeypatch.setattr("pipeline.web.http2.IDLE_S", 0.01)

    async def ask():
        connection, gone = Connection(Wire()), []
        connection.when_closed = lambda: gone.append(True)
        asking = asyncio.create_task(anext(aiter(_chunks(connection))))
        await asyncio.sleep(0)
        connection.data_received(HEAD + BODY)
        assert await asking == b"abc"
        await asyncio.sleep(0.05)
        return connection.is_open

    assert asyncio.run(ask()) is False


async def _chunks(connection):
    async with connection.get("a", "/", ()) as answer:
        chunks = [chunk async for chunk in answer.iter_any()]
    yield b"".join(chunks)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=40),
            st.builds(
                frames.frame,
                st.integers(0, 10), st.integers(0, 255), st.integers(0, 5), st.binary(max_size=30),
            ),
            st.sampled_from([HEAD, BODY]),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_any_bytes_end(pieces):
    async def ask():
        connection = Connection(Wire())
        asking = asyncio.create_task(anext(aiter(_chunks(connection))))
        await asyncio.sleep(0)
        for piece in pieces:
            connection.data_received(piece)
        connection.connection_lost(None)
        with suppress(OSError, ValueError):
            await asking

    asyncio.run(ask())
