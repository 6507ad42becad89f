"""Host names to checked addresses, asked once a name: the only name service of a download.

A connection is made to the addresses given here and to no others, so a name that answers
differently the second time (DNS rebinding) gains nothing.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address
from typing import Any

from pipeline.addresses import Gate

# getaddrinfo(host, port, type=..., flags=...) as the socket module has it.
Lookup = Callable[..., list[tuple[Any, ...]]]

# getaddrinfo blocks its thread; a few slow name servers must not hold up all other names.
THREADS = 32


class UnresolvedError(OSError):
    """A name without a usable address; `reason` is "dns" or "private_address"."""

    def __init__(self, reason: str, temporary: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.temporary = temporary


class Resolver:
    """The resolver that aiohttp's connector is given. Answers are kept until `close`."""

    def __init__(self, gate: Gate, timeout_s: float, lookup: Lookup | None = None) -> None:
        self._gate = gate
        self._timeout_s = timeout_s
        self._lookup = lookup or socket.getaddrinfo
        self._threads = ThreadPoolExecutor(THREADS, "names")
        self._answers: dict[str, asyncio.Task[list[tuple[str, int]]]] = {}

    async def addresses(self, host: str) -> list[tuple[str, int]]:
        """Public addresses of a name with their families; raises UnresolvedError."""
        task = self._answers.get(host)
        if task is None:
            task = self._answers[host] = asyncio.create_task(self._ask(host))
        try:
            return await asyncio.shield(task)  # others wait for the same answer
        except UnresolvedError as error:
            if error.temporary and self._answers.get(host) is task:
                del self._answers[host]
            raise

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: int = socket.AF_UNSPEC,  # noqa: ARG002 (aiohttp's; the system knows best)
    ) -> list[dict[str, Any]]:
        """The checked addresses in aiohttp's form."""
        return [
            {
                "hostname": host, "host": address, "port": port, "family": family_,
                "proto": 0, "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            }
            for address, family_ in await self.addresses(host)
        ]  # fmt: skip

    async def close(self) -> None:
        """Forget the answers; names still being asked for are left to their threads."""
        for task in self._answers.values():
            task.cancel()
        await asyncio.gather(*self._answers.values(), return_exceptions=True)
        self._answers.clear()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _ask(self, host: str) -> list[tuple[str, int]]:
        # The final dot keeps the machine's search domains out: they lead into its own network.
        name = host if self._gate.names(host) else host + "."
        ask = partial(
            self._lookup,
            name,
            None,
            type=socket.SOCK_STREAM,
            flags=socket.AI_ADDRCONFIG,
        )
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._timeout_s):
                rows = await loop.run_in_executor(self._threads, ask)
        except TimeoutError as error:
            raise UnresolvedError("dns", temporary=True) from error
        except socket.gaierror as error:
            lasting = (
                socket.EAI_NONAME,
                socket.EAI_NODATA,
                socket.EAI_FAIL,
                socket.EAI_FAMILY,
            )
            raise UnresolvedError("dns", temporary=error.errno not in lasting) from error
        except (UnicodeError, OSError) as error:
            raise UnresolvedError("dns") from error
        found = dict.fromkeys((row[4][0].split("%", 1)[0], row[0]) for row in rows)
        if not found:
            raise UnresolvedError("dns")
        named = self._gate.names(host)
        checked = [pair for pair in found if named or self._gate.opens(ip_address(pair[0]))]
        if not checked:
            raise UnresolvedError("private_address")
        return checked
