"""Connections of aiohttp, and of HTTP/2 where a server prefers that: made in one place.

Both are made the same way: to the address that the resolver has checked, or through the proxy's
tunnel, with the certificate verified. In the TLS handshake (ALPN, RFC 7301) the server chooses.

Importing this module imports aiohttp.
"""

import asyncio
import os
import ssl
from functools import cache, partial
from typing import Any

import aiohttp

from pipeline.web.http2 import Connection

H2, HTTP1 = "h2", "http/1.1"


class ChosenTwo(Exception):  # noqa: N818 (it is news, no error)
    """The server speaks HTTP/2; `connection` is the one to ask over."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection


@cache
def trust(protocols: tuple[str, ...], authorities: str | None) -> ssl.SSLContext:
    """Who is trusted: the machine's authorities, or those that SSL_CERT_FILE names.

    OpenSSL reads that variable; `authorities` is what it says, so that each has its own context.
    """
    del authorities
    context = ssl.create_default_context()
    context.set_alpn_protocols(protocols)
    return context


class Connector(aiohttp.TCPConnector):
    """Connections to addresses that `resolver` gives; None: the machine's own resolver."""

    def __init__(self, resolver: Any, http2: bool) -> None:
        self._twos: dict[str, Connection] = {}
        self._firsts: dict[str, asyncio.Lock] = {}
        self._ones: set[str] = set()
        self._refusing: set[str] = set()
        self._http2 = http2
        super().__init__(
            limit=0,  # turns are given out by the downloader, host by host
            use_dns_cache=False,  # the resolver keeps its answers
            resolver=resolver,
            ssl=trust((H2, HTTP1) if http2 else (HTTP1,), os.environ.get("SSL_CERT_FILE")),
        )

    def two(self, origin: str) -> Connection | None:
        """The open connection of HTTP/2 to an origin."""
        connection = None if origin in self._refusing else self._twos.get(origin)
        return connection if connection is not None and connection.is_open else None

    async def _create_connection(self, req: Any, *options: Any) -> Any:
        """The way to a new connection; raises ChosenTwo where the server chose that."""
        host = f"[{req.url.host}]" if ":" in req.url.host else req.url.raw_host
        origin = f"{req.url.scheme}://{host}:{req.url.port}"
        if self._http2 and req.is_ssl() and origin not in self._ones:
            # One finds out what the server speaks; the others wait, and share what it found.
            async with self._firsts.setdefault(origin, asyncio.Lock()):
                if origin not in self._ones:
                    return await self._first(origin, req, *options)
        return await super()._create_connection(req, *options)

    async def _first(self, origin: str, req: Any, *options: Any) -> Any:
        found = self.two(origin)
        if found is None:
            made = await super()._create_connection(req, *options)
            transport: Any = made.transport
            if transport.get_extra_info("ssl_object").selected_alpn_protocol() != H2:
                self._ones.add(origin)
                return made
            # What the server said at once lies in aiohttp's hands.
            found = Connection(transport, made._tail)  # noqa: SLF001
            self._twos[origin] = found
            found.when_closed = partial(self._forget, origin, found)
        raise ChosenTwo(found)

    def ask_by_one(self, origin: str) -> None:
        """The server chose HTTP/2 and then would not speak it: offer it no more."""
        self._refusing.add(origin)
        self._ones.add(origin)

    def context(self, origin: str) -> ssl.SSLContext | bool:
        """What the TLS of an origin is made by; True: as that of all."""
        authorities = os.environ.get("SSL_CERT_FILE")
        return trust((HTTP1,), authorities) if origin in self._refusing else True

    def _forget(self, origin: str, connection: Connection) -> None:
        if self._twos.get(origin) is connection:
            del self._twos[origin]

    def hang_up(self) -> None:
        """Close the connections of HTTP/2."""
        for connection in list(self._twos.values()):
            connection.abort()
