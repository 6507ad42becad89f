"""Tables of words with the lists that hold them, compiled: what counts by word lists look up.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.compiling import inlined
from filters.compiled.hashing import mixed
from filters.compiled.utf8 import point_at

SEED, PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_BITS, _LISTS = np.uint64(4), np.uint64(15)


@numba.njit(cache=True, nogil=True)
def hash_words(data, starts, lower):  # type: ignore[no-untyped-def]
    """Hashes of whole words, folded. uint8 (bytes,), int64 (n + 1,) -> uint64 (n,)"""
    out = np.empty(len(starts) - 1, np.uint64)
    for i in range(len(out)):
        position, end = starts[i], starts[i + 1]
        value = SEED
        while position < end:
            point, size = point_at(data, position, end)
            value = (value ^ np.uint64(lower[point])) * PRIME
            position += size
        out[i] = mixed(value)
    return out


@numba.njit(cache=True, nogil=True)
def word_table(hashes, lists):  # type: ignore[no-untyped-def]
    """Open-addressing table of words: hashes, the bits of their lists in the last four. uint64

    `hashes` uint64 (n,) with `lists` uint8 (n,); a word given twice has the bits of both. Unlike
    filters.compiled.hashing's it is one array: it is far larger than the fast memory, and each
    look costs one trip.
    """
    size = 16
    while size < 2 * len(hashes):
        size *= 2
    table = np.zeros(size, np.uint64)
    for i in range(len(hashes)):
        word = hashes[i] & ~_LISTS
        slot = np.int64((word >> _BITS) & np.uint64(size - 1))
        while table[slot] != 0 and (table[slot] & ~_LISTS) != word:
            slot = (slot + 1) & (size - 1)
        table[slot] |= word | np.uint64(lists[i])
    return table


@inlined
def lists_of(word, table):  # type: ignore[no-untyped-def]
    """Bits of the lists that hold the word with this hash."""
    mask = len(table) - 1
    slot = np.int64((word >> _BITS) & np.uint64(mask))
    while table[slot] != 0:
        if (table[slot] ^ word) <= _LISTS:
            return np.int64(table[slot] & _LISTS)
        slot = (slot + 1) & mask
    return np.int64(0)
