"""Words of texts that lists of one language hold, in one compiled pass.

A word, and a compound of common words, is what filters.compiled.counting takes for one. Here
nothing else is counted, so a text is read once and leaves only the hashes of its words behind.
Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import ones
from filters.compiled.characters import SPACE, SPECIAL
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.hashing import look_up, mixed
from filters.compiled.utf8 import point_at
from filters.compiled.word_tables import PRIME, SEED, lists_of

FLAGGED, COMMON = 1, 2
"""Bits of the table of words."""
MOST_FREQUENT = 64
"""Frequent words of a language, at most: a bit of a number each."""
COUNTS = ("frequent_words", "frequent_kinds", "flagged_words", "common_words")

_TOGETHER = 64  # words that are looked up one behind the other
_CASE, _A, _Z = 32, 97, 122
_ONE = np.uint64(1)


@numba.njit(cache=True, nogil=True)
def count_own(data, starts, rows, tables, out):  # type: ignore[no-untyped-def]
    """COUNTS of the texts `rows` int64 (k,), into these columns of `out` int32 (4, n).

    `data` uint8 (bytes,) UTF-8 with `starts` int64 (n + 1,). `tables` are the two of
    filters.compiled.characters, that of filters.compiled.word_tables, and
    filters.compiled.hashing.table_of's of the frequent words, numbered 1 to MOST_FREQUENT.
    """
    _count_own(data, starts, rows, tables, np.empty(_TOGETHER, np.uint64), out)


@borrowing
def _count_own(data, starts, rows, tables, words, out):  # type: ignore[no-untyped-def]
    kinds, lower, table, _, _ = tables
    for row in range(len(rows)):
        text = rows[row]
        position, end = starts[text], starts[text + 1]
        count, seen = 0, np.uint64(0)
        running, stripped, part = SEED, SEED, SEED
        in_word, in_part, compound, parts_common, whole = False, False, False, True, True
        while position <= end:
            # Most of a text is letters from a to z, and most words are nothing else.
            first = position
            if not in_word:
                running, whole = SEED, True
            while position < end:
                small = data[position] | _CASE
                if small < _A or small > _Z:
                    break
                running = (running ^ np.uint64(small)) * PRIME
                position += 1
            if position > first:
                if not in_word:
                    in_word, compound, parts_common = True, False, True
                if not whole:
                    if not in_part:
                        part = SEED
                    for at in range(first, position):
                        part = (part ^ np.uint64(data[at] | _CASE)) * PRIME
                in_part, stripped = True, running
            kind, point = np.uint8(SPACE), np.int32(0)
            if position < end:
                point, length = point_at(data, position, end)
                position += length
                kind = kinds[point]
            else:  # one space after the end closes the last word
                position += 1
            if kind & SPACE:
                if in_word:
                    words[count] = mixed(stripped) | _ONE
                    if compound and parts_common:
                        out[3, text] += _is_compound(words[count], part, in_part, table)
                    count += 1
                    if count == _TOGETHER:
                        seen |= _look_up(words, count, tables, out[:, text])
                        count = 0
                    in_word, in_part = False, False
            elif kind & SPECIAL:
                if in_word:
                    if whole:
                        part, whole = running, False
                    running = (running ^ np.uint64(lower[point])) * PRIME
                    if in_part:
                        in_part, compound = False, True
                        parts_common &= (lists_of(mixed(part) | _ONE, table) & COMMON) != 0
            else:
                if not in_word:
                    in_word, compound, parts_common = True, False, True
                folded = np.uint64(lower[point])
                running = stripped = (running ^ folded) * PRIME
                if not whole:
                    part = ((part if in_part else SEED) ^ folded) * PRIME
                in_part = True
        seen |= _look_up(words, count, tables, out[:, text])
        out[1, text] = ones(seen)


@inlined
def _is_compound(word, part, in_part, table):  # type: ignore[no-untyped-def]
    """1 for a word that is not common itself and whose last part is, as the others are."""
    last = lists_of(mixed(part) | _ONE, table) if in_part else COMMON
    return np.int32(not lists_of(word, table) & COMMON and last & COMMON != 0)


@borrowing
def _look_up(words, count, tables, out):  # type: ignore[no-untyped-def]
    """Add what the lists hold of the first `count` words; bits of the frequent ones among them."""
    _, _, table, keys, held = tables
    frequent, flagged, common, seen = 0, 0, 0, np.uint64(0)
    for each in range(count):
        lists = lists_of(words[each], table)
        flagged += lists & FLAGGED
        common += (lists & COMMON) >> 1
        number = look_up(words[each], keys, held)
        frequent += number > 0
        seen |= np.uint64(number > 0) << np.uint64(max(number - 1, 0))
    out[0] += frequent
    out[2] += flagged
    out[3] += common
    return seen
