"""A stub resolver against name servers on loopback, and bytes that are no answer."""

import asyncio
import socket
import struct
import threading
from contextlib import contextmanager

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.web import names
from pipeline.web.addresses import Gate
from pipeline.web.names import NameServers, NoAnswerError, Resolved, _question, place, read_answer
from pipeline.web.resolver import Resolver, UnresolvedError


def record(kind, data, name=b"\xc0\x0c", ttl=60):
    return name + struct.pack(">2HIH", kind, 1, ttl, len(data)) + data


def soa(ttl, minimum):
    return record(6, b"\x01m\0\x01r\0" + struct.pack(">5I", 1, 2, 3, 4, minimum), ttl=ttl)


def answering(asked, code=0, records=(), flags=0x8180, number=None, denied=()):
    head = struct.unpack_from(">H", asked)[0] if number is None else number
    return (
        struct.pack(">6H", head, flags | code, 1, len(records), len(denied), 0)
        + asked[12:]
        + b"".join((*records, *denied))
    )


@contextmanager
def server(answer):
    """A name server that says `answer(question)`; None says nothing. Its "host:port"."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))

        def serve():
            while True:
                asked, sender = wire.recvfrom(4096)
                if asked == b"end":
                    return
                said = answer(asked)
                if said is not None:
                    wire.sendto(said, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"127.0.0.1:{wire.getsockname()[1]}"
        wire.sendto(b"end", wire.getsockname())
        thread.join()


OTHER = _question("other.example", 1)
A = record(1, bytes([9, 8, 7, 6]))
CNAME = record(5, b"\x01b\xc0\x0c")


@pytest.fixture(autouse=True)
def hasty(monkeypatch):
    monkeypatch.setattr(names, "TRY_S", 0.2)
    monkeypatch.setattr(names, "_has_ipv6", lambda: False)


@pytest.mark.parametrize(
    "answer, expected",
    [
        (lambda q: answering(q, records=[A]), ["9.8.7.6"]),
        (lambda q: answering(q, records=[CNAME, A, A]), ["9.8.7.6"]),
        (lambda q: answering(q, code=3), []),
        (answering, []),
        (lambda q: answering(q, code=2), None),
        (lambda _: None, None),
        (lambda q: answering(q, records=[A], number=1), None),
        (lambda q: answering(q, records=[A], flags=0x0180), None),
        (
            lambda q: answering(q[:12] + _question("other.example", 1), records=[A]),
            None,
        ),
        (lambda q: answering(q, records=[record(28, bytes(16))]), []),
        (lambda q: answering(q, records=[record(1, bytes(3))]), []),
        (lambda _: b"", None),
        (lambda q: q[:5], None),
    ],
)
def test_answers(answer, expected):
    with server(answer) as place:
        if expected is None:
            with pytest.raises(NoAnswerError):
                resolved(place)
        else:
            assert [address for address, _ in resolved(place).addresses] == expected


def resolved(*servers):
    async def ask():
        return await NameServers(servers).resolved("a.example.")

    return asyncio.run(ask())


def test_the_next_server_is_asked_where_one_fails_and_first_from_then_on():
    asked = []

    def counted(name, answer):
        return lambda q: asked.append(name) or answer(q)

    async def ask(*servers):
        names = NameServers(servers)
        return [await names.resolved("a.example.") for _ in range(2)]

    with (
        server(counted("dead", lambda _: None)) as dead,
        server(counted("broken", lambda q: answering(q, code=2))) as broken,
        server(counted("good", lambda q: answering(q, records=[A]))) as good,
    ):
        found = asyncio.run(ask(dead, broken, good))
    assert found == [Resolved([("9.8.7.6", socket.AF_INET)], 60)] * 2
    assert asked == ["dead", "broken", "good", "good"]


@pytest.mark.parametrize(
    "records, denied, ttl_s",
    [
        ([record(1, bytes([9, 8, 7, 6]), ttl=300)], [], 300),
        ([record(5, b"\x01b\xc0\x0c", ttl=90), record(1, bytes([9, 8, 7, 6]), ttl=300)], [], 90),
        ([record(1, bytes([9, 8, 7, 6]), ttl=0)], [], 60),
        ([record(1, bytes([9, 8, 7, 6]), ttl=1 << 30)], [], 3600),
        ([record(1, bytes([9, 8, 7, 6]), ttl=1 << 31)], [], 60),
        ([], [soa(900, 300)], 300),
        ([], [soa(100, 300)], 100),
        ([], [soa(1 << 20, 1 << 20)], 3600),
        ([], [], 60),
    ],
)
def test_how_long_an_answer_holds(records, denied, ttl_s):
    with server(lambda q: answering(q, records=records, denied=denied)) as place:
        assert resolved(place).ttl_s == ttl_s


def test_both_kinds_of_addresses(monkeypatch):
    monkeypatch.setattr(names, "_has_ipv6", lambda: True)
    six = record(28, socket.inet_pton(socket.AF_INET6, "2606:4700::1111"), ttl=70)

    def answer(q):
        return answering(q, records=[six] if q[-3] == 28 else [record(1, b"\x09" * 4, ttl=80)])

    with server(answer) as place:
        found = resolved(place)
    assert found.addresses == [("9.9.9.9", socket.AF_INET), ("2606:4700::1111", socket.AF_INET6)]
    assert found.ttl_s == 70
    for bad in (lambda _: None, lambda q: answering(q, code=2)):
        with server(lambda q, bad=bad: bad(q) if q[-3] == 28 else answer(q)) as place:
            assert resolved(place).addresses == [("9.9.9.9", socket.AF_INET)]


def test_an_answer_that_does_not_fit_is_asked_for_over_tcp():
    many = [record(1, bytes([9, 8, 7, n])) for n in range(20)]

    async def ask():
        async def whole(reader, writer):
            (length,) = struct.unpack(">H", await reader.readexactly(2))
            said = answering(await reader.readexactly(length), records=many)
            writer.write(struct.pack(">H", len(said)) + said)
            writer.close()

        with server(lambda q: answering(q, flags=0x8380)) as place:
            line = await asyncio.start_server(whole, *place.split(":"))
            found = await NameServers([place]).resolved("a.example.")
            line.close()
        return found

    assert len(asyncio.run(ask()).addresses) == names.MAX_ADDRESSES


@pytest.mark.parametrize("code, error", [(0, None), (3, "dns"), (2, "dns")])
def test_an_answer_is_kept_as_long_as_it_holds(monkeypatch, code, error):
    monkeypatch.setattr(names, "LEAST_S", 0.1)
    asked = []

    async def ask():
        resolver = Resolver(Gate(), 2.0, NameServers([place]))
        for pause_s in (0, 0, 0.15):
            await asyncio.sleep(pause_s)
            if error is None:
                assert await resolver.addresses("a.example") == [("9.8.7.6", socket.AF_INET)]
                continue
            with pytest.raises(UnresolvedError) as failed:
                await resolver.addresses("a.example")
            assert (failed.value.reason, failed.value.temporary) == (error, code == 2)
        await resolver.close()

    def answer(q):
        asked.append(q)
        short = record(1, bytes([9, 8, 7, 6]), ttl=0)
        return answering(q, code, records=[] if code else [short], denied=[soa(0, 0)])

    with server(answer) as place:
        asyncio.run(ask())
    assert len(asked) == (3 if code == 2 else 2)  # a failure of the server is not remembered


@pytest.mark.parametrize(
    "text, found",
    [
        ("1.1.1.1", ("1.1.1.1", 53)), ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("::1", ("::1", 53)), ("[::1]", ("::1", 53)), ("[::1]:5353", ("::1", 5353)),
    ],
)  # fmt: skip
def test_places(text, found):
    assert place(text) == found


QUESTION = _question("a.example", 1)


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_end(tail, well_begun):
    head = struct.pack(">6H", 7, 0x8180, 1, 9, 0, 0) + QUESTION if well_begun else b""
    try:
        code, found = read_answer(head + tail, 7, QUESTION, 1)
    except (NoAnswerError, struct.error, IndexError):
        return
    assert 0 <= code < 16
    assert len(found.addresses) <= 16
    assert names.LEAST_S <= found.ttl_s <= names.MOST_S
