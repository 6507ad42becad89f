"""The steps through a page carried out: its text nodes, letter by letter, in UTF-8.

White space is what a browser shows: in prose, runs of it are one space and none stands at the
ends of a line; spaces of fixed width, like U+00A0, stay between words; in <pre> all stays. Control
characters, soft hyphens and byte order marks show nothing and are left out. `pipeline.page.block`
says the same of single texts. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import MARGIN, being, copied, lowest, within
from pipeline.page.letters import FIXED, LOOSE, NOTHING, SOLID, kind_of, plainly
from pipeline.page.walk import (
    CELL,
    END,
    END_ROWS,
    END_VERBATIM,
    FRESH_LINE,
    IMAGE,
    LINE,
    LINKED_PROSE,
    LINKED_VERBATIM,
    NEW_LINE,
    PROSE,
    ROW,
    SPACE,
    VERBATIM,
)  # fmt: skip


@numba.njit(cache=True, nogil=True)
def assembled(steps, data):  # type: ignore[no-untyped-def]
    """Text nodes and images in order, and the blocks that hold them.

    Gives `is_text` bool (m,) of all nodes; `stops` int32 (t + 1,): where each text ends in `out`
    uint8, after 0 for the first; `of` int32 (m,): the row of the block around each node, -1 for
    none; `linked` int32 (t,): letters in links; `joined` bool (t,): only images divide the text
    from the one before it.
    """
    room = 8
    units = 0
    for i in range(len(steps)):
        step = steps[i, 0]
        if step <= LINKED_VERBATIM:
            room += steps[i, 2] - steps[i, 1]
            units += 1
        elif step == IMAGE:
            units += 1
        else:
            room += 3
    out = np.empty(room + 4 * units + MARGIN, np.uint8)
    is_text, of = np.empty(units + 1, np.bool_), np.empty(units + 1, np.int32)
    stops, letters = np.zeros(units + 2, np.int32), np.zeros(units + 1, np.int32)
    linked, joined = np.zeros(units + 1, np.int32), np.zeros(units + 1, np.bool_)
    nodes = texts = 0
    at = 0  # end of what is written
    begin = line = row = 0  # beginnings of the text that is written, of its line or cell, its row
    solid = -1  # end of the last letter of the line that is no white space; -1 for none
    unit = 0  # first text of the unit
    in_links = 0
    gap, cut = False, False  # white space waits; an image divides the unit
    for i in range(len(steps)):
        step = steps[i, 0]
        if step == PROSE or step == LINKED_PROSE:
            here, stop = steps[i, 1], steps[i, 2]
            first, last, letter = -1, 0, 0
            while here < stop:
                run = plainly(data, here, stop)
                if run > 0:
                    if gap and solid >= 0:
                        out[at] = 0x20
                        at += 1
                    gap = False
                    if first < 0:
                        first = letter
                    copied(data, here, out, at)
                    at += run
                    here += run
                    letter += run
                    last, solid = letter, at
                    continue
                run = lowest(~(being(data, here, 0x20) | within(data, here, 0x09, 0x0D)))
                if run > 0:
                    run = min(run, stop - here)
                    gap = True
                    here += run
                    letter += run
                    continue
                kind, length = kind_of(data, here, stop)
                if kind == LOOSE:
                    gap = True
                elif kind == FIXED:
                    if solid >= 0:  # none at the beginning of a line
                        if gap:
                            out[at] = 0x20
                            at += 1
                        for k in range(length):
                            out[at + k] = data[here + k]
                        at += length
                    gap = False
                elif kind == SOLID:
                    if gap and solid >= 0:
                        out[at] = 0x20
                        at += 1
                    gap = False
                    for k in range(length):
                        out[at + k] = data[here + k]
                    at += length
                    solid = at
                    if first < 0:
                        first = letter
                    last = letter + 1
                letter += 1
                here += length
            if step == LINKED_PROSE and first >= 0:
                in_links += last - first
        elif step == VERBATIM or step == LINKED_VERBATIM:
            here, stop = steps[i, 1], steps[i, 2]
            first, last, letter = -1, 0, 0
            while here < stop:
                kind, length = kind_of(data, here, stop)
                byte = data[here]
                if byte == 0x0D:
                    if here + 1 >= stop or data[here + 1] != 0x0A:
                        out[at] = 0x0A
                        at += 1
                elif (byte == 0x09 or byte == 0x0A or byte == 0x20) or (
                    kind != NOTHING and (kind != LOOSE or byte == 0xE2)
                ):
                    for k in range(length):
                        out[at + k] = data[here + k]
                    at += length
                    if kind == SOLID:
                        solid = at
                        if first < 0:
                            first = letter
                        last = letter + 1
                letter += 1
                here += length
            if step == LINKED_VERBATIM and first >= 0:
                in_links += last - first
        elif step == SPACE:
            gap = True
        elif step == NEW_LINE or step == FRESH_LINE:
            if step == NEW_LINE or (at > begin and out[at - 1] != 0x0A):
                out[at] = 0x0A
                at += 1
        elif step == LINE:
            gap = False
            if solid >= 0:
                at = solid
                out[at] = 0x0A
                at += 1
                line, solid = at, -1
            else:  # an empty line divides paragraphs
                at = line
                if at > begin:
                    at -= 1
                    stops[texts + 1] = at
                    texts += 1
                    begin = line = at
        elif step == CELL:
            gap = False
            at = solid if solid >= 0 else line
            out[at], out[at + 1], out[at + 2] = 0x20, 0x7C, 0x20
            at += 3
            line, solid = at, -1
        elif step == ROW or step == END_ROWS or (step == IMAGE and steps[i, 2] == END_ROWS):
            gap = False
            at = solid if solid >= 0 else line
            while at > row and (out[at - 1] == 0x20 or out[at - 1] == 0x7C):
                at -= 1
            lead = row
            while lead < at and (out[lead] == 0x20 or out[lead] == 0x7C):
                lead += 1
            if lead > row:
                for k in range(lead, at):
                    out[row + k - lead] = out[k]
                at -= lead - row
            if at > row:
                out[at] = 0x0A
                at += 1
            row = line = at
            solid = -1
        if step == END and at == begin and texts == unit and solid < 0:  # most: there is nothing
            gap = cut = False
            line = row = at
            in_links = 0
        elif (step >= END and step <= END_VERBATIM) or step == IMAGE:
            how = steps[i, 2] if step == IMAGE else step
            in_line = solid >= 0 or how == END_ROWS
            gap = False
            if how == END_VERBATIM:
                at = solid if solid >= 0 else begin
                lead = begin
                while lead < at and out[lead] == 0x0A:
                    lead += 1
                if lead > begin:
                    for k in range(lead, at):
                        out[begin + k - lead] = out[k]
                    at -= lead - begin
            elif how == END:
                at = solid if solid >= 0 else line
            while at > begin and out[at - 1] == 0x0A:
                at -= 1
            if at > begin:
                stops[texts + 1] = at
                texts += 1
            begin = line = row = at
            solid = -1
            if texts > unit:
                size = 0
                for each in range(unit, texts):
                    points = 0
                    for k in range(stops[each], stops[each + 1]):
                        points += out[k] & 0xC0 != 0x80
                    letters[each] = points
                    size += points
                for each in range(unit, texts):
                    linked[each] = min(in_links * letters[each] // max(size, 1), letters[each])
                    joined[each] = cut and each == unit
                    is_text[nodes], of[nodes] = True, steps[i, 1]
                    nodes += 1
            if step == IMAGE:
                is_text[nodes], of[nodes] = False, steps[i, 1]
                nodes += 1
                # What stands on both sides of an image in a line, or in a table, is one text.
                cut = cut or (in_line and texts > unit)
            else:
                cut = False
            unit = texts
            in_links = 0
    return (
        is_text[:nodes], stops[: texts + 1], out[: stops[texts]], of[:nodes], linked[:texts],
        joined[:texts],
    )  # fmt: skip
