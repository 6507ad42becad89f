"""Ask strangers' servers for bytes: capped, timed, polite, and never inside one's own network.

Every failure is one word of `schemas.image.DROPPED`. What comes back depends on the servers'
answers only: on no clock, and on no order in which they came.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Self
from urllib.parse import urljoin

from pipeline.addresses import Gate, RefusedError, Target
from pipeline.exchange import Exchange, Limits, Outcome, Permits
from pipeline.resolver import Lookup, Resolver

RETRIED = frozenset(("dns", "connect", "timeout", "http_429", "http_5xx"))
SILENCE = frozenset(("dns", "connect", "tls", "timeout", "private_address"))
BACK_OFF_S = 0.5  # doubles with each try
MAX_RETRY_AFTER_S = 5.0
LARGE_AT_ONCE = 8


@dataclass(frozen=True)
class Policy:
    """How servers are asked. `allow`: CIDR networks and host names open besides public ones.

    `total_s` is for one link with all its redirects and tries, each try getting its share of
    what is left; waiting for a turn is not counted. With a `proxy` names are resolved there.
    `user_agent` should name a page or an address where the owner of a site can complain.
    """

    per_host: int = 4
    total: int = 256
    connect_s: float = 10.0
    total_s: float = 60.0
    max_bytes: int = 20 << 20
    max_redirects: int = 5
    tries: int = 2
    proxy: str | None = None
    allow: tuple[str, ...] = ()
    user_agent: str = "interleaf/0.1"


@dataclass(frozen=True)
class Answer:
    """What a link gave: its bytes, or why there are none.

    `status` is the last one seen. `attempts` counts every try to ask, each redirect too.
    """

    body: bytes | None
    status: int | None
    attempts: int
    dropped: str | None


@dataclass
class _Trip:
    """One link under way."""

    permits: Permits
    left_s: float
    tries: int
    attempts: int = 0
    status: int | None = None


class Downloader:
    """Asks for links, many at once; open it with `async with`.

    `accepts` sees the first bytes of a body and says whether to read on. A host that let
    2 * per_host links in a row end without ever answering is asked no more: other links to it
    share the verdict and its attempts, so that a dead host costs minutes and not hours.
    """

    def __init__(
        self,
        policy: Policy,
        accepts: Callable[[bytes], bool],
        lookup: Lookup | None = None,
    ) -> None:
        self._policy = policy
        self._accepts = accepts
        self._lookup = lookup
        self._gate = Gate(policy.allow)
        self._turns: dict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(policy.per_host)
        )
        self._silent: Counter[str] = Counter()
        self._answered: set[str] = set()
        self._verdicts: dict[str, tuple[str, int]] = {}

    async def __aenter__(self) -> Self:
        policy = self._policy
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._resolver = Resolver(self._gate, policy.connect_s, self._lookup)
        limits = Limits(policy.connect_s, policy.max_bytes, policy.user_agent, policy.proxy)
        self._exchange = Exchange(limits, self._resolver, self._accepts)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._exchange.close()
        await self._resolver.close()

    @asynccontextmanager
    async def get(self, target: Target) -> AsyncIterator[Answer]:
        """What the link gives. Large bodies are few at a time, until the context is left."""
        async with AsyncExitStack() as stack:
            permits = Permits(stack, self._large)
            trip = _Trip(permits, self._policy.total_s, self._policy.tries)
            try:
                end = await self._followed(target, trip)
            except RefusedError as refused:
                end = Outcome(dropped=refused.reason)
            yield Answer(end.body, trip.status, trip.attempts, end.dropped)

    async def _followed(self, target: Target, trip: _Trip) -> Outcome:
        """The link and its redirects; raises RefusedError where one leads inside."""
        for _ in range(self._policy.max_redirects + 1):
            async with self._turns[target.host]:
                verdict = self._verdicts.get(target.origin)
                if verdict is not None:
                    trip.attempts += verdict[1]
                    return Outcome(dropped=verdict[0])
                before = trip.attempts
                end = await self._tried(target, trip)
                self._note(target.origin, end, trip.attempts - before)
            if end.location is None:
                return end
            try:
                target = self._gate.target(urljoin(target.url, end.location))
            except RefusedError:
                raise
            except ValueError as error:  # urljoin has no other word for a broken address
                raise RefusedError("bad_url", "a redirect to no address") from error
        return Outcome(dropped="http_3xx")

    async def _tried(self, target: Target, trip: _Trip) -> Outcome:
        """One address, asked until it answers, or until tries or time are used up."""
        loop = asyncio.get_running_loop()
        back_off_s = BACK_OFF_S
        while True:
            begun, waited_s = loop.time(), trip.permits.waited_s
            trip.attempts += 1
            end = await self._exchange.ask(target, trip.left_s / trip.tries, trip.permits)
            trip.left_s -= loop.time() - begun - (trip.permits.waited_s - waited_s)
            trip.status = end.status if end.status is not None else trip.status
            pause_s = back_off_s if end.wait_s is None else min(end.wait_s, MAX_RETRY_AFTER_S)
            again = end.dropped in RETRIED and not end.lasting and trip.tries > 1
            if not again or pause_s >= trip.left_s:
                return end
            trip.tries -= 1
            trip.left_s -= pause_s
            back_off_s *= 2
            await asyncio.sleep(pause_s)  # keeping its turn: the host has asked for patience

    def _note(self, origin: str, end: Outcome, attempts: int) -> None:
        """Remember which hosts live, and which never said a word."""
        if end.status is not None or end.dropped not in SILENCE:
            self._answered.add(origin)
        elif origin not in self._answered:
            self._silent[origin] += 1
            if self._silent[origin] >= 2 * self._policy.per_host:
                self._verdicts[origin] = (end.dropped or "connect", attempts)
