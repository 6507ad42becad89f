"""The queries that hand permits to the parts of documents, on DuckDB and on Spark."""

import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from filters import recipes
from jobs.flows import curate
from jobs.on_local import Local
from jobs.plan import Pass, part_name
from jobs.store import Store
from jobs.store_tables import Tables
from jobs.table import Table
from jobs.work import write_part
from pipeline.web.downloads import Policy
from tests.conftest import must_have

pytestmark = pytest.mark.timeout(300)

A, B = "http://a.example:80", "https://b.example:443"
ORIGINS = [
    {"part": part, "doc_id": doc_id, "origin": origin, "host_bucket": bucket}
    for part, doc_id, origin, bucket in (
        (0, "d0", A, 3), (0, "d1", B, 8), (1, "d2", A, 3), (2, "d3", B, 8), (2, "d3", A, 3),
    )
]  # fmt: skip
PERMITS = [
    {"origin": origin, "permit": {"origin": origin, "parts": 2, "robots_txt": rules}}
    for origin, rules in ((A, ["disallow: /a", "allow: /b"]), (B, []))
]


def write(table: Table, rows: list[dict]) -> None:
    batch = pa.RecordBatch.from_pylist(rows, schema=table.schema)
    write_part(
        Pass("made", table.rows(), (), table, unit=None), part_name(0), iter([batch]), started=0.0
    )


def answers(engine, folder: Path) -> list[list[dict]]:
    at = Tables(Store(str(folder)))
    write(at.origins, ORIGINS)
    write(at.robots, PERMITS)
    for index in range(3):
        empty = iter([at.hosts.schema.empty_table().to_batches() or []][0])
        step = Pass("made", at.hosts.rows(), (), at.hosts, unit=None)
        write_part(step, part_name(index), empty, started=0.0)
    flow = curate(at.store, recipes.load("obelics"), Policy())
    for name in ("sites", "permitted"):
        (step,) = flow.between(name, name).steps
        assert not [receipt.error for receipt in engine.query(step) if receipt.error]
    engine.close()
    return [
        [row for part in table.parts() for b in table.read(part) for row in b.to_pylist()]
        for table in (at.sites, at.permitted)
    ]


def test_both_engines_agree(tmp_path: Path) -> None:
    must_have(shutil.which("java"), "Java 17 (Spark runs on it)")
    from jobs.on_spark import Spark

    sites, permitted = answers(Local(1), tmp_path / "duckdb")
    assert [(row["origin"], row["parts"]) for row in sites] == [(A, 3), (B, 2)]
    found = [(row["part"], row["doc_id"], row["permit"]["origin"]) for row in permitted]
    assert found == [(0, "d0", A), (0, "d1", B), (1, "d2", A), (2, "d3", A), (2, "d3", B)]
    assert permitted[0]["permit"]["robots_txt"] == ["disallow: /a", "allow: /b"]
    assert answers(Spark(1, "local[1]"), tmp_path / "spark") == [sites, permitted]
