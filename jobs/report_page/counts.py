"""Plain counts: languages, hosts, words and pictures of documents; totals for the first line."""

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.report_page import histograms
from jobs.report_page.markup import Html, tag, web
from jobs.store_tables import Tables
from jobs.table import Table

LANGUAGES, HOSTS = 12, 20
NAME = 80


@dataclass
class Counts:
    """Documents by language and host; of those that are left, `words` and `pictures` of each."""

    languages: Counter[str] = field(default_factory=Counter)
    hosts: Counter[str] = field(default_factory=Counter)
    words: np.ndarray = field(default_factory=lambda: np.zeros(0))
    pictures: np.ndarray = field(default_factory=lambda: np.zeros(0))


def found(at: Tables) -> Counts:
    """All documents that were read."""
    counts = Counts()
    for table, column, counter in (
        (at.documents, "host", counts.hosts),
        (at.verdicts, "language", counts.languages),
    ):
        for part in table.parts():
            for batch in table.read(part, [column]):
                _tally(counter, batch[column])
    return counts


def left(at: Tables) -> tuple[str, Counts]:
    """The documents of the last table that has any part, and a word for what they are."""
    table, word = next(
        ((t, w) for t, w in ((at.release, "released"), (at.hosts, "kept so far")) if t.parts()),
        (at.good, "kept so far"),
    )
    counts, words, pictures = Counts(), [np.zeros(0)], [np.zeros(0)]
    pictured, columns = _pictured(table)
    for part in table.parts():
        for batch in table.read(part, ["host", "language", "words", *columns]):
            _tally(counts.hosts, batch["host"])
            _tally(counts.languages, batch["language"])
            words.append(pc.fill_null(batch["words"], 0).to_numpy(zero_copy_only=False))
            numbers = batch[pictured]
            if pa.types.is_list(numbers.type):
                numbers = pc.list_value_length(numbers)
            pictures.append(pc.fill_null(numbers, 0).to_numpy(zero_copy_only=False))
    counts.words, counts.pictures = np.concatenate(words), np.concatenate(pictures)
    return word, counts


def node_kinds(at: Tables) -> tuple[int, int]:
    """How many text and image nodes all documents have, before any rule."""
    totals = [0, 0]
    for part in at.documents.parts():
        for batch in at.documents.read(part, ["text_nodes", "image_nodes"]):
            for n, name in enumerate(("text_nodes", "image_nodes")):
                totals[n] += pc.sum(batch[name]).as_py() or 0
    return totals[0], totals[1]


def tables(before: Counts, after: Counts, word: str) -> Html:
    """Languages and hosts, two tables side by side."""
    return tag(
        "div",
        _table("Languages", "language", LANGUAGES, (before.languages, after.languages, word)),
        _table("Hosts", "host", HOSTS, (before.hosts, after.hosts, word)),
        class_="pair",
    )


def spreads(after: Counts, word: str) -> Html:
    """Histograms of words and pictures per document."""
    cards = []
    for name, numbers in (("Words", after.words), ("Pictures", after.pictures)):
        if not len(numbers):
            continue
        middle, most = float(np.median(numbers)), float(numbers.max())
        facts = (
            f"median {histograms.number(middle)} · most {histograms.number(most)} · "
            f"{int(numbers.sum()):,} in all"
        )
        kept = np.ones(len(numbers), bool)
        drawing = histograms.drawn(numbers.astype(float), kept, (None, None), "documents")
        head = tag("h4", f"{name} in a document {word}")
        cards.append(tag("div", head, drawing, tag("p", facts, class_="facts"), class_="card"))
    return tag("div", *cards, class_="cards")


def _table(
    title: str, one: str, most: int, counted: tuple[Counter[str], Counter[str], str]
) -> Html:
    before, after, word = counted
    # Documents of no language, or of one that changed when nodes were cut, are in one table only.
    names = sorted(before | after, key=lambda name: (-after[name], -before[name], name))
    widest = max((max(before[name], after[name]) for name in names[:most]), default=0)
    rows = [
        tag(
            "tr",
            tag("th", web(name, NAME) if name else "unknown"),
            tag("td", f"{after[name]:,}"),
            tag("td", f"{before[name]:,}"),
            tag("td", _double(after[name], before[name], widest), class_="wide"),
        )
        for name in names[:most]
    ]
    if len(names) > most:
        rest = names[most:]
        sums = (sum(counter[name] for name in rest) for counter in (after, before))
        cells = (tag("td", f"{number:,}") for number in sums)
        rows.append(tag("tr", tag("th", f"{len(rest):,} more"), *cells, tag("td"), class_="rest"))
    head = tag("tr", *(tag("th", each) for each in (one, word, "found", "")))
    body = tag("table", tag("thead", head), tag("tbody", *rows))
    return tag("div", tag("h3", title), tag("div", body, class_="scroll"))


def _double(part: int, whole: int, widest: int) -> Html:
    """What is left, in colour, on what there was."""
    ends = (100 * max(part, whole) / widest, 100 * part / widest) if widest else (0, 0)
    kinds = zip(ends, ("all", "left"), strict=True)
    return tag(
        "div", *(tag("i", style=f"width:{w:.2f}%", class_=c) for w, c in kinds), class_="bar"
    )


def _pictured(table: Table) -> tuple[str, list[str]]:
    """The column that tells a document's number of pictures, and what is read of it."""
    if "picture_metadata" in table.schema.names:
        return "picture_metadata", ["picture_metadata.list.element.width"]
    return "image_nodes", ["image_nodes"]


def _tally(counter: Counter[str], names: pa.StringArray) -> None:
    for entry in pc.value_counts(names).to_pylist():
        counter[entry["values"] or ""] += entry["counts"]
