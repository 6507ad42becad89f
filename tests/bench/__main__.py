"""Time the heavy steps on one core, several times each, and print medians.

python -m tests.bench [WARC ...]     default: the first file of real pages beside the checkout
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa

from filters import minhash, text
from jobs.inputs.sources import open_source, sources
from jobs.store_tables import scores
from pipeline.interleave import Interleave
from pipeline.nested import opened
from pipeline.score import joined_text
from pipeline.stage import Stage
from pipeline.warc import ReadWarc
from tests.bench import contamination

RUNS = 5
PAGES = Path(__file__).parents[3] / "shared" / "realweb" / "pages-open-00000.warc.gz"

Batches = list[pa.RecordBatch]

SCORE_NODES, SCORE_DOCUMENTS = scores(())


def timed(work: Callable[[], object]) -> float:
    """Median CPU seconds of several calls, after one that is not counted."""
    work()
    seconds = []
    for _ in range(RUNS):
        begin = time.process_time()
        work()
        seconds.append(time.process_time() - begin)
    return statistics.median(seconds)


def through(stage: Stage, batches: Batches) -> Batches:
    return list(stage.stream(iter(batches)))


def show(name: str, count: int, unit: str, seconds: float, size: int) -> None:
    rate, bandwidth = count / seconds, size / seconds / 1e6
    print(f"{name:28} {rate:>10,.0f} {unit}/s {bandwidth:>9.1f} MB/s", flush=True)


def main(files: list[str]) -> None:
    table = sources(files, None)
    start = table.to_batches()
    records = through(ReadWarc(open_source), start)
    pages = [batch.filter(batch["dropped"].is_null()) for batch in records]
    html = sum(len(body) for batch in pages for body in batch["body"].to_pylist() if body)
    total = sum(batch.num_rows for batch in records)
    count = sum(batch.num_rows for batch in pages)
    show("read WARC", total, "records", timed(lambda: through(ReadWarc(open_source), start)), html)
    show("interleave", count, "pages", timed(lambda: through(Interleave(), pages)), html)
    documents = through(Interleave(), pages)
    texts = [joined_text(opened(batch["nodes"])) for batch in documents]
    size = sum(len((each or "").encode()) for column in texts for each in column.to_pylist())
    nodes = [opened(batch["nodes"]).flat["text"] for batch in documents]
    counted = sum(map(len, nodes))
    show("node counts", counted, "nodes", timed(lambda: [text.counts(n) for n in nodes]), size)
    show("score nodes", counted, "nodes", timed(lambda: through(SCORE_NODES, documents)), size)
    scored = through(SCORE_NODES, documents)
    seconds = timed(lambda: through(SCORE_DOCUMENTS, scored))
    show("score documents", count, "documents", seconds, size)
    seconds = timed(lambda: [minhash.band_keys(column) for column in texts])
    show("MinHash bands", count, "documents", seconds, size)
    index = contamination.made(texts, 5)
    seconds = timed(lambda: [index.counts(column) for column in texts])
    show("decontaminate", count, "documents", seconds, size)


if __name__ == "__main__":
    main(sys.argv[1:] or [str(PAGES)])
