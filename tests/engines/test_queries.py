"""A query that was stopped goes on: parts that are done stay as they are."""

from pathlib import Path

import pyarrow as pa

from jobs.on_local import Local
from jobs.plan import Pass, Query
from jobs.store import Store
from jobs.table import Table
from jobs.work import write_part
from schemas.receipt import Receipt

ROW = pa.schema([("doc_id", pa.string()), ("n", pa.int64())])
SQL = "SELECT doc_id, n, CAST(n % {parts} AS INT) AS part FROM rows"


def made(store: Store) -> Query:
    table = Table(store, "rows", ROW)
    rows = pa.table({"doc_id": [f"d{n:02}" for n in range(40)], "n": range(40)}, ROW)
    step = Pass("make", table.rows(), (), table, unit=None)
    write_part(step, "part-00000", iter(rows.to_batches()), started=0.0)
    return Query("deal", (("rows", table),), SQL, Table(store, "dealt", ROW), rows_per_part=10)


def times(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in folder.iterdir()}


def test_only_what_is_missing_is_written(tmp_path: Path) -> None:
    step = made(Store(str(tmp_path)))
    receipts: list[Receipt] = list(Local(1).query(step))
    assert [receipt.rows for receipt in receipts] == [10] * 4
    before = times(tmp_path / "dealt")
    (tmp_path / "receipts" / "dealt" / "part-00002.json").unlink()
    assert [receipt.part for receipt in Local(1).query(step)] == ["part-00002"]
    after = times(tmp_path / "dealt")
    assert {name for name in before if before[name] != after[name]} == {"part-00002.parquet"}
