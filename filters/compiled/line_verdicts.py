"""The counts of filters.lines, compiled.

Most texts are one short line. So many of them are read together, with a line feed behind each.
Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import MARGIN
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.document_counting import longest_text
from filters.compiled.line_counting import CODE, KEPT, PLACEHOLDER, c4_line, refinedweb_line
from filters.compiled.line_reading import empty_page, find_places, next_line
from filters.compiled.reading import decode, reread

_GROUP = 1 << 12  # characters of texts that are read together, at least
_FEED = np.uint32(10)


@numba.njit(cache=True, nogil=True)
def count_line_verdicts(data, starts, kinds):  # type: ignore[no-untyped-def]
    """The counts of filters.lines of each text. int32 (8, n)

    `kinds` are filters.compiled.line_reading's classes.
    """
    out = np.zeros((len(starts) - 1, 8), np.int32)
    room = max(longest_text(starts), _GROUP) + 1  # a line feed
    scratch = empty_page(room), np.empty(room, np.uint32), np.empty(_GROUP, np.int64)
    _count_line_verdicts(data, starts, kinds, scratch, out)
    return out.T.copy()


@borrowing
def _count_line_verdicts(data, starts, kinds, scratch, out):  # type: ignore[no-untyped-def]
    page, line, stops = scratch
    text = 0
    while text < len(out):
        texts, size = _read_group(data, starts[text:], page[0][0], stops)
        reread(size, kinds, page[0])
        find_places(size, page)
        begin = 0
        for each in range(texts):
            _count_lines(page, (begin, stops[each], size), line, out[text + each])
            begin = stops[each] + 1
        text += texts


@borrowing
def _read_group(data, starts, points, stops):  # type: ignore[no-untyped-def]
    """Read the next texts; how many texts and characters, each text with the line feed behind it.

    Where each ends is written to `stops`.
    """
    texts, size, most = 0, 0, len(points) - MARGIN - 1
    while texts < min(len(starts) - 1, _GROUP) and size < _GROUP:
        begin, end = starts[texts], starts[texts + 1]
        if texts and size + end - begin > most:
            break
        size, _ = decode(data, begin, end, points[:most], size)
        stops[texts] = size
        points[size] = _FEED
        texts, size = texts + 1, size + 1
    return texts, size


@inlined
def _count_lines(page, span, scratch, counts):  # type: ignore[no-untyped-def]
    """Add the lines of one text to its counts, int32 (8,).

    `span` is where the text begins and ends, and characters of the page; `scratch` is room for a
    line.
    """
    points = page[0][0]
    begin, stop, size = span
    while begin < stop:
        found = next_line(page, begin, size)
        end, following, line = found[0], found[1], found[2:]
        words = line[2]
        if words:
            verdict, ends, _ = c4_line(points, line, scratch)
            cut = refinedweb_line(page, begin, end, line)
            counts[0] += 1
            counts[1] += verdict == KEPT
            counts[2] += verdict == KEPT and ends
            counts[3] += verdict in (PLACEHOLDER, CODE)
            counts[4] += verdict in (PLACEHOLDER, CODE) and ends
            counts[5] += words
            counts[6] += cut
            counts[7] += cut == words
        begin = following
