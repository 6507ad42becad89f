"""Semantic duplicates: planted ones are found, in any order and parts; Spark: test_on_spark."""

import random
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from filters.embeddings import EmbeddingError
from jobs import runs
from jobs.plan import Flow, check
from jobs.steps import duplicates, semantic
from jobs.steps.duplicates import Duplicates
from jobs.store import Store
from jobs.table import Table
from tests.engines.conftest import local
from tests.engines.test_clusters import COARSE, WORDS, Row, document, grouped, written

pytestmark = pytest.mark.timeout(300)

DIMENSIONS, COUNT = 24, 240


@cache
def corpus() -> tuple[list[Row], dict[str, np.ndarray], list[set[str]]]:
    """Documents of different words, an embedding for most, and which of them mean the same."""
    draw = np.random.default_rng(5)
    words = random.Random(5)
    rows = [document("meant", i, " ".join(words.choices(WORDS, k=60))) for i in range(COUNT)]
    ids = [row["doc_id"] for row in rows]
    vectors = {id_: draw.normal(size=DIMENSIONS) for id_ in ids}
    same = []
    for first in range(0, 60, 3):  # threes that nearly agree
        trio = ids[first : first + 3]
        for id_ in trio[1:]:
            vectors[id_] = vectors[trio[0]] * 3 + 0.05 * draw.normal(size=DIMENSIONS)
        same.append(set(trio))
    for id_ in ids[60:100]:  # forty that are equal
        vectors[id_] = vectors[ids[60]]
    same.append(set(ids[60:100]))
    for id_ in ids[100:110]:  # without an embedding
        del vectors[id_]
    vectors[ids[110]] = np.zeros(DIMENSIONS)
    return rows, vectors, same


def given(folder: Path, key: str = "doc_id", seed: int = 0) -> str:
    """The embeddings as two Parquet files, one row twice; some of no document."""
    rows = [(id_, vector.tolist()) for id_, vector in corpus()[1].items()]
    rows += [("f" * 32, [1.0] * DIMENSIONS), rows[0]]
    random.Random(seed).shuffle(rows)
    folder.mkdir(parents=True)
    for index in range(2):
        keys, vectors = zip(*rows[index::2], strict=True)
        list_ = pa.list_(pa.float32()) if index else pa.list_(pa.float32(), DIMENSIONS)
        made = pa.table({key: keys, "embedding": pa.array(vectors, list_)})
        pq.write_table(made, folder / f"{index}.parquet")
    return str(folder)


def found(folder: Path, engine: Any, rows: list[Row], parts: int, near: Duplicates) -> list[Row]:
    """Run the steps; the clusters, their parts left out, by doc_id."""
    store = Store(str(folder))
    tables = {name: Table(store, name, shape) for name, (shape, _) in duplicates.SHAPES.items()}
    hosts = written(store, rows, parts)
    semantic.write_given(tables["given_embeddings"], near.semantic)
    flow = Flow(duplicates.steps(hosts.rows(), tables, near))
    check(flow)
    assert runs.execute(flow, engine, lambda _: None) == []
    table = tables["clusters"]
    batches = (batch for part in table.parts() for batch in table.read(part))
    rows = [row for batch in batches for row in batch.drop_columns(["part"]).to_pylist()]
    return sorted(rows, key=lambda row: row["doc_id"])


def near(source: str, clusters: int | None = None, similarity: float = 0.95) -> Duplicates:
    return Duplicates(COARSE, (), semantic.read(source, similarity, clusters))


@pytest.mark.parametrize("clusters", [None, 1, 6])
def test_planted_duplicates_are_found(clusters: int | None, tmp_path: Path) -> None:
    rows, _, same = corpus()
    asked = near(given(tmp_path / "given"), clusters)
    rows_found = found(tmp_path / "store", local(), rows, 3, asked)
    assert sorted(map(sorted, grouped(rows_found).values())) == sorted(map(sorted, same))
    best = {row["doc_id"] for row in rows_found if row["copy_of"] is None}
    quality = {row["doc_id"]: -1 if row["quality"] is None else row["quality"] for row in rows}
    for group in same:
        (survivor,) = group & best
        assert quality[survivor] == max(quality[id_] for id_ in group)
    said = duplicates.held(Store(str(tmp_path / "store")), asked)
    assert f"embeddings of {COUNT - 11} documents" in said
    assert f"in {clusters or 1} clusters, alike from 0.95 on" in said


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_any_order_any_parts(parts: int, tmp_path: Path) -> None:
    rows = list(corpus()[0])
    a = near(given(tmp_path / "a", seed=1), 9, 0.9)
    expected = found(tmp_path / "x", local(), rows, 3, a)
    random.Random(parts).shuffle(rows)
    b = near(given(tmp_path / "b", seed=2), 9, 0.9)
    assert found(tmp_path / "y", local(), rows, parts, b) == expected
    names = ("centres/part-00000.parquet", "embeddings_by_cluster/part-00000.parquet")
    for name in names:
        assert (tmp_path / "x" / name).read_bytes() == (tmp_path / "y" / name).read_bytes()


def letters(texts: list[str]) -> np.ndarray:
    """An embedding for tests: how often each letter comes."""
    return np.array([[text.count(letter) for letter in "abcdefghijklmnop"] for text in texts])


def test_a_function_may_embed(tmp_path: Path) -> None:
    texts = ["a cat and a dog", "dog a dna tac a", "god a and act a", "kkkk", "", "123", None]
    rows = [document("text", index, text) for index, text in enumerate(texts)]
    asked = near("tests.engines.test_semantic:letters")
    groups = grouped(found(tmp_path / "store", local(), rows, 2, asked))
    assert list(map(sorted, groups.values())) == [sorted(row["doc_id"] for row in rows[:3])]


def test_meaning_and_shingles_make_one_cluster(tmp_path: Path) -> None:
    """Two are alike by words, one of them and a third by meaning: three in a cluster."""
    words = " ".join(WORDS[:50])
    rows = [document("both", i, t) for i, t in enumerate([words, words, " ".join(WORDS[90:140])])]
    ids = [row["doc_id"] for row in rows]
    vectors = {ids[0]: [1.0, 0.0], ids[1]: [0.0, 1.0], ids[2]: [0.1, 1.0]}
    table = pa.table({"doc_id": list(vectors), "embedding": list(vectors.values())})
    pq.write_table(table, tmp_path / "e.parquet")
    rows_found = found(tmp_path / "s", local(), rows, 2, near(str(tmp_path / "e.parquet")))
    assert list(grouped(rows_found).values()) == [set(ids)]


def test_no_document_has_an_embedding(tmp_path: Path) -> None:
    rows = [document("bare", 0, "some words of its own"), document("bare", 1, "and others here")]
    assert found(tmp_path / "s", local(), rows, 2, near(given(tmp_path / "given"))) == []


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"doc_id": ["a"], "vector": [[1.0]]}, "has doc_id, vector; it should have the columns"),
        ({"id": ["a"], "embedding": [[1.0]]}, "should have the columns 'embedding' and 'doc_id'"),
        ({"doc_id": ["a"], "embedding": [1.0]}, "'embedding' is double; give lists of numbers"),
        ({"url": ["a", "b"], "embedding": [[1.0], [1.0, 2.0]]}, "embeddings of 1 and 2 numbers"),
    ],
)
def test_files_that_will_not_do(columns: dict[str, list], says: str, tmp_path: Path) -> None:
    pq.write_table(pa.table(columns), tmp_path / "e.parquet")
    table = Table(Store(str(tmp_path / "s")), "given_embeddings", semantic.semantic.GIVEN)
    with pytest.raises(EmbeddingError, match=says) as error:
        semantic.write_given(table, semantic.read(str(tmp_path / "e.parquet"), 0.9, None))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("source", ["nowhere/e.parquet", "nowhere.parquet", "no_such_module:name"])
def test_sources_that_are_none(source: str) -> None:
    with pytest.raises(EmbeddingError, match="no such file|there is no function"):
        semantic.read(source, 0.9, None)
