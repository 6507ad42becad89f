"""Embeddings in whole numbers: exact products, the same clusters and pairs in any order."""

from importlib.util import find_spec

import numpy as np
import pyarrow as pa
import pytest

from filters.embeddings import (
    LENGTH,
    EmbeddingError,
    alike,
    centres,
    embedder,
    nearest,
    packed,
    unpacked,
    whole,
)
from tests.conftest import must_have


def drawn(count: int, dimensions: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, dimensions))


@pytest.mark.parametrize("dimensions", [1, 2, 256, 1024, 16_384])
def test_products_are_exact_in_any_order(dimensions: int) -> None:
    some = drawn(20, dimensions)
    vectors = whole(np.concatenate([some, some + 1e-3, np.ones((1, dimensions))]))
    exact = vectors.astype(np.int64) @ vectors.astype(np.int64).T
    assert exact.max() < 2**24
    shuffled = np.random.default_rng(2).permutation(dimensions)
    floats = vectors.astype(np.float32)[:, shuffled]
    assert np.array_equal(floats @ floats.T, exact)
    true = some / np.linalg.norm(some, axis=1, keepdims=True)
    assert np.abs(exact[:20, :20] / LENGTH**2 - true @ true.T).max() < 0.004


@pytest.mark.parametrize(
    ("vector", "expected"),
    [
        ([3.0, 4.0], [2400, 3200]),
        ([3e300, 4e300], [2400, 3200]),
        ([-3e-300, 4e-300], [-2400, 3200]),
        ([0.0, 0.0], None),
        ([float("nan"), 1.0], None),
        ([float("inf"), 1.0], None),
    ],
)
def test_rows(vector: list[float], expected: list[int] | None) -> None:
    rows = packed(whole([vector]))
    assert (unpacked(rows.drop_null()).tolist() or [None]) == [expected]


@pytest.mark.parametrize("shape", [(3,), (2, 0), (1, 16_385), (1, 2, 3)])
def test_shapes_that_are_none(shape: tuple[int, ...]) -> None:
    with pytest.raises(EmbeddingError, match="embeddings of shape"):
        whole(np.ones(shape))


def test_vectors_of_two_lengths_are_refused() -> None:
    both = pa.concat_arrays([packed(whole([[1.0]])), packed(whole([[1.0, 2.0]]))])
    with pytest.raises(EmbeddingError, match=r"embeddings of \[1, 2\] numbers in one run"):
        unpacked(both)


def test_the_first_of_equal_centres_is_nearest() -> None:
    known = whole([[0.0, 1.0], [1.0, 0.0], [1.0, 0.0], [-1.0, 0.0]])
    assert nearest(whole([[1.0, 0.1], [-1.0, 0.1], [1.0, 1.0]]), known).tolist() == [1, 3, 0]


def test_centres_find_groups() -> None:
    middles = drawn(5, 32)
    vectors = whole(np.repeat(middles, 40, axis=0) + 0.05 * drawn(200, 32, 2))
    vectors = vectors[np.random.default_rng(4).permutation(200)]
    found = centres(vectors, 12)
    owners = nearest(vectors, found)
    groups = nearest(vectors, whole(middles))
    for cluster in range(12):
        assert len({*groups[owners == cluster].tolist()}) <= 1
    assert np.array_equal(found, centres(vectors, 12))
    assert len(centres(vectors[:3], 12)) == 3
    assert len(centres(np.concatenate([vectors[:1]] * 9), 4)) == 1
    assert len(centres(np.zeros((0, 0), np.int16), 4)) == 0


@pytest.mark.parametrize("count", [0, 1, 50, 3000])
def test_alike_is_every_pair(count: int) -> None:
    vectors = whole(drawn(max(count, 1), 6))[:count]
    vectors[1::7] = vectors[: len(vectors[1::7])]
    found = {(u, v) for us, vs in alike(vectors, 0.97) for u, v in zip(us, vs, strict=True)}
    assert all(u < v for u, v in found)
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    us, vs = np.nonzero(np.triu(unit @ unit.T >= 0.97, 1))
    _, firsts, owners = np.unique(vectors, axis=0, return_index=True, return_inverse=True)
    first = firsts[owners]
    # Of equal vectors the first stands for all, and is joined to each.
    expected = {tuple(sorted((first[u], first[v]))) for u, v in zip(us, vs, strict=True)}
    expected = {(u, v) for u, v in expected if u != v}
    expected |= {(first[n], n) for n in range(count) if first[n] != n}
    assert found == expected


@pytest.mark.parametrize(
    ("name", "says"),
    [("no_such:thing", "there is no function"), ("math:pi", "is no function"), ("a b", "there is")],
)
def test_functions_that_are_none(name: str, says: str) -> None:
    with pytest.raises(EmbeddingError, match=says):
        embedder(name)


def test_wordllama_knows_what_is_alike() -> None:
    must_have(find_spec("wordllama"), "wordllama (pip install 'interleaf[semantic]')")
    texts = ["a cat sat on the mat", "A cat sits upon a mat.", "nuclear power plants of France"]
    vectors = whole(embedder("filters.embedding_models:wordllama")(texts)).astype(int)
    products = vectors @ vectors.T / LENGTH**2
    assert vectors.shape == (3, 256)
    assert products[0, 1] > 0.8
    assert products[0, 2] < 0.3
