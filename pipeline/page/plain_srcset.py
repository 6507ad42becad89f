"""The candidates of a srcset and how wide a source is shown, read in compiled passes.

As `image_links.parse_srcset` reads them; what is not written plainly is left to that. Importing
this module imports numba.
"""

import numpy as np

from filters.compiled.blocks import ROOM, first, within
from filters.compiled.compiling import borrowing
from pipeline.page.image_links import MAX_CANDIDATES, MAX_OFFERED
from pipeline.page.spans import begins, found, in_bytes, is_space, place_of, space_of

LONGEST_NUMBER = 9
"""Longest width or density that is read. [digits]"""

(_MIN_WIDTH,) = in_bytes("min-width:")
_PX, _REM, _EM = in_bytes("px", "rem", "em")


@borrowing
def _number(data, begin, stop):  # type: ignore[no-untyped-def]
    """A number of digits and at most one point; -1 for all others."""
    value, scale = 0, 0
    if stop - begin > LONGEST_NUMBER or begin == stop:
        return -1.0
    for at in range(begin, stop):
        if data[at] == 0x2E and scale == 0 and stop - begin > 1:
            scale = 1
        elif 0x30 <= data[at] <= 0x39:
            value = 10 * value + data[at] - 0x30
            scale *= 10
        else:
            return -1.0
    return value / max(scale, 1)


@borrowing
def _described(data, begin, stop):  # type: ignore[no-untyped-def]
    """Width and density that descriptors give; a width of -1 for what is not written plainly."""
    width, density, at = 0, 1.0, begin
    while at < stop:
        while at < stop and is_space(data[at]):
            at += 1
        end = at
        while end < stop and not is_space(data[end]):
            end += 1
        if end > at and (data[end - 1] == 0x77 or data[end - 1] == 0x78):
            value = _number(data, at, end - 1)
            if data[end - 1] == 0x77:
                if value < 0 or value != np.floor(value):
                    return -1, density
                for i in range(at, end - 1):
                    if data[i] == 0x2E:
                        return -1, density
                width = int(value)
            elif value < 0:
                return -1, density
            else:
                density = value
        at = end
    return width, density


@borrowing
def from_set(data, begin, stop, least, count, spans, densities):  # type: ignore[no-untyped-def]
    """Note the candidates of a srcset (`image_links.parse_srcset`) after the first `count`.

    `least`: the width of those that name none. Gives the new count; -1 for what is unusual.
    """
    for at in range(begin, stop, ROOM):
        if ~(within(data, at, 0x20, 0x7E) | within(data, at, 0x09, 0x0D)) & first(stop - at):
            return -1
    at, before = begin, count
    while count - before < MAX_CANDIDATES and count < MAX_OFFERED:
        while at < stop and (is_space(data[at]) or data[at] == 0x2C):
            at += 1
        if at == stop:
            break
        here = at
        at = space_of(data, at, stop)
        end, width, density = at, 0, 1.0
        if data[at - 1] == 0x2C:
            while data[end - 1] == 0x2C:
                end -= 1
        else:
            comma = place_of(data, at, stop, 0x2C)
            width, density = _described(data, at, comma)
            at = comma
        if width < 0:
            return -1
        spans[count, 0], spans[count, 1] = here, end
        spans[count, 2] = width if width > 0 else least
        densities[count] = density
        count += 1
    return count


@borrowing
def least_width(data, begin, stop):  # type: ignore[no-untyped-def]
    """The width from which on a source is shown, after `image_links._MIN_WIDTH`. [px]"""
    at = begin
    while True:
        at = found(data, at, stop, _MIN_WIDTH, True)
        if at < 0:
            return 0
        at += len(_MIN_WIDTH)
        here, value = at, 0
        while here < stop and is_space(data[here]):
            here += 1
        digits = here
        while here < stop and here - digits < 5 and 0x30 <= data[here] <= 0x39:
            value = 10 * value + data[here] - 0x30
            here += 1
        if here == digits:
            continue
        if here < stop and data[here] == 0x2E:
            here += 1
            while here < stop and 0x30 <= data[here] <= 0x39:
                here += 1
        if begins(data, here, stop, _PX):
            return value
        if begins(data, here, stop, _REM) or begins(data, here, stop, _EM):
            return 16 * value
