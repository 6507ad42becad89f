"""`interleaf recipe compare STORE A B`: what two recipes keep of the same documents.

Both are decided from the signals of the store, exactly as the step `text` would: every document
is measured again where a recipe leaves other nodes of it. Duplicates and pictures come after.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from filters.rules import Recipe
from jobs.commands.crawls import crawls
from jobs.decisions.ledger import Decision, Ledger
from jobs.flows import waiting
from jobs.report_page.markup import Html, count, joined, share, tag, web
from jobs.report_page.whole import whole_page
from jobs.store import Store
from jobs.store_tables import Tables
from schemas.columns import column
from schemas.document import DOCUMENT

FLIP = pa.schema(
    [
        *(DOCUMENT.field(name) for name in ("doc_id", "url", "host")),
        column("crawl", pa.string(), "crawl that the file belongs to, else month of the fetch"),
        column("language", pa.string(), "language of the text as read"),
        column("kept_by", pa.string(), "name of the recipe that keeps the document"),
        column("dropped", pa.string(), "first rule of the other recipe that drops it"),
        column("failed", pa.list_(pa.string()), "every rule of the other recipe that it breaks"),
    ]
)
Rules = dict[str, tuple[int, int]]  # rule -> dropped by it first, failing it at all
BY = ("language", "host", "crawl")
SHOWN = 10
PAGE_FLIPS = 200
MOST_URL = 200
LEAST_WIDTH, MOST_WIDTH = 32, 64  # of a group's name on a terminal


@dataclass(frozen=True)
class Comparison:
    """Two recipes' decisions over the same documents, and the documents that flip (FLIP)."""

    recipes: tuple[Recipe, Recipe]
    decisions: tuple[Decision, Decision]
    nodes: tuple[Rules, Rules]
    flips: pa.Table

    def groups(self, by: str) -> list[tuple[str, int, int]]:
        """(value, kept by A only, kept by B only) of a column, the most flips first."""
        first = self.recipes[0].name
        rows = zip(self.flips[by].to_pylist(), self.flips["kept_by"].to_pylist(), strict=True)
        found = Counter((value or "?", kept == first) for value, kept in rows)
        values = {value for value, _ in found}
        lines = [(value, found[value, True], found[value, False]) for value in values]
        return sorted(lines, key=lambda line: (-line[1] - line[2], line[0]))


def compare(store: Store, one: Recipe, other: Recipe) -> Comparison:
    """Decide both. Raises RecipeError and StoreError."""
    ledger = Ledger(store)
    decisions = ledger.decide(one, "every"), ledger.decide(other, "every")
    names = (one.name, other.name) if one.name != other.name else ("A", "B")
    kept = [decision.kept for decision in decisions]
    rows = np.flatnonzero(kept[0] != kept[1])
    facts = ledger.documents.select(
        ["doc_id", "url", "host", "fetched_at", "warc_file", "language"]
    )
    flips, crawl = [], crawls(Tables(store))
    for row, about in zip(rows.tolist(), facts.take(pa.array(rows)).to_pylist(), strict=True):
        winner = 0 if kept[0][row] else 1
        loser = decisions[1 - winner]
        failed = [loser.recipe.document[n].name for n in np.flatnonzero(loser.broken[row])]
        about |= {
            "crawl": crawl(about["warc_file"], about["fetched_at"]),
            "kept_by": names[winner],
            "dropped": failed[0],
            "failed": failed,
        }
        flips.append({name: about[name] for name in FLIP.names})
    named = replace(one, name=names[0]), replace(other, name=names[1])
    nodes = ledger.nodes(one), ledger.nodes(other)
    return Comparison(named, decisions, nodes, pa.Table.from_pylist(flips, FLIP))


def lines(found: Comparison) -> Iterator[str]:
    """The comparison as text."""
    a, b = (recipe.name for recipe in found.recipes)
    for recipe, decision, nodes in zip(found.recipes, found.decisions, found.nodes, strict=True):
        total, kept = len(decision.kept), int(decision.kept.sum())
        yield f"{recipe.name}: keeps {kept:,} of {count(total, 'document')} ({share(kept, total)})"
        for name, (first, all_) in nodes.items():
            yield f"    {name:32} {first:>12,} first {all_:>12,} in all"
        for name, (first, all_) in decision.funnel().items():
            yield f"    {'document ' + name:32} {first:>12,} first {all_:>12,} in all"
        yield from not_asked(recipe)
    sides = Counter(found.flips["kept_by"].to_pylist())
    flips = count(len(found.flips), "document")
    yield f"{flips} flip: only {a} keeps {sides[a]:,}, only {b} {sides[b]:,}"
    for by in BY:
        groups = found.groups(by)
        if groups:
            yield f"  by {by}:"
        width = max((len(value) for value, _, _ in groups[:SHOWN]), default=0)
        width = max(LEAST_WIDTH, min(MOST_WIDTH, width))
        for value, one, other in groups[:SHOWN]:
            name = value if len(value) <= width else value[: width - 1] + "…"
            yield f"    {_plain(name):{width}} only {a} {one:>8,}   only {b} {other:>8,}"
        if len(groups) > SHOWN:
            yield f"    and {len(groups) - SHOWN:,} more"


def not_asked(recipe: Recipe) -> Iterator[str]:
    """A line about the rules that wait for the pictures, where there are some."""
    if waiting(recipe):
        yield f"    not asked here, as they wait for the pictures: {', '.join(waiting(recipe))}"


def page(found: Comparison) -> str:
    """The comparison as one HTML page that needs nothing else. Words of the web stay text."""
    a, b = (recipe.name for recipe in found.recipes)
    body = [tag("h1", tag("b", "interleaf"), f" · {a} and {b}")]
    for recipe, decision, nodes in zip(found.recipes, found.decisions, found.nodes, strict=True):
        kept, total = int(decision.kept.sum()), len(decision.kept)
        rules = {f"document {name}": n for name, n in decision.funnel().items()}
        rows = [(name, f"{f:,}", f"{n:,}") for name, (f, n) in (nodes | rules).items()]
        body.append(
            tag(
                "section",
                tag("h2", recipe.name),
                tag("p", f"Keeps {kept:,} of {count(total, 'document')}: {share(kept, total)}."),
                _table(("rule", "dropped first", "in all"), rows),
                *(tag("p", line.strip(), class_="facts") for line in not_asked(recipe)),
            )
        )
    groups = [
        joined(
            tag("h3", f"By {by}"),
            _table(
                (by, f"only {a}", f"only {b}"),
                [
                    (web(v, MOST_URL), f"{x:,}", f"{y:,}")
                    for v, x, y in found.groups(by)[:PAGE_FLIPS]
                ],
            ),
        )
        for by in BY
    ]
    some = found.flips.slice(0, PAGE_FLIPS).to_pylist()
    rows = [(web(r["url"], MOST_URL), r["kept_by"], ", ".join(r["failed"])) for r in some]
    body.append(
        tag(
            "section",
            tag("h2", f"{count(len(found.flips), 'document')} flip"),
            *groups,
            tag("h3", f"The first {len(some):,}"),
            _table(("page", "kept by", "rules of the other that it breaks"), rows),
        )
    )
    return whole_page(f"{a} and {b}", joined(*body))


def write(found: Comparison, folder: str) -> list[str]:
    """Write compare.html and flips.parquet into a folder; their paths."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    html, table = place / "compare.html", place / "flips.parquet"
    html.write_text(page(found), encoding="utf-8", newline="\n")
    pq.write_table(found.flips, table, compression="zstd")
    return [str(html), str(table)]


def _table(heads: tuple[str, ...], rows: Sequence[Sequence[object]]) -> Html:
    head = tag("tr", *(tag("th", each) for each in heads))
    body = (tag("tr", tag("th", row[0]), *(tag("td", each) for each in row[1:])) for row in rows)
    return tag("div", tag("table", tag("thead", head), tag("tbody", *body)), class_="scroll")


def _plain(text: str) -> str:
    return "".join(c if c.isprintable() else "\ufffd" for c in text)
