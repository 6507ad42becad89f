"""Tables of words with the lists that hold them, compiled: what counts by word lists look up.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.compiling import borrowing
from filters.compiled.hashing import hash_points
from filters.compiled.utf8 import point_at

MET = 1 << 13
"""Words that were looked up last and are held near."""

_BITS, _LISTS = np.uint64(4), np.uint64(15)
_NONE, _ONE = np.uint64(0), np.uint64(1)


@numba.njit(cache=True, nogil=True)
def hash_words(data, starts, lower):  # type: ignore[no-untyped-def]
    """Hashes of whole words, folded. uint8 (bytes,), int64 (n + 1,) -> uint64 (n,)"""
    out = np.empty(len(starts) - 1, np.uint64)
    longest = 0
    for i in range(len(out)):
        longest = max(longest, starts[i + 1] - starts[i])
    points = np.empty(longest, np.uint32)
    for i in range(len(out)):
        position, end = starts[i], starts[i + 1]
        size = 0
        while position < end:
            point, length = point_at(data, position, end)
            points[size] = lower[point]
            position += length
            size += 1
        out[i] = hash_points(points, 0, size)
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


@borrowing
def look_up_words(words, count, table, room, lists):  # type: ignore[no-untyped-def]
    """Write the bits of the lists that hold each of the first `count` words to `lists` uint8.

    `room` is int32 for as many, and what was looked up last, uint64 (a power of two,), zeros at
    first: most words of a text were met a moment ago, and the table is far away. The others look at
    their first place, those that found another word at the next one, and so on: who asks does not
    wait for who was asked before.
    """
    asked, met = room
    mask, near, left = np.uint64(len(table) - 1), np.uint64(len(met) - 1), _NONE
    for i in range(count):
        held = met[(words[i] >> _BITS) & near]
        lists[i] = held & _LISTS
        asked[left] = i
        left += np.uint64(held ^ words[i] > _LISTS)
    step = _NONE
    while left > _NONE:
        more = _NONE
        for each in range(np.int64(left)):
            word = np.uint64(asked[each])
            value = words[word]
            held = table[((value >> _BITS) + step) & mask]
            found = np.uint64(held ^ value <= _LISTS)
            bits = held * found & _LISTS
            lists[word] = bits
            met[(value >> _BITS) & near] = (value & ~_LISTS) | bits  # right at its last step
            asked[more] = word
            more += np.uint64(held != _NONE) & ~found
        left = more
        step += _ONE
