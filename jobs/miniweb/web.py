"""The mini-web as a server on loopback: a proxy for its *.example hosts.

`GET http://host/path` is answered as a proxy would, and `/http://host/path` for browsers without
one. Answers depend on the request alone (the Date is fixed), so that two crawls are the same;
only a picture that fails once counts how often it was asked for.
"""

import gzip
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import urlsplit

from jobs.miniweb import pages

# What a site's file may say that goes wrong at a path, and what is answered then. Others: "cut"
# (the body ends early, and Content-Length agrees), "hang_up" (it does not), "to:ADDRESS", "noai" (a
# header that opts out), "torn" (a compressed body that
# ends early).
_FAULTS = {
    "once500": (500, "text/plain", b"please try again\n"),
    "always503": (503, "text/plain", b"please try again later\n"),
    "forbidden": (403, "text/plain", b"no hotlinking\n"),
    "page": (200, "text/html", b"<h1>This picture has moved</h1>"),
}
DATE = "Tue, 05 Mar 2024 09:30:00 GMT"

SEEDS = tuple(
    f"http://{host}/"
    for host in (
        "answers-hub.example", "bench-and-plane.example", "copper-kettle.example",
        "daily-whirl.example", "docs.larkspur.example", "gartenlaube-nord.example",
        "gazette-mirror.example", "geo101.northfell.example", "harbour-gazette.example",
        "kawazoi.example", "lowfield-museum.example", "northfell-stars.example",
        "simple-suppers.example", "slow-trains.example", "thistle-and-trowel.example",
        "tikhaya-reka.example", "wings-over-the-marsh.example",
    )
)  # fmt: skip


@contextmanager
def serve() -> Iterator[str]:
    """The mini-web at the address that is yielded, "http://127.0.0.1:PORT", until it is left."""
    server = _Server(("127.0.0.1", 0), _Handler)
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._asked: Counter[str] = Counter()
        self._lock = Lock()

    def asked(self, url: str) -> int:
        """How often this address was asked for, this time included."""
        with self._lock:
            self._asked[url] += 1
            return self._asked[url]

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; anything else is."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 1 << 16
    timeout = 30

    def do_GET(self) -> None:
        """Answer for the host that the request names."""
        target = self.path.removeprefix("/") if self.path.startswith("/http") else self.path
        parts = urlsplit(target)
        host = parts.hostname or self.headers.get("Host", "").partition(":")[0].lower()
        asked = parts.path + (f"?{parts.query}" if parts.query else "")
        self._send(host, pages.answer(host, asked or "/"))

    def do_HEAD(self) -> None:
        """As GET, without the body."""
        self.do_GET()

    def _send(self, host: str, answer: pages.Answer) -> None:
        answer = self._spoilt(host, answer)
        status, headers, body = answer.status, answer.headers, answer.body
        coding = answer.coding if answer.coding in self.headers.get("Accept-Encoding", "") else ""
        body = _coded(body, coding)
        body = body[: len(body) // 2] if answer.fault == "torn" else body
        self.send_response_only(status)
        for name, value in (("Date", DATE), *headers):
            self.send_header(name, value)
        if coding:
            self.send_header("Content-Encoding", coding)
            self.send_header("Vary", "Accept-Encoding")
        chunked = answer.chunked and self.request_version != "HTTP/1.0"
        if chunked:
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self._write(body, chunked, hang_up=answer.fault == "hang_up")

    def _spoilt(self, host: str, answer: pages.Answer) -> pages.Answer:
        """What is said instead, where the site's file says that something goes wrong."""
        fault = answer.fault
        if fault == "once500" and self.server.asked(f"{host} {self.path}") > 1:
            return answer
        if fault.startswith("to:"):
            return replace(answer, status=302, headers=(("Location", fault[3:]),), body=b"")
        if fault == "cut":
            return replace(answer, body=answer.body[: len(answer.body) * 6 // 10])
        if fault == "noai":
            return replace(answer, headers=(*answer.headers, ("X-Robots-Tag", "noai, noimageai")))
        status, kind, body = _FAULTS.get(fault, (answer.status, "", b""))
        if not body:
            return answer
        return replace(answer, status=status, headers=(("Content-Type", kind),), body=body)

    def _write(self, body: bytes, chunked: bool, hang_up: bool) -> None:
        if hang_up:
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif chunked:
            for start in range(0, len(body), 4096):
                piece = body[start : start + 4096]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
        else:
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Requests are not news either."""


@cache
def _coded(body: bytes, coding: str) -> bytes:
    if coding == "gzip":
        return gzip.compress(body, mtime=0)
    if coding == "deflate":
        return zlib.compress(body)
    if coding == "br":
        import brotli

        return bytes(brotli.compress(body, quality=5))
    return body
