"""A table: a folder of parts, a receipt for each; and how parts are read side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from jobs.store import Store
from pipeline.nested import opened
from pipeline.stage import Batches, with_columns
from schemas.columns import is_struct_list, merged
from schemas.receipt import Receipt

BATCH_ROWS = 256

# What a table takes of a stream: rows and list members with no `dropped`, all of them, or only
# the rows with an `error`.
KEPT, ALL, BROKEN = "kept", "all", "broken"


@dataclass(frozen=True)
class Table:
    """Parts of one shape. A part is done when its receipt lies beside it."""

    store: Store
    name: str
    schema: pa.Schema
    holds: str = KEPT
    form: str = "parquet"
    group_rows: int = 1024

    def file(self, part: str) -> str:
        """Name of a part's file within the store."""
        return f"{self.name}/{part}.{self.form}"

    def receipt(self, part: str) -> Receipt | None:
        """The part's receipt, or None while the part is not done."""
        name = self._receipt_name(part)
        return Receipt.from_json(self.store.read_text(name)) if self.store.exists(name) else None

    def receipts(self) -> list[Receipt]:
        """The receipts of all finished parts, in order."""
        names = self.store.names(f"receipts/{self.name}")
        texts = (self.store.read_text(f"receipts/{self.name}/{name}") for name in names)
        return [Receipt.from_json(text) for text in texts]

    def sign(self, receipt: Receipt) -> None:
        """Declare a part done. The last thing that happens to it."""
        self.store.write_text(self._receipt_name(receipt.part), receipt.to_json())

    def unsign(self, part: str) -> None:
        """Declare a part not done: the step that writes it does it again."""
        self.store.remove(self._receipt_name(part))

    def _receipt_name(self, part: str) -> str:
        return f"receipts/{self.name}/{part}.json"

    def parts(self) -> list[str]:
        """Names of the finished parts, in order."""
        return [n.removesuffix(".json") for n in self.store.names(f"receipts/{self.name}")]

    def read(self, part: str, columns: list[str] | None = None) -> Batches:
        """The rows of one part, in batches that are the same for every table of equal rows."""
        filesystem, path = self.store.path(self.file(part))
        with filesystem.open_input_file(path) as file:
            parquet = pq.ParquetFile(file)
            yield from parquet.iter_batches(BATCH_ROWS, columns=columns)

    def beside(self, *sides: "Table") -> "Rows":
        """This table with the columns of row-aligned ones."""
        return Rows(self, sides)

    def rows(self) -> "Rows":
        """This table alone, as the input of a pass."""
        return Rows(self)


@dataclass(frozen=True)
class Mark:
    """Column `column` of `table`, looked up by doc_id within the part; with `many`, a list.

    Several columns are the members of a struct.
    """

    table: Table
    column: str | tuple[str, ...]
    many: bool = False

    def field(self) -> pa.Field:
        """The column as the rows get it: under the table's name for many, else its own."""
        if isinstance(self.column, tuple):
            members = pa.struct([self.table.schema.field(name) for name in self.column])
            field = pa.field(self.table.name, members)
        else:
            field = self.table.schema.field(self.column)
        return pa.field(self.table.name, pa.list_(field.type)) if self.many else field

    def lookup(self, part: str) -> dict[str, object]:
        """doc_id -> value, for one part."""
        found: dict[str, object] = {}
        lists: dict[str, list[object]] = {}
        several = self.column if isinstance(self.column, tuple) else None
        for batch in self.table.read(part, ["doc_id", *(several or (self.column,))]):
            keys = batch["doc_id"].to_pylist()
            values = (batch.select(several) if several else batch[self.column]).to_pylist()
            for key, value in zip(keys, values, strict=True):
                if self.many:
                    found[key] = lists.setdefault(key, [])
                    lists[key].append(value)
                else:
                    found[key] = value
        return found


@dataclass(frozen=True)
class Rows:
    """What a pass reads: a table, the tables beside it, and marks on its rows."""

    table: Table
    sides: tuple[Table, ...] = ()
    marks: tuple[Mark, ...] = ()

    def marked(self, mark: Table, column: str | tuple[str, ...], *, many: bool = False) -> "Rows":
        """The same rows with one more column, looked up by doc_id."""
        return Rows(self.table, self.sides, (*self.marks, Mark(mark, column, many)))

    @property
    def schema(self) -> pa.Schema:
        """The columns that a pass sees."""
        schema = self.table.schema
        for side in self.sides:
            schema = merged(schema, side.schema)
        return merged(schema, pa.schema([mark.field() for mark in self.marks]))

    def tables(self) -> list[Table]:
        """Every table that must be finished before these rows can be read."""
        return [self.table, *self.sides, *(mark.table for mark in self.marks)]

    def read(self, part: str, wanted: Mapping[str, frozenset[str] | None]) -> Batches:
        """Batches of one part with those columns of `wanted` that are there.

        Of a list of structs only the members that `wanted` names for it; None: all of them.
        """
        lookups = [(mark.field(), mark.lookup(part)) for mark in self.marks]
        sources = [_columns(table, part, wanted) for table in (self.table, *self.sides)]
        for batch, *sides in zip(*sources, strict=True):
            for side in sides:
                batch = _zipped(batch, side)
            for field, found in lookups:
                keys = batch["doc_id"].to_pylist()
                values = pa.array([found.get(key) for key in keys], field.type)
                batch = with_columns(batch, {field.name: values})
            yield batch


def _columns(
    table: Table, part: str, wanted: Mapping[str, frozenset[str] | None]
) -> Iterator[pa.RecordBatch]:
    names = []
    for field in table.schema:
        members = wanted.get(field.name)
        if members is not None and is_struct_list(field.type):
            there = (each.name for each in field.type.value_type if each.name in members)
            names += [f"{field.name}.list.element.{name}" for name in there]
        elif field.name in wanted or field.name == "doc_id":
            names.append(field.name)
    return table.read(part, names)


def _zipped(batch: pa.RecordBatch, side: pa.RecordBatch) -> pa.RecordBatch:
    """`batch` with the columns of `side`; lists of structs present in both are joined by member."""
    if batch.num_rows != side.num_rows or not batch["doc_id"].equals(side["doc_id"]):
        raise ValueError("tables that should lie row by row do not; run the step again")
    columns = {}
    for name in side.schema.names:
        mine = batch.schema.get_field_index(name)
        if mine >= 0 and is_struct_list(batch.schema.field(mine).type):
            columns[name] = _joined(batch[name], side[name])
        else:
            columns[name] = side[name]
    return with_columns(batch, columns)


def _joined(left: pa.ListArray, right: pa.ListArray) -> pa.ListArray:
    ours, theirs = opened(left), opened(right)
    if not np.array_equal(ours.lengths, theirs.lengths):
        raise ValueError("lists that should lie member by member do not; run the step again")
    names = theirs.flat.schema.names
    flat = with_columns(ours.flat, dict(zip(names, theirs.flat.columns, strict=True)))
    return type(ours)(flat, ours.lengths).closed()


def projected(batch: pa.RecordBatch, table: Table) -> pa.RecordBatch:
    """The rows and columns of `batch` that `table` takes, in its own types."""
    # The other columns go first: a filter would copy them, the bodies of pages among them.
    taken = batch.select(table.schema.names)
    if table.holds == KEPT:
        marks = [batch[name] for name in ("dropped", "error") if name in batch.schema.names]
        marks = [mark for mark in marks if mark.null_count < len(mark)]
        if marks:
            taken = taken.filter(reduce(pc.and_, map(pc.is_null, marks)))
    if table.holds == BROKEN:
        taken = taken.filter(pc.is_valid(batch["error"]))
    arrays = [_shaped(taken[field.name], field, table.holds) for field in table.schema]
    return pa.RecordBatch.from_arrays(arrays, schema=table.schema)


def _shaped(array: pa.Array, field: pa.Field, holds: str) -> pa.Array:
    if not is_struct_list(field.type):
        return array if array.type == field.type else array.cast(field.type)
    members = opened(array)
    if holds == KEPT and "dropped" in members.flat.schema.names:
        members = members.where(pc.is_null(members.flat["dropped"]).to_numpy(False))
    inner = list(field.type.value_type)
    flat = [_shaped(members.flat[member.name], member, holds) for member in inner]
    shaped = pa.RecordBatch.from_arrays(flat, schema=pa.schema(inner))
    closed = type(members)(shaped, members.lengths).closed()
    return closed if closed.type == field.type else closed.cast(field.type)
