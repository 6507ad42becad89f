"""Hashes near each other within one slot, compiled: a table from values to rows, and a search.

Importing this module imports numba. Of filters.pictures.hash_slots this is the part that takes the
time.

Each pair is looked at once, from the side of the smaller value of the slot, or within one value
from the later row. A row looks at no more than the first `most` rows that have a value; what is
left out so is counted for that value.
"""

from typing import Any

import numba
import numpy as np

from filters.compiled.forest import root


@numba.njit(cache=True, nogil=True)
def indexed(keys: Any, width: int) -> tuple[Any, Any]:
    """Rows by value: starts int32 (2^width + 1,), rows int32 (n,); rows of a value keep order."""
    starts = np.zeros((1 << width) + 1, np.int32)
    for key in keys:
        starts[key + 1] += 1
    for value in range(1 << width):
        starts[value + 1] += starts[value]
    at = starts.copy()
    rows = np.empty(len(keys), np.int32)
    for row in range(len(keys)):
        rows[at[keys[row]]] = row
        at[keys[row]] += 1
    return starts, rows


@numba.njit(cache=True, nogil=True)
def _ones(x: Any) -> Any:
    """Bits set in a uint64: what LLVM turns into one instruction."""
    x -= (x >> np.uint64(1)) & np.uint64(0x5555555555555555)
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (x * np.uint64(0x0101010101010101)) >> np.uint64(56)


@numba.njit(cache=True, nogil=True)
def _apart(words: Any, row: Any, others: Any, place: Any, most: Any) -> bool:
    """Do the hashes words[row] and others[place] differ in more than `most` bits?

    By two words at a time: after one the answer is too open for a branch to be guessed, and a loop
    over words took ten times as long.
    """
    bits = _ones(words[row, 0] ^ others[place, 0]) + _ones(words[row, 1] ^ others[place, 1])
    if bits > most:
        return True
    bits += _ones(words[row, 2] ^ others[place, 2]) + _ones(words[row, 3] ^ others[place, 3])
    return bits > most


@numba.njit(cache=True, nogil=True)
def search(asking: Any, home: Any, parents: Any, left: Any, masks: Any, bounds: Any) -> Any:
    """Pairs that connect what was not connected before: int64 (pairs, 2), asking row and place.

    `asking` = (keys int64 (m,), words uint64 (m, 4), places int64 (m,)): whose pairs are wanted;
    a row of the home asks with its own place, others with -1. `home` = (starts int32, words uint64
    (n, 4) in the order of values): a place is a row of those. `parents` int32 (n,) is the forest
    over places, `left` int64 (2^width,) counts pairs left out by value; both are written.
    `bounds` = (radius, most).
    """
    keys, words, places = asking
    starts, others = home
    radius, most = np.uint64(bounds[0]), bounds[1]
    found = np.empty((1024, 2), np.int64)
    count = 0
    for row in range(len(keys)):
        joined = np.int64(places[row])
        for mask in masks:
            value = keys[row] ^ mask
            if value < keys[row] or (mask == 0 and places[row] < 0):
                continue
            first, end = np.int64(starts[value]), np.int64(starts[value + 1])
            if mask == 0:
                end = np.int64(places[row])
            stop = min(end, first + most)
            left[value] += end - stop
            for place in range(first, stop):
                if _apart(words, row, others, place, radius):
                    continue
                other = root(place, parents)
                if joined >= 0:
                    mine = root(joined, parents)
                    if mine == other:
                        continue
                    parents[max(mine, other)] = min(mine, other)
                joined = np.int64(place) if joined < 0 else joined
                if count == len(found):
                    grown = np.empty((2 * count, 2), np.int64)
                    grown[:count] = found
                    found = grown
                found[count, 0] = row
                found[count, 1] = place
                count += 1
    return found[:count]
