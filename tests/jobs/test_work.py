"""One part: what is written does not show how it came, and the books are real."""

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

from jobs.plan import Pass
from jobs.store import Store
from jobs.table import ALL, BROKEN, Table
from jobs.work import run_part, write_part
from pipeline.stage import Batches
from schemas.columns import column

ROW = pa.schema([column("doc_id", pa.string(), "id"), column("n", pa.int64(), "number")])
JUDGED = pa.schema([*ROW, pa.field("dropped", pa.string()), pa.field("error", pa.string())])
ERRORS = pa.schema([ROW.field("doc_id"), pa.field("error", pa.string())])


@dataclass(frozen=True)
class Odd:
    """Drops odd numbers, calls sevens broken, loses thirteens, fails at ninety-nine."""

    reads = ROW
    adds = JUDGED
    replaces = False

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            rows = batch.to_pylist()
            if any(row["n"] == 99 for row in rows):
                raise RuntimeError("ninety-nine")
            yield pa.RecordBatch.from_pylist(
                [self.verdict(row) for row in rows if row["n"] != 13], JUDGED
            )

    def verdict(self, row: dict[str, Any]) -> dict[str, Any]:
        odd = "odd" if row["n"] % 2 else None
        return row | ({"error": "seven"} if row["n"] % 7 == 0 else {"dropped": odd})


def made(store: Store, numbers: list[int]) -> Pass:
    table = Table(store, "numbers", ROW)
    rows = pa.table({"doc_id": [f"{n:03}" for n in numbers], "n": numbers}, ROW)
    step = Pass("make", table.rows(), (), table, unit=None)
    write_part(step, "part-00000", iter(rows.to_batches(max_chunksize=5)), started=0.0)
    return Pass(
        "judge",
        table.rows(),
        (Odd(),),
        Table(store, "even", ROW),
        also=(Table(store, "ledger", JUDGED, ALL), Table(store, "broken", ERRORS, BROKEN)),
    )


def test_each_table_takes_its_rows(tmp_path) -> None:
    store = Store(str(tmp_path))
    step = made(store, [0, 1, 2, 3, 4, 7, 14])
    receipt = run_part(step, "part-00000")
    assert receipt.error == ""
    book = receipt.books["documents"]
    assert (book.taken, book.kept, book.dropped, book.quarantined) == (
        7, 2, {"odd": 2}, {"seven": 3},
    )  # fmt: skip
    rows = {t.name: [r for b in t.read("part-00000") for r in b.to_pylist()]
            for t in (step.output, *step.also)}  # fmt: skip
    assert [row["n"] for row in rows["even"]] == [2, 4]
    assert len(rows["ledger"]) == 7
    assert [row["doc_id"] for row in rows["broken"]] == ["000", "007", "014"]


def test_a_stage_that_loses_rows_is_found_out(tmp_path) -> None:
    step = made(Store(str(tmp_path)), [1, 2, 13])
    receipt = run_part(step, "part-00000")
    assert "do not balance" in receipt.error
    assert step.output.parts() == []


def test_a_part_that_fails_leaves_no_receipt_and_no_file(tmp_path) -> None:
    step = made(Store(str(tmp_path)), [1, 99])
    receipt = run_part(step, "part-00000")
    assert "ninety-nine" in receipt.error
    assert step.output.parts() == []
    assert not (tmp_path / "even").exists()


@pytest.mark.parametrize("size", [1, 7, 100, 3000])
def test_bytes_do_not_depend_on_batches(size: int, tmp_path) -> None:
    store = Store(str(tmp_path))
    table = Table(store, "numbers", ROW, group_rows=1000)
    step = Pass("make", table.rows(), (), table, unit=None)
    rows = pa.table({"doc_id": [str(n) for n in range(2500)], "n": range(2500)}, ROW)
    batches = rows.to_batches(max_chunksize=size)
    receipt = write_part(step, "part-00000", iter(batches), started=0.0)
    whole = write_part(step, "part-00001", iter(rows.to_batches()), started=0.0)
    assert receipt.sha256 == whole.sha256
