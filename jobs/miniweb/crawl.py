"""A small polite crawler: breadth first from its seeds, one request at a time, into one WARC.

It stays on *.example hosts, keeps to robots.txt, and records what went over the wire. Dates come
from the server and identifiers from the addresses, so that crawling the same web twice gives the
same bytes. For anything but the mini-web use a real crawler.
"""

import gzip
import http.client
import io
import uuid
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, urldefrag, urljoin, urlsplit
from urllib.robotparser import RobotFileParser

AGENT = "interleaf-demo/0.1"
ASKS = {
    "User-Agent": AGENT,
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5",
    "Accept-Encoding": "gzip, deflate, br",
}
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg")
MAX_BYTES = 8 << 20


def crawl(seeds: Sequence[str], proxy: str, out: Path, max_pages: int = 500) -> int:
    """Crawl from `seeds` through the proxy into the gzipped WARC `out`; the pages asked for.

    Pictures are left to those who want them, and no robots.txt counts as a page. An address that
    does not answer (http.client.HTTPException, OSError) ends the crawl with that error: on
    loopback nothing is lost that should not be.
    """
    queue, seen, rules, asked = deque(seeds), set(seeds), {}, 0
    with out.open("wb") as file, _Browser(proxy) as browser:
        tape = _Tape(file)
        while queue and asked < max_pages:
            url = queue.popleft()
            host = urlsplit(url).netloc
            if host not in rules:
                answer = browser.get(f"http://{host}/robots.txt")
                tape.write(answer)
                rules[host] = _rules(answer)
            if not rules[host].can_fetch(AGENT, url):
                continue
            answer = browser.get(url)
            tape.write(answer)
            asked += 1
            for link in _links(answer):
                if link not in seen:
                    seen.add(link)
                    queue.append(link)
    return asked


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; `raw` is the answer as it came: status line, headers, body."""

    url: str
    status: int
    headers: http.client.HTTPMessage
    raw: bytes
    body: bytes

    @property
    def text(self) -> bytes:
        """The body with its Content-Encoding undone; nothing where that is not what it is."""
        coding = self.headers.get("Content-Encoding", "")
        try:
            if coding == "gzip":
                return gzip.decompress(self.body)
            if coding == "deflate":
                return zlib.decompress(self.body)
        except (gzip.BadGzipFile, zlib.error, EOFError):
            return b""
        if coding == "br":
            import brotli

            return bytes(brotli.decompress(self.body))
        return self.body


class _Recorder(io.BufferedIOBase):
    """A response's file that keeps all that is read from it."""

    def __init__(self, file: Any) -> None:
        self.file, self.heard = file, bytearray()

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        data: bytes = self.file.read(size)
        self.heard += data
        return data

    def readinto(self, buffer: Any, /) -> int:
        count: int = self.file.readinto(buffer)
        self.heard += memoryview(buffer)[:count]
        return count

    def readline(self, size: int | None = -1, /) -> bytes:
        line: bytes = self.file.readline(size)
        self.heard += line
        return line

    def close(self) -> None:
        self.file.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fp: Any = _Recorder(self.fp)
        self.recorder = self.fp


class _Browser:
    """One connection to the proxy, kept open from request to request."""

    def __init__(self, proxy: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(proxy).netloc, timeout=30)
        self.connection.response_class = _Response

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.connection.close()

    def get(self, url: str) -> Exchange:
        """Ask for `url` and read the answer to its end."""
        self.connection.request("GET", url, headers={"Host": urlsplit(url).netloc} | ASKS)
        with self.connection.getresponse() as response:
            recorder = response.recorder  # type: ignore[attr-defined]
            body = response.read(MAX_BYTES)
            if response.read(1):
                raise http.client.HTTPException(f"{url}: more than {MAX_BYTES} bytes")
            return Exchange(url, response.status, response.headers, bytes(recorder.heard), body)


class _Tape:
    """The WARC in the making: a warcinfo record, then three records for each exchange."""

    def __init__(self, file: Any) -> None:
        from warcio.warcwriter import WARCWriter

        self.writer = WARCWriter(file, gzip=True)
        self.begun = False

    def write(self, exchange: Exchange) -> None:
        """Response, request and metadata, all dated by the server."""
        url = exchange.url
        when = parsedate_to_datetime(exchange.headers["Date"]).strftime("%Y-%m-%dT%H:%M:%SZ")
        if not self.begun:
            info = f"software: {AGENT}\r\nformat: WARC File Format 1.0\r\nrobots: obey\r\n"
            self._record("", "warcinfo", info.encode(), {"WARC-Date": when})
            self.begun = True
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        asks = {"Host": parts.netloc} | ASKS
        head = "".join(f"{name}: {value}\r\n" for name, value in asks.items())
        request = f"GET {target} HTTP/1.1\r\n{head}\r\n".encode()
        links = "".join(f"outlink: {link} L a/@href\r\n" for link in _links(exchange))
        response = _record_id("response", url)
        beside = {"WARC-Date": when, "WARC-Concurrent-To": response}
        self._record(url, "response", exchange.raw, {"WARC-Date": when})
        self._record(url, "request", request, beside)
        self._record(url, "metadata", f"fetcher: {AGENT}\r\n{links}".encode(), beside)

    def _record(self, url: str, kind: str, block: bytes, headers: dict[str, str]) -> None:
        headers = {"WARC-Record-ID": _record_id(kind, url)} | headers
        self.writer.write_record(
            self.writer.create_warc_record(
                url, kind, payload=io.BytesIO(block), length=len(block), warc_headers_dict=headers
            )
        )


def _record_id(kind: str, url: str) -> str:
    return f"<urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, f'{kind} {url}')}>"


def _rules(answer: Exchange) -> RobotFileParser:
    rules = RobotFileParser()
    lines = (
        answer.text.decode("utf-8", "replace").splitlines()
        if answer.status == HTTPStatus.OK
        else []
    )
    rules.parse(lines)
    return rules


def _links(answer: Exchange) -> Iterator[str]:
    """Addresses on *.example hosts that the answer leads to, in order, each once."""
    if answer.status in (301, 302, 303, 307, 308):
        found, base = [answer.headers.get("Location", "")], answer.url
    elif answer.status == HTTPStatus.OK and answer.headers.get_content_type() == "text/html":
        found, base = _hrefs(answer)
    else:
        return
    given = set()
    for href in found:
        url = urldefrag(urljoin(base, href.strip())).url
        parts = urlsplit(url)
        if parts.scheme != "http" or not (parts.hostname or "").endswith(".example"):
            continue
        path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
        url = f"http://{parts.netloc}{path}"
        url += f"?{parts.query}" if parts.query else ""
        if url not in given and not parts.path.lower().endswith(_PICTURES):
            given.add(url)
            yield url


def _hrefs(answer: Exchange) -> tuple[list[str], str]:
    """What <a href> says, and the address it is relative to; none where robots may not follow."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(answer.text.decode("latin-1"))
    for meta in tree.css("meta[name=robots]"):
        if "nofollow" in (meta.attributes.get("content") or ""):
            return [], answer.url
    bases = [base.attributes.get("href") or "" for base in tree.css("base[href]")]
    base = urljoin(answer.url, bases[0]) if bases else answer.url
    links = [a for a in tree.css("a[href]") if "nofollow" not in (a.attributes.get("rel") or "")]
    return [a.attributes.get("href") or "" for a in links], base
