"""The way through a page's tree: what to do with each row, in reading order.

One compiled pass over the arrays of `pipeline.page.tree` turns the tree into steps that
`pipeline.page.assembly` carries out: text to append, ends of lines, cells, rows and units, images.
Only the structure is looked at here, no letter. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.compiling import borrowing
from pipeline.page.elements import NAMED, TEXT, Role, numbers, roles
from pipeline.page.marks import BACKGROUND, FORMULA, HIDDEN, LAYOUT, TEX
from pipeline.page.spans import found

# Steps: (step, a, b). The first four append the bytes a to b of the tree's data.
PROSE, LINKED_PROSE, VERBATIM, LINKED_VERBATIM = 0, 1, 2, 3
SPACE, NEW_LINE, FRESH_LINE = 4, 5, 6  # the last two in <pre>; FRESH_LINE: unless one has begun
LINE, CELL, ROW = 7, 8, 9  # ends of these
END = 10  # of a unit; a: the row of the block around it, or -1
END_ROWS, END_VERBATIM = 11, 12  # the same for a table's rows, and in <pre>
IMAGE = 13  # a: as END's

LINK_DEPTH = 6
"""How far above an image its link is looked for. [elements]"""

MAX_CELL = 300
"""Mean letters of a cell above which a table lays out a page instead of holding data."""

_ROLE = roles()
(
    _BLOCK, _SKIPPED, _MUTED, _BREAK, _IMAGE, _NOSCRIPT, _FIGURE, _FIGCAPTION, _PRE, _TABLE,
    _CAPTION, _ROW, _CELL, _MATH, _SCRIPT, _LINK, _INLINE,
) = (
    int(role)
    for role in (
        Role.BLOCK, Role.SKIPPED, Role.MUTED, Role.BREAK, Role.IMAGE, Role.NOSCRIPT, Role.FIGURE,
        Role.FIGCAPTION, Role.PRE, Role.TABLE, Role.CAPTION, Role.ROW, Role.CELL, Role.MATH,
        Role.SCRIPT, Role.LINK, Role.INLINE,
    )
)  # fmt: skip
_TD, _TH, _TR, _BUTTON, _OBJECT = numbers("td th tr button object")
_ANNOTATION, _A, _BODY = numbers("annotation a body")
_ENCODING, _ALTTEXT, _ALT = (NAMED[name] for name in ("encoding", "alttext", "alt"))
_TEX_TYPE = np.frombuffer(b"application/x-tex", np.uint8)
# In these a button is the text itself: the question of a folded answer, the name of a column.
_SPOKEN = np.zeros(TEXT + 1, np.bool_)
_SPOKEN[list(numbers("h1 h2 h3 h4 h5 h6 summary dt table"))] = True
# What is in them is not read on.
_IS_LEAF = np.zeros(32, np.bool_)
_IS_LEAF[[_SKIPPED, _BREAK, _IMAGE, _NOSCRIPT, _MATH, _SCRIPT]] = True
# In a muted element these are no structure.
_STRUCTURE = np.zeros(32, np.bool_)
_STRUCTURE[[_BLOCK, _PRE, _TABLE, _CAPTION, _ROW, _CELL, _FIGCAPTION]] = True
_NO_BACKGROUND = np.zeros(TEXT + 1, np.bool_)
_NO_BACKGROUND[list(numbers("html body img amp-img amp-anim"))] = True

# How an element shows images.
BY_ITSELF, BEHIND, IN_NOSCRIPT = 0, 1, 2


@numba.njit(cache=True, nogil=True)
def pictured(tags, parents, ends, bits, scripting):  # type: ignore[no-untyped-def]
    """Rows that may show images, in reading order: int32 (k, 3).

    Each with how, and the nearest <a> around it, -1 for none within LINK_DEPTH.
    """
    out = np.empty((2 * len(tags), 3), np.int32)
    count = row = 0
    while row < len(tags):
        tag = tags[row]
        role = _ROLE[tag]
        if bits[row] & HIDDEN:
            row = ends[row]
            continue
        if bits[row] & BACKGROUND and role != _SKIPPED and not _NO_BACKGROUND[tag]:
            out[count, 0], out[count, 1] = row, BEHIND
            count += 1
        if tag == _OBJECT or (role == _IMAGE and not bits[row] & FORMULA):
            out[count, 0], out[count, 1] = row, BY_ITSELF
            count += 1
        elif role == _NOSCRIPT and scripting:
            out[count, 0], out[count, 1] = row, IN_NOSCRIPT
            count += 1
        leaf = _IS_LEAF[role] and (role != _NOSCRIPT or scripting)
        row = ends[row] if leaf else row + 1
    for i in range(count):
        out[i, 2], above = -1, out[i, 0]
        for _ in range(LINK_DEPTH):
            if above < 0 or tags[above] == _BODY:
                break
            if tags[above] == _A:
                out[i, 2] = above
                break
            above = parents[above]
    return out[:count].copy()


@borrowing
def holds_data(row, tags, ends, begins, stops, data):  # type: ignore[no-untyped-def]
    """True for a table, none of layout, of several columns of short cells."""
    cells = rows = letters = 0
    for each in range(row, ends[row]):
        tag = tags[each]
        if tag == TEXT:
            for at in range(begins[each], stops[each]):
                letters += data[at] & 0xC0 != 0x80
        elif tag == _TD or tag == _TH:
            cells += 1
        elif tag == _TR:
            rows += 1
    return cells > rows and letters <= MAX_CELL * cells


@borrowing
def _put(steps, count, step, a, b):  # type: ignore[no-untyped-def]
    steps[count, 0], steps[count, 1], steps[count, 2] = step, a, b
    return count + 1


@borrowing
def _value(row, name, attributes, names):  # type: ignore[no-untyped-def]
    """The number of an element's attribute; -1 where it has none such."""
    for i in range(attributes[row], attributes[row + 1]):
        if names[i] == name:
            return i
    return -1


@borrowing
def _formula(steps, count, row, tree):  # type: ignore[no-untyped-def]
    """A MathML formula as text: its TeX source where it carries one, else its letters."""
    tags, ends, begins, stops = tree[0], tree[2], tree[4], tree[5]
    attributes, names, spans, data = tree[6], tree[7], tree[8], tree[9]
    for each in range(row + 1, ends[row]):
        if tags[each] == _ANNOTATION:
            at = _value(each, _ENCODING, attributes, names)
            if at >= 0 and found(data, spans[at, 2], spans[at, 3], _TEX_TYPE, True) >= 0:
                return _texts(steps, count, each, tree)
    at = _value(row, _ALTTEXT, attributes, names)
    if at >= 0 and spans[at, 3] > spans[at, 2]:
        return _put(steps, count, PROSE, spans[at, 2], spans[at, 3])
    begun = False
    for each in range(row + 1, ends[row]):
        if tags[each] == TEXT:
            first, last = begins[each], stops[each]
            while first < last and (data[first] == 0x20 or 0x09 <= data[first] <= 0x0D):
                first += 1
            while first < last and (data[last - 1] == 0x20 or 0x09 <= data[last - 1] <= 0x0D):
                last -= 1
            if first < last:
                if begun:
                    count = _put(steps, count, SPACE, 0, 0)
                count = _put(steps, count, PROSE, first, last)
                begun = True
    return count


@borrowing
def _texts(steps, count, row, tree):  # type: ignore[no-untyped-def]
    """All text in an element, as prose."""
    for each in range(row + 1, tree[2][row]):
        if tree[0][each] == TEXT:
            count = _put(steps, count, PROSE, tree[4][each], tree[5][each])
    return count


@borrowing
def _letters(steps, count, row, role, tree, bits):  # type: ignore[no-untyped-def]
    """The letters that an element stands for whose content is not read."""
    if role == _MATH:
        return _formula(steps, count, row, tree)
    if role == _SCRIPT and bits[row] & TEX:
        return _texts(steps, count, row, tree)
    if role == _IMAGE and bits[row] & FORMULA:
        at = _value(row, _ALT, tree[6], tree[7])
        return _put(steps, count, PROSE, tree[8][at, 2], tree[8][at, 3])
    return count


@numba.njit(cache=True, nogil=True)
def steps_of(first, tree, bits, shown, scripting):  # type: ignore[no-untyped-def]
    """The steps through row `first` and all in it, and where the images stand.

    `tree`: the arrays of `pipeline.page.tree`. `shown` int32 (n,): how many images each row shows.
    Gives the steps int32 (s, 3); for each block the one around it, int32 (n,), -1 for none; for
    each image its row, the <figure> around it (or -1) and how many captions of that were passed,
    int32 (images, 3); the bytes of markup in <noscript>.
    """
    tags, ends, begins, stops, data = tree[0], tree[2], tree[4], tree[5], tree[9]
    end = ends[first]
    pictures = 0
    for row in range(first, end):
        pictures += shown[row]
    steps = np.empty((5 * (end - first) + 2 * pictures + 16, 3), np.int32)
    images = np.empty((pictures, 3), np.int32)
    around = np.full(len(tags), -1, np.int32)
    passed = np.zeros(len(tags), np.int32)
    open_ = np.empty((64, 4), np.int32)  # end, role, row, what was before
    depth = count = seen = behind = 0
    links = pre = muted = tables = 0
    block, figure = np.int32(-1), np.int32(-1)
    in_data = False
    row = first
    while True:
        while depth > 0 and (row >= end or open_[depth - 1, 0] <= row):
            depth -= 1
            role, left, before = open_[depth, 1], open_[depth, 2], open_[depth, 3]
            if role == _LINK:
                links -= 1
                continue
            if role == _MUTED:
                muted -= 1
                continue
            if in_data and (role == _ROW or role == _CELL):
                count = _put(steps, count, ROW if role == _ROW else CELL, 0, 0)
                continue
            if role == _FIGURE:
                figure = before
            elif role == _PRE:
                if pre == 1:
                    count = _put(steps, count, END_VERBATIM, block, 0)
                pre -= 0 if in_data else 1
            elif role == _TABLE and before:
                count = _put(steps, count, END_ROWS, block, 0)
                tables -= 1
                in_data = False
            if in_data:
                count = _put(steps, count, SPACE, 0, 0)
            elif pre > 0:
                count = _put(steps, count, FRESH_LINE, 0, 0)
            else:
                count = _put(steps, count, END, block, 0)
                block = around[left]
            if role == _CAPTION:
                in_data = tables > 0
        if row >= end:
            break
        tag = tags[row]
        if tag == TEXT:
            if muted == 0:
                step = (VERBATIM if pre > 0 else PROSE) + (1 if links > 0 else 0)
                count = _put(steps, count, step, begins[row], stops[row])
            row += 1
            continue
        if bits[row] & HIDDEN:
            row = ends[row]
            continue
        for _ in range(shown[row]):
            how = END_ROWS if in_data else END_VERBATIM if pre > 0 else END
            count = _put(steps, count, IMAGE, block, how)
            images[seen, 0], images[seen, 1] = row, figure
            images[seen, 2] = passed[figure] if figure >= 0 else 0
            seen += 1
        role = _ROLE[tag]
        if muted > 0 and _STRUCTURE[role]:
            role = _INLINE
        if role == _INLINE or (role == _NOSCRIPT and not scripting):
            row += 1
            continue
        if role == _MUTED and tag == _BUTTON and block >= 0 and _SPOKEN[tags[block]]:
            row += 1
            continue
        if _IS_LEAF[role]:
            if role == _BREAK:
                step = SPACE if in_data else NEW_LINE if pre > 0 else LINE
                count = _put(steps, count, step, 0, 0)
            elif muted == 0:
                if role == _NOSCRIPT:
                    for each in range(row + 1, ends[row]):
                        behind += stops[each] - begins[each]
                count = _letters(steps, count, row, role, tree, bits)
            row = ends[row]
            continue
        # What is left is entered, and left again.
        before = np.int32(0)
        if role == _LINK:
            links += 1
        elif role == _MUTED:
            muted += 1
        elif not (in_data and (role == _ROW or role == _CELL)):
            if role == _CAPTION:
                in_data = False
            elif role == _FIGURE:
                before, figure = figure, np.int32(row)
            elif role == _FIGCAPTION and figure >= 0:
                passed[figure] += 1
            if in_data:
                count = _put(steps, count, SPACE, 0, 0)
            elif pre > 0:
                count = _put(steps, count, FRESH_LINE, 0, 0)
            else:
                count = _put(steps, count, END, block, 0)
                around[row], block = block, np.int32(row)
            if role == _PRE:
                pre += 0 if in_data else 1
            elif role == _TABLE:
                inside = in_data or pre > 0 or bits[row] & LAYOUT
                if not inside and holds_data(row, tags, ends, begins, stops, data):
                    before, in_data = np.int32(1), True
                    tables += 1
        if depth == len(open_):
            open_ = np.concatenate((open_, np.empty_like(open_)))
        open_[depth, 0], open_[depth, 1] = ends[row], role
        open_[depth, 2], open_[depth, 3] = row, before
        depth += 1
        row += 1
    count = _put(steps, count, END, block, 0)
    return steps[:count], around, images[:seen], behind
