"""The letters of a page, and its white space as a browser shows it: UTF-8 in compiled passes.

`pipeline.page.block` says the same of single texts. Importing this module imports numba.
"""

import numpy as np

from filters.compiled.blocks import being, copied, lowest, within
from filters.compiled.compiling import borrowing, inlined

# What a character is: part of a word, white space that collapses, of fixed width, nothing.
SOLID, LOOSE, FIXED, NOTHING = 0, 1, 2, 3

_ONE = np.uint64(1)
ASCII = np.full(128, SOLID, np.uint8)
ASCII[:32] = NOTHING
ASCII[127] = NOTHING
ASCII[[0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1C, 0x1D, 0x1E, 0x1F, 0x20]] = LOOSE


@borrowing
def kind_of(data, at, stop):  # type: ignore[no-untyped-def]
    """What the character at `at` is, and its length in bytes."""
    lead = data[at]
    if lead < 0x80:
        return ASCII[lead], 1
    size = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if at + size > stop:
        return np.uint8(NOTHING), stop - at
    kind = SOLID
    if lead == 0xC2:
        second = data[at + 1]
        if second == 0x85:
            kind = LOOSE
        elif second == 0xA0:
            kind = FIXED
        elif second < 0xA0 or second == 0xAD:
            kind = NOTHING
    elif size == 3 and lead >= 0xE1:
        second, third = data[at + 1], data[at + 2]
        if lead == 0xE2 and second == 0x80:
            if third <= 0x8A or third == 0xAF:
                kind = FIXED
            elif third == 0xA8 or third == 0xA9:
                kind = LOOSE
        elif (
            (lead == 0xE2 and second == 0x81 and third == 0x9F)
            or (lead == 0xE1 and second == 0x9A and third == 0x80)
            or (lead == 0xE3 and second == 0x80 and third == 0x80)
        ):
            kind = FIXED
        elif lead == 0xEF and second == 0xBB and third == 0xBF:
            kind = NOTHING
    return np.uint8(kind), size


@inlined
def plainly(data, at, stop):  # type: ignore[no-untyped-def]
    """How many bytes stay as they are, up to a block: words of ASCII, one space between two."""
    words = within(data, at, 0x21, 0x7E)
    if words & _ONE == 0:
        return 0
    spaces = being(data, at, 0x20)
    run = min(lowest(~(words | spaces & words << _ONE)), stop - at)
    return run - np.int64(spaces >> np.uint64(run - 1) & _ONE)


@borrowing
def collapse(data, begin, stop, out, at):  # type: ignore[no-untyped-def]
    """Write a text to `out` from `at` on as `block.collapsed` has it; where it ends.

    Behind both are MARGIN bytes of `filters.compiled.blocks`.
    """
    first, solid, gap = at, at, False
    while begin < stop:
        run = plainly(data, begin, stop)
        if run > 0:
            if gap and solid > first:
                out[at] = 0x20
                at += 1
            gap = False
            copied(data, begin, out, at)
            at += run
            begin += run
            solid = at
            continue
        kind, length = kind_of(data, begin, stop)
        if kind == LOOSE:
            gap = True
        elif kind == SOLID or (kind == FIXED and solid > first):
            if gap and solid > first:
                out[at] = 0x20
                at += 1
            gap = False
            for k in range(length):
                out[at + k] = data[begin + k]
            at += length
            if kind == SOLID:
                solid = at
        elif kind == FIXED:
            gap = False
        begin += length
    return solid
