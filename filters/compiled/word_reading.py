"""The words of a text as word lists take them, compiled.

A word stands between white space, in small letters and without the special characters at both ends.
A compound (well-known, and/or) has special characters inside, and parts between them. Importing
this module imports numba.
"""

from functools import cache

import numpy as np

from filters.compiled.blocks import ROOM, class_ranges, classed, first, having, lowest
from filters.compiled.characters import MARK, SPACE, SPECIAL, classes, folding
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.hashing import hash_text
from filters.compiled.reading import OTHER, decode, runs

_SPACE, _SPECIAL, _OTHER = np.uint8(SPACE), np.uint8(SPECIAL), np.uint8(OTHER)
_CAPITAL, _LETTERS, _CASE = np.uint32(65), np.uint32(26), np.uint32(32)
_NONE, _ONE, _ALL = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)


@cache
def letters() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """What characters are read by: classes, small letters, and punctuation marks.

    The classes of every character, uint8 (0x110000,); those of ASCII by ranges, without the
    capitals; folding; and the marks, which are ASCII and have no class here, uint8 (k,).
    """
    kinds = classes() & ~np.uint8(MARK)
    plain = kinds.copy()
    plain[ord("A") : ord("Z") + 1] = kinds[ord("[")]
    return kinds, class_ranges(plain), folding(), np.flatnonzero(classes() & MARK).astype(np.uint8)


@inlined
def read_piece(data, span, kinds, points, begin):  # type: ignore[no-untyped-def]
    """Write the code points of a text behind the first ones, as filters.compiled.reading.decode.

    `span` is its first byte and the one behind the last. If there is no room for all of it, what
    stands behind the last white space is left for the next piece. How many points there are then,
    how many there were before something was left, and the next byte.
    """
    whole, at = decode(data, span[0], span[1], points, begin)
    if at >= span[1]:
        return whole, whole, at
    size = whole
    while size > begin and not kinds[points[size - 1]] & _SPACE:
        size -= 1
    size, at = decode(data, span[0], span[1], points[: size if size > begin else whole], begin)
    return size, whole, at


@borrowing
def read_letters(size, letters, page):  # type: ignore[no-untyped-def]
    """Write what the first points are in small letters, and their classes.

    `page` is points uint32, which become small, and codes and classes uint8; both have MARGIN more
    than that. A code is as filters.compiled.reading's.
    """
    points, small, kinds = page
    classes, ranges, lower, _ = letters
    for at in range(size):
        point = points[at]
        folded = point | _CASE if point - _CAPITAL < _LETTERS else point
        points[at] = folded
        small[at] = folded if folded < OTHER else OTHER | (folded & 0x7F)
    for block in range(0, size, ROOM):
        classed(small, block, ranges, kinds, block)
        others = having(small, block, _OTHER) & first(size - block)
        while others != _NONE:
            place = np.uint64(block + lowest(others))
            others &= others - _ONE
            point = points[place]
            kinds[place] = classes[point]
            points[place] = lower[point]


@inlined
def _joined(kinds, end, begin):  # type: ignore[no-untyped-def]
    """Do a part that ends here and the next one, which begins there, stand in one word?"""
    for at in range(end, begin):
        if kinds[at] & _SPACE:
            return False
    return True


@borrowing
def read_words(text, size, bounds, words, compounds):  # type: ignore[no-untyped-def]
    """Write the hashes of all words and where they begin; how many there are, and compounds.

    `text` is points and codes in small letters, and classes, as read_letters writes them. `words`
    is hashes uint64, and places int32 with `size` behind the last. Of each compound the place among
    the words, of its first part and behind its last are written to `compounds` int32
    (size // 3 + 1, 3); parts begin and end at `bounds` int32 (size + 2,).
    """
    points, small, kinds = text
    hashes, places = words
    parts = np.uint64(runs(kinds, size, (_SPECIAL, _ALL), bounds))
    count, found, part = _NONE, _NONE, _NONE
    while part < parts:
        opening, begin = part, bounds[part << _ONE]
        end = bounds[(part << _ONE) + _ONE]
        part += _ONE
        while part < parts and not kinds[np.uint64(end)] & _SPACE:
            if not _joined(kinds, end, bounds[part << _ONE]):
                break
            end = bounds[(part << _ONE) + _ONE]
            part += _ONE
        hashes[count] = hash_text(points, small, np.int64(begin), np.int64(end))
        places[count] = begin
        if part > opening + _ONE:
            compounds[found, 0], compounds[found, 1], compounds[found, 2] = count, opening, part
            found += _ONE
        count += _ONE
    places[count] = size
    return np.int64(count), np.int64(found)


@borrowing
def hash_parts(text, found, bounds, compounds, words, hashes):  # type: ignore[no-untyped-def]
    """Write the hashes of the parts of all compounds behind so many words; how many hashes then.

    In `compounds` the places of the hashes take the place of those of the parts.
    """
    points, small, _ = text
    count = np.uint64(words)
    for each in range(found):
        row = compounds[each]
        opening, closing = row[1], row[2]
        row[1] = count
        for part in range(opening, closing):
            begin, end = np.int64(bounds[2 * part]), np.int64(bounds[2 * part + 1])
            hashes[count] = hash_text(points, small, begin, end)
            count += _ONE
        row[2] = count
    return np.int64(count)


@inlined
def is_common(compound, lists, bit):  # type: ignore[no-untyped-def]
    """Is a compound in none of the lists of this bit, and each of its parts in one?

    `compound` is its row behind hash_parts, `lists` are those of the words and parts.
    """
    common = ~lists[compound[0]] & bit
    for part in range(compound[1], compound[2]):
        common &= lists[part]
    return common != 0
