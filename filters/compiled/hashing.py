"""Hashes of words, and tables that are looked up by them, compiled.

Equal hashes count as equal words: of a million different words of 64 random bits two meet once in
forty million tries.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import eight
from filters.compiled.compiling import borrowing, inlined

WIDTH = 4
"""Places of a table that a hash may lie in."""

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_EIGHT, _OTHER = 8, 0x80  # filters.compiled.reading.OTHER
_OTHERS = np.uint64(0x8080808080808080)  # of eight codes
_NONE, _ALL = np.uint64(0), np.uint64(0xFFFFFFFFFFFFFFFF)


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


@inlined
def _chained(value, block):  # type: ignore[no-untyped-def]
    """The running hash behind eight characters more."""
    value = (value ^ block) * _PRIME
    return value ^ (value >> _HALF)


@borrowing
def hash_points(points, begin, end):  # type: ignore[no-untyped-def]
    """64-bit hash of points[begin:end], never 0."""
    others = np.uint32(0)
    for at in range(begin, end):
        others |= np.uint32(points[at])
    value, at = _SEED, begin
    if others < _OTHER:  # as hash_text, eight at a time
        while at < end:
            block = _NONE
            for place in range(min(_EIGHT, end - at)):
                block |= np.uint64(points[at + place]) << np.uint64(_EIGHT * place)
            value = _chained(value, block)
            at += _EIGHT
        return _finished(value ^ np.uint64(end - begin))
    while at + 1 < end:
        pair = np.uint64(points[at]) | (np.uint64(points[at + 1]) << _HALF)
        value = _chained(value, pair)
        at += 2
    if at < end:
        value = _chained(value, np.uint64(points[at]))
    return _finished(value ^ np.uint64(end - begin))


@inlined
def hash_text(points, codes, begin, end):  # type: ignore[no-untyped-def]
    """The same hash; faster where all are ASCII, by their codes (filters.compiled.reading)."""
    length = end - begin
    if length <= 2 * _EIGHT:  # both blocks, needed or not, with no guess
        low = eight(codes, begin) & (_ALL >> np.uint64((64 - _EIGHT * min(length, _EIGHT)) & 63))
        high = eight(codes, begin + _EIGHT)
        high &= _ALL >> np.uint64((2 * 64 - _EIGHT * length) & 63)
        long = length > _EIGHT
        high = high if long else _NONE
        if (low | high) & _OTHERS != _NONE:
            return hash_points(points, begin, end)
        value = _chained(_SEED, low) if length else _SEED
        more = _chained(value, high)
        return _finished((more if long else value) ^ np.uint64(length))
    value, at = _SEED, begin
    while at + _EIGHT < end:
        block = eight(codes, at)
        if block & _OTHERS != _NONE:
            return hash_points(points, begin, end)
        value = _chained(value, block)
        at += _EIGHT
    block = eight(codes, at) & (_ALL >> np.uint64(64 - _EIGHT * (end - at)))
    if block & _OTHERS != _NONE:
        return hash_points(points, begin, end)
    return _finished(_chained(value, block) ^ np.uint64(length))


@inlined
def look_up(value, keys, held):  # type: ignore[no-untyped-def]
    """What the table holds under this hash; 0 where nothing. All its places, without a guess."""
    slot = np.int64(value >> _HALF) & (len(keys) - WIDTH)
    found = np.int64(0)
    for place in range(slot, slot + WIDTH):
        found |= held[place] if keys[place] == value else np.int64(0)
    return found


@numba.njit(cache=True, nogil=True)
def table_of(hashes, values):  # type: ignore[no-untyped-def]
    """Open-addressing table of uint64 hashes and int64 values: what is equal is or-ed together.

    Every hash lies in one of the WIDTH places that begin where its upper half says, and the table
    grows until they all do. Both arrays are a power of two long, and WIDTH - 1 more.
    """
    size = 16
    while size < 4 * len(hashes):
        size *= 2
    while True:
        keys = np.zeros(size + WIDTH - 1, np.uint64)
        held = np.zeros(size + WIDTH - 1, np.int64)
        fits = True
        for i in range(len(hashes)):
            slot = np.int64(hashes[i] >> _HALF) & (size - 1)
            last = slot + WIDTH
            while slot < last and keys[slot] != 0 and keys[slot] != hashes[i]:
                slot += 1
            if slot == last:
                fits = False
                break
            keys[slot] = hashes[i]
            held[slot] |= values[i]
        if fits:
            return keys, held
        size *= 2
