"""Where captions of images may stand, found in one compiled pass.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.compiling import borrowing
from pipeline.page.elements import TEXT, numbers
from pipeline.page.image_columns import DESCRIBED
from pipeline.page.marks import CAPTION

CLIMB = 4
"""How far above an image an element called caption may stand beside. [elements]"""

MOST_TEXTS = 8
"""Texts between an element and the next that are looked at; comments divide them."""

MOST_SPACE = 1024
"""A longer text between two elements is no white space. [bytes]"""

(_BODY,) = numbers("body")


@borrowing
def is_blank(data, begin, stop):  # type: ignore[no-untyped-def]
    """True where UTF-8 is white space only, as `str.isspace` says, or nothing."""
    at = begin
    while at < stop:
        first = data[at]
        if first == 0x20 or 0x09 <= first <= 0x0D or 0x1C <= first <= 0x1F:
            at += 1
            continue
        if at + 1 < stop and first == 0xC2 and (data[at + 1] == 0x85 or data[at + 1] == 0xA0):
            at += 2
            continue
        if at + 2 >= stop or not 0xE1 <= first <= 0xE3:
            return False
        rest = data[at + 1] << 8 | data[at + 2]
        spaces = rest == 0x8080
        if first == 0xE1:
            spaces = rest == 0x9A80
        elif first == 0xE2:
            spaces = 0x8080 <= rest <= 0x808A or 0x80A8 <= rest <= 0x80A9
            spaces = spaces or rest == 0x80AF or rest == 0x819F
        if not spaces:
            return False
        at += 3
    return True


@borrowing
def _behind(row, tree):  # type: ignore[no-untyped-def]
    """The element behind one, where nothing but white space lies between; -1 for none."""
    tags, parents, ends, begins, stops = tree[0], tree[1], tree[2], tree[4], tree[5]
    here = ends[row]
    stop = ends[parents[row]] if parents[row] >= 0 else here
    for _ in range(MOST_TEXTS + 1):
        if here >= stop or tags[here] != TEXT:
            break
        if stops[here] - begins[here] > MOST_SPACE:
            return -1
        if not is_blank(tree[9], begins[here], stops[here]):
            return -1
        here = ends[here]
    return here if here < stop and tags[here] != TEXT else -1


@borrowing
def called(row, tree, bits):  # type: ignore[no-untyped-def]
    """The first element behind a row, or behind one around it, that is called a caption.

    That element or -1, and how far above the row it stands; within CLIMB, and within <body>.
    """
    above = row
    for level in range(CLIMB):
        if above < 0 or tree[0][above] == _BODY:
            break
        behind = _behind(above, tree)
        if behind >= 0 and bits[behind] & CAPTION:
            return behind, level
        above = tree[1][above]
    return -1, CLIMB


@numba.njit(cache=True, nogil=True)
def captioned(where, numbers_, places, tree, bits):  # type: ignore[no-untyped-def]
    """The images that may have a caption, int32 (c, 8).

    Of each its place among the n images; its row, the <figure> around it and the captions passed
    there, as `where` (n, 3) says; the two of `called`; where what describes it lies. `numbers_`
    (n,) and `places`: as `image_columns.Images` has them; `tree`: the arrays of
    `pipeline.page.tree`;
    `bits`: as `pipeline.page.marks` gives them.
    """
    out = np.empty((len(where), 8), np.int32)
    count = 0
    marked = len(where) > 0 and np.any(bits & CAPTION)
    for i in range(len(where)):
        place = out[count]
        place[0], place[4], place[5] = i, -1, CLIMB
        place[1:4] = where[i]
        if marked:
            place[4], place[5] = called(where[i, 0], tree, bits)
        place[6:] = places[numbers_[i], DESCRIBED]
        count += where[i, 1] >= 0 or place[4] >= 0 or place[6] >= 0
    return out[:count]
