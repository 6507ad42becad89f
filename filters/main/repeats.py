"""Main content that a page says twice is main content once: a compiled pass.

Some pages hold their whole text a second time, in one block for machines or for print. Nothing but
the repetition tells the copies apart. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.main.likeness import GRAM

REPEATED = 0.95
"""A unit is a repetition where this share of its words is in n-grams that others have."""

_LEAST_SAID = np.float32(0.5)  # of the n-grams themselves: fewer where it joins short texts

_BASE = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)


@numba.njit(cache=True, nogil=True, inline="always")
def _gram_at(words, at):  # type: ignore[no-untyped-def]
    key = np.uint64(0)
    for i in range(at, at + GRAM):
        key = key * _BASE + words[i]
    key = (key ^ (key >> _HALF)) * _MIX
    return (key ^ (key >> _HALF)) | np.uint64(1)


@numba.njit(cache=True, nogil=True)
def _slot_of(key, keys):  # type: ignore[no-untyped-def]
    mask = len(keys) - 1
    slot = np.int64(key >> _HALF) & mask
    while keys[slot] != 0 and keys[slot] != key:
        slot = (slot + 1) & mask
    return slot


@numba.njit(cache=True, nogil=True)
def _without(kept, begin, words):  # type: ignore[no-untyped-def]
    """The page's units that are kept, less those that smaller or earlier ones of them say."""
    lengths = np.diff(begin) * kept
    size = 16
    while size < 2 * lengths.sum():
        size *= 2
    keys = np.zeros(size, np.uint64)
    for u in np.argsort(lengths, kind="mergesort"):
        count = lengths[u] - GRAM + 1
        if count <= 0:
            continue
        said, told = 0, begin[u]  # words that are, and where the last of them ends
        for i in range(begin[u], begin[u] + count):
            key = _gram_at(words, i)
            if keys[_slot_of(key, keys)] == key:
                said += i + GRAM - max(i, told)
                told = i + GRAM
        if said >= REPEATED * lengths[u]:
            kept[u] = False
            continue
        for i in range(begin[u], begin[u] + count):
            key = _gram_at(words, i)
            keys[_slot_of(key, keys)] = key


@numba.njit(cache=True, nogil=True)
def without_repeats(kept, starts, begin, words, said):  # type: ignore[no-untyped-def]
    """`kept` bool (u,) of all pages' units, less those that only repeat others that are kept.

    Of several that say the same the smallest stays, and of equals the first. `starts` int64
    (p + 1,), `begin` int64 (u + 1,) and `words` as in filters.main.pages. `said` float32 (u,): how
    much of a unit's n-grams any other says, at most; pages where no unit has many are passed
    over.
    """
    out = kept.copy()
    for p in range(len(starts) - 1):
        a, b = starts[p], starts[p + 1]
        for u in range(a, b):
            if kept[u] and said[u] >= _LEAST_SAID:
                _without(out[a:b], begin[a : b + 1], words)
                break
    return out
