"""robots.txt and its like, asked once for each origin of a run, before any picture is.

Three steps give the fetch its permits: the distinct origins of all links, dealt into parts by
host (SITES); what their files say (ReadSites); and that again, for the parts of documents that
link there (PERMITTED_SQL).
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Protocol
from urllib.parse import urlsplit

import pyarrow as pa

from pipeline.crawl.robots_captures import Captured, nothing_captured
from pipeline.shelf import Opener, Shelf, no_shelf
from pipeline.stage import Batches
from pipeline.web.downloads import Downloader, Policy
from pipeline.web.sites import Text
from pipeline.web.threaded import Emit, drawn
from schemas.rights import ROBOTS, SITE, SITE_ASKED

SITES = """
SELECT origin, CAST(min(host_bucket) % {parts} AS INT) AS part,
       CAST(count(DISTINCT part) AS INT) AS parts
FROM origins
GROUP BY origin
"""

PERMITTED_SQL = """
SELECT origins.part AS part, doc_id, origins.origin AS origin, permit
FROM origins JOIN robots ON origins.origin = robots.origin
"""

BATCH_SITES = 256

Row = dict[str, Any]


class Reader(Protocol):
    """What reads a site; `pipeline.web.downloads.Downloader`, or a stand-in."""

    async def site(self, origin: str, robots: Text | None = None) -> Row: ...


def nothing_known(origins: frozenset[str]) -> dict[str, Row]:
    """No run before this one has read anything."""
    del origins
    return {}


def over_http(policy: Policy) -> AbstractAsyncContextManager[Reader]:
    """The real thing: asks the servers."""
    return Downloader(policy, lambda _: False)


@dataclass(frozen=True)
class ReadSites:
    """Origins in, what their files allow out: a row each, in the same order.

    The origins of a host lie in one part and are asked one after another, so that a file that
    http:// redirects to https:// is read once for both. `known` gives the rows of origins that
    an earlier run has read not long ago, `captured` the robots.txt of those that a crawl has; of
    the latter only the other files are asked for.
    """

    policy: Policy = field(default_factory=Policy)
    shelf: Opener = no_shelf
    known: Callable[[frozenset[str]], dict[str, Row]] = nothing_known
    captured: Callable[[frozenset[str]], Captured] = nothing_captured
    opener: Callable[[Policy], AbstractAsyncContextManager[Reader]] = over_http
    replaces = True
    reads = SITE
    adds = pa.schema([*ROBOTS, *(f for f in SITE_ASKED if f.name not in ROBOTS.names)])

    def stream(self, batches: Batches) -> Batches:
        sites = [site for batch in batches for site in batch.to_pylist()]
        if not sites:
            return
        with self.shelf(sites[0]["part"]) as shelf:
            for rows in drawn(_Reading(self, sites, shelf).run):
                yield pa.RecordBatch.from_pylist(rows, schema=self.adds)


class _Reading:
    def __init__(self, stage: ReadSites, sites: list[Row], shelf: Shelf) -> None:
        self._stage = stage
        self._sites = sites
        self._shelf = shelf
        origins = frozenset(site["origin"] for site in sites)
        self._known = stage.known(origins)
        self._captured = stage.captured(origins - self._known.keys())

    async def run(self, emit: Emit) -> None:
        """Ask all hosts, `total` at once, and emit rows in order; few wait for an earlier one."""
        rows: list[Row] = []
        tasks: deque[asyncio.Task[list[Row]]] = deque()
        hosts = self._hosts()
        async with self._stage.opener(self._stage.policy) as self._reader:
            while True:
                for sites in hosts:
                    tasks.append(asyncio.create_task(self._host(sites)))
                    if len(tasks) >= self._stage.policy.total:
                        break
                if not tasks:
                    break
                rows += await tasks.popleft()
                if len(rows) >= BATCH_SITES:
                    await emit(rows)
                    rows = []
        if rows:
            await emit(rows)

    def _hosts(self) -> Iterator[list[Row]]:
        """The sites of each host that lie one behind the other."""
        for _, sites in groupby(self._sites, lambda site: urlsplit(site["origin"]).hostname):
            yield list(sites)

    async def _host(self, sites: list[Row]) -> list[Row]:
        read: dict[str, Row] = {}
        rows = []
        for site in sites:
            origin = site["origin"]
            row = self._shelf.get(origin) or read.get(origin) or self._known.get(origin)
            if row is None:
                capture = self._captured.rows.get(origin)
                asked_at = capture["read_at"] if capture else datetime.now(UTC)
                row = await self._reader.site(origin, self._captured.texts.get(origin))
                row["asked_at"] = int(asked_at.timestamp() * 1_000_000)
                row["captured_in"] = capture["captured_in"] if capture else None
                self._shelf.put(origin, row)
            landed = row["permit"]["landed"]
            if landed is not None and landed not in read:
                own = row["permit"] | {"origin": landed, "landed": None}
                read[landed] = row | {"origin": landed, "permit": own, "attempts": 0}
            permit = row["permit"] | {"parts": site["parts"]}
            rows.append(row | {"origin": origin, "permit": permit})
        return rows
