"""The engine of a Spark cluster: a task a part, and Spark SQL for the wide steps."""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from jobs.bundle import bundle
from jobs.plan import Pass, Query, part_name
from jobs.table import Table
from jobs.work import empty_parts, run_part, write_result
from pipeline.copies import components
from schemas.receipt import Receipt

RECEIPT = pa.schema([("receipt", pa.string())])


class Spark:
    """The cluster at the master URL `address`, or the one spark-submit says, or this machine."""

    def __init__(self, workers: int, address: str | None = None) -> None:
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.appName("interleaf")
        if address or not os.environ.get("SPARK_ENV_LOADED"):
            master = address or f"local[{workers}]"
            builder = builder.master(master)
            if master.startswith("local"):
                # Spark's default of 200 is for clusters: here most of them would be empty tasks.
                builder = builder.config("spark.sql.shuffle.partitions", workers)
        for key, value in SETTINGS.items():
            builder = builder.config(key, value)
        self._spark = builder.getOrCreate()
        self._spark.sparkContext.setLogLevel("ERROR")
        self._folder = tempfile.TemporaryDirectory()
        self._spark.sparkContext.addPyFile(str(bundle(Path(self._folder.name))))

    def map(self, step: Pass, parts: Sequence[str]) -> Iterator[Receipt]:
        """Do these parts, a task each."""
        most = min(len(parts), step.at_once or len(parts))
        names = self._spark.sparkContext.parallelize(list(parts), most)
        yield from names.map(lambda part: run_part(step, part)).toLocalIterator(True)

    def query(self, step: Query) -> Iterator[Receipt]:
        """Do a wide step: tables are read where the workers are, and parts written there."""
        count = step.count_parts()
        done = set(step.output.parts())
        for name, table in step.inputs:
            frame = self._frame(table)
            # A graph's texts read their tables many times over.
            (frame.persist() if step.graph else frame).createOrReplaceTempView(name)
        if step.graph:
            self._label(step.graph)
        result = self._spark.sql(step.sql.format(parts=count))

        def write(rows: pa.Table) -> pa.Table:
            part = part_name(rows["part"][0].as_py())
            if part in done:
                return RECEIPT.empty_table()
            receipt = write_result(step, rows, part, time.monotonic())
            return pa.table([[receipt.to_json()]], RECEIPT)

        written = result.groupBy("part").applyInArrow(write, "receipt string").collect()
        receipts = [Receipt.from_json(row.receipt) for row in written]
        yield from receipts
        yield from empty_parts(step, done.union(receipt.part for receipt in receipts), count)

    def _label(self, graph: tuple[str, ...]) -> None:
        """Make the view `labels` of a graph, round by round; each round is kept on the workers."""
        edges = " UNION ALL ".join(f"({text})" for text in graph)
        self._view("edges", edges)
        self._view("loops", "SELECT DISTINCT u AS node FROM edges WHERE u = v")
        self._view("edges", components.ORIENTED)
        while self._spark.sql(components.UNSETTLED).collect()[0]["nodes"]:
            self._view("edges", components.LARGE_STAR)
            self._view("edges", components.SMALL_STAR)
        self._view("labels", components.LABELS)

    def _view(self, name: str, sql: str) -> None:
        """What `sql` gives, computed now, under `name`; its lineage ends here."""
        self._spark.sql(sql).localCheckpoint().createOrReplaceTempView(name)

    def _frame(self, table: Table):  # type: ignore[no-untyped-def]  # noqa: ANN202
        """A table as a data frame, read by our own reader: any store that we can open will do."""
        from pyspark.sql.pandas.types import from_arrow_schema

        parts = table.parts()
        names = self._spark.createDataFrame([(part,) for part in parts], "part string")

        def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            for batch in batches:
                for part in batch["part"].to_pylist():
                    yield from table.read(part)

        schema = from_arrow_schema(table.schema)
        return names.repartition(max(1, len(parts))).mapInArrow(read, schema)

    def close(self) -> None:
        """Stop the session."""
        self._spark.stop()
        self._folder.cleanup()


SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.execution.arrow.useLargeVarTypes": "false",
    # Python workers are kept between tasks, and so are the models they have loaded.
    "spark.python.worker.reuse": "true",
}
