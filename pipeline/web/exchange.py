"""One request to one address: the connection, the body under its caps, and what went wrong."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from pipeline.web.addresses import Target
from pipeline.web.body import Body, BodyError, Wanted
from pipeline.web.http2 import Connection, OneRequiredError
from pipeline.web.resolver import Resolver, UnresolvedError

LARGE_BYTES = 1 << 20  # bodies beyond this are held only a few at a time
REDIRECTS = (301, 302, 303, 307, 308)
NO_TUNNELS = (405, 501)
NOTED = ("ETag", "Last-Modified")  # what is kept of an answer's head
MAX_NOTE = 1024  # characters; a longer one is left out, since half of one means nothing
IMAGE_TYPES = "image/avif,image/webp,image/png,image/jpeg,image/gif;q=0.9,image/*;q=0.5"


@dataclass(frozen=True)
class Outcome:
    """How one request ended: with a body, with another address, or with a reason.

    `status` is None where no answer came. `lasting`: asking again would change nothing.
    `unchanged`: what is held is what would come.
    """

    status: int | None = None
    body: bytes | None = None
    location: str | None = None
    dropped: str | None = None
    lasting: bool = False
    wait_s: float | None = None
    evidence: str | None = None
    unchanged: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Permits:
    """Leave of one link to hold a large body, asked for once and kept until `stack` closes."""

    stack: AsyncExitStack
    large: asyncio.Semaphore
    held: bool = False
    waited_s: float = 0.0

    async def ask(self, clock: asyncio.Timeout) -> None:
        """Wait for leave, with the link's clock stopped."""
        if self.held:
            return
        loop = asyncio.get_running_loop()
        begun, due = loop.time(), clock.when()
        clock.reschedule(None)
        await self.stack.enter_async_context(self.large)
        self.held = True
        self.waited_s = loop.time() - begun
        clock.reschedule(due + self.waited_s if due is not None else None)


@dataclass(frozen=True)
class Limits:
    """What one request may take."""

    connect_s: float
    user_agent: str
    proxy: str | None
    http2: bool = True


class Exchange:
    """Open connections, and one request after another over them."""

    def __init__(self, limits: Limits, resolver: Resolver) -> None:
        import aiohttp

        class WholeAddress(aiohttp.ClientRequest):
            """Names an https link in full to a proxy that makes no tunnels but asks itself."""

            def is_ssl(self) -> bool:
                return False

        self._http: Any = aiohttp
        # How a request fails, and which word is said of it; the first kind that fits counts.
        self._reasons: dict[type[Exception], Callable[[Any, int | None], str]] = {
            UnresolvedError: lambda error, _: error.reason,
            BodyError: lambda error, _: error.reason,
            TimeoutError: lambda *_: "timeout",
            aiohttp.ClientHttpProxyError: lambda *_: "connect",
            aiohttp.ClientPayloadError: lambda *_: "truncated",
            aiohttp.ClientSSLError: _broken("tls"),
            ssl.SSLError: _broken("tls"),
            aiohttp.ClientConnectionError: _broken("connect"),
            OSError: _broken("connect"),
            aiohttp.ClientError: lambda *_: "protocol",
            # What aiohttp's parsers say to answers that they cannot read.
            aiohttp.http.HttpProcessingError: lambda *_: "protocol",
            ValueError: lambda *_: "protocol",
        }
        self._limits = limits
        self._resolver = resolver
        self.came = 0  # bytes of all bodies
        self._headers = {"User-Agent": limits.user_agent, "Accept-Encoding": "identity"}
        self._tunnelled = self._session(aiohttp.ClientRequest)
        self._untunnelled = self._session(WholeAddress)
        self._tunnels = True

    def _session(self, request_class: Any) -> Any:
        import aiohttp

        from pipeline.web.connector import Connector

        # With a proxy only the proxy's own name is resolved, and that is the user's.
        resolver = None if self._limits.proxy else self._resolver
        # A proxy that is itself reached by TLS must not choose HTTP/2: aiohttp talks to it.
        http2 = self._limits.http2 and not (self._limits.proxy or "").startswith("https:")
        session = aiohttp.ClientSession(
            connector=Connector(resolver, http2),
            request_class=request_class,
            timeout=aiohttp.ClientTimeout(total=None, connect=self._limits.connect_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=self._headers,
            auto_decompress=False,
        )
        # aiohttp asks again by itself, unseen, when a kept connection fails. Whether one was
        # kept depends on timing, so the number of attempts would too.
        session._retry_connection = False  # noqa: SLF001
        return session

    async def close(self) -> None:
        """Close every connection."""
        for session in (self._tunnelled, self._untunnelled):
            session.connector.hang_up()
            await session.close()

    async def ask(
        self, target: Target, limit_s: float, permits: Permits, wanted: Wanted
    ) -> Outcome:
        """One request within `limit_s` seconds. Every way it can fail becomes a reason."""
        seen: list[int] = []  # the status, once the head of an answer is there
        try:
            async with asyncio.timeout(limit_s) as clock:
                if self._limits.proxy is None and target.literal is None:
                    await self._resolver.addresses(target.host)
                try:
                    return await self._exchanged(target, seen, wanted, permits, clock)
                except self._http.ClientHttpProxyError as error:
                    if error.status not in NO_TUNNELS:
                        raise
                    self._tunnels = False  # the proxy knows no CONNECT: let it ask by itself
                return await self._exchanged(target, seen, wanted, permits, clock)
        except tuple(self._reasons) as error:
            reason = next(why for kind, why in self._reasons.items() if isinstance(error, kind))
            lasting = isinstance(error, UnresolvedError) and not error.temporary
            status = seen[-1] if seen else None
            return Outcome(status, dropped=reason(error, status), lasting=lasting)

    async def _exchanged(
        self,
        target: Target,
        seen: list[int],
        wanted: Wanted,
        permits: Permits,
        clock: asyncio.Timeout,
    ) -> Outcome:
        since = wanted.held.headers(target.url) if wanted.held is not None else {}
        async with self._answer(target, {"Accept": wanted.types} | since) as answer:
            status = answer.status
            seen.append(status)
            unchanged = bool(since) and status == HTTPStatus.NOT_MODIFIED
            good = status // 100 == HTTPStatus.OK // 100
            if unchanged or good or status in REDIRECTS:
                forbidden = wanted.forbids(answer.headers.items())
                if forbidden:
                    return Outcome(status, dropped=forbidden[0], evidence=forbidden[1])
            if unchanged or good:
                if unchanged:
                    return Outcome(status, unchanged=True, notes=_noted(answer.headers))
                body = await self._read(answer, clock, permits, wanted)
                return Outcome(status, body, notes=_noted(answer.headers))
            location = answer.headers.get("Location")
            if status in REDIRECTS and location:
                return Outcome(status, location=location)
            wait_s = _wait_s(answer.headers.get("Retry-After"), answer.headers.get("Date"))
            return Outcome(status, dropped=_refusal(status), wait_s=wait_s)

    @asynccontextmanager
    async def _answer(self, target: Target, headers: dict[str, str]) -> AsyncIterator[Any]:
        """The answer to one request, over HTTP/2 where the server has chosen it."""
        from pipeline.web.connector import ChosenTwo

        tunnel = self._tunnels or target.scheme == "http"
        session = self._tunnelled if tunnel else self._untunnelled
        connection: Connection | None = session.connector.two(target.origin)
        async with AsyncExitStack() as stack:
            enter = stack.enter_async_context
            if connection is None:
                try:
                    answer = await enter(self._by_one(session, target, headers))
                except ChosenTwo as chosen:
                    connection = chosen.connection
            if connection is not None:
                _, _, authority, path = target.url.split("/", 3)
                both = (self._headers | headers).items()
                fields = [(name.lower(), value) for name, value in both]
                try:
                    answer = await enter(connection.get(authority, f"/{path}", fields))
                except OneRequiredError:
                    session.connector.ask_by_one(target.origin)
                    answer = await enter(self._by_one(session, target, headers))
            yield answer

    def _by_one(self, session: Any, target: Target, headers: dict[str, str]) -> Any:
        """A request of HTTP/1.1, unless the server chooses otherwise."""
        from yarl import URL

        return session.get(
            URL(target.url, encoded=True),
            allow_redirects=False,
            proxy=self._limits.proxy,
            headers=headers,
            ssl=session.connector.context(target.origin),
        )

    async def _read(
        self, answer: Any, clock: asyncio.Timeout, permits: Permits, wanted: Wanted
    ) -> bytes:
        coding = answer.headers.get("Content-Encoding", "").strip().lower()
        body = Body(coding, wanted)
        if (answer.content_length or 0) > wanted.max_bytes and not wanted.cut:
            raise BodyError("too_large")
        async for chunk in answer.content.iter_any():
            self.came += len(chunk)
            body.feed(chunk)
            if body.full:
                answer.close()
                break
            if len(body) > LARGE_BYTES:
                await permits.ask(clock)
        return body.whole()


def _noted(headers: Mapping[str, str]) -> dict[str, str]:
    found = {name: headers.get(name, "") for name in NOTED}
    return {name: value for name, value in found.items() if 0 < len(value) <= MAX_NOTE}


def _broken(before: str) -> Callable[[Any, int | None], str]:
    """Why a connection failed: `before` an answer, or in the midst of its body."""
    return lambda _, status: before if status is None else "truncated"


def _refusal(status: int) -> str:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "http_429"
    return {3: "http_3xx", 4: "http_4xx", 5: "http_5xx"}.get(status // 100, "protocol")


def _wait_s(header: str | None, date: str | None) -> float | None:
    """Seconds asked for by Retry-After (RFC 9110 10.2.3); None where it says nothing.

    A date there counts from the answer's own Date: both come from one clock. Without that it
    counts from now.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    until = _moment(text)
    if until is None:
        return None
    return min(max(0.0, (until - (_moment(date or "") or datetime.now(UTC))).total_seconds()), 1e9)


def _moment(text: str) -> datetime | None:
    """A date of HTTP, which is in UTC; None where it is none."""
    try:
        return parsedate_to_datetime(text[:64]).replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
