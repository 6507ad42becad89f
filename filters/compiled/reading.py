"""The characters of a text side by side, compiled: what they are, a byte each, and their classes.

Importing this module imports numba.
"""

import numpy as np

from filters.compiled.blocks import (
    MARGIN,
    ROOM,
    being,
    classed,
    copied,
    first,
    having,
    lowest,
    ones,
)
from filters.compiled.compiling import borrowing
from filters.compiled.utf8 import point_at

OTHER = 0x80
"""Bit of the code of a character that is not ASCII."""

_OTHER = np.uint8(OTHER)
_NONE, _ONE, _TOP = np.uint64(0), np.uint64(1), np.uint64(63)
_EIGHT, _DOT = 8, np.uint8(46)


@borrowing
def read(data, begin, end, table, out):  # type: ignore[no-untyped-def]
    """Read UTF-8 data[begin:end], as many characters as there is room for; how many.

    `table` are the classes of every character, uint8 (0x110000,), and those of ASCII by ranges
    (filters.compiled.blocks.class_ranges). `out` is points uint32, and codes and classes uint8, of
    which there is room for MARGIN more each. A code is the character where that is ASCII and has
    OTHER elsewhere. Codes and classes behind the last are 0, MARGIN of them.
    """
    points, codes, kinds = out
    classes, ranges = table
    size, at, most = 0, begin, len(points) - MARGIN
    while at < end and size < most:
        if at + ROOM <= len(data):
            plain = min(lowest(having(data, at, _OTHER)), end - at, most - size)
            if plain >= _EIGHT:  # what is written behind them is written over
                copied(data, at, points, size)
                copied(data, at, codes, size)
                classed(data, at, ranges, kinds, size)
                size, at = size + plain, at + plain
                continue
        point, length = point_at(data, at, end)
        points[size] = point
        codes[size] = point if point < OTHER else OTHER | (point & 0x7F)
        kinds[size] = classes[point]
        size, at = size + 1, at + length
    codes[size : size + MARGIN] = 0
    kinds[size : size + MARGIN] = 0
    return size


@borrowing
def decode(data, begin, end, points, size):  # type: ignore[no-untyped-def]
    """Write the code points of UTF-8 data[begin:end] behind the first `size` points uint32 (most,).

    As many as there is room for; how many points there are then, and the byte behind the last.
    """
    at, most = begin, len(points)
    while at < end and size < most:
        if at + ROOM <= len(data) and size + ROOM <= most:
            plain = min(lowest(having(data, at, _OTHER)), end - at)
            copied(data, at, points, size)  # what is written behind them is written over
            size, at = size + plain, at + plain
            if plain == ROOM:
                continue
        while at < end and size < most:
            point, length = point_at(data, at, end)
            points[size] = point
            size, at = size + 1, at + length
            if point < OTHER:
                break
    return size, at


@borrowing
def reread(size, table, out):  # type: ignore[no-untyped-def]
    """Write the codes and classes of the first points of `out`, as `read` does."""
    points, codes, kinds = out
    classes, ranges = table
    for at in range(size):
        point = points[at]
        codes[at] = point if point < OTHER else OTHER | (point & 0x7F)
    for block in range(0, size, ROOM):
        classed(codes, block, ranges, kinds, block)
        others = having(codes, block, _OTHER) & first(size - block)
        while others != _NONE:
            place = np.uint64(block + lowest(others))
            others &= others - _ONE
            kinds[place] = classes[points[place]]
    codes[size : size + MARGIN] = 0
    kinds[size : size + MARGIN] = 0


@borrowing
def smaller(codes, size, out):  # type: ignore[no-untyped-def]
    """The codes with capitals of ASCII as small letters, and MARGIN zeros. uint8"""
    for i in range(size + MARGIN):
        code = codes[i]
        out[i] = code | np.uint8(0x20) if np.uint8(code - 65) < np.uint8(26) else code


@borrowing
def runs(kinds, size, asked, out):  # type: ignore[no-untyped-def]
    """Where runs of characters lie that have one of these bits; how many runs there are.

    `asked` is the bits uint8, and the bits (all or none) uint64 that turn the question round:
    with all, runs are of characters that have none of them. Begin and end of each run are written
    to `out` int32 (size + 2,), one behind the other.
    """
    bits, turned = asked
    count, before = _NONE, _NONE
    for block in range(0, size, ROOM):
        inside = (having(kinds, block, bits) ^ turned) & first(size - block)
        edges = inside ^ ((inside << _ONE) | before)
        before = inside >> _TOP
        while edges != _NONE:
            out[count] = block + lowest(edges)
            count += _ONE
            edges &= edges - _ONE
    out[count] = size  # of a run that the end of the text ends
    return np.int64((count + _ONE) >> _ONE)


@borrowing
def runs_with(kinds, size, asked, bits):  # type: ignore[no-untyped-def]
    """How many of these runs (see `runs`) have a character with one of the `bits`.

    From where a run begins a sum carries over the characters that have none: it comes to rest on
    the first that has one, or behind the run.
    """
    of, turned = asked
    count, before, open_ = 0, _NONE, _NONE
    for block in range(0, size, ROOM):
        inside = (having(kinds, block, of) ^ turned) & first(size - block)
        met = having(kinds, block, bits) & inside
        other = inside & ~met
        begins = inside & ((open_ & _ONE) | ~((inside << _ONE) | before))
        sum_ = other + (begins & other)
        count += ones(met & (sum_ | begins))
        before, open_ = inside >> _TOP, np.uint64(sum_ < other)
    return count


@borrowing
def places(codes, size, code, out):  # type: ignore[no-untyped-def]
    """Where this byte stands among the codes, written to `out` int32 (size,); how often."""
    count = 0
    for block in range(0, size, ROOM):
        found = being(codes, block, code)
        while found != _NONE:
            out[count] = block + lowest(found)
            count += 1
            found &= found - _ONE
    return count


@borrowing
def ellipses(codes, size):  # type: ignore[no-untyped-def]
    """How often three full stops stand together, none counted twice."""
    count, at = 0, 0
    while at < size:
        found = being(codes, at, _DOT)
        if found != _NONE:
            found &= being(codes, at + 1, _DOT) & being(codes, at + 2, _DOT)
        if found == _NONE:
            at += ROOM
        else:
            count, at = count + 1, at + lowest(found) + 3
    return count
