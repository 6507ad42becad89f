"""`interleaf retry STORE --class dns,timeout`: only what failed is asked for again.

A part with such links goes back to where a killed one is: what it has lies in its spool, its
receipts and those of the later steps are gone, and the flow goes on from there. Other parts are
not touched.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from jobs import curate, flows, plan
from jobs.runs import begin, recipe_of
from jobs.settings import Settings
from jobs.steps import picture_duplicates
from jobs.store import Store, StoreError, read_run
from jobs.store_tables import Tables
from jobs.table import Table
from jobs.workers.spool import Records, spool_name
from pipeline.ledger import HEALS_S
from pipeline.web.addresses import Gate
from pipeline.web.downloads import Policy
from schemas.image import IMAGE
from schemas.rights import ASKING

Row = dict[str, Any]


@dataclass(frozen=True)
class Wish:
    """Which failures are asked for again. `now`: also those whose next try is still to come."""

    classes: frozenset[str]
    now: bool = False

    def takes(self, link: Row, moment: datetime) -> bool:
        """Is this link to be asked for again?"""
        if link["dropped"] not in self.classes or link["next_try_at"] is None:
            return False
        return self.now or link["next_try_at"] <= moment


def wish(classes: str | None, *, now: bool) -> Wish:
    """The wish of a request: class names joined by commas. Raises StoreError for another word."""
    names = frozenset(classes.split(",")) if classes else frozenset(HEALS_S)
    for name in sorted(names - HEALS_S.keys()):
        raise StoreError(
            f"'{name}' is no class that can heal; those are {', '.join(sorted(HEALS_S))}"
        )
    return Wish(names, now)


def retry(store: Store, what: Wish, web: Policy, where: curate.Where) -> bool:
    """Ask again for what failed and carry it through to the release; True when all is done."""
    run = read_run(store)
    at = Tables(store)
    if not at.images.parts() and not at.robots.parts():
        raise StoreError(f"{store.root} has asked for no image yet; go on with: interleaf run")
    settings = Settings.made(run)
    if settings.images.fetcher != "interleaf":
        raise StoreError(
            f"{store.root} was fetched by img2dataset, which tells too little to retry"
        )
    recipe = recipe_of(run)
    flow = flows.curate(store, recipe, curate.shared(web, where, store), settings)
    plan.check(flow)
    steps = flow.between("robots", None)
    curate.introduce(web, steps)
    begin(store, run)
    again, later = reopen(at, what, web)
    waiting = f"; {later:,} more wait for their time (--now asks them, too)" if later else ""
    print(f"{again:,} links are asked for again{waiting}")
    if not curate.execute(steps, where):
        return False
    curate.publish(store, recipe, flow, steps, run)
    return True


def reopen(at: Tables, what: Wish, web: Policy) -> tuple[int, int]:
    """Make parts undone that hold links to ask again. How many there are, and how many not due."""
    moment = datetime.now(UTC)
    counts = {part: _count(at, part, what, moment) for part in at.images.parts()}
    parts = [part for part, (again, _) in counts.items() if again]
    for part in parts:
        _spool_links(at, part, what, moment, web)
    sites = [part for part in at.robots.parts() if parts and _spool_sites(at, part, what)]
    _undo((at.judged, at.images, at.asked), parts)
    if parts:
        # Who is like whom is asked of all pictures, and any document may show it.
        settings = Settings.made(read_run(at.store))
        names = {name: getattr(at, name) for name in picture_duplicates.SHAPES}
        alike = picture_duplicates.tables_of(at.store, names, settings.alike)
        for table in (at.shards, at.release, at.choices, *alike):
            _undo((table,), table.parts())
    _undo((at.permitted,), at.permitted.parts() if sites else [])
    _undo((at.robots, at.sites_asked), sites)
    return sum(again for again, _ in counts.values()), sum(late for _, late in counts.values())


def _count(at: Tables, part: str, what: Wish, moment: datetime) -> tuple[int, int]:
    """Links of a part that are asked for again, and those of the classes that are not."""
    links = [link for link in _links(at.asked, part) if link["dropped"] in what.classes]
    again = sum(what.takes(link, moment) for link in links)
    return again, len(links) - again


def _undo(tables: Iterable[Table], parts: list[str]) -> None:
    for table in tables:
        for part in parts:
            table.unsign(part)


def _links(table: Table, part: str) -> Iterator[Row]:
    for batch in table.read(part):
        for row in batch.to_pylist():
            yield from row["images"]


def _spool_links(at: Tables, part: str, what: Wish, moment: datetime, web: Policy) -> None:
    """Put everything that is not asked again where the fetch looks before it asks."""
    gate = Gate(web.allow)
    with _fresh(at.store, "fetch", part) as records:
        for image, link in zip(_links(at.images, part), _links(at.asked, part), strict=True):
            # Without `attempts` it never came to a question: that is decided anew.
            if link["attempts"] is None or what.takes(link, moment):
                continue
            row = {name: image[name] for name in IMAGE.names if name not in ("image_id", "url")}
            row |= {name: _plain(link[name]) for name in ASKING.names}
            records.put(gate.target(link["url"]).url, row)


def _spool_sites(at: Tables, part: str, what: Wish) -> bool:
    """The same for robots.txt; False where nothing of the part is asked again."""
    rows: list[Row] = []
    failed = False
    asked = (row for batch in at.sites_asked.read(part) for row in batch.to_pylist())
    said = (row for batch in at.robots.read(part) for row in batch.to_pylist())
    for site, how in zip(said, asked, strict=True):
        if site["permit"]["refused"] in what.classes:
            failed = True
        else:
            rows.append(site | {name: _plain(value) for name, value in how.items()})
    if failed:
        with _fresh(at.store, "robots", part) as records:
            for row in rows:
                records.put(row["origin"], row)
    return failed


def _fresh(store: Store, step: str, part: str) -> Records:
    """The part's spool, emptied."""
    folder = spool_name(step, part)
    store.remove(folder)
    return Records(store, folder)


def _plain(value: Any) -> Any:
    """As the spool holds it: times in microseconds."""
    return int(value.timestamp() * 1_000_000) if isinstance(value, datetime) else value
