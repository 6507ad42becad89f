"""`interleaf plan`: what each wide step will read, hold and spill, before anything runs.

Rows and bytes of a table that is finished are its receipts'. Those of one that is not are reckoned
from the crawl files' bytes by TYPICAL, and marked with a ~.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from jobs.engine import memory_limit
from jobs.plan import Flow, Query
from jobs.table import Table

# Table -> rows and bytes of Parquet for each megabyte of gzipped WARC: two files of real pages
# (29 MB, 4,511 records) under the recipe obelics_code. Another recipe keeps more or less. From
# `pictures` on: the pages of sites whose pictures were all there (8 MB), so rather too many.
TYPICAL = {
    "documents": (51.6, 346_000.0),
    "good": (23.0, 81_100.0),
    "hosts": (23.0, 78_600.0),
    "signatures": (23.0, 3_970.0),
    "clusters": (0.27, 97.0),
    "paragraphs": (496.0, 5_360.0),
    "repeated_paragraphs": (3.0, 77.0),
    "links": (208.0, 4_440.0),
    "pictures": (71.2, 13_700.0),
    "picture_edges": (33.2, 226.0),
    "picture_clusters": (71.2, 7_070.0),
    "interleaved_signatures": (50.6, 25_000.0),
    "interleaved_edges": (0.25, 260.0),
}
RECORDS = 155.0  # for each megabyte
REMOTE_MB = 1000.0  # a file of Common Crawl; a remote file is not asked for its size

# Memory of a row in a sort or a hash table, for each byte of it in Parquet.
UNPACKED = 4.0
MB = 1e6


@dataclass(frozen=True)
class Size:
    """Rows and bytes of a table; `known` where receipts say so."""

    rows: float
    bytes: float
    known: bool = False


@dataclass(frozen=True)
class Estimate:
    """One query: what it reads, what it holds at most, and what it writes to disk meanwhile."""

    step: str
    rows: float
    bytes: float
    memory: float
    spill: float
    known: bool

    def line(self) -> str:
        """The estimate in words."""
        about = "" if self.known else "~"
        sizes = (f"{about}{size(value)}" for value in (self.bytes, self.memory, self.spill))
        read, memory, spill = sizes
        rows = f"{about}{self.rows:,.0f}"
        return (
            f"{self.step:18} {rows:>16} rows, {read:>10} read, {memory:>10} held, "
            f"{spill:>10} spilled"
        )


def megabytes(inputs: pa.Table) -> float:
    """Of the crawl files (SOURCE rows), as far as they are to be read."""
    total = 0.0
    for row in inputs.to_pylist():
        file = Path(row["location"])
        size_ = file.stat().st_size / MB if file.exists() else REMOTE_MB
        total += size_ if row["limit"] is None else min(size_, row["limit"] / RECORDS)
    return total


def estimates(flow: Flow, read_mb: float) -> Iterator[Estimate]:
    """Every query of the flow, over crawl files of so many megabytes."""
    limit = memory_limit()
    for step in flow.steps:
        if isinstance(step, Query):
            sizes = [of(table, read_mb) for _, table in step.inputs]
            read = sum(each.bytes for each in sizes)
            # Of a graph's texts one is at work at a time.
            held = UNPACKED * read / max(1, len(step.graph))
            yield Estimate(
                step.name,
                sum(each.rows for each in sizes),
                read,
                min(held, limit),
                max(0.0, held - limit),
                all(each.known for each in sizes),
            )


def show(flow: Flow, inputs: pa.Table) -> None:
    """Print the estimates, a line a query."""
    read_mb = megabytes(inputs)
    print(f"{len(inputs):,} crawl files, {size(read_mb * MB)} to read")
    for estimate in estimates(flow, read_mb):
        print(estimate.line())
    print(
        f"memory: a query spills to disk beyond {size(float(memory_limit()))} on one machine "
        "(INTERLEAF_QUERY_BYTES); ~ is an estimate from real pages; nothing was run"
    )


def size(count: float) -> str:
    """Bytes in a unit that reads well."""
    for unit, limit in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= limit:
            return f"{count / limit:,.1f} {unit}"
    return f"{count:.0f} B"


def of(table: Table, read_mb: float) -> Size:
    """The size of a table: as it is, or as it will be."""
    receipts = table.receipts()
    if receipts:
        return Size(sum(r.rows for r in receipts), sum(r.bytes for r in receipts), known=True)
    rows, bytes_ = TYPICAL.get(table.name, (0.0, 0.0))
    return Size(rows * read_mb, bytes_ * read_mb)
