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

SIXTEEN = 16
"""Characters of a word that is read as two numbers."""

OTHERS = np.uint64(0x8080808080808080)
"""filters.compiled.reading.OTHER of eight codes."""

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_EIGHT = 8
# Bits of the first 0 to 16 codes, in the number that holds eight of them and in the one behind.
_LOW, _HIGH = (
    np.array([(1 << 8 * min(max(count - before, 0), 8)) - 1 for count in range(17)], np.uint64)
    for before in (0, 8)
)
_MARKS, _BLOCK, _WITHIN = 1 << 15, np.uint64(6), np.uint64(63)
_BEYOND_ASCII = np.uint64(0xFFFFFF80FFFFFF80)  # in one of two points
_FIRST = np.uint64(0xFFFFFFFF)  # of two points
_NONE, _ONE, _ALL = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)


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
    return (value ^ (value >> _HALF)) | _ONE


@inlined
def _chained(value, block):  # type: ignore[no-untyped-def]
    """The running hash behind eight characters more."""
    value = (value ^ block) * _PRIME
    return value ^ (value >> _HALF)


@inlined
def masks(count):  # type: ignore[no-untyped-def]
    """The bits of the first characters of sixteen, as codes in two numbers: of `count`.

    Below 0 is as 0, above SIXTEEN as SIXTEEN.
    """
    row = np.uint64(min(max(count, 0), SIXTEEN))
    return _LOW[row], _HIGH[row]


@inlined
def hash_short(low, high, count):  # type: ignore[no-untyped-def]
    """As hash_text, of up to sixteen codes of ASCII; where there are fewer, zeros are behind."""
    return _finished(_chained(_chained(_SEED, low), high) ^ np.uint64(count))


@borrowing
def hash_points(points, begin, end):  # type: ignore[no-untyped-def]
    """64-bit hash of points[begin:end], never 0."""
    value, others, at = _SEED, _NONE, begin
    while at + 1 < end:
        # Two reads: what was just written point by point is slow to read as one.
        pair = np.uint64(points[at]) | (np.uint64(points[at + 1]) << _HALF)
        others |= pair
        value = _chained(value, pair)
        at += 2
    if at < end:
        others |= np.uint64(points[at])
        value = _chained(value, np.uint64(points[at]))
    if others & _BEYOND_ASCII != _NONE:
        return _finished(value ^ np.uint64(end - begin))
    value = _SEED
    for at in range(begin, max(end, begin + 1), SIXTEEN):  # as hash_text, sixteen at a time
        for part in range(at, at + SIXTEEN, _EIGHT):
            block = _NONE
            for place in range(part, min(part + _EIGHT, end)):
                block |= np.uint64(points[place]) << np.uint64(_EIGHT * (place - part))
            value = _chained(value, block)
    return _finished(value ^ np.uint64(end - begin))


@borrowing
def _hash_long(points, codes, begin, end):  # type: ignore[no-untyped-def]
    """As hash_text, of more than sixteen."""
    value, at, others = _SEED, begin, _NONE
    while at + SIXTEEN <= end:
        low, high = eight(codes, at), eight(codes, at + _EIGHT)
        others |= low | high
        value = _chained(_chained(value, low), high)
        at += SIXTEEN
    if at < end:
        inside = masks(end - at)
        low, high = eight(codes, at) & inside[0], eight(codes, at + _EIGHT) & inside[1]
        others |= low | high
        value = _chained(_chained(value, low), high)
    if others & OTHERS != _NONE:
        return hash_points(points, begin, end)
    return _finished(value ^ np.uint64(end - begin))


@inlined
def hash_few(points, begin, count):  # type: ignore[no-untyped-def]
    """As hash_points, of up to sixteen that seem not to be ASCII: all take one way as well."""
    value, others = _SEED, _NONE
    for at in range(0, SIXTEEN, 2):
        pair = eight(points, begin + at) & (_ALL if at + 1 < count else _FIRST)
        others |= pair if at < count else _NONE
        value = _chained(value, pair) if at < count else value
    if others & _BEYOND_ASCII == _NONE:  # as a curly apostrophe that became a straight one
        return hash_points(points, begin, begin + count)
    return _finished(value ^ np.uint64(count))


@inlined
def hash_text(points, codes, begin, end):  # type: ignore[no-untyped-def]
    """The same hash; faster where all are ASCII, by their codes (filters.compiled.reading).

    Words of up to sixteen take one way, however long they are: their lengths cannot be foreseen.
    Sixteen points and codes behind `end` are read, whatever they are.
    """
    count = end - begin
    if count > SIXTEEN:
        return _hash_long(points, codes, begin, end)
    inside = masks(count)
    low, high = eight(codes, begin) & inside[0], eight(codes, begin + _EIGHT) & inside[1]
    if (low | high) & OTHERS != _NONE:
        return hash_few(points, begin, count)
    return hash_short(low, high, count)


@borrowing
def hash_line(points, begin, end):  # type: ignore[no-untyped-def]
    """Another hash of points[begin:end], never 0: of long texts, in whatever script, at one pace.

    Eight points behind `end` are read, whatever they are.
    """
    count = end - begin
    one, two, three, four = _SEED, _PRIME, _MIX, np.uint64(count)
    at = begin
    while at + _EIGHT <= end:
        one, two = _chained(one, eight(points, at)), _chained(two, eight(points, at + 2))
        three, four = _chained(three, eight(points, at + 4)), _chained(four, eight(points, at + 6))
        at += _EIGHT
    for place in range(at, end, 2):
        one = _chained(one, eight(points, place) & (_ALL if place + 1 < end else _FIRST))
    return _finished(_chained(_chained(_chained(one, two), three), four))


@inlined
def look_up(value, keys, held):  # type: ignore[no-untyped-def]
    """What the table holds under this hash; 0 where nothing. All its places, without a guess."""
    slot = np.int64(value >> _HALF) & (len(keys) - WIDTH)
    found = np.int64(0)
    for place in range(slot, slot + WIDTH):
        found |= held[place] if keys[place] == value else np.int64(0)
    return found


@inlined
def holds(value, keys):  # type: ignore[no-untyped-def]
    """Is this hash one of a set_of hashes?"""
    slot = (value >> _HALF) & np.uint64(len(keys) - 2)
    return (keys[slot] == value) | (keys[slot + _ONE] == value)


@numba.njit(cache=True, nogil=True)
def set_of(hashes):  # type: ignore[no-untyped-def]
    """The table of these uint64 hashes that `holds` looks into. uint64 (a power of two,)

    Each lies in one of two places that begin at an even one, and the table grows until all do.
    """
    size = 16
    while True:
        keys = np.zeros(size, np.uint64)
        fits = True
        for value in hashes:
            slot = np.int64(value >> _HALF) & (size - 2)
            slot += keys[slot] != 0 and keys[slot] != value
            if keys[slot] != 0 and keys[slot] != value:
                fits = False
                break
            keys[slot] = value
        if fits:
            return keys
        size *= 2


@inlined
def may_hold(value, marks):  # type: ignore[no-untyped-def]
    """False where this hash is none of those that `marks_of` was given; quick, and mostly right."""
    at = value >> _HALF & np.uint64(_MARKS - 1)
    return marks[at >> _BLOCK] >> (at & _WITHIN) & _ONE != _NONE


@numba.njit(cache=True, nogil=True)
def marks_of(hashes):  # type: ignore[no-untyped-def]
    """A bit for each of these uint64 hashes, by its upper half, for `may_hold`. uint64 (512,)"""
    marks = np.zeros(_MARKS // 64, np.uint64)
    for value in hashes:
        at = value >> _HALF & np.uint64(_MARKS - 1)
        marks[at >> _BLOCK] |= _ONE << (at & _WITHIN)
    return marks


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
