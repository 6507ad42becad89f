"""Sums over stretches of a column, compiled: numpy's own would first write out a running total.

Importing this module imports numba.
"""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def add(values: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """`values` (n,), whole numbers, added up between each two of `ends`, int64 (d + 1,).

    Gives int64 (d,).
    """
    sums = np.zeros(len(ends) - 1, np.int64)
    for row in range(len(sums)):
        total = np.int64(0)
        for value in values[ends[row] : ends[row + 1]]:
            total += np.int64(value)
        sums[row] = total
    return sums


@numba.njit(cache=True, nogil=True)
def add_at(values: np.ndarray, places: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """The same of the values at `places`, uint32 (k,); `ends` are of those."""
    sums = np.zeros(len(ends) - 1, np.int64)
    for row in range(len(sums)):
        total = np.int64(0)
        for place in places[ends[row] : ends[row + 1]]:
            total += np.int64(values[place])
        sums[row] = total
    return sums


@numba.njit(cache=True, nogil=True)
def any_differs(one: np.ndarray, other: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Do `one` and `other`, bool (n,), differ between two of `ends`, int64 (d + 1,)? bool (d,)"""
    found = np.zeros(len(ends) - 1, np.bool_)
    for row in range(len(found)):
        # Of a slice the compiler knows that no index is below zero, and takes many at a time.
        mine, theirs = one[ends[row] : ends[row + 1]], other[ends[row] : ends[row + 1]]
        differ = False
        for index in range(len(mine)):
            differ |= mine[index] != theirs[index]
        found[row] = differ
    return found
