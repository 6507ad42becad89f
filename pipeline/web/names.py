"""Host names asked of name servers of the user's choice, one after the other until one answers.

A stub resolver (RFC 1035) in the place of the machine's own: what is asked goes to `servers` only,
over UDP, and over TCP where an answer does not fit. How long an answer holds is what it says, also
of a name that there is not (RFC 2308).
"""

import asyncio
import secrets
import socket
import struct
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass

TRY_S = 2.0
AT_ONCE = 256  # names, with two sockets each
MAX_ADDRESSES = 16
PORT = 53
LEAST_S, MOST_S = 60.0, 3600.0  # what is taken for how long an answer holds
_A, _SOA, _AAAA, _IN = 1, 6, 28, 1
_NOERROR, _NXDOMAIN = 0, 3
_TRUNCATED, _IS_ANSWER, _WANT_RECURSION = 0x0200, 0x8000, 0x0100
_LENGTHS = {_A: 4, _AAAA: 16}
_FAMILIES = {_A: socket.AF_INET, _AAAA: socket.AF_INET6}
_POINTER = 0xC0
_MOST_TTL = (1 << 31) - 1


class NoAnswerError(OSError):
    """Nobody answered, or with bytes that answer no question of ours; later somebody may."""


@dataclass(frozen=True)
class Resolved:
    """Addresses of a name with their families, none where there is none; how long that holds."""

    addresses: list[tuple[str, int]]
    ttl_s: float


class NameServers:
    """Asks `servers`, in their order: addresses, with a port after a colon or not.

    One that does not answer is asked last from then on.
    """

    def __init__(self, servers: Iterable[str]) -> None:
        self._servers = [place(server) for server in servers]
        self._kinds = (_A, _AAAA) if _has_ipv6() else (_A,)
        self.turns = asyncio.Semaphore(AT_ONCE)

    async def resolved(self, host: str) -> Resolved:
        """What a name means. Raises NoAnswerError where no server says."""
        asked = (self._asked(host, kind) for kind in self._kinds)
        found: list[Resolved] = []
        failure = None
        for answer in await asyncio.gather(*asked, return_exceptions=True):
            if isinstance(answer, Resolved):
                found.append(answer)
            elif isinstance(answer, NoAnswerError):
                failure = answer
            else:
                raise answer
        some = [each for each in found if each.addresses]
        if failure is not None and not some:  # addresses of one kind are enough to go on with
            raise failure
        addresses = [pair for each in some for pair in each.addresses]
        return Resolved(addresses, min(each.ttl_s for each in some or found))

    async def _asked(self, host: str, kind: int) -> Resolved:
        for server in tuple(self._servers):
            try:
                code, found = await _exchange(server, host, kind)
            except (OSError, struct.error, IndexError, TimeoutError):
                code, found = -1, Resolved([], 0.0)
            if code in (_NOERROR, _NXDOMAIN):
                return found
            if self._servers[0] == server:
                self._servers.append(self._servers.pop(0))
        raise NoAnswerError("no name server answered")


def place(server: str) -> tuple[str, int]:
    """Address and port of "1.1.1.1", "127.0.0.1:5353", "::1" or "[::1]:53". Raises ValueError."""
    if server.count(":") == 1 or server.startswith("["):
        host, _, port = server.rpartition(":") if not server.endswith("]") else (server, "", "")
        return host.strip("[]"), int(port) if port else PORT
    return server, PORT


def _has_ipv6() -> bool:
    """Has this machine a way to the IPv6 internet? Nothing is sent."""
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as probe:
            probe.connect(("2001:4860:4860::8888", PORT))
    except OSError:
        return False
    return True


class _Question(asyncio.DatagramProtocol):
    """One question to one server; `answer` is what answers it, and nothing else that comes."""

    def __init__(self, host: str, kind: int) -> None:
        self.number = secrets.randbelow(1 << 16)
        self.kind = kind
        self.question = _question(host, kind)
        self.bytes = struct.pack(">6H", self.number, _WANT_RECURSION, 1, 0, 0, 0) + self.question
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: object) -> None:
        del addr
        if not self.answer.done() and _answers(data, self.number, self.question):
            self.answer.set_result(data)

    def error_received(self, exc: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(exc)


async def _exchange(server: tuple[str, int], host: str, kind: int) -> tuple[int, Resolved]:
    """One question to one server: its code, and the addresses."""
    loop = asyncio.get_running_loop()
    asked = _Question(host, kind)
    async with asyncio.timeout(TRY_S):
        # A connected socket hears that one server only, at a port that the system draws by lot.
        wire, _ = await loop.create_datagram_endpoint(lambda: asked, remote_addr=server)
        with closing(wire):
            wire.sendto(asked.bytes)
            answer = await asked.answer
        if struct.unpack_from(">H", answer, 2)[0] & _TRUNCATED:
            answer = await _over_tcp(server, asked.bytes)
    return read_answer(answer, asked.number, asked.question, kind)


async def _over_tcp(server: tuple[str, int], asked: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(*server)
    with closing(writer):
        writer.write(struct.pack(">H", len(asked)) + asked)
        try:
            (length,) = struct.unpack(">H", await reader.readexactly(2))
            return await reader.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise NoAnswerError("the server hung up") from error


def _question(host: str, kind: int) -> bytes:
    labels = [label.encode("ascii") for label in host.rstrip(".").split(".")]
    name = b"".join(bytes([len(label)]) + label for label in labels)
    return name + b"\0" + struct.pack(">2H", kind, _IN)


def _answers(answer: bytes, number: int, question: bytes) -> bool:
    """Is this an answer to that question?"""
    if len(answer) < 12 + len(question):
        return False
    found, flags, questions = struct.unpack_from(">3H", answer)
    asked = answer[12 : 12 + len(question)]
    return bool(
        found == number
        and flags & _IS_ANSWER
        and questions == 1
        and asked.lower() == question.lower()
    )


def read_answer(answer: bytes, number: int, question: bytes, kind: int) -> tuple[int, Resolved]:
    """Code and addresses of an answer to `question`, and how long it holds, within bounds.

    Aliases need no following: a recursive server sends the whole chain, and what it ends in; it
    holds as long as its shortest link. That there is nothing holds as long as the SOA record says
    (RFC 2308 5). Raises NoAnswerError, struct.error or IndexError for other bytes.
    """
    if not _answers(answer, number, question):
        raise NoAnswerError("not an answer to this question")
    flags, _, records, authorities = struct.unpack_from(">4H", answer, 2)
    place = 12 + len(question)
    addresses: dict[tuple[str, int], None] = {}
    holds_s, denied_s = MOST_S, LEAST_S
    for at in range(records + authorities):
        place = _after_name(answer, place)
        kind_, class_, ttl, length = struct.unpack_from(">2HIH", answer, place)
        data = answer[place + 10 : place + 10 + length]
        place += 10 + length
        ttl = ttl if ttl <= _MOST_TTL else 0  # RFC 2181 8
        if at >= records:
            if (kind_, class_) == (_SOA, _IN):
                denied_s = min(ttl, *struct.unpack(">I", data[-4:]))
            continue
        holds_s = min(holds_s, ttl)
        if (kind_, class_, len(data)) == (kind, _IN, _LENGTHS[kind]):
            addresses[socket.inet_ntop(_FAMILIES[kind], data), _FAMILIES[kind]] = None
    ttl_s = holds_s if addresses else denied_s
    found = list(addresses)[:MAX_ADDRESSES]
    return flags & 0x000F, Resolved(found, max(LEAST_S, min(ttl_s, MOST_S)))


def _after_name(answer: bytes, place: int) -> int:
    """Where a name ends: at an empty label, or behind a pointer, which is not followed."""
    while (length := answer[place]) != 0:
        if length & _POINTER == _POINTER:
            return place + 2
        place += 1 + length
    return place + 1
