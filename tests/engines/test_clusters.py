"""The same clusters on every engine, for any number of parts and any order of input."""

import hashlib
import random
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from filters.banding import SHINGLES, SIGNATURE, Banding
from jobs import runs
from jobs.plan import Flow, Pass, check, part_name
from jobs.steps import duplicates
from jobs.steps.duplicates import Duplicates
from jobs.store import Store
from jobs.table import Table
from jobs.work import write_part
from pipeline.dedup import PART
from schemas.document import DOCUMENT, NODE, nodes_with
from tests.engines.conftest import local

pytestmark = pytest.mark.timeout(300)

TEXT = nodes_with(NODE.field("kind"), NODE.field("text")).field(0)
HOSTS = pa.schema(
    [
        PART,
        DOCUMENT.field("doc_id"),
        DOCUMENT.field("fetched_at"),
        pa.field("quality", pa.float64()),
        TEXT,
    ]
)
FINEWEB = Banding("fineweb")
# As many bands as make a miss among the pairs below unlikely.
FINE = Banding("fine", bands=28, rows=4, verify=SHINGLES, threshold=0.6)
ESTIMATED = Banding("estimated", bands=28, rows=4, verify=SIGNATURE, threshold=0.5)
# Few bands: a Spark on one busy machine plans each of them for long.
COARSE = Banding("coarse", bands=3, rows=3)
CHECKED = Banding("checked", bands=3, rows=3, verify=SIGNATURE, threshold=0.5)
WORDS = ["".join(random.Random(n).choices("bcdfgaeiou", k=2 + n % 7)) + str(n) for n in range(900)]

Row = dict[str, Any]


def name(*what: object) -> str:
    return hashlib.blake2b(repr(what).encode(), digest_size=16).hexdigest()


def document(kind: str, index: int, text: str | None) -> Row:
    day = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=index % 9)
    return {
        "doc_id": name(kind, index),
        "fetched_at": None if index % 5 == 4 else day,
        # Null and equal values: the next word goes to the age, then to the id.
        "quality": None if index % 7 == 6 else float(len((text or "").split())),
        "nodes": [{"kind": "text", "text": text}],
    }


CHAIN, EQUAL = 60, 300


@cache
def corpus() -> dict[str, list[Row]]:
    """Kind of trap -> its documents."""
    random_ = random.Random(7)
    river = random_.choices(WORDS, k=4 * CHAIN + 120)
    return {
        # Each link is like the next one (Jaccard 0.93), the ends have nothing in common.
        "chain": [document("chain", i, " ".join(river[4 * i : 4 * i + 120])) for i in range(CHAIN)],
        "equal": [document("equal", i, " ".join(river[:50][::-1])) for i in range(EQUAL)],
        "empty": [document("empty", i, text) for i, text in enumerate(["", None, " ", "!?"])],
        "one word": [document("one", i, text) for i, text in enumerate(["a", "A.", "b", "b", "c"])],
        "alone": [
            document("alone", i, " ".join(random_.choices(WORDS, k=80 + i))) for i in range(60)
        ],
        "pair": [document("pair", i, " ".join(river[40:90]) + " end" * i) for i in range(2)],
    }


def everyone() -> list[Row]:
    return [row for rows in corpus().values() for row in rows]


def written(store: Store, rows: list[Row], parts: int) -> Table:
    table = Table(store, "hosts", HOSTS)
    step = Pass("gather", table.rows(), (), table, unit=None)
    for index in range(parts):
        mine = [{**row, "part": index} for row in rows[index::parts]]
        batches = pa.Table.from_pylist(mine, HOSTS).to_batches()
        write_part(step, part_name(index), iter(batches), started=0.0)
    return table


def clusters(folder: Path, engine: Any, rows: list[Row], parts: int, near: Duplicates) -> list[Row]:
    """Run the steps; the clusters, their parts left out, by doc_id."""
    store = Store(str(folder))
    tables = {name: Table(store, name, shape) for name, (shape, _) in duplicates.SHAPES.items()}
    hosts = written(store, rows, parts)
    flow = Flow(duplicates.steps(hosts.rows(), tables, near))
    check(flow)
    assert runs.execute(flow, engine, lambda _: None) == []
    found = []
    for index in range(parts):
        ids = {row["doc_id"] for row in rows[index::parts]}
        for batch in tables["clusters"].read(part_name(index)):
            assert {row["part"] for row in batch.to_pylist()} <= {index}
            assert set(batch["doc_id"].to_pylist()) <= ids
            found += batch.drop_columns(["part"]).to_pylist()
    return sorted(found, key=lambda row: row["doc_id"])


def grouped(found: list[Row]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = {}
    for row in found:
        groups.setdefault(row["cluster_id"], set()).add(row["doc_id"])
    return groups


@pytest.mark.parametrize("banding", [FINEWEB, FINE, ESTIMATED], ids=lambda b: b.name)
def test_traps(banding: Banding, tmp_path: Path) -> None:
    found = clusters(tmp_path, local(), everyone(), 3, Duplicates(banding))
    ids = {kind: [row["doc_id"] for row in rows] for kind, rows in corpus().items()}
    by_id = {row["doc_id"]: row for row in found}
    groups = grouped(found)
    for kind in ("chain", "equal"):
        cluster = groups[min(ids[kind])]
        assert set(ids[kind]) <= cluster
        assert {by_id[i]["cluster_size"] for i in ids[kind]} == {len(cluster)}
    assert not by_id.keys() & set(ids["empty"] + ids["alone"])
    one = ids["one word"]
    assert groups[min(one[:2])] == set(one[:2])
    assert groups[min(one[2:4])] == set(one[2:4])
    assert one[4] not in by_id


def test_the_survivor_is_the_longest_then_the_oldest_then_the_smallest(tmp_path: Path) -> None:
    rows = {row["doc_id"]: row for row in everyone()}
    found = clusters(tmp_path, local(), everyone(), 2, Duplicates())
    for cluster in grouped(found).values():
        late = datetime.max.replace(tzinfo=UTC)
        quality = {i: -1 if rows[i]["quality"] is None else rows[i]["quality"] for i in cluster}
        best = min(cluster, key=lambda i: (-quality[i], rows[i]["fetched_at"] or late, i))
        told = {row["doc_id"]: row["copy_of"] for row in found if row["doc_id"] in cluster}
        assert told == {i: None if i == best else best for i in cluster}


@pytest.mark.parametrize("banding", [FINEWEB, FINE], ids=lambda b: b.name)
@pytest.mark.parametrize("parts", [1, 2, 7])
def test_any_order_any_parts(banding: Banding, parts: int, tmp_path: Path) -> None:
    rows = everyone()
    expected = clusters(tmp_path / "a", local(), rows, 3, Duplicates(banding))
    random.Random(parts).shuffle(rows)
    assert clusters(tmp_path / "b", local(), rows, parts, Duplicates(banding)) == expected


@pytest.mark.parametrize(
    ("engine", "parts", "banding"),
    [
        ("spark", 1, COARSE),
        ("spark", 2, COARSE),
        ("spark", 7, COARSE),
        ("spark", 2, CHECKED),
        ("on_ray", 1, FINEWEB),
        ("on_ray", 2, FINEWEB),
        ("on_ray", 7, FINE),
    ],
)
def test_engines(
    engine: str, parts: int, banding: Banding, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    rows = everyone()
    random.Random(parts).shuffle(rows)
    expected = clusters(tmp_path / "a", local(), rows, parts, Duplicates(banding))
    there = request.getfixturevalue(engine)
    found = clusters(tmp_path / "b", there, rows, parts, Duplicates(banding))
    assert found == expected


def test_a_known_document_wins(tmp_path: Path) -> None:
    """Against a store: what it holds survives, in whatever order two crawls came."""
    old = [row for index, row in enumerate(everyone()) if index % 3]
    new = [row for index, row in enumerate(everyone()) if not index % 3 or index % 20 == 0]
    clusters(tmp_path / "old", local(), old, 2, Duplicates())
    near = Duplicates(against=(str(tmp_path / "old"),))
    found = clusters(tmp_path / "new", local(), new, 3, near)
    whole = clusters(tmp_path / "whole", local(), everyone(), 2, Duplicates())
    held = {row["doc_id"] for row in old}
    expected = {i for cluster in grouped(whole).values() if cluster & held for i in cluster} | held
    dropped = {row["doc_id"] for row in found if row["copy_of"]}
    ours = {row["doc_id"] for row in new}
    assert dropped >= expected & ours
    assert {row["copy_of"] for row in found if row["doc_id"] in held} <= held
    assert all(row["copy_of"] in held | ours for row in found if row["copy_of"])
