"""Ask strangers' servers for bytes: capped, timed, polite, and never inside one's own network.

Every failure is one word of `schemas.image.DROPPED`. What comes back depends on the servers'
answers only: on no clock, and on no order in which they came. The one exception is a host that
asks for more patience than a run has: which of its links were asked before it said so is chance.
"""

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Self
from urllib.parse import urljoin, urlsplit

from pipeline.web import rights
from pipeline.web.addresses import Gate, RefusedError, Target
from pipeline.web.body import Held, Wanted
from pipeline.web.exchange import IMAGE_TYPES, Exchange, Limits, Outcome, Permits
from pipeline.web.names import NameServers
from pipeline.web.pace import Alone, Opener, Pace
from pipeline.web.resolver import Lookup, Resolver, System
from pipeline.web.robots import MAX_BYTES, product_token
from pipeline.web.shares import Shares
from pipeline.web.sites import Row, Sites, Text

RETRIED = frozenset(("dns", "connect", "timeout", "truncated", "http_429", "http_5xx"))
SILENCE = frozenset(("dns", "connect", "tls", "timeout", "private_address"))
BACK_OFF_S = 0.5  # doubles with each try
MAX_RETRY_AFTER_S = 30.0  # a host that asks for more rests for the remainder of the part
LARGE_AT_ONCE = 8


@dataclass(frozen=True)
class Policy:
    """How servers are asked. `allow`: CIDR networks and host names open besides public ones.

    `per_host` requests at a time and `per_host_s` a second (0: no such bound) go to one host.
    The processes of a machine see to it together, by `hosts`. Where `workers` of several machines
    ask, each takes a share of both bounds: `Shares`. `total_s` is for one link with all its
    redirects and tries, each try getting its share of what is left; waiting for a turn is not
    counted. After `deadline_s`, or `part_bytes` of bodies (0: no such bound), a part asks no more
    and ends what is under way. With a `proxy` names are resolved there; else by the name servers
    `dns`, in their order, or where there are none by the machine. With `http2` a server that
    prefers it is asked that way, over one connection. `user_agent` should name a page or an
    address where the owner of a site can complain; its first word is the name that robots.txt
    knows us by. `honours`: kinds of `pipeline.web.rights`.
    """

    per_host: int = 4
    per_host_s: float = 10.0
    total: int = 256
    workers: int = 1
    hosts: Opener = Alone
    connect_s: float = 10.0
    total_s: float = 60.0
    deadline_s: float = 3600.0
    max_bytes: int = 20 << 20
    part_bytes: int = 0
    max_redirects: int = 5
    tries: int = 2
    proxy: str | None = None
    dns: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    http2: bool = True
    user_agent: str = "interleaf/0.1"
    honours: tuple[str, ...] = rights.DEFAULT


@dataclass(frozen=True)
class Answer:
    """What a link gave: its bytes, or why there are none.

    `status` is the last one seen. `attempts` counts every try to ask, each redirect too.
    `evidence`: the rule or header that forbids it. `wait_s`: patience that the host asked for.
    `answered_by`: the address that a redirect led to. `unchanged`: what is held is what would come.
    """

    body: bytes | None
    status: int | None
    attempts: int
    dropped: str | None
    evidence: str | None = None
    wait_s: float | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    answered_by: str | None = None
    unchanged: bool = False


@dataclass
class _Trip:
    """One link under way."""

    permits: Permits
    left_s: float
    tries: int
    wanted: Wanted
    place: Target
    attempts: int = 0
    status: int | None = None


class Downloader:
    """Asks for links, many at once; open it with `async with`.

    `accepts` sees the first bytes of a body and says whether to read on. `known`: rows of
    `schemas.rights.PERMIT` of origins whose robots.txt was read before. A host that let
    2 * per_host links in a row end without ever answering is asked no more: other links to it
    share the verdict and its attempts, so that a dead host costs minutes and not hours.
    """

    def __init__(
        self,
        policy: Policy,
        accepts: Callable[[bytes], bool],
        lookup: Lookup | None = None,
        known: Iterable[Row] = (),
    ) -> None:
        self._policy = policy
        self._lookup = lookup
        self._gate = Gate(policy.allow)
        known = list(known)
        self._shares = Shares.of(policy, known)
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._silent: Counter[str] = Counter()
        self._answered: set[str] = set()
        self._verdicts: dict[str, tuple[str, int]] = {}
        self._resting: dict[str, Outcome] = {}
        token = product_token(policy.user_agent)
        forbids = partial(rights.header_verdict, token=token, honours=policy.honours)
        self._image = Wanted(IMAGE_TYPES, policy.max_bytes, accepts, forbids)
        self._text = Wanted("text/plain,*/*;q=0.5", MAX_BYTES, _any, cut=True)
        self._sites = Sites(self.text, policy.user_agent, policy.honours, known)

    async def __aenter__(self) -> Self:
        policy = self._policy
        self._large = asyncio.Semaphore(LARGE_AT_ONCE)
        self._pace = Pace(policy.hosts(), self._shares.gap_s, self._shares.gaps_s)
        servers = NameServers(policy.dns) if policy.dns and self._lookup is None else None
        names = servers or System(self._lookup or socket.getaddrinfo)
        self._resolver = Resolver(self._gate, policy.connect_s, names)
        limits = Limits(policy.connect_s, policy.user_agent, policy.proxy, policy.http2)
        self._exchange = Exchange(limits, self._resolver)
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._sites.close()
        await self._exchange.close()
        await self._resolver.close()
        self._pace.close()

    @asynccontextmanager
    async def get(self, target: Target, held: Held | None = None) -> AsyncIterator[Answer]:
        """What the link gives. Large bodies are few at a time, until the context is left."""
        async with AsyncExitStack() as stack:
            wanted = replace(self._image, held=held) if held else self._image
            trip = self._trip(stack, target, wanted)
            try:
                end = await self._followed(target, trip)
            except RefusedError as refused:
                end = Outcome(dropped=refused.reason)
            yield Answer(
                end.body, trip.status, trip.attempts, end.dropped, end.evidence, end.wait_s,
                end.notes, None if trip.place is target else trip.place.url, end.unchanged,
            )  # fmt: skip

    @property
    def came(self) -> int:
        """Bytes of all bodies so far, as sent."""
        return self._exchange.came

    async def text(self, url: str) -> Text:
        """A small text, for which no leave is needed: robots.txt and its like."""
        async with AsyncExitStack() as stack:
            try:
                target = self._gate.target(url)
                trip = self._trip(stack, target, self._text)
                end = await self._followed(target, trip)
            except RefusedError as refused:
                return Text(None, None, 0, refused.reason, url, "")
            path = urlsplit(trip.place.url).path
            return Text(end.body, trip.status, trip.attempts, end.dropped, trip.place.origin, path)

    async def site(self, origin: str, robots: Text | None = None) -> Row:
        """What the files of an origin say: a row of ROBOTS with the columns of SITE_ASKED.

        `robots`: its robots.txt, where somebody has read it already.
        """
        return await self._sites.asked(origin, robots)

    def _trip(self, stack: AsyncExitStack, target: Target, wanted: Wanted) -> _Trip:
        permits = Permits(stack, self._large)
        # A site's rules get a try more: without them none of its pictures is asked for.
        tries = self._policy.tries + (wanted is self._text)
        return _Trip(permits, self._policy.total_s, tries, wanted, target)

    def _turn(self, host: str) -> asyncio.Semaphore:
        if host not in self._turns:
            self._turns[host] = asyncio.Semaphore(self._limit(host))
        return self._turns[host]

    def _limit(self, host: str) -> int:
        return self._shares.limits.get(host, self._shares.limit)

    async def _followed(self, target: Target, trip: _Trip) -> Outcome:
        """The link and its redirects; raises RefusedError where one leads inside."""
        for _ in range(self._policy.max_redirects + 1):
            trip.place = target
            if trip.wanted is not self._text:
                forbidden = await self._sites.against(target)
                if forbidden:
                    return Outcome(dropped=forbidden[0], evidence=forbidden[1])
                self._shares.meet(target.host, self._sites.delay_s(target.origin))
            most = self._limit(target.host)
            async with self._turn(target.host), self._pace.place(target.host, most):
                verdict = self._verdicts.get(target.origin)
                if verdict is not None:
                    trip.attempts += verdict[1]
                    return Outcome(dropped=verdict[0])
                if target.host in self._resting:
                    return self._resting[target.host]
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
            await self._pace.turn(target.host)
            begun, waited_s = loop.time(), trip.permits.waited_s
            trip.attempts += 1
            end = await self._exchange.ask(
                target, trip.left_s / trip.tries, trip.permits, trip.wanted
            )
            trip.left_s -= loop.time() - begun - (trip.permits.waited_s - waited_s)
            trip.status = end.status if end.status is not None else trip.status
            if end.wait_s:
                self._rest(target.host, end)
            pause_s = back_off_s if end.wait_s is None else end.wait_s
            again = end.dropped in RETRIED and not end.lasting and trip.tries > 1
            if not again or pause_s >= trip.left_s or pause_s > MAX_RETRY_AFTER_S:
                return end
            trip.tries -= 1
            trip.left_s -= pause_s
            back_off_s *= 2
            await asyncio.sleep(pause_s)  # keeping its turn: the host has asked for patience

    def _rest(self, host: str, end: Outcome) -> None:
        """Retry-After is obeyed for the host: it is its server that is busy, not a picture."""
        if end.wait_s is not None and end.wait_s <= MAX_RETRY_AFTER_S:
            self._pace.rest(host, end.wait_s)
        elif end.dropped in RETRIED:
            self._resting[host] = Outcome(dropped=end.dropped, wait_s=end.wait_s)

    def _note(self, origin: str, end: Outcome, attempts: int) -> None:
        """Remember which hosts live, and which never said a word."""
        if end.status is not None or end.dropped not in SILENCE:
            self._answered.add(origin)
        elif origin not in self._answered:
            self._silent[origin] += 1
            if self._silent[origin] >= 2 * self._policy.per_host:
                self._verdicts[origin] = (end.dropped or "connect", attempts)


def _any(head: bytes) -> bool:
    """Every text is read on."""
    del head
    return True
