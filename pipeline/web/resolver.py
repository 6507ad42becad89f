"""Host names to checked addresses, kept as long as they hold: the only names of a download.

A connection is made to the addresses given here and to no others, and each answer is checked, so
a name that answers differently the second time (DNS rebinding) gains nothing.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address
from typing import Any, Protocol

from pipeline.web.addresses import Gate
from pipeline.web.names import LEAST_S, NoAnswerError, Resolved

# getaddrinfo(host, port, type=..., flags=...) as the socket module has it.
Lookup = Callable[..., list[tuple[Any, ...]]]

# getaddrinfo blocks its thread; a few slow name servers must not hold up all other names.
THREADS = 32
# Errors of getaddrinfo after which asking again would change nothing.
_LASTING = (socket.EAI_NONAME, socket.EAI_NODATA, socket.EAI_FAIL, socket.EAI_FAMILY)


class Names(Protocol):
    """What knows names: `System`, or `pipeline.web.names.NameServers`. `turns`: so many at once."""

    turns: asyncio.Semaphore

    async def resolved(self, host: str) -> Resolved:
        """What a name means. Raises NoAnswerError where nobody says."""
        ...


class System:
    """The machine's own way. It does not tell how long an answer holds: the least is taken."""

    def __init__(self, lookup: Lookup = socket.getaddrinfo) -> None:
        self._lookup = lookup
        self._threads = ThreadPoolExecutor(THREADS, "names")
        self.turns = asyncio.Semaphore(THREADS)

    async def resolved(self, host: str) -> Resolved:
        """What a name means. Raises NoAnswerError where nobody says."""
        ask = partial(self._lookup, host, None, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        try:
            rows = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        except socket.gaierror as error:
            if error.errno not in _LASTING:
                raise NoAnswerError(str(error)) from error
            rows = []
        except (UnicodeError, OSError):
            rows = []
        return Resolved([(row[4][0].split("%", 1)[0], row[0]) for row in rows], LEAST_S)

    def close(self) -> None:
        """Names still being asked for are left to their threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class UnresolvedError(OSError):
    """A name without a usable address; `reason` is "dns" or "private_address".

    `temporary`: nobody answered, which is not remembered.
    """

    def __init__(self, reason: str, temporary: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.temporary = temporary


@dataclass
class _Known:
    """A question, and until when its answer holds; it does while it is being asked."""

    asking: asyncio.Task[list[tuple[str, int]]]
    until: float = float("inf")


class Resolver:
    """The resolver that aiohttp's connector is given. Answers are kept as long as they hold."""

    def __init__(self, gate: Gate, timeout_s: float, names: Names | None = None) -> None:
        self._gate = gate
        self._timeout_s = timeout_s
        self._names = names or System()
        self._known: dict[str, _Known] = {}

    async def addresses(self, host: str) -> list[tuple[str, int]]:
        """Public addresses of a name with their families; raises UnresolvedError."""
        known = self._known.get(host)
        if known is None or known.until <= asyncio.get_running_loop().time():
            known = self._known[host] = _Known(asyncio.create_task(self._ask(host)))
        return await asyncio.shield(known.asking)  # others wait for the same answer

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
        """Forget the answers."""
        asking = [known.asking for known in self._known.values()]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        self._known.clear()
        if isinstance(self._names, System):
            self._names.close()

    async def _ask(self, host: str) -> list[tuple[str, int]]:
        # The final dot keeps the machine's search domains out: they lead into its own network.
        named = self._gate.names(host)
        ttl_s = 0.0
        try:
            async with self._names.turns, asyncio.timeout(self._timeout_s):
                found = await self._names.resolved(host if named else host + ".")
            ttl_s = found.ttl_s
        except (TimeoutError, NoAnswerError) as error:
            raise UnresolvedError("dns", temporary=True) from error
        finally:
            self._known[host].until = asyncio.get_running_loop().time() + ttl_s
        pairs = dict.fromkeys(found.addresses)
        if not pairs:
            raise UnresolvedError("dns")
        checked = [pair for pair in pairs if named or self._gate.opens(ip_address(pair[0]))]
        if not checked:
            raise UnresolvedError("private_address")
        return checked
