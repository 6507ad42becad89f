"""The figures: precision on pages of people, recall on texts of a machine."""

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters import language, machine_links, markers, text
from filters.marker_rates import STYLE, Tally, log_lift
from filters.signals import measured
from jobs.inputs.sources import open_source
from pipeline.interleave import Interleave
from pipeline.nested import opened
from pipeline.score import joined_text
from pipeline.stage import chain
from pipeline.warc import ReadWarc
from schemas.page import SOURCE
from tests.conftest import SHARED

REALWEB = SHARED / "realweb"
LABELLED = SHARED / "markers" / "human-vs-gpt4-open.jsonl.gz"
# Well before November 2022: the dates of some pages are their data set's, not their capture's.
BEFORE = datetime(2022, 1, 1, tzinfo=UTC)
# The sets date a conversation that was shared from here before the site was there.
NOT_PEOPLE = "chatgpt.com"
GROUP = 20


class Page(NamedTuple):
    """One page of people."""

    host: str
    language: str
    words: int
    hits: list[str]

    @property
    def look(self) -> bool:
        """In the half that may be looked at when a list is changed."""
        return blake2b(self.host.encode(), digest_size=1).digest()[0] < 128


def figures() -> dict[str, Any]:
    """Everything that docs/markers.md says of the sets."""
    pages = list(human_pages())
    english = Tally()
    for page in pages:
        if page.language == "en":
            english.add(page.words, page.hits)
    rows = labelled_rows()
    return {
        "lists": markers.hashes(),
        "by_class": _by_class(pages, rows),
        "pages": {
            "look": _precision([page for page in pages if page.look]),
            "measured": _precision([page for page in pages if not page.look]),
        },
        "human_vs_gpt4": _labelled(rows, english.of(*STYLE) / english.words),
    }


def human_pages() -> Iterator[Page]:
    """The pages of ../shared/realweb that were captured before 2022, with all their hits."""
    for file in sorted(REALWEB.glob("*pages*.warc.gz")):
        row = {"warc_file": file.name, "location": str(file), "limit": None}
        source = pa.RecordBatch.from_pylist([row], SOURCE)
        for batch in chain((ReadWarc(open_source), Interleave()), iter([source])):
            old = pc.and_(pc.is_null(batch["dropped"]), pc.less(batch["fetched_at"], BEFORE))
            old = pc.and_(old, pc.not_equal(batch["host"], NOT_PEOPLE))
            batch = batch.filter(pc.fill_null(old, False))
            nodes = opened(batch["nodes"])
            found = markers.found(nodes.flat["text"])[-1].to_pylist()
            hits: list[list[str]] = [[] for _ in range(batch.num_rows)]
            for row_, hit in zip(nodes.rows, found, strict=True):
                hits[row_] += [each["marker"] for each in hit or ()]
            for row_, links in enumerate(batch["machine_links"].to_pylist()):
                own = machine_links.cites(batch["url"][row_].as_py() or "")
                hits[row_] += [machine_links.MARKER] * (len(links or ()) + own)
            joined = joined_text(nodes)
            known = measured((language.MEASURE, *text.NODE), {"text": joined})
            yield from map(
                Page,
                batch["host"].to_pylist(),
                [name or "und" for name in known["language"].to_pylist()],
                known["words"].to_pylist(),
                hits,
            )


def _precision(pages: list[Page]) -> dict[str, Any]:
    hard = [[hit for hit in page.hits if _class(hit) in markers.HARD] for page in pages]
    rows: dict[str, int] = {}
    for page in pages:
        for kind in {_class(hit) for hit in page.hits}:
            rows[kind] = rows.get(kind, 0) + 1
    return {
        "documents": len(pages),
        "words": sum(page.words for page in pages),
        "with_hard": sum(map(bool, hard)),
        "hard_hits": sorted({hit for found in hard for hit in found}),
        "documents_by_class": {kind: rows.get(kind, 0) for kind in markers.CLASSES},
    }


def _class(name: str) -> str:
    return name.split("/", 2)[1]


class Labelled(NamedTuple):
    """One text of the labelled set."""

    machine: bool
    language: str
    words: int
    hits: list[str]


def labelled_rows() -> list[Labelled]:
    """The labelled set, with all hits."""
    with gzip.open(LABELLED, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    column = pa.array([row["text"] for row in rows])
    found = markers.found(column)[-1].to_pylist()
    known = measured((language.MEASURE, *text.NODE), {"text": column})
    return [
        Labelled(row["machine"], name, count, [each["marker"] for each in hits])
        for row, name, count, hits in zip(
            rows, known["language"].to_pylist(), known["words"].to_pylist(), found, strict=True
        )
    ]


def _by_class(pages: list[Page], rows: list[Labelled]) -> dict[str, Any]:
    """Documents of each origin by language, and how many carry a hit of each class."""
    origins: dict[str, list[tuple[str, list[str]]]] = {
        "machine": [(row.language, row.hits) for row in rows if row.machine],
        "people": [(row.language, row.hits) for row in rows if not row.machine],
        "pages": [(page.language, page.hits) for page in pages],
    }
    out: dict[str, Any] = {}
    for origin, documents in origins.items():
        for name, hits in documents:
            known = name if name in markers.LANGUAGES else "other"
            row = out.setdefault(known, {}).setdefault(origin, {"documents": 0, "hits": {}})
            row["documents"] += 1
            for kind in {_class(hit) for hit in hits}:
                row["hits"][kind] = row["hits"].get(kind, 0) + 1
    return dict(sorted(out.items()))


def _labelled(rows: list[Labelled], rate: float) -> dict[str, Any]:
    """Recall on the labelled set; `rate` is style hits a word on English pages before 2022."""
    out: dict[str, Any] = {"style_per_1000_on_pages": round(1000 * rate, 3)}
    lifts: dict[bool, list[float]] = {False: [], True: []}
    groups: dict[bool, list[float]] = {False: [], True: []}
    for machine in (False, True):
        mine = [row for row in rows if row.machine is machine]
        hits = [row.hits for row in mine]
        style = [sum(_class(hit) in STYLE for hit in each) for each in hits]
        lengths = [row.words for row in mine]
        lifts[machine] = [log_lift(s, rate * w) for s, w in zip(style, lengths, strict=True)]
        for first in range(0, len(mine) - GROUP + 1, GROUP):
            some = slice(first, first + GROUP)
            groups[machine].append(log_lift(sum(style[some]), rate * sum(lengths[some])))
        out["machine" if machine else "people"] = {
            "documents": len(mine),
            "words": sum(lengths),
            "with_hard": sum(any(_class(h) in markers.HARD for h in each) for each in hits),
            "with_style": sum(map(bool, style)),
            "style_per_1000": round(1000 * sum(style) / sum(lengths), 3),
        }
    out["one_text"] = _told_apart(lifts)
    out[f"groups_of_{GROUP}"] = _told_apart(groups)
    return out


def _told_apart(lifts: dict[bool, list[float]]) -> dict[str, float]:
    """Area under the curve, and recall where 1 % of people's texts are taken for a machine's."""
    people, machine = np.sort(lifts[False]), np.array(lifts[True])
    below = np.searchsorted(people, machine, "left") + np.searchsorted(people, machine, "right")
    bound = people[min(len(people) - 1, int(np.ceil(0.99 * len(people))))]
    return {
        "area": round(float(below.mean() / 2 / len(people)), 4),
        "recall_at_1_percent": round(float((machine > bound).mean()), 4),
    }
