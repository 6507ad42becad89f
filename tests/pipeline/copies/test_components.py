"""Labels by union-find against those by the rounds of SQL, and against a search."""

import random
from itertools import pairwise

import duckdb
import pyarrow as pa
import pytest

from pipeline.copies import components

Edges = list[tuple[int, int]]


def searched(edges: Edges) -> dict[int, int]:
    """Each node with the smallest one that can be reached from it."""
    near: dict[int, set[int]] = {}
    for u, v in edges:
        near.setdefault(u, set()).add(v)
        near.setdefault(v, set()).add(u)
    found: dict[int, int] = {}
    for start in sorted(near):
        waiting = [start]
        while waiting:
            node = waiting.pop()
            if node not in found:
                found[node] = start
                waiting += near[node]
    return found


def compiled(edges: Edges, size: int = 1000) -> dict[int, int]:
    table = pa.Table.from_pylist([{"u": u, "v": v} for u, v in edges], components.EDGE)
    labels = components.labels(table.to_batches(max_chunksize=size))
    assert labels["node"].to_pylist() == sorted(labels["node"].to_pylist())
    return dict(zip(labels["node"].to_pylist(), labels["label"].to_pylist(), strict=True))


def by_rounds(edges: Edges) -> tuple[dict[int, int], int]:
    """What Spark does, done by DuckDB; and in how many rounds."""
    table = pa.Table.from_pylist([{"u": u, "v": v} for u, v in edges], components.EDGE)
    rounds = 0
    with duckdb.connect() as database:

        def view(name: str, sql: str) -> None:
            database.register("made", database.sql(sql).to_arrow_table())
            database.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM made")

        database.register("given", table)
        view("edges", "SELECT * FROM given")
        view("loops", "SELECT DISTINCT u AS node FROM edges WHERE u = v")
        view("edges", components.ORIENTED)
        while database.sql(components.UNSETTLED).fetchall()[0][0]:
            rounds += 1
            view("edges", components.LARGE_STAR)
            view("edges", components.SMALL_STAR)
        rows = database.sql(components.LABELS).fetchall()
    assert len(rows) == len(dict(rows))
    return dict(rows), rounds


def chain(length: int) -> Edges:
    names = random.Random(length).sample(range(1 << 62), length)
    return list(pairwise(names))


def anything(seed: int) -> Edges:
    draw = random.Random(seed)
    return [(draw.randrange(300), draw.randrange(300)) for _ in range(200)]


GRAPHS = {
    "nothing": [],
    "a loop": [(5, 5)],
    "a loop in a pair": [(5, 5), (5, 3), (9, 9)],
    "a star": [(0, n) for n in range(1, 2000)],
    "a chain": chain(500),
    "a clique": [(a, b) for a in range(30) for b in range(30)],
    "far names": [(0, (1 << 63) - 1), (-(1 << 63), 7)],
} | {f"drawn {seed}": anything(seed) for seed in range(8)}


@pytest.mark.parametrize("name", GRAPHS)
def test_all_agree(name: str) -> None:
    edges = GRAPHS[name]
    expected = searched(edges)
    assert compiled(edges) == expected
    shuffled = [tuple(reversed(edge)) for edge in random.Random(1).sample(edges, len(edges))]
    assert compiled(shuffled, 7) == expected  # type: ignore[arg-type]
    assert by_rounds(edges)[0] == expected


def test_a_long_chain_takes_few_rounds() -> None:
    _, rounds = by_rounds(chain(1000))
    assert rounds <= 12


def test_tables_grow() -> None:
    edges = [(n, n + 1) for n in range(0, 200_000, 2)]
    assert compiled(edges, 30_000) == {n: n // 2 * 2 for n in range(200_000)}
