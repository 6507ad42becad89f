"""How often a host is asked: so many at a time, a gap between requests, rest where it wants it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Protocol

POLL_S = 0.01, 0.2  # between looks at a host whose places are all taken: doubles from the first


class Hosts(Protocol):
    """What all who ask at the same time know of hosts. Nothing here waits."""

    def take(self, host: str, most: int) -> int | None:
        """One of `most` places at a host; None where all are taken."""
        ...

    def give_back(self, host: str, place: int) -> None:
        """A place that was taken is free."""
        ...

    def claim(self, host: str, gap_s: float) -> float:
        """Take this moment, so that the next is `gap_s` later; or how long to wait for one. [s]"""
        ...

    def rest(self, host: str, wait_s: float) -> None:
        """There is no moment before so many seconds are over."""
        ...

    def close(self) -> None:
        """Give everything back."""
        ...


class Alone:
    """Of one process that asks alone; who asks there counts its own places."""

    def __init__(self) -> None:
        self._free: dict[str, float] = {}

    def take(self, host: str, most: int) -> int | None:
        """Any place: nobody else takes one."""
        del host, most
        return 0

    def give_back(self, host: str, place: int) -> None:
        """Nobody waits for it."""

    def claim(self, host: str, gap_s: float) -> float:
        """Take this moment, or how long to wait for one. [s]"""
        now = asyncio.get_running_loop().time()
        wait_s = self._free.get(host, 0.0) - now
        if wait_s <= 0 and gap_s:
            self._free[host] = now + gap_s
        return max(0.0, wait_s)

    def rest(self, host: str, wait_s: float) -> None:
        """There is no moment before so many seconds are over."""
        until = asyncio.get_running_loop().time() + wait_s
        self._free[host] = max(self._free.get(host, 0.0), until)

    def close(self) -> None:
        """Nothing is held."""


Opener = Callable[[], Hosts]


class Pace:
    """Requests to one host begin at least `gap_s` apart, or as `gaps_s` says of it."""

    def __init__(self, hosts: Hosts, gap_s: float, gaps_s: Mapping[str, float]) -> None:
        self._hosts = hosts
        self._gap_s = gap_s
        self._gaps_s = gaps_s

    async def turn(self, host: str) -> None:
        """Wait until the host may be asked, and take that moment."""
        gap_s = self._gaps_s.get(host, self._gap_s)
        # Several wait for one moment; whoever comes second finds it taken.
        while (wait_s := self._hosts.claim(host, gap_s)) > 0:  # noqa: ASYNC110
            await asyncio.sleep(wait_s)

    @asynccontextmanager
    async def place(self, host: str, most: int) -> AsyncIterator[None]:
        """Wait for one of `most` places at the host, and hold it."""
        poll_s, longest_s = POLL_S
        while (place := self._hosts.take(host, most)) is None:
            await asyncio.sleep(poll_s)
            poll_s = min(2 * poll_s, longest_s)
        try:
            yield
        finally:
            self._hosts.give_back(host, place)

    def rest(self, host: str, wait_s: float) -> None:
        """The host has asked for patience: nobody asks it before."""
        self._hosts.rest(host, wait_s)

    def close(self) -> None:
        """Give everything back."""
        self._hosts.close()
