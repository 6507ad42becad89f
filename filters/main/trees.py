"""Boosted trees as arrays, and what they score: one compiled pass. Importing it imports numba.

A tree is asked without branches (QuickScorer: Lucchese et al., SIGIR 2015). Each row has a bit for
each leaf; a split whose bound the row is above clears the bits of the leaves on its left; the leaf
is the lowest bit that is left. The loop over rows is one that the compiler makes vectors of.
"""

import math
from typing import NamedTuple

import numba
import numpy as np

from filters.compiled.blocks import lowest
from filters.compiled.compiling import borrowing

MOST_LEAVES = 32
_CHUNK = 256
_TURNED = np.uint64(16)
_ALL = np.uint32(0xFFFFFFFF)


class Trees(NamedTuple):
    """t trees of m splits in all, of at most MOST_LEAVES leaves each, numbered from the left."""

    features: np.ndarray  # int16 (m,) column that a split asks
    bounds: np.ndarray  # float32 (m,) above it: right
    masks: np.ndarray  # uint32 (m,) the leaves that are not on the left
    splits_at: np.ndarray  # int32 (t + 1,) where each tree's splits begin
    leaves: np.ndarray  # float32 (t, MOST_LEAVES)


@borrowing
def _turn(rows, columns, out, first, count):  # type: ignore[no-untyped-def]
    """Some columns of some rows, turned; few rows at a time, so that both stay at hand."""
    begin = np.uint64(0)
    while begin < count:
        end = min(begin + _TURNED, count)
        for k in range(len(columns)):
            column, to, i = np.uint64(columns[k]), np.uint64(k), begin
            while i < end:
                out[to, i] = rows[first + i, column]
                i += np.uint64(1)
        begin = end


@numba.njit(cache=True, nogil=True)
def scores(rows, columns, trees):  # type: ignore[no-untyped-def]
    """What the trees make of each row of float32 (n, features), as a probability. float32 (n,)

    `columns` int64 (k,): the features that the trees know, in their order. The last digits are cut
    off, so that another machine's logarithms give the same bytes.
    """
    n = len(rows)
    out = np.empty(n, np.float32)
    bits, sums = np.empty(_CHUNK, np.uint32), np.empty(_CHUNK, np.float64)
    turned = np.empty((len(columns), _CHUNK), np.float32)
    for first in range(0, n, _CHUNK):
        count = min(_CHUNK, n - first)
        _turn(rows, columns, turned, np.uint64(first), np.uint64(count))
        sums[:count] = 0
        for t in range(len(trees.leaves)):
            bits[:count], leaves = _ALL, trees.leaves[t]
            split, end = trees.splits_at[t], trees.splits_at[t + 1]
            while split + 4 <= end:  # four at once: the bits are fetched and put back once
                c0 = turned[trees.features[split], :count]
                c1 = turned[trees.features[split + 1], :count]
                c2 = turned[trees.features[split + 2], :count]
                c3 = turned[trees.features[split + 3], :count]
                b0, m0 = trees.bounds[split], trees.masks[split]
                b1, m1 = trees.bounds[split + 1], trees.masks[split + 1]
                b2, m2 = trees.bounds[split + 2], trees.masks[split + 2]
                b3, m3 = trees.bounds[split + 3], trees.masks[split + 3]
                for i in range(count):
                    x = m0 if c0[i] > b0 else _ALL
                    x &= m1 if c1[i] > b1 else _ALL
                    x &= m2 if c2[i] > b2 else _ALL
                    x &= m3 if c3[i] > b3 else _ALL
                    bits[i] &= x
                split += 4
            while split < end:
                column = turned[trees.features[split], :count]
                bound, mask = trees.bounds[split], trees.masks[split]
                for i in range(count):
                    bits[i] &= mask if column[i] > bound else _ALL
                split += 1
            for i in range(count):
                sums[i] += leaves[np.uint64(lowest(np.uint64(bits[i])))]
        for i in range(count):
            out[first + i] = round(1e4 / (1 + math.exp(-sums[i]))) / 1e4
    return out
