"""The compiled pass of components. Imported at first use: importing it imports numba.

A forest over nodes named by any int64. `slots` is an open-addressing table from a name to its
place, plus one, among `names`; `parents` holds places. A root is the smallest name of its tree.
"""

from typing import Any

import numba
import numpy as np

from filters.compiled.forest import root


@numba.njit(cache=True, nogil=True)
def _slot(name: Any, names: Any, slots: Any) -> Any:
    """The slot that holds `name`, or the free one where it belongs."""
    mixed = np.uint64(name) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(32)
    slot = np.int64(mixed & np.uint64(len(slots) - 1))
    while slots[slot] and names[slots[slot] - 1] != name:
        slot = (slot + 1) & (len(slots) - 1)
    return slot


@numba.njit(cache=True, nogil=True)
def rehash(names: Any, count: int, slots: Any) -> None:
    """Enter the first `count` names into an empty, larger table."""
    for place in range(count):
        slots[_slot(names[place], names, slots)] = place + 1


@numba.njit(cache=True, nogil=True)
def join(us: Any, vs: Any, forest: Any, count: int) -> int:
    """Join the trees of us[i] and vs[i]; the number of names after it.

    `forest` = (names int64, parents int64, slots int64) with room for 2 * len(us) more names.
    """
    names, parents, slots = forest
    for i in range(len(us)):
        ends = (np.int64(us[i]), np.int64(vs[i]))
        roots = (np.int64(0), np.int64(0))
        for side in range(2):
            slot = _slot(ends[side], names, slots)
            if not slots[slot]:
                names[count] = ends[side]
                parents[count] = count
                count += 1
                slots[slot] = count
            found = root(slots[slot] - 1, parents)
            roots = (found, roots[1]) if side == 0 else (roots[0], found)
        if names[roots[0]] < names[roots[1]]:
            parents[roots[1]] = roots[0]
        else:
            parents[roots[0]] = roots[1]
    return count


@numba.njit(cache=True, nogil=True)
def labels(names: Any, parents: Any, count: int) -> Any:
    """Name of the root of each of the first `count` names: int64 (count,)"""
    out = np.empty(count, np.int64)
    for place in range(count):
        out[place] = names[root(place, parents)]
    return out
