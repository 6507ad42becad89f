"""How fast texts are measured, a row a set of signals: megabytes of text a second on one core.

python -m tests.bench.signals [WARC ...]     default: the first file of real pages

CPU seconds; the median of several turns, in each of which every set runs once, so that a busy
machine is busy for all of them. "all counts" are the sets of filters.measures without language and
perplexity, which are models and stand apart, as do markers. Perplexity is measured where `make lm`
has made its model. The size is that of the documents' joined text, for the counts of nodes as well.
"fastText" is the package, which filters.language takes the place of, asked for fewer texts.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from filters import (
    domains,
    language,
    lines,
    markers,
    own_language,
    perplexity,
    personal,
    quality,
    redpajama,
    text,
)
from filters.signals import measured
from jobs.inputs.sources import open_source, sources
from pipeline.interleave import Interleave
from pipeline.nested import opened
from pipeline.score import joined_text
from pipeline.warc import ReadWarc
from tests.filters import asked_fasttext

TURNS = 5
PAGES = Path(__file__).parents[3] / "shared" / "realweb" / "pages-open-00000.warc.gz"
MODEL = Path("lm/demo.arpa")
FEW = 200
"""Documents that a slow model is asked about."""

Columns = list[pa.Array]
Row = tuple[str, Callable[[], object], int, int]


def columns(files: list[str]) -> tuple[Columns, Columns, Columns]:
    """Texts of nodes, joined texts of documents and addresses of pages, a batch each."""
    batches = ReadWarc(open_source).stream(iter(sources(files, None).to_batches()))
    pages = (batch.filter(batch["dropped"].is_null()) for batch in batches)
    found: tuple[Columns, Columns, Columns] = ([], [], [])
    for batch in Interleave().stream(pages):
        nodes = opened(batch["nodes"])
        for column, out in zip((nodes.flat["text"], joined_text(nodes), batch["url"]), found,
                               strict=True):  # fmt: skip
            out.append(column)
    return found


def bytes_of(texts: Columns) -> int:
    return sum(len((each or "").encode()) for column in texts for each in column.to_pylist())


def rows(nodes: Columns, texts: Columns, urls: Columns) -> tuple[list[Row], list[Row]]:
    """The counts, and what is shown apart: name, work, texts, and bytes of text."""
    size = bytes_of(texts)
    asked = [
        ("base: nodes", text.counts, nodes),
        ("lines: nodes", lines.counts, nodes),
        ("personal: nodes", personal.counts, nodes),
        ("base: documents", text.repetition, texts),
        ("quality: documents", quality.counts, texts),
        ("redpajama: documents", redpajama.counts, texts),
        ("domains: documents", domains.page_signals, urls),
    ]
    counts: list[Row] = [
        (name, lambda count=count, of=of: [count(each) for each in of], sum(map(len, of)), size)
        for name, count, of in asked
    ]
    few = [texts[0].slice(0, FEW)]
    some = [nodes[0].slice(0, 20 * FEW)]
    named = [language.languages(each)[0] for each in texts]
    apart: list[Row] = [
        ("language: documents", lambda: [language.languages(each) for each in texts],
         sum(map(len, texts)), size),
        ("language: nodes", lambda: [language.languages(each) for each in nodes],
         sum(map(len, nodes)), bytes_of(nodes)),
        ("fastText: documents", lambda: asked_fasttext.languages(few[0]),
         len(few[0]), bytes_of(few)),
        ("fastText: nodes", lambda: asked_fasttext.languages(some[0]),
         len(some[0]), bytes_of(some)),
        ("own language: documents",
         lambda: [own_language.own_counts(*each) for each in zip(texts, named, strict=True)],
         sum(map(len, texts)), size),
        ("markers: nodes", lambda: [measured(markers.NODE, {"text": each}) for each in nodes],
         sum(map(len, nodes)), bytes_of(nodes)),
    ]  # fmt: skip
    if MODEL.is_file():
        model = perplexity.language_model(str(MODEL), None, None)
        apart.append(("perplexity: nodes",
                      lambda: [perplexity.scores(model, each) for each in some],
                      len(some[0]), bytes_of(some)))  # fmt: skip
    return counts, apart


def seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def show(name: str, count: int, size: int, took: float) -> None:
    print(f"{name:24} {count / took:>10,.0f} texts/s {size / took / 1e6:>8.1f} MB/s", flush=True)


def show_differences(name: str, columns: Columns) -> None:
    """How far language is from what the package fastText says."""
    other, furthest = 0, 0.0
    for column in columns:
        ours = zip(*(each.to_pylist() for each in language.languages(column)), strict=True)
        for (named, score), (asked, chance) in zip(
            ours, asked_fasttext.languages(column), strict=True
        ):
            other += (named or language.UNDETERMINED) != asked
            furthest = max(furthest, abs((score or 0.0) - chance))
    print(f"{name:24} {other} of {sum(map(len, columns)):,} other than fastText's, "
          f"scores within {furthest:.1e}", flush=True)  # fmt: skip


def main(files: list[str]) -> None:
    nodes, texts, urls = columns(files)
    counts, apart = rows(nodes, texts, urls)
    for _, work, _, _ in (*counts, *apart):
        work()
    turns = [[seconds(work) for _, work, _, _ in (*counts, *apart)] for _ in range(TURNS)]
    took = [statistics.median(each) for each in zip(*turns, strict=True)]
    for (name, _, count, size), median in zip(counts, took[: len(counts)], strict=True):
        show(name, count, size, median)
    total = statistics.median(sum(turn[: len(counts)]) for turn in turns)
    show("all counts", sum(map(len, texts)), bytes_of(texts), total)
    for (name, _, count, size), median in zip(apart, took[len(counts) :], strict=True):
        show(name, count, size, median)
    show_differences("language: documents", texts)
    show_differences("language: nodes", nodes)


if __name__ == "__main__":
    main(sys.argv[1:] or [str(PAGES)])
