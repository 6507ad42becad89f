"""What every engine distributes: one part of one step, read, streamed, written, signed."""

import contextlib
import gc
import time
import traceback
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.plan import Pass, Query, Step, part_name
from jobs.release.shards import TarWriter
from jobs.store import file_digest
from jobs.table import Table, projected
from jobs.workers.memory import keep_freed
from jobs.workers.spool import spool_name
from pipeline.nested import opened
from pipeline.stage import Batches, chain
from schemas.columns import is_struct_list
from schemas.parquet import parquet_options
from schemas.receipt import Book, Receipt


def run_part(step: Pass, part: str) -> Receipt:
    """Do one part of a pass. A failure comes back as a receipt with `error`, never signed."""
    started = time.monotonic()
    taken: Counter[str] = Counter()
    # A batch is thousands of small tuples and no circles: looking for those finds nothing.
    gc.set_threshold(100_000, 50, 50)
    keep_freed()
    try:
        batches = step.input.read(part, step.wanted)
        stages = list(step.stages)
        if stages and stages[0].replaces and step.unit:
            # One source row becomes many records: what is taken in is what the reader found.
            batches = stages.pop(0).stream(batches)
        stream = chain(stages, _counted(batches, taken))
        receipt = write_part(step, part, stream, taken=taken, started=started)
    except Exception as error:  # noqa: BLE001 - a part may fail for any reason; the run goes on
        where = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(where.filename).name}:{where.lineno}"
        text = f"{type(error).__name__}: {error} ({place})"
        return Receipt(step.name, part, seconds=time.monotonic() - started, error=text)
    # What a kill would have needed of the part is in its tables now.
    step.output.store.remove(spool_name(step.name, part))
    return receipt


def write_part(
    step: Step, part: str, batches: Batches, *, taken: Counter[str] | None = None, started: float
) -> Receipt:
    """Write one part of a step's tables, books beside it, and sign it last."""
    books: dict[str, Book] = {}
    receipt = Receipt(step.name, part, books=books)
    tables = [step.output, *(step.also if isinstance(step, Pass) else ())]
    with contextlib.ExitStack() as stack:
        writers = [stack.enter_context(_Writer(table, part)) for table in tables]
        for batch in batches:
            _enter(books, step.unit, batch)
            for writer in writers:
                writer.write(projected(batch, writer.table))
        receipt.rows = writers[0].rows
        for writer in writers:
            writer.finish()
        receipt.bytes, receipt.sha256 = writers[0].digest
        others = [Receipt(step.name, part, w.rows, *w.digest) for w in writers[1:]]
    if step.unit:
        book = books.setdefault(step.unit, Book())
        if taken is not None:
            book.taken = taken["rows"]
        if not book.balanced:
            raise ValueError(f"the books of {step.name} {part} do not balance: {book}")
    receipt.seconds = round(time.monotonic() - started, 3)
    for table, other in zip(tables[1:], others, strict=True):
        table.sign(other)
    step.output.sign(receipt)
    return receipt


def write_result(step: Query, rows: pa.Table, part: str, started: float) -> Receipt:
    """Write one part of a query's result in key order."""
    rows = rows.sort_by([(key, "ascending") for key in step.keys]).combine_chunks()
    return write_part(step, part, iter(rows.to_batches()), started=started)


def empty_parts(step: Query, done: Iterable[str], count: int) -> Iterator[Receipt]:
    """Write the parts for which a query gave no row: parts lie side by side, none is absent."""
    present = set(done)
    schema = step.output.schema
    if step.unit:
        schema = schema.append(pa.field("dropped", pa.string()))
    for index in range(count):
        if part_name(index) not in present:
            batches = iter(schema.empty_table().to_batches())
            yield write_part(step, part_name(index), batches, started=time.monotonic())


class _Writer:
    """One part's file. Rows are cut into groups of a fixed number, however the batches came."""

    def __init__(self, table: Table, part: str) -> None:
        self.table = table
        self.rows = 0
        self.digest = (0, "")
        self._place = table.store.writing(table.file(part))
        self._stack = contextlib.ExitStack()
        self._waiting: list[pa.RecordBatch] = []
        self._count = 0

    def __enter__(self) -> Self:
        self._path = self._stack.enter_context(self._place)
        file = self._stack.enter_context(self._path.open("wb"))
        if self.table.form == "tar":
            self._form: TarWriter | pq.ParquetWriter = TarWriter(file)
        else:
            schema = self.table.schema
            self._form = pq.ParquetWriter(file, schema, **parquet_options(schema))
        self._file = file
        # Closed before the file is, after an error too: it would complain when collected.
        self._stack.callback(self._form.close)
        return self

    def write(self, batch: pa.RecordBatch) -> None:
        self.rows += batch.num_rows
        while batch.num_rows:
            room = self.table.group_rows - self._count
            piece, batch = batch.slice(0, room), batch.slice(room)
            self._waiting.append(piece)
            self._count += piece.num_rows
            if self._count == self.table.group_rows:
                self._flush()

    def _flush(self) -> None:
        group = pa.Table.from_batches(self._waiting, self.table.schema).combine_chunks()
        for batch in group.to_batches():
            self._form.write(batch)
        self._waiting, self._count = [], 0

    def finish(self) -> None:
        if self._count:
            self._flush()
        self._form.close()
        self._file.close()
        self.digest = file_digest(self._path)

    def __exit__(self, *error: object) -> None:
        self._stack.__exit__(*error)  # type: ignore[arg-type]


def _counted(batches: Batches, taken: Counter[str]) -> Batches:
    for batch in batches:
        taken["rows"] += batch.num_rows
        yield batch


def _enter(books: dict[str, Book], unit: str | None, batch: pa.RecordBatch) -> None:
    """Book the rows of a batch, and the members of its lists that carry a verdict."""
    if unit:
        _tally(books.setdefault(unit, Book()), batch)
    for field in batch.schema:
        if is_struct_list(field.type) and field.type.value_type.get_field_index("dropped") >= 0:
            _tally(books.setdefault(field.name, Book()), opened(batch[field.name]).flat)


def _tally(book: Book, rows: pa.RecordBatch) -> None:
    names = rows.schema.names
    dropped = rows["dropped"] if "dropped" in names else pa.nulls(rows.num_rows, pa.string())
    errors = rows["error"] if "error" in names else pa.nulls(rows.num_rows, pa.string())
    book.taken += rows.num_rows
    reasons = Counter(zip(errors.to_pylist(), dropped.to_pylist(), strict=True))
    for (error, reason), count in sorted(reasons.items(), key=str):
        if error is not None:
            book.quarantined[error] = book.quarantined.get(error, 0) + count
        elif reason is not None:
            book.dropped[reason] = book.dropped.get(reason, 0) + count
        else:
            book.kept += count
