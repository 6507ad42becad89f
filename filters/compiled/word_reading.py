"""The words of a text as word lists take them, compiled.

A word stands between white space, in small letters and without the special characters at both ends.
A compound (well-known, and/or) has special characters inside, and parts between them. Importing
this module imports numba.
"""

import numpy as np

from filters.compiled.blocks import ROOM, having
from filters.compiled.characters import SPACE, SPECIAL
from filters.compiled.compiling import borrowing
from filters.compiled.hashing import hash_text
from filters.compiled.reading import OTHER, decode, runs, smaller
from filters.compiled.word_tables import lists_of

_SPACE, _SPECIAL, _OTHER = np.uint8(SPACE), np.uint8(SPECIAL), np.uint8(OTHER)
_NONE, _ALL = np.uint64(0), np.uint64(0xFFFFFFFFFFFFFFFF)


@borrowing
def read_piece(data, span, kinds, points, first):  # type: ignore[no-untyped-def]
    """Write the code points of a text behind the first ones, as filters.compiled.reading.decode.

    `span` is its first byte and the one behind the last. If there is no room for all of it, what
    stands behind the last white space is left for the next piece. How many points there are then,
    how many there were before something was left, and the next byte.
    """
    whole, at = decode(data, span[0], span[1], points, first)
    if at >= span[1]:
        return whole, whole, at
    size = whole
    while size > first and not kinds[points[size - 1]] & _SPACE:
        size -= 1
    size, at = decode(data, span[0], span[1], points[: size if size > first else whole], first)
    return size, whole, at


@borrowing
def fold(text, size, lower, small):  # type: ignore[no-untyped-def]
    """The codes in small letters, written to `small`; where not all are ASCII, the points too.

    `text` is points and codes as filters.compiled.reading gives them, `lower` is what
    filters.compiled.characters.folding gives.
    """
    points, codes = text
    smaller(codes, size, small)
    others = _NONE
    for block in range(0, size, ROOM):
        others |= having(codes, block, _OTHER)
    if others != _NONE:
        for at in range(size):
            points[at] = lower[points[at]]


@borrowing
def _joined(kinds, end, begin):  # type: ignore[no-untyped-def]
    """Do a part that ends here and the next one, which begins there, stand in one word?"""
    for at in range(end, begin):
        if kinds[at] & _SPACE:
            return False
    return True


@borrowing
def read_words(text, size, bounds, words, compounds):  # type: ignore[no-untyped-def]
    """Write the hashes of all words and where they begin; how many there are, and compounds.

    `text` is points and codes in small letters, and classes of filters.compiled.characters. `words`
    is hashes uint64 and places int32. Of each compound the place among the words, of its first part
    and behind its last are written to `compounds` int32 (size // 3 + 1, 3); parts begin and end at
    `bounds` int32 (size + 2,).
    """
    points, small, kinds = text
    hashes, places = words
    parts = runs(kinds, size, (_SPECIAL, _ALL), bounds)
    count, found, part = 0, 0, 0
    while part < parts:
        first = part
        begin, end = bounds[2 * part], bounds[2 * part + 1]
        part += 1
        while part < parts and not kinds[end] & _SPACE and _joined(kinds, end, bounds[2 * part]):
            end = bounds[2 * part + 1]
            part += 1
        hashes[count], places[count] = hash_text(points, small, begin, end), begin
        if part > first + 1:
            compounds[found, 0], compounds[found, 1], compounds[found, 2] = count, first, part
            found += 1
        count += 1
    return count, found


@borrowing
def is_compound(text, compound, read, table, bit):  # type: ignore[no-untyped-def]
    """Is a compound in none of the lists of this bit, and each of its parts in one?

    `read` is what read_words wrote: bounds, and the words' hashes.
    """
    points, small, _ = text
    bounds, hashes = read
    if lists_of(hashes[compound[0]], table) & bit:
        return False
    for part in range(compound[1], compound[2]):
        value = hash_text(points, small, bounds[2 * part], bounds[2 * part + 1])
        if not lists_of(value, table) & bit:
            return False
    return True
