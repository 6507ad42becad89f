"""Words of texts that lists of one language hold, in one compiled pass.

A word, and a compound of common words, is what filters.compiled.word_reading takes for one.
Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import MARGIN, ones
from filters.compiled.compiling import borrowing
from filters.compiled.counting import MOST_CHARS
from filters.compiled.hashing import look_up
from filters.compiled.word_reading import (
    hash_parts,
    is_common,
    read_letters,
    read_piece,
    read_words,
)
from filters.compiled.word_tables import MET, look_up_words

FLAGGED, COMMON = 1, 2
"""Bits of the table of words."""
MOST_FREQUENT = 64
"""Frequent words of a language, at most: a bit of a number each."""
COUNTS = ("frequent_words", "frequent_kinds", "flagged_words", "common_words")


@numba.njit(cache=True, nogil=True)
def count_own(data, starts, rows, tables, out):  # type: ignore[no-untyped-def]
    """COUNTS of the texts `rows` int64 (k,), into these columns of `out` int32 (4, n).

    `data` uint8 (bytes,) UTF-8 with `starts` int64 (n + 1,). `tables` are word_reading's letters,
    the table of filters.compiled.word_tables, and filters.compiled.hashing.table_of's of the
    frequent words, numbered 1 to MOST_FREQUENT.
    """
    longest = 0
    for text in rows:
        longest = max(longest, min(starts[text + 1] - starts[text], MOST_CHARS))
    points, small = np.empty(longest + MARGIN, np.uint32), np.empty(longest + MARGIN, np.uint8)
    page = points, small, np.empty_like(small)
    parts = np.empty(longest + 2, np.int32), np.empty((longest // 3 + 1, 3), np.int32)
    most = longest + 1  # words, and parts of those that are compounds
    places = np.empty(most + 1, np.int32)
    asked = np.empty(most + 1, np.int32), np.zeros(MET, np.uint64)
    words = np.empty(most, np.uint64), places, asked, np.empty(most, np.uint8)
    _count_own(data, starts, rows, tables, (page, parts, words), out)


@borrowing
def _count_own(data, starts, rows, tables, room, out):  # type: ignore[no-untyped-def]
    page, (bounds, compounds), (hashes, places, asked, lists) = room
    points = page[0][: len(page[0]) - MARGIN]
    letters, table, _, _ = tables
    for row in range(len(rows)):
        text = rows[row]
        at, end, seen = starts[text], starts[text + 1], np.uint64(0)
        while at < end:
            size, _, at = read_piece(data, (at, end), letters[0], points, 0)
            read_letters(size, letters, page)
            words, found = read_words(page, size, bounds, (hashes, places), compounds)
            behind = hash_parts(page, found, bounds, compounds, words, hashes)
            look_up_words(hashes, behind, table, asked, lists)
            seen |= _add(hashes, lists, words, tables, out[:, text])
            for each in range(found):
                out[3, text] += is_common(compounds[each], lists, COMMON)
        out[1, text] = ones(seen)


@borrowing
def _add(hashes, lists, count, tables, out):  # type: ignore[no-untyped-def]
    """Add what the lists hold of the first `count` words; bits of the frequent ones among them."""
    _, _, keys, held = tables
    frequent, flagged, common, seen = 0, 0, 0, np.uint64(0)
    for each in range(count):
        flagged += lists[each] & FLAGGED
        common += (lists[each] & COMMON) >> 1
        number = look_up(hashes[each], keys, held)
        frequent += number > 0
        seen |= np.uint64(number > 0) << np.uint64(max(number - 1, 0))
    out[0] += frequent
    out[2] += flagged
    out[3] += common
    return seen
