"""`interleaf markers`: baseline, score and drift of the markers that a store's documents carry.

Read from the table `documents`: every document that was found, whatever a recipe made of it. Rates
are over the first 100 hits of a node, which is all of them outside of word lists.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from filters import machine_links, marker_rates, markers
from filters.marker_rates import BaselineError, Tally, log_lift, style_rates
from jobs.commands.crawls import crawls
from jobs.commands.marker_page import by_era, lifted, page
from jobs.report_page.markup import count
from jobs.store import Store
from jobs.store_tables import Tables
from pipeline.nested import opened
from schemas.columns import column

SCORE = pa.schema(
    [
        column("doc_id", pa.string(), "hash of (warc_file, warc_offset)"),
        column("language", pa.string(), "language of the text"),
        column("words", pa.int32(), "words", "count"),
        column("hard", pa.int32(), "hits of hard classes", "count"),
        column("style", pa.int32(), "hits of the classes of style", "count"),
        column("expected", pa.float64(), "hits of style that the baseline expects", "count"),
        column("log_lift", pa.float64(), "ln((style + 1) / (expected + 1)); null without baseline"),
    ]
)


ADDRESSES = (machine_links.LINKS.name, machine_links.PAGE_URL.name)


class Found(NamedTuple):
    """What of a document counts here."""

    doc_id: str
    crawl: str
    fetched: str
    language: str
    words: int
    markers: list[str]


def act(
    store: Store, what: str, out: str | None, baseline: str | None, before: str
) -> Iterator[str]:
    """Do `what`, one of baseline, score and drift; yields lines that say what came out.

    Raises BaselineError for a file or a date that is none, or where nothing can be counted.
    """
    try:
        before = date.fromisoformat(before).isoformat()
    except ValueError:
        raise BaselineError(
            f"--before {before}: it should be a day, YYYY-MM-DD, such as 2022-11-01"
        ) from None
    if what == "baseline":
        yield from _baseline(store, out, before)
    elif what == "score":
        yield from _score(store, out, baseline)
    else:
        yield from _drift(store, out, baseline, before)


def documents(store: Store) -> Iterator[Found]:
    """The documents of a store, in the order of its parts."""
    table = Tables(store).documents
    crawl = crawls(Tables(store))
    about = ["doc_id", "fetched_at", "language", "words", "warc_file", *ADDRESSES]
    for part in table.parts():
        for batch in table.read(part, [*about, "nodes"]):
            nodes = opened(batch["nodes"])
            if "markers" not in nodes.flat.schema.names:
                raise BaselineError("the store was made before markers were counted; run it again")
            rows = nodes.rows
            hits: list[list[str]] = [[] for _ in range(batch.num_rows)]
            for row, found in zip(rows, nodes.flat["markers"].to_pylist(), strict=True):
                hits[row] += [hit["marker"] for hit in found or ()]
            for at, row in enumerate(batch.select(about).to_pylist()):
                hits[at] += [machine_links.MARKER] * sum(row[name] or 0 for name in ADDRESSES)
                when: datetime | None = row["fetched_at"]
                day = when.date().isoformat() if when else ""
                language, words = row["language"] or "und", row["words"] or 0
                where = crawl(row["warc_file"], when)
                yield Found(row["doc_id"], where, day, language, words, hits[at])


def _tallied(store: Store, before: str) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for found in documents(store):
        if found.fetched and found.fetched < before:
            tallies[found.language].add(found.words, found.markers)
    return tallies


def _baseline(store: Store, out: str | None, before: str) -> Iterator[str]:
    if out is None:
        raise BaselineError("where should the rates go? give --out FILE")
    tallies = _tallied(store, before)
    if not any(tally.words for tally in tallies.values()):
        raise BaselineError(f"{store.root} has no document from before {before}")
    known = marker_rates.baseline(tallies, before, markers.versions())
    text = json.dumps(known, indent=1, sort_keys=True, ensure_ascii=False)
    Path(out).write_text(text + "\n", encoding="utf-8")
    for language, tally in sorted(tallies.items(), key=lambda item: (-item[1].words, item[0])):
        thin = "" if tally.words >= marker_rates.LEAST_WORDS else "  (too few words to be used)"
        yield (
            f"{language}: {_size(tally)}, "
            f"{tally.per_1000(*marker_rates.STYLE) or 0:.3f} style hits per 1000 words{thin}"
        )
    yield f"written: {out}"


def _rates(file: str | None) -> dict[str, float]:
    if file is None:
        return {}
    try:
        known = json.loads(Path(file).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BaselineError(f"{file} cannot be read as a baseline: {error}") from error
    return style_rates(known, markers.versions())


def _score(store: Store, out: str | None, baseline: str | None) -> Iterator[str]:
    if out is None or baseline is None:
        raise BaselineError("a score needs --baseline FILE, and --out FILE.parquet to go to")
    rates = _rates(baseline)
    rows: list[dict[str, Any]] = []
    for found in documents(store):
        tally = Tally()
        tally.add(found.words, found.markers)
        style = tally.of(*marker_rates.STYLE)
        row = {"doc_id": found.doc_id, "language": found.language, "words": found.words}
        row |= {"hard": tally.of(*markers.HARD), "style": style}
        if found.language in rates:
            expected = rates[found.language] * found.words
            row |= {"expected": expected, "log_lift": log_lift(style, expected)}
        rows.append(row)
    pq.write_table(pa.Table.from_pylist(rows, SCORE), out, compression="zstd")
    hard = sum(row["hard"] > 0 for row in rows)
    yield f"{count(len(rows), 'document')} scored, {hard:,} with a hard marker; written: {out}"


def _drift(store: Store, out: str | None, baseline: str | None, before: str) -> Iterator[str]:
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    for found in documents(store):
        tallies[found.language, found.crawl].add(found.words, found.markers)
    if baseline:
        rates = _rates(baseline)
    else:
        known = marker_rates.baseline(_tallied(store, before), before, markers.versions())
        rates = style_rates(known, markers.versions())
    text = page(tallies, rates)
    if out is None:
        store.write_text("markers.html", text)
        out = f"{store.root.rstrip('/')}/markers.html"
    else:
        Path(out).write_text(text, encoding="utf-8")
    for (language, crawl), tally in sorted(tallies.items()):
        lift = lifted(tally, rates.get(language))
        yield (
            f"{language} {crawl}: {_size(tally)}, "
            f"{count(tally.of(*markers.HARD), 'hard hit')}, "
            f"{tally.per_1000(*marker_rates.STYLE) or 0:.2f} style per 1000 words, "
            f"log-lift {lift}; "
            + ", ".join(f"{line.name} {line.per_1000(tally):.2f}" for line in by_era())
        )
    yield f"written: {out}"


def _size(tally: Tally) -> str:
    return f"{count(tally.documents, 'document')}, {count(tally.words, 'word')}"
