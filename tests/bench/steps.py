"""What a page costs from crawl file to table of documents, step by step.

python -m tests.bench.steps [WARC [RECORDS]]

CPU seconds of one process, the least of RUNS runs, with all signals but the languages of nodes.
The last lines say how the table is written, and how pyarrow would write it without being told.
"""

import io
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.inputs.sources import open_source
from jobs.store_tables import scores
from jobs.workers.memory import keep_freed
from pipeline.interleave import Interleave
from pipeline.stage import Batches
from pipeline.warc import ReadWarc
from schemas.page import SOURCE
from schemas.parquet import parquet_options
from tests.bench.fineweb import COUNTED, PAGES, RECORDS, first_records, seconds

RUNS = 8


def documents(warc: Path, spent: dict[str, float]) -> pa.Table:
    """The pages of a crawl file, measured. `spent`: seconds of each step, without those before."""
    row = {"warc_file": warc.name, "location": str(warc), "limit": None}
    stream: Batches = iter(pa.Table.from_pylist([row], SOURCE).to_batches())
    for stage in (ReadWarc(open_source), Interleave(), *scores(COUNTED)):
        name = type(stage).__name__
        stream = _timed(stage.stream(_timed(stream, name, spent, -1)), name, spent, 1)
    return pa.Table.from_batches(list(stream)).drop_columns(["body", "raw"]).combine_chunks()


def _timed(
    batches: Batches, name: str, spent: dict[str, float], sign: int
) -> Iterator[pa.RecordBatch]:
    while True:
        begin = time.process_time()
        batch = next(batches, None)
        spent[name] += sign * (time.process_time() - begin)
        if batch is None:
            return
        yield batch


def written(table: pa.Table, options: dict[str, Any]) -> int:
    """Bytes of a table as Parquet."""
    out = io.BytesIO()
    with pq.ParquetWriter(out, table.schema, **options) as writer:
        writer.write_table(table)
    return out.tell()


def main(warc: str, records: int) -> None:
    keep_freed()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "first.warc.gz")
        pages = first_records(warc, records, file)
        runs = []
        for _ in range(RUNS):
            spent: dict[str, float] = defaultdict(float)
            table = documents(file, spent)
            runs.append(spent)
    ways = {"as here": parquet_options(table.schema), "untold": {"compression": "zstd"}}
    works = {name: partial(written, table, options) for name, options in ways.items()}
    turns = [{name: seconds(work) for name, work in works.items()} for _ in range(RUNS)]
    print(f"{pages} pages, microseconds a page")
    for name in runs[0]:
        print(f"{name:20} {min(run[name] for run in runs) / pages * 1e6:8,.0f}")
    for name, options in ways.items():
        took = min(turn[name] for turn in turns) / pages * 1e6
        print(f"{'Parquet ' + name:20} {took:8,.0f} {written(table, options) // pages:8,} bytes")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(PAGES), int((sys.argv[2:] or [RECORDS])[0]))
