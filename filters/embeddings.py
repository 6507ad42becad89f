"""Embeddings of documents: unit vectors in whole numbers, so that every product of two is exact.

A vector is brought to length 4,000 and rounded. By Cauchy-Schwarz no partial sum of a product of
two then exceeds 2^24, so float32 holds each of them exactly, in whatever order a matrix library
adds them up: the same clusters and pairs on every machine, with any number of threads. A cosine is
off by about 0.0001.

Source of the method: Abbas et al., "SemDeDup: Data-efficient learning at web-scale through
semantic deduplication" (arXiv 2303.09540): k-means over embeddings, then pairs within a cluster
whose cosine similarity is at least 1 - epsilon.
"""

from collections.abc import Callable, Iterator
from functools import cache
from pkgutil import resolve_name
from typing import Any

import numpy as np
import pyarrow as pa

LENGTH = 4000
MOST_DIMENSIONS = 16_384  # rounding may lengthen a vector by half the square root of this
BLOCK = 2048

Embedder = Callable[[list[str]], Any]


class EmbeddingError(ValueError):
    """No embeddings to be had; the text is one line that tells the next move."""


def whole(vectors: Any) -> np.ndarray:
    """Vectors as whole numbers: float (n, d) -> int16 (n, d); all 0 where there is no direction.

    Raises EmbeddingError where the shape is not (n, d), or d is none that can be.
    """
    given = np.asarray(vectors, np.float64)
    if given.ndim != 2 or not 1 <= given.shape[1] <= MOST_DIMENSIONS:  # noqa: PLR2004
        raise EmbeddingError(f"embeddings of shape {given.shape}; 1 to {MOST_DIMENSIONS} numbers")
    largest = np.abs(given).max(axis=1, keepdims=True, initial=0.0)
    usable = np.isfinite(largest) & (largest > 0)
    scaled = np.divide(given, largest, out=np.zeros_like(given), where=usable)
    # Added up one after the other: a sum whose order depends on the machine would round elsewhere.
    lengths = np.sqrt(np.cumsum(scaled * scaled, axis=1)[:, -1:])
    unit = np.divide(scaled, lengths, out=np.zeros_like(given), where=usable)
    return np.rint(unit * LENGTH).astype(np.int16)


def packed(vectors: np.ndarray) -> pa.Array:
    """int16 (n, d) -> binary (n,); null where all is 0."""
    rows = np.ascontiguousarray(vectors, "<i2")
    data = [row.tobytes() if row.any() else None for row in rows]
    return pa.array(data, pa.binary())


def unpacked(vectors: pa.Array) -> np.ndarray:
    """Binary (n,), none of them null -> int16 (n, d). Raises EmbeddingError for several d."""
    rows = vectors.to_pylist()
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise EmbeddingError(f"embeddings of {sorted(n // 2 for n in lengths)} numbers in one run")
    return np.frombuffer(b"".join(rows), "<i2").reshape(len(rows), max(lengths, default=0) // 2)


def nearest(vectors: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Which centre is nearest to each vector, the first of equals. (n, d), (k, d) -> int32 (n,)"""
    out = np.empty(len(vectors), np.int32)
    across = centres.astype(np.float32).T
    for begin in range(0, len(vectors), BLOCK):
        block = vectors[begin : begin + BLOCK].astype(np.float32)
        out[begin : begin + BLOCK] = (block @ across).argmax(axis=1)
    return out


def centres(vectors: np.ndarray, count: int, rounds: int = 10) -> np.ndarray:
    """`count` centres of vectors, by spherical k-means: int16 (n, d) -> int16 (<= count, d).

    It begins with the first distinct vectors, so they should come in an order that means nothing.
    A centre that no vector is nearest to stays where it is.
    """
    if not len(vectors):
        return vectors
    _, firsts = np.unique(vectors, axis=0, return_index=True)
    found = vectors[np.sort(firsts)[:count]]
    for _ in range(rounds):
        owners = nearest(vectors, found)
        order = np.argsort(owners, kind="stable")
        begins = np.flatnonzero(np.diff(owners[order], prepend=-1))
        sums = np.add.reduceat(vectors[order].astype(np.int64), begins, axis=0)
        moved = found.copy()
        moved[owners[order][begins]] = whole(sums)
        if np.array_equal(moved, found):
            break
        found = moved
    return found


def alike(vectors: np.ndarray, similarity: float) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs i < j with a cosine of at least `similarity`, a block at a time. int16 (n, d)

    Equal vectors are joined to their first one, and the others are left out of the comparison.
    """
    _, firsts, owners = np.unique(vectors, axis=0, return_index=True, return_inverse=True)
    copies = np.flatnonzero(firsts[owners] != np.arange(len(vectors)))
    yield firsts[owners[copies]], copies
    places = np.sort(firsts)
    distinct = vectors[places]
    squares = (distinct.astype(np.int64) ** 2).sum(axis=1).astype(np.float64)
    for i in range(0, len(distinct), BLOCK):
        left = distinct[i : i + BLOCK].astype(np.float32)
        for j in range(i, len(distinct), BLOCK):
            products = (left @ distinct[j : j + BLOCK].astype(np.float32).T).astype(np.float64)
            bound = np.sqrt(squares[i : i + BLOCK, None] * squares[None, j : j + BLOCK])
            us, vs = np.nonzero(products >= similarity * bound)
            ordered = us + i < vs + j
            yield places[us[ordered] + i], places[vs[ordered] + j]


@cache
def embedder(name: str) -> Embedder:
    """The function "module:name", texts -> float (n, d). Raises EmbeddingError where it is not."""
    try:
        found = resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise EmbeddingError(f"there is no function {name} ({error}); give MODULE:NAME") from error
    if not callable(found):
        raise EmbeddingError(f"{name} is no function; give one that takes texts")
    return found
