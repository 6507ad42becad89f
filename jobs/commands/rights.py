"""`interleaf rights STORE`: what owners said, how often, what was read as evidence, and when."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from jobs.commands.explain_page import printable
from jobs.release import matches
from jobs.store import Store, read_run
from jobs.store_tables import Tables
from jobs.table import Table
from pipeline.reserve import Reserve, page_verdict
from pipeline.web.rights import DEFAULT, KINDS
from pipeline.web.robots import product_token

WIDTH = 100

# Words that come of rights, lists and takedowns, not of the network.
WORDS = (
    "robots_txt", "robots_unreachable", "ai_txt", "tdm_reserved", "content_usage",
    "noai", "noml", "noindex", "noimageai", "noimageindex", "mining_prohibited",
    "blocked", "taken_down", "hash_listed",
)  # fmt: skip

Row = dict[str, Any]


def show(store: Store) -> None:
    """Print the report, and write that of matches with the hash lists: jobs.release.matches."""
    honours = read_run(store).get("rights", {}).get("honours", list(DEFAULT))
    print(f"{store.root}: honours {', '.join(honours) or 'nothing'}")
    at = Tables(store)
    for line in (*_pages(at), *_sites(at), *_pictures(at)):
        print(printable(line)[:WIDTH])
    for line in matches.report(store, at.asked):
        print(line)


class _Tally:
    """Counts by word, with the first case of each as its example."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.examples: dict[str, str] = {}

    def add(self, word: str, example: str) -> None:
        self.counts[word] += 1
        self.examples.setdefault(word, example)

    def lines(self) -> Iterator[str]:
        for word, count in sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0])):
            yield f"    {count:>10,}  {word:18}  e.g. {self.examples[word]}"


def _rows(table: Table, columns: list[str] | None = None) -> Iterator[Row]:
    for part in table.parts():
        for batch in table.read(part, columns):
            yield from batch.to_pylist()


def _pages(at: Tables) -> Iterator[str]:
    """All pages that were read, whatever the recipe said of them."""
    tally, read = _Tally(), 0
    token = product_token("interleaf")
    times: list[datetime] = []
    told = ["url", "fetched_at", *(name for name in Reserve.reads.names if name != "url")]
    for row in _rows(at.documents, told):
        read += 1
        found = page_verdict(row, token, KINDS)
        if row["fetched_at"] is not None:
            times.append(row["fetched_at"])
        if found:
            tally.add(found[0], f"{found[1]}  {row['url']}")
    reserve = sum(tally.counts.values())
    yield f"pages: {reserve:,} of {read:,} reserve something{_between(times)}"
    yield from tally.lines()


def _sites(at: Tables) -> Iterator[str]:
    counts: Counter[str] = Counter()
    times: list[datetime] = []
    for site, asked in zip(_rows(at.robots), _rows(at.sites_asked), strict=True):
        permit = site["permit"]
        counts["sites"] += 1
        counts[f"robots.txt {permit['refused'] or asked['failure'] or 'read'}"] += 1
        for kind in ("robots_txt", "ai_txt", "tdm", "content_usage"):
            counts[f"rules in {kind}"] += bool(permit[kind])
        counts["Crawl-delay"] += permit["delay_s"] is not None
        counts["robots.txt from captures of a crawl"] += asked["captured_in"] is not None
        times.append(asked["asked_at"])
    yield f"sites: {counts.pop('sites', 0):,}{_between(times)}"
    for name, count in sorted(counts.items()):
        if count:
            yield f"    {count:>10,}  {name}"


def _pictures(at: Tables) -> Iterator[str]:
    tally, links = _Tally(), 0
    times: list[datetime] = []
    for row in _rows(at.asked):
        links += len(row["images"])
        for link in row["images"]:
            if link["asked_at"] is not None:
                times.append(link["asked_at"])
            if link["dropped"] in WORDS:
                tally.add(link["dropped"], f"{link['evidence']}  {link['url']}")
    out = sum(tally.counts.values())
    yield f"image links: {out:,} of {links:,} left out{_between(times)}"
    yield from tally.lines()


def _between(times: list[datetime]) -> str:
    """When it was read, in words; nothing where nothing was."""
    if not times:
        return ""
    return f", read {min(times):%Y-%m-%d %H:%M} to {max(times):%Y-%m-%d %H:%M} UTC"
