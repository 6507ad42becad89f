"""What an engine is: two verbs. And the wide steps on one machine, by DuckDB."""

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import pyarrow as pa

from jobs.plan import Pass, PlanError, Query, part_name
from jobs.table import Table
from jobs.work import empty_parts, write_result
from pipeline.copies.components import labels
from schemas.receipt import Receipt

ENGINES = {
    "local": ("jobs.on_local", "Local"),
    "ray": ("jobs.on_ray", "Ray"),
    "spark": ("jobs.on_spark", "Spark"),
}


class Engine(Protocol):
    """Where work runs. Receipts come in any order; a part that failed has `error` in its own."""

    def map(self, step: Pass, parts: Sequence[str]) -> Iterator[Receipt]:
        """Do these parts of a narrow step."""
        ...

    def query(self, step: Query) -> Iterator[Receipt]:
        """Do a wide step: the parts of its result that are not done."""
        ...

    def close(self) -> None:
        """Give back what the engine holds."""
        ...


def start(name: str, workers: int, address: str | None = None) -> Engine:
    """The engine of that name. Raises PlanError where its library is not installed."""
    import importlib

    module, kind = ENGINES[name]
    try:
        return getattr(importlib.import_module(module), kind)(workers, address)
    except ModuleNotFoundError as error:
        raise PlanError(
            f"--on {name} needs the package {error.name}; install it with: "
            f"pip install 'interleaf[{name}]'"
        ) from error


class OnOneMachine:
    """The second verb for engines with no SQL of their own: DuckDB, spilling to disk."""

    workers: int

    def query(self, step: Query) -> Iterator[Receipt]:
        """Do a wide step in this process."""
        import duckdb

        count = step.count_parts()
        done = set(step.output.parts())
        with tempfile.TemporaryDirectory() as spill, duckdb.connect() as database:
            database.execute(f"SET threads = {self.workers}")
            database.execute(f"SET temp_directory = '{spill}'")
            database.execute("SET preserve_insertion_order = false")
            database.execute(f"SET memory_limit = '{memory_limit()}B'")
            for name, table in step.inputs:
                scan(database, name, table)
            if step.graph:
                # One text after the other: what each needs is given back before the next.
                edges = (batch for sql in step.graph for batch in _edges(database, sql))
                database.register("labels", labels(edges))
            sql = f"SELECT * FROM ({step.sql.format(parts=count)}) ORDER BY part"  # noqa: S608 - our own
            started = time.monotonic()
            for index, rows in _cut(database.sql(sql).to_arrow_reader(1024)):
                if part_name(index) not in done:
                    done.add(part_name(index))
                    yield write_result(step, rows, part_name(index), started)
                started = time.monotonic()
        yield from empty_parts(step, done, count)

    def close(self) -> None:
        """Nothing is held."""


def scan(database: Any, name: str, table: Table) -> None:
    """Let SQL name a table as often as it likes; only the columns that it asks for are read."""
    filesystem, _ = table.store.filesystem()
    paths = [table.store.path(table.file(part))[1] for part in table.parts()]
    if not table.store.remote:
        database.read_parquet(paths).create_view(name)
        return
    from pyarrow import dataset

    database.register(name, dataset.dataset(paths, table.schema, "parquet", filesystem))


def _edges(database: Any, sql: str) -> Iterator[pa.RecordBatch]:
    yield from database.sql(f"SELECT u, v FROM ({sql})").to_arrow_reader(1 << 16)  # noqa: S608


def memory_limit() -> int:
    """Bytes that a query may hold before it spills to disk: half of this machine's memory.

    INTERLEAF_QUERY_BYTES says otherwise.
    """
    given = os.environ.get("INTERLEAF_QUERY_BYTES", "")
    if given.isdigit():
        return int(given)
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2


def _cut(reader: pa.RecordBatchReader) -> Iterator[tuple[int, pa.Table]]:
    """Rows that come ordered by `part`, as one table a part."""
    waiting: list[pa.Table] = []
    current: int | None = None
    for batch in reader:
        rows = pa.Table.from_batches([batch])
        while rows.num_rows:
            parts = rows["part"].to_numpy()
            if current is not None and parts[0] != current:
                yield current, pa.concat_tables(waiting)
                waiting = []
            current = int(parts[0])
            end = int((parts == current).argmin()) or rows.num_rows
            end = rows.num_rows if (parts == current).all() else end
            waiting.append(rows.slice(0, end))
            rows = rows.slice(end)
    if current is not None:
        yield current, pa.concat_tables(waiting)


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
