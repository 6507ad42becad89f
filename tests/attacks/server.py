"""A web server on loopback that answers, lies, drips, stalls and hangs up, as its paths say."""

import asyncio
import gzip
import io
import ssl
import threading
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from PIL import Image


def picture(width: int = 40, height: int = 30, kind: str = "PNG", **options: object) -> bytes:
    """A still picture whose pixels depend on its size only."""
    pixels = np.random.default_rng(width * height).integers(0, 255, (height, width, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


PNG = picture()


def bomb(mebibytes: int) -> bytes:
    """Gzip of a picture's head and then that many MiB of zeros."""
    squeeze = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    parts = [squeeze.compress(PNG[:64]), *(squeeze.compress(zeros) for _ in range(mebibytes))]
    return b"".join([*parts, squeeze.flush()])


BOMB = bomb(64)


def self_signed(folder: Path, hosts: int = 1) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 and the addresses behind it that no authority has signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    addresses = [x509.IPAddress(ip_address("127.0.0.1") + n) for n in range(hosts)]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(addresses), True)
        .sign(key, hashes.SHA256())
    )
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    pem = folder / "server.pem"
    pem.write_bytes(
        key.private_bytes(*form, serialization.NoEncryption()) + certificate.public_bytes(form[0])
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context


def reply(status: int, body: bytes = b"", *headers: str, length: int | None = None) -> bytes:
    """A response as bytes; `length` to lie about its body."""
    head = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*head, *headers, "", ""]).encode("latin-1") + body


class Server:
    """Counts what it was asked. `port` is its port; as a proxy it answers for every host."""

    def __init__(self) -> None:
        self.port = 0
        self.asked: Counter[str] = Counter()
        self.heads: list[str] = []
        self.together: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.most_in_all = 0
        self.files: dict[str, bytes] = {}  # "host/path", as a proxy is asked: the whole answer
        self.told: dict[str, tuple[str, ...]] = {}  # the field that is answered 304, and its head
        self.begun: list[tuple[str, float]] = []  # host, and when it was asked

    def __str__(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side is done with it."""
        try:
            while True:
                first = await reader.readexactly(1)
                if first == b"\x16":  # a TLS greeting
                    writer.write(reply(400, b"this is plain HTTP"))
                    break
                head = (first + await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                if not await self._answer(head, writer):
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: str, writer: asyncio.StreamWriter) -> bool:
        method, address, _ = head.split(" ", 2)
        self.heads.append(head)
        self.asked[address] += 1
        if method == "CONNECT":
            writer.write(reply(405, b"", "Connection: close"))
            return False
        host, path = "", address
        if address.startswith("http"):  # asked as a proxy
            host, _, path = address.split("://", 1)[1].partition("/")
            path = "/" + path
        self.begun.append((host, time.monotonic()))
        self.together[host] += 1
        self.most[host] = max(self.most[host], self.together[host])
        self.most_in_all = max(self.most_in_all, sum(self.together.values()))
        try:
            told = self.told.get(host + path)
            if told and f"\r\n{told[0]}\r\n" in head:
                writer.write(reply(304, b"", *told[1:]))
                await writer.drain()
                return True
            if host + path in self.files:
                writer.write(self.files[host + path])
                await writer.drain()
                return True
            return await self._act(path, self.asked[address], writer)
        finally:
            self.together[host] -= 1

    async def _act(self, path: str, nth: int, writer: asyncio.StreamWriter) -> bool:
        name, _, rest = path.lstrip("/").partition("/")
        if name in ("hang", "stall"):
            writer.write(b"" if name == "hang" else reply(200, PNG[:70], length=len(PNG)))
            await asyncio.sleep(30)
            return False
        if name == "reset" or (name == "reset-once" and nth == 1):
            writer.transport.abort()
            return False
        if name == "drip":
            writer.write(reply(200, PNG[:64], length=len(PNG)))
            for byte in PNG[64:]:
                writer.write(bytes([byte]))
                await asyncio.sleep(0.05)
            return True
        if name == "endless":
            writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + PNG)
            while not writer.is_closing():
                writer.write(bytes(1 << 16))
                await writer.drain()
            return False
        if name == "slow":
            await asyncio.sleep(0.02)
        data, stays = self._said(name, rest, nth)
        writer.write(data)
        await writer.drain()
        return stays

    def _said(self, name: str, rest: str, nth: int) -> tuple[bytes, bool]:
        """The bytes of an answer, and whether the connection stays open."""
        here = str(self)
        if name in ("500-once", "503-once", "429-once") and nth == 1:
            return reply(int(name[:3]), b"later", "Retry-After: 0"), True
        if name.isdigit():
            return reply(
                int(name), b"" if name in ("204", "304") else b"no", "Retry-After: 0"
            ), True
        if name == "hops" and int(rest):
            return reply(302, b"", f"Location: ../hops/{int(rest) - 1}"), True
        if name == "to":
            return reply(301, b"", f"Location: {rest}"), True
        if name == "huge-side":
            return reply(200, picture(2100, 30)), True
        return {
            "loop": (reply(302, b"", f"Location: {here}/loop"), True),
            "nowhere": (reply(302), True),
            "broken-location": (reply(302, b"", "Location: http://[::1"), True),
            "truncated": (reply(200, PNG[:-20], length=len(PNG)), False),
            "cut": (reply(200, PNG[:-20]), True),
            "huge": (reply(200, PNG, length=1 << 40), False),
            "html": (reply(200, b"<html>" + b" " * 200, "Content-Type: image/png"), True),
            "mistyped": (reply(200, PNG, "Content-Type: text/html"), True),
            "svg": (reply(200, b"<svg xmlns='http://www.w3.org/2000/svg'/>"), True),
            "empty": (reply(200), True),
            "204": (reply(204), True),
            "gzip": (reply(200, gzip.compress(PNG, mtime=0), "Content-Encoding: gzip"), True),
            "deflate": (reply(200, zlib.compress(PNG), "Content-Encoding: deflate"), True),
            "raw-deflate": (
                reply(200, zlib.compress(PNG, wbits=-15), "Content-Encoding: deflate"),
                True,
            ),
            "gzip-cut": (
                reply(200, gzip.compress(PNG, mtime=0)[:-20], "Content-Encoding: gzip"),
                True,
            ),
            "gzip-not": (reply(200, PNG, "Content-Encoding: gzip"), True),
            "brotli": (reply(200, PNG, "Content-Encoding: br"), True),
            "bomb": (reply(200, BOMB, "Content-Encoding: gzip"), True),
            "chunked": (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + b"%x\r\n%b\r\n0\r\n\r\n" % (len(PNG), PNG),
                True,
            ),
            "chunk-cut": (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                + b"%x\r\n%b" % (len(PNG), PNG[:-9]),
                False,
            ),
            "chunk-junk": (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + PNG,
                False,
            ),
            "ssh": (b"SSH-2.0-OpenSSH_9.6\r\n", False),
            "long-header": (reply(200, PNG, "X: " + "a" * 100_000), False),
            "cookie": (reply(200, PNG, "Set-Cookie: a=b"), True),
        }.get(name, (reply(200, PNG), True))


@contextmanager
def serving(secret: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server in a thread of its own; with `secret`, one that speaks TLS only."""
    server = Server()
    with listening(server, secret):
        yield server


@contextmanager
def listening(server: Server, secret: ssl.SSLContext | None) -> Iterator[None]:
    """The server at a port of its own, in a thread of its own."""
    ready, stop = threading.Event(), []

    async def run() -> None:
        listener = await asyncio.start_server(server.serve, "127.0.0.1", 0, ssl=secret)
        server.port = listener.sockets[0].getsockname()[1]
        done = asyncio.Event()
        stop.append((asyncio.get_running_loop(), done))
        ready.set()
        await done.wait()
        listener.close()

    thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loop, done = stop[0]
        loop.call_soon_threadsafe(done.set)
        thread.join()
