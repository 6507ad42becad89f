"""Clusters of synthetic signatures: time and memory as they grow.

python -m tests.bench.scale [DOCUMENTS ...]     default: 100,000, then 10 times as many, twice

Writes docs/scale.svg. A tenth of the documents lie in known clusters: groups of four, one
as large as a hundredth of all, and chains of a hundred. Each size runs in a process of its own
under a memory limit for DuckDB; the peak is that of the whole process.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from math import log2
from pathlib import Path

import numpy as np
import pyarrow as pa

from filters.banding import PRESETS
from jobs.on_local import Local
from jobs.plan import Pass, part_name
from jobs.steps import duplicates
from jobs.steps.duplicates import Duplicates
from jobs.store import Store
from jobs.table import Table
from jobs.work import write_part
from pipeline.copies import near
from tests.bench import plot

BANDING = PRESETS["fineweb"]
PLOT = Path(__file__).parents[2] / "docs" / "scale.svg"
SIZES = (100_000, 1_000_000, 10_000_000)
PART, CHAIN, GROUP = 100_000, 100, 4
# Prime to every size that is a power of ten: rows are dealt by it.
STRIDE = 7_368_787
QUERY_BYTES = 2 << 30


def mixed(values: np.ndarray, salt: int) -> np.ndarray:
    """A 63-bit hash of each value. int64 (n,) -> int64 (n,)"""
    key = values.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(salt)
    for _ in range(2):
        key = (key ^ (key >> np.uint64(31))) * np.uint64(0xD6E8FEB86659FD93)
    return (key >> np.uint64(1)).astype(np.int64)


def layout(count: int) -> tuple[int, int, int]:
    """Where the giant cluster, the chains and the groups end; documents beyond are alone."""
    giant = count // 100
    chains = giant + count // 100 // CHAIN * CHAIN
    return giant, chains, chains + count // 12 // GROUP * GROUP


def keys(index: np.ndarray, count: int) -> list[np.ndarray]:
    """Band keys of documents: int64 (n,) for each band. Who shares what is `layout`'s."""
    giant, chains, groups = layout(count)
    columns = [mixed(index, 1000 + band) for band in range(BANDING.bands)]

    def share(where: np.ndarray, band: int, name: np.ndarray) -> None:
        columns[band] = np.where(where, mixed(name, 2000 + band), columns[band])

    share(index < giant, 0, index * 0)
    chained = (index >= giant) & (index < chains)
    # Each link shares band 1 with one neighbour and band 2 with the other.
    share(chained, 1, (index - giant) // 2)
    link = (index - giant) % CHAIN
    share(chained & (link > 0) & (link < CHAIN - 1), 2, (index - giant + 1) // 2)
    grouped = (index >= chains) & (index < groups)
    share(grouped, 7, (index - chains) // GROUP)
    return columns


def signed(count: int) -> Iterator[pa.RecordBatch]:
    """The table of signatures, PART rows at a time, its documents in no order."""
    schema = near.signature_columns(BANDING)
    for part, start in enumerate(range(0, count, PART)):
        row = np.arange(start, min(start + PART, count))
        index = row * STRIDE % count
        head = mixed(index, 7)
        arrays = [
            pa.array(np.full(len(index), part, np.int32)),
            pa.array([f"{value:016x}{0:016x}" for value in head.tolist()]),
            pa.array(head // 2),
            pa.array(index * 1_000_000, pa.timestamp("us", tz="UTC")),
            pa.array(np.full(len(index), 100.0)),
            *(pa.array(column) for column in keys(index, count)),
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def measure(count: int) -> None:
    """Make, cluster, check; prints seconds of CPU, seconds, and the peak of memory in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        table = duplicates.signatures(store, BANDING)
        made = Pass("signatures", table.rows(), (), table, unit=None)
        for part, batch in enumerate(signed(count)):
            write_part(made, part_name(part), iter([batch]), started=0.0)
        tables = {name: Table(store, name, shape) for name, (shape, _) in duplicates.SHAPES.items()}
        alike = duplicates.steps(table.rows(), tables, Duplicates(BANDING))[-1]
        begin, wall = time.process_time(), time.monotonic()
        rows = sum(receipt.rows for receipt in Local(1).query(alike))
        seconds, wall = time.process_time() - begin, time.monotonic() - wall
        found = np.concatenate(
            [
                np.array(batch["cluster_size"])
                for part in tables["clusters"].parts()
                for batch in tables["clusters"].read(part, ["cluster_size"])
            ]
        )
    giant, chains, groups = layout(count)
    assert rows == groups, (rows, groups)
    sizes = dict(
        zip(*(each.tolist() for each in np.unique(found, return_counts=True)), strict=True)
    )
    assert sizes == {GROUP: groups - chains, CHAIN: chains - giant, giant: giant}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(seconds, wall, peak)


def main(sizes: tuple[int, ...]) -> None:
    rows = []
    print(f"DuckDB may hold {QUERY_BYTES / 2**30:.0f} GiB; one thread")
    for count in sizes:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.scale", "--measure", str(count)],
            env=os.environ | {"INTERLEAF_QUERY_BYTES": str(QUERY_BYTES)},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds, wall, peak = map(float, done.stdout.split())
        rows.append((count, seconds, peak))
        scaled = seconds / (count * log2(count)) * 1e9
        print(
            f"{count:>12,} documents: {seconds:8.1f} s of CPU, {wall:8.1f} s, "
            f"{scaled:5.2f} ns for each n log n, peak {peak / 2**30:.2f} GiB",
            flush=True,
        )
    first, seconds, _ = rows[0]
    unit = seconds / (first * log2(first))
    millions = [(count / 1e6, taken) for count, taken, _ in rows]
    most = rows[-1][0]
    plot.write(
        PLOT,
        "Clusters from signatures: one core, no worse than n log n",
        ("million documents", "seconds of CPU"),
        {
            "n log n from the first": [
                (n / 1e6, unit * n * log2(n)) for n in range(first, most + 1, most // 100)
            ],
            "measured": millions,
        },
        marks="measured",
    )
    print(f"written: {PLOT}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        measure(int(sys.argv[2]))
    else:
        main(tuple(map(int, sys.argv[1:])) or SIZES)
