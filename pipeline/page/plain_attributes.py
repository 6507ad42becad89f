"""What the attributes of an image say of it, read in compiled passes.

As `pictures` reads them, but for what it is left. Importing this module imports numba.
"""

import numpy as np

from filters.compiled.compiling import borrowing
from pipeline.page.elements import NAMED, NUMBER
from pipeline.page.image_columns import (
    ABSENT,
    ALT,
    DESCRIBED,
    HEIGHT,
    HEIGHT_STYLE,
    LOADING,
    TITLE,
    WIDTH,
    WIDTH_STYLE,
)
from pipeline.page.letters import collapse
from pipeline.page.plain_addresses import NOTHING, SHOWN, UNUSUAL
from pipeline.page.spans import begins, found, in_bytes, put, trimmed

LONGEST_WORD, LONGEST_TITLE, LONGEST_STYLE = 64, 1024, 8192

_COLUMN = np.full(len(NAMED) + 1, ABSENT, np.int8)
for _name, _number in (
    ("alt", ALT), ("title", TITLE), ("width", WIDTH), ("height", HEIGHT), ("loading", LOADING),
    ("aria-describedby", DESCRIBED),
):  # fmt: skip
    _COLUMN[NAMED[_name]] = _number
_STYLE, _LABEL, _TYPE = (NAMED[each] for each in ("style", "aria-label", "type"))
_OBJECT = NUMBER["object"]
_IMAGE, _WIDTH, _HEIGHT = in_bytes("image/", "width", "height")


@borrowing
def _side(data, begin, stop):  # type: ignore[no-untyped-def]
    """2 for a declared side of 1 or 1px, 1 for 0 or 0px, 0 for all others."""
    if stop - begin == 3 and data[begin + 1] == 0x70 and data[begin + 2] == 0x78:
        stop -= 2
    if stop - begin != 1:
        return 0
    return 2 if data[begin] == 0x31 else 1 if data[begin] == 0x30 else 0


@borrowing
def _is_word(data, begin, stop):  # type: ignore[no-untyped-def]
    """True for a short value in ASCII, with no control characters."""
    if stop - begin > LONGEST_WORD:
        return False
    for k in range(begin, stop):
        if data[k] >= 0x7F or data[k] < 0x09 or 0x0E <= data[k] < 0x20:
            return False
    return True


@borrowing
def state_of(row, tag, attributes, names, spans, data):  # type: ignore[no-untyped-def]
    """NOTHING or UNUSUAL for an image by what its attributes say; SHOWN where they are plain."""
    width = height = 0
    state = SHOWN
    told = False
    for i in range(attributes[row], attributes[row + 1]):
        name, begin, stop = names[i], spans[i, 2], spans[i, 3]
        column = _COLUMN[name]
        if column == WIDTH:
            width = _side(data, begin, stop)
        elif column == HEIGHT:
            height = _side(data, begin, stop)
        elif name == _TYPE:
            begin, stop = trimmed(data, begin, stop)
            told |= begins(data, begin, stop, _IMAGE)
        if column == WIDTH or column == HEIGHT or column == LOADING:
            if not _is_word(data, begin, stop):
                state = UNUSUAL
        elif column == TITLE and stop - begin > LONGEST_TITLE:
            state = UNUSUAL
        elif name == _STYLE and stop - begin > LONGEST_STYLE:
            state = UNUSUAL
    if tag == _OBJECT:
        return UNUSUAL if told else NOTHING
    return NOTHING if width * height >= 2 else state  # a pixel: `image_links.is_pixel`


@borrowing
def _is_gap(byte):  # type: ignore[no-untyped-def]
    return byte == 0x20 or 0x09 <= byte <= 0x0D or 0x1C <= byte <= 0x1F


@borrowing
def _styled(data, begin, stop, out, at, places):  # type: ignore[no-untyped-def]
    """Note width and height of a style attribute, after `pictures._INLINE_SIZE`; False if odd."""
    for i in range(begin, stop):
        if data[i] >= 0x80:
            return at, found(data, begin, stop, _WIDTH, True) < 0 and (
                found(data, begin, stop, _HEIGHT, True) < 0
            )
    here = begin
    while here < stop:
        if here > begin and not (data[here] == 0x3B or _is_gap(data[here])):
            here += 1
            continue
        name = here
        if data[here] == 0x3B or _is_gap(data[here]):
            name += 1
        here += 1
        column, value = WIDTH_STYLE, name + len(_WIDTH)
        if not begins(data, name, stop, _WIDTH):
            column, value = HEIGHT_STYLE, name + len(_HEIGHT)
            if not begins(data, name, stop, _HEIGHT):
                continue
        while value < stop and _is_gap(data[value]):
            value += 1
        if value == stop or data[value] != 0x3A:
            continue
        value += 1
        while value < stop and _is_gap(data[value]):
            value += 1
        if value == stop or not 0x30 <= data[value] <= 0x39:
            continue
        first = at
        while value < stop:
            byte = data[value]
            if 0x41 <= byte <= 0x5A:
                byte |= 0x20
            if not (
                0x61 <= byte <= 0x7A or 0x30 <= byte <= 0x39 or byte == 0x5F or byte == 0x2E
                or byte == 0x25
            ):  # fmt: skip
                break
            if at - first < LONGEST_WORD:
                out[at] = byte
                at += 1
            value += 1
        places[column, 0], places[column, 1] = first, at
        here = value
    return at, True


@borrowing
def described(row, attributes, names, spans, data, out, at, places):  # type: ignore[no-untyped-def]
    """Write what an image's attributes say to `out`; where it ends, or -1 for what is unusual."""
    label = -1
    for i in range(attributes[row], attributes[row + 1]):
        column, begin, stop = _COLUMN[names[i]], spans[i, 2], spans[i, 3]
        if names[i] == _LABEL:
            label = i
        elif names[i] == _STYLE:
            at, usual = _styled(data, begin, stop, out, at, places)
            if not usual:
                return -1
        elif column == DESCRIBED:
            places[column, 0], at = at, put(data, begin, stop, out, at)
            places[column, 1] = at
        elif column >= 0:
            end = collapse(data, begin, stop, out, at)
            if end > at or column == ALT:
                places[column, 0], places[column, 1] = at, end
            at = end
    if label >= 0 and spans[label, 3] > spans[label, 2]:
        if places[ALT, 0] < 0 or places[ALT, 0] == places[ALT, 1]:
            end = collapse(data, spans[label, 2], spans[label, 3], out, at)
            places[ALT, 0], places[ALT, 1] = at, end
            at = end
    return at
