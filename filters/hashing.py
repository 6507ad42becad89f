"""Hashes of words, and tables that are looked up by them, compiled.

Equal hashes count as equal words: of a million different words of 64 random bits two meet once in
forty million tries.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiling import borrowing, inlined

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)


@inlined
def mixed(value):  # type: ignore[no-untyped-def]
    """All bits of a 64-bit value spread over all bits."""
    value = (value ^ (value >> _HALF)) * _MIX
    value = (value ^ (value >> _HALF)) * _MIX
    return value ^ (value >> _HALF)


@inlined
def _finished(value):  # type: ignore[no-untyped-def]
    """All bits of a running hash spread over all bits; never 0."""
    value = (value ^ (value >> _HALF)) * _MIX
    return (value ^ (value >> _HALF)) | np.uint64(1)


@borrowing
def hash_points(points, begin, end):  # type: ignore[no-untyped-def]
    """64-bit hash of points[begin:end], never 0."""
    value = _SEED
    at = begin
    while at + 1 < end:  # two at a time: the multiplications are what takes the time
        pair = np.uint64(points[at]) | (np.uint64(points[at + 1]) << _HALF)
        value = (value ^ pair) * _PRIME
        value ^= value >> _HALF
        at += 2
    if at < end:
        value = (value ^ np.uint64(points[at])) * _PRIME
    return _finished(value ^ np.uint64(end - begin))


@inlined
def look_up(value, keys, held):  # type: ignore[no-untyped-def]
    """What the table holds under this hash; 0 where nothing."""
    size = len(keys) - 1
    slot = np.int64(value & np.uint64(size))
    while keys[slot] != 0:
        if keys[slot] == value:
            return held[slot]
        slot = (slot + 1) & size
    return np.int64(0)


@numba.njit(cache=True, nogil=True)
def table_of(hashes, values):  # type: ignore[no-untyped-def]
    """Open-addressing table of uint64 hashes and int64 values: both of one power of two."""
    size = 16
    while size < 4 * len(hashes):
        size *= 2
    keys, held = np.zeros(size, np.uint64), np.zeros(size, np.int64)
    for i in range(len(hashes)):
        slot = np.int64(hashes[i] & np.uint64(size - 1))
        while keys[slot] != 0 and keys[slot] != hashes[i]:
            slot = (slot + 1) & (size - 1)
        keys[slot] = hashes[i]
        held[slot] |= values[i]
    return keys, held
