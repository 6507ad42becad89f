"""What is read of a table: only the members that are wanted, and marks of several columns."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from jobs.plan import Pass
from jobs.store import Store
from jobs.table import Table
from jobs.work import write_part
from pipeline.stage import Batches

INNER = pa.struct([("a", pa.int32()), ("b", pa.string())])
SCHEMA = pa.schema([("doc_id", pa.string()), ("n", pa.int32()), ("items", pa.list_(INNER))])
ROWS = [
    {"doc_id": "x", "n": 1, "items": [{"a": 1, "b": "one"}, {"a": 2, "b": "two"}]},
    {"doc_id": "y", "n": 2, "items": []},
]


def written(folder: Path, name: str, schema: pa.Schema, rows: list[dict]) -> Table:
    table = Table(Store(str(folder)), name, schema)
    step = Pass("made", table.rows(), (), table, unit=None)
    write_part(step, "part-00000", iter(pa.Table.from_pylist(rows, schema).to_batches()), started=0)
    return table


@dataclass(frozen=True)
class First:
    """Makes other rows, of one member of the list."""

    replaces: bool
    adds = pa.schema([("doc_id", pa.string())])
    reads = pa.schema([("items", pa.list_(pa.struct([("a", pa.int32())])))])

    def stream(self, batches: Batches) -> Batches:
        return batches


def test_a_stage_that_makes_other_rows_gets_the_members_it_names(tmp_path: Path) -> None:
    table = written(tmp_path, "t", SCHEMA, ROWS)
    narrow = Pass("p", table.rows(), (First(replaces=True),), table).wanted
    assert narrow == {"items": frozenset({"a"})}
    (batch,) = table.rows().read("part-00000", narrow)
    assert batch.to_pylist() == [
        {"doc_id": "x", "items": [{"a": 1}, {"a": 2}]},
        {"doc_id": "y", "items": []},
    ]
    whole = Pass("p", table.rows(), (First(replaces=False),), table).wanted
    (batch,) = table.rows().read("part-00000", whole)
    assert batch.to_pylist() == ROWS


def test_a_mark_of_several_columns_is_a_list_of_structs(tmp_path: Path) -> None:
    table = written(tmp_path, "t", SCHEMA, ROWS)
    other = pa.schema([("doc_id", pa.string()), ("k", pa.string()), ("v", pa.int32())])
    marks = written(
        tmp_path, "m", other, [{"doc_id": "x", "k": k, "v": v} for k, v in (("a", 1), ("b", 2))]
    )
    rows = table.rows().marked(marks, ("k", "v"), many=True)
    assert rows.schema.field("m").type == pa.list_(
        pa.struct([("k", pa.string()), ("v", pa.int32())])
    )
    (batch,) = rows.read("part-00000", {"n": None})
    assert batch["m"].to_pylist() == [[{"k": "a", "v": 1}, {"k": "b", "v": 2}], None]
