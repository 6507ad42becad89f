"""Which capture of an address stays, in any order of input; Spark: test_on_spark."""

import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jobs.on_local import Local
from jobs.plan import Pass, Query, part_name
from jobs.store import Store
from jobs.table import Table
from jobs.work import write_part
from pipeline.dedup import gather

pytestmark = pytest.mark.timeout(300)

GOOD = pa.schema(
    [
        ("doc_id", pa.string()),
        ("url_key", pa.string()),
        ("host_bucket", pa.int32()),
        ("quality", pa.float64()),
        ("fetched_at", pa.timestamp("us", tz="UTC")),
    ]
)


def row(doc_id: str, url: str, quality: float | None, day: int | None) -> dict[str, Any]:
    when = None if day is None else datetime(2024, 1, day, tzinfo=UTC)
    values = (doc_id, url, ord(url), quality, when)
    return dict(zip(GOOD.names, values, strict=True))


ROWS = [
    row("a1", "a", 5.0, 1), row("a2", "a", 3.0, 2),           # newer, or better
    row("b1", "b", None, 9), row("b2", "b", -7.0, 1),         # without a quality
    row("c1", "c", 2.0, None), row("c2", "c", 2.0, 1),        # without a date
    row("d2", "d", 0.0, 3), row("d1", "d", 0.0, 3),           # equal: the smaller doc_id
    row("e1", "e", 1.0, 1),
]  # fmt: skip
EXPECTED = {
    "newest": {"a2", "b1", "c2", "d1", "e1"},
    "best": {"a1", "b2", "c2", "d1", "e1"},
}


def kept(engine: Any, folder: Path, capture: str, seed: int) -> tuple[list[list[str]], dict]:
    """doc_ids of each part, and what was dropped."""
    store = Store(str(folder))
    rows = list(ROWS)
    random.Random(seed).shuffle(rows)
    table = Table(store, "good", GOOD)
    made = Pass("made", table.rows(), (), table, unit=None)
    for index in range(2):
        batches = pa.Table.from_pylist(rows[index::2], GOOD).to_batches()
        write_part(made, part_name(index), iter(batches), started=0.0)
    out = Table(store, "hosts", GOOD.append(pa.field("part", pa.int32())))
    step = Query("gather", (("good", table),), gather(capture), out, rows_per_part=3, unit="docs")
    receipts = sorted(engine.query(step), key=lambda receipt: receipt.part)
    dropped: dict[str, int] = {}
    for receipt in receipts:
        for reason, count in receipt.books["docs"].dropped.items():
            dropped[reason] = dropped.get(reason, 0) + count
    return [
        [id_ for batch in out.read(part, ["doc_id"]) for id_ in batch["doc_id"].to_pylist()]
        for part in out.parts()
    ], dropped


@pytest.mark.parametrize("capture", EXPECTED)
def test_captures(capture: str, tmp_path: Path) -> None:
    found, dropped = kept(Local(1), tmp_path / "0", capture, 0)
    assert {id_ for part in found for id_ in part} == EXPECTED[capture]
    assert dropped == {"older_capture" if capture == "newest" else "worse_capture": 4}
    assert kept(Local(1), tmp_path / "1", capture, 1) == (found, dropped)
