"""Near hashes among many: time and memory of the steps from pictures to clusters.

python -m tests.bench.picture_scale [--images-alike HASH[:BITS]] [PICTURES ...]   default: 1,000,000

Synthetic hashes, drawn at random, but for a tenth that lie in known clusters: groups of four near
each other, and chains of twenty whose ends are not. Each size runs in a process of its own under
a memory limit for DuckDB; clusters are checked; the peak is that of the whole process.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from filters.pictures.hash_slots import BITS, Radius, load, nodes_of
from jobs.on_local import Local
from jobs.plan import Pass, Query, part_name
from jobs.steps import picture_duplicates
from jobs.steps.picture_duplicates import SHAPES, Alike, pictures_of
from jobs.store import Store
from jobs.table import Table
from jobs.work import write_part
from pipeline.copies.pictures_alike import picture_columns
from tests.bench.scale import QUERY_BYTES, mixed

PART, GROUP, CHAIN = 100_000, 4, 20
STEPS = ("hash_slots", "near_hashes", "images_alike")


def groups(count: int) -> tuple[int, int]:
    """Where the groups and the chains end; pictures beyond are alone."""
    ends = count // 20 // GROUP * GROUP
    return ends, ends + count // 20 // CHAIN * CHAIN


def hashes(count: int, radius: Radius) -> np.ndarray:
    """The hashes of all pictures: uint64 (count, w)"""
    width = BITS[radius.hash] // 64
    draw = np.random.default_rng(17)
    words = draw.integers(0, 2**64, (count, width), dtype=np.uint64)
    grouped, chained = groups(count)
    step = radius.bits * 2 // 3
    for start, end, size, flips in (
        (0, grouped, GROUP, radius.bits // 2), (grouped, chained, CHAIN, step)
    ):  # fmt: skip
        for row in range(start, end):
            if (row - start) % size:
                from_ = row - 1 if size == CHAIN else row - (row - start) % size
                words[row] = words[from_]
                for bit in draw.choice(width * 64, flips, replace=False):
                    words[row, bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)
    return words


def pictures(count: int, radius: Radius) -> Iterator[pa.RecordBatch]:
    """The table of pictures, PART rows at a time."""
    words, schema = hashes(count, radius), picture_columns(radius)
    for part, start in enumerate(range(0, count, PART)):
        some = words[start : start + PART]
        names = [
            f"{value:032x}" for value in mixed(np.arange(start, start + len(some)), 3).tolist()
        ]
        packed = some.astype(">u8").tobytes()
        size = some.shape[1] * 8
        values = radius.slots.values(some)
        columns = {
            "part": np.full(len(some), part),
            "doc_id": names,
            "image_id": names,
            "link": np.arange(start, start + len(some)),
            "sha256": names,
            "area": np.arange(start, start + len(some)),
            "node": nodes_of(some),
            "hash": [packed[n * size : (n + 1) * size] for n in range(len(some))],
        } | {f"slot_{slot}": values[:, slot] for slot in range(values.shape[1])}
        arrays = [pa.array(columns[each.name], each.type) for each in schema]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def measure(count: int, radius: Radius) -> None:
    """Make, compare, check; prints seconds of CPU of each step, and the peak of memory in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        table = pictures_of(store, radius)
        made = Pass("pictures", table.rows(), (), table, unit=None)
        for part, batch in enumerate(pictures(count, radius)):
            write_part(made, part_name(part), iter([batch]), started=0.0)
        tables = {name: Table(store, name, *_options(name)) for name in SHAPES}
        steps = {
            step.name: step for step in picture_duplicates.compare(table, tables, Alike(radius))
        }
        engine, seconds = Local(1), []
        for name in STEPS:
            begin, step = time.process_time(), steps[name]
            if isinstance(step, Query):
                receipts = list(engine.query(step))
            else:
                receipts = list(engine.map(step, step.input.table.parts()))
            assert not [receipt.error for receipt in receipts if receipt.error]
            seconds.append(time.process_time() - begin)
        found = np.concatenate(
            [
                batch["cluster_size"].to_numpy()
                for part in tables["picture_clusters"].parts()
                for batch in tables["picture_clusters"].read(part, ["cluster_size"])
            ]
        )
        hot = sum(receipt.rows for receipt in tables["hot_hashes"].receipts())
    sizes, counts = np.unique(found, return_counts=True)
    told = dict(zip(sizes.tolist(), counts.tolist(), strict=True))
    grouped, chained = groups(count)
    if radius.hash == "pdq":  # of 64 bits strangers meet by chance
        wanted = {1: count - chained, GROUP: grouped, CHAIN: chained - grouped}
        assert told == wanted, (told, wanted)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(*seconds, peak, hot)


def _options(name: str) -> tuple[pa.Schema, str]:
    shape, options = SHAPES[name]
    return shape, options.get("holds", "kept")


def main(sizes: list[int], radius: Radius) -> None:
    slots = radius.slots
    print(
        f"{radius.hash} within {radius.bits} bits: {slots.count} slots, {slots.flips} flips; "
        f"DuckDB may hold {QUERY_BYTES / 2**30:.0f} GiB; one thread"
    )
    for count in sizes:
        own = ["--images-alike", f"{radius.hash}:{radius.bits}", "--measure", str(count)]
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.picture_scale", *own],
            env=os.environ | {"INTERLEAF_QUERY_BYTES": str(QUERY_BYTES)},
            capture_output=True,
            text=True,
            check=True,
        )
        *seconds, peak, hot = map(float, done.stdout.split())
        each = ", ".join(f"{name} {taken:.1f}" for name, taken in zip(STEPS, seconds, strict=True))
        print(
            f"{count:>12,} pictures: {sum(seconds):6.1f} s of CPU ({each}), "
            f"peak {peak / 2**30:.2f} GiB, {hot:,.0f} values compared in part",
            flush=True,
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pictures", nargs="*", type=int, default=[1_000_000])
    parser.add_argument("--images-alike", default="pdq", metavar="HASH[:BITS]")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        measure(args.pictures[0], load(args.images_alike))
    else:
        main(args.pictures, load(args.images_alike))
