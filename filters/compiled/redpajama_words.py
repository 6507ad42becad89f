"""RedPajama-V2's normalized words, compiled: their hashes, and the flagged phrases among them.

They stand between white space once ASCII punctuation is gone and letters are small and decomposed
(Unicode NFD). `lower` says what a code point becomes: another one, or below zero the place in
`longer` (first, last behind) of several. Combining marks keep order. Words of ASCII with no mark
inside, which most are, are hashed where they stand.

Importing this module imports numba.
"""

import numpy as np

from filters.compiled.blocks import ROOM, above, eight, first, having, lowest
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.hashing import hash_points, hash_text, look_up
from filters.compiled.reading import OTHER, runs, smaller

SPACE, WORD, MARK, LATIN = np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8)
CAPITAL, SMALL, FIGURE, ELLIPSIS = np.uint8(16), np.uint8(32), np.uint8(64), np.uint8(128)
CASED = CAPITAL | SMALL

_SIGMA, _FINAL = 0x3A3, 0x3C2
# Five letters as one number, the first lowest.
_LOREM = np.uint64(int.from_bytes(b"lorem", "little"))
_IPSUM = np.uint64(int.from_bytes(b"ipsum", "little"))
_FIVE, _LETTERS = 5, np.uint64(0xFFFFFFFFFF)
_EIGHT, _LETTER = np.uint64(8), np.uint64(0xFF)
_NONE, _ALL = np.uint64(0), np.uint64(0xFFFFFFFFFFFFFFFF)


@borrowing
def _sigma(at, size, kinds):  # type: ignore[no-untyped-def]
    """Does a capital sigma end its word?"""
    after = at + 1
    while after < size and kinds[after] & MARK:
        after += 1
    if after < size and kinds[after] & CASED:
        return False
    before = at - 1
    while before >= 0 and kinds[before] & MARK:
        before -= 1
    return before >= 0 and kinds[before] & CASED != 0


@borrowing
def _decomposed(text, span, letters, word):  # type: ignore[no-untyped-def]
    """Code points of the normalized word that stands in a span of the text; how many."""
    points, _, kinds = text
    begin, end, size = span
    lower, longer = letters
    length = 0
    for at in range(begin, end):
        if kinds[at] & MARK:
            continue
        new = lower[points[at]]
        if points[at] == _SIGMA and _sigma(at, size, kinds):
            new = _FINAL
        if new >= 0:
            word[length] = new
            length += 1
            continue
        for i in range(longer[-new - 1, 0], longer[-new - 1, 1]):
            word[length] = longer[i, 2]
            length += 1
    return length


@borrowing
def _spells(word, begin, letters):  # type: ignore[no-untyped-def]
    """Do five points from `begin` on spell these letters?"""
    same = begin >= 0
    for i in range(_FIVE):
        same = same and word[begin + i] == (letters >> (_EIGHT * np.uint64(i))) & _LETTER
    return same


@inlined
def _core(text, begin, end):  # type: ignore[no-untyped-def]
    """Bounds without marks, if ASCII is all that is there and no mark between; else -1 twice."""
    _, codes, kinds = text
    if end - begin > ROOM:
        return -1, -1
    inside = first(end - begin)
    core = inside & ~having(kinds, begin, MARK)
    if having(codes, begin, OTHER) & inside != _NONE:
        return -1, -1
    if core == _NONE:
        return begin, begin
    opening, closing = lowest(core), ROOM - above(core)
    if core >> np.uint64(opening) != first(closing - opening):
        return -1, -1
    return begin + opening, begin + closing


@borrowing
def normalized(text, size, letters, room, row):  # type: ignore[no-untyped-def]
    """Normalized words: their hashes and running characters; how many there are."""
    points, codes, kinds = text
    hashes, running, word, small, bounds, feeds, javascript = room
    smaller(codes, size, small)
    spans = runs(kinds, size, (SPACE, _ALL), bounds)
    words, chars, lines, line, ended, feed = 0, 0, 0, 0, False, -1
    ipsums, scripts = 0, 0
    running[0] = 0
    for i in range(spans):
        begin, end = _core(text, bounds[2 * i], bounds[2 * i + 1])
        if begin >= 0:
            length = end - begin
            if length == 0:
                continue
            value = hash_text(points, small, begin, end)
            long = length >= _FIVE
            begins = long and eight(small, begin) & _LETTERS == _IPSUM
            ends = long and eight(small, end - _FIVE) & _LETTERS == _LOREM
        else:
            span = (bounds[2 * i], bounds[2 * i + 1], size)
            length = _decomposed(text, span, letters, word)
            if length == 0:
                continue
            value = hash_points(word, 0, length)
            begins = length >= _FIVE and _spells(word, 0, _IPSUM)
            ends = _spells(word, length - _FIVE, _LOREM)
        ipsums += ended and begins
        ended = ends
        scripts += value == javascript
        hashes[words] = value
        words, chars = words + 1, chars + length
        running[words] = chars
        if bounds[2 * i] > feed:  # the first word of its line
            lines += 1
            while feeds[line] < bounds[2 * i]:
                line += 1
            feed = feeds[line]
    row[13], row[25], row[28] = ipsums, scripts, chars + words - lines
    return words


@borrowing
def flagged(hashes, words, phrases):  # type: ignore[no-untyped-def]
    """Places where a phrase of the list begins, for each of its lengths. [phrases]"""
    keys, held = phrases
    found = 0
    for i in range(words):
        lengths = look_up(hashes[i], keys, held)
        if lengths == 0:
            continue
        found += lengths & 1
        value, n = hashes[i], 1
        while lengths >> n and i + n < words:
            value = join(value, hashes[i + n])
            n += 1
            found += (lengths >> (n - 1)) & 1 and look_up(value, keys, held) >> 32 != 0
    return found


@borrowing
def join(phrase, word):  # type: ignore[no-untyped-def]
    """Hash of a phrase and one word more, never 0."""
    return ((phrase ^ word) * np.uint64(0x9E3779B97F4A7C15) + (word >> np.uint64(7))) | np.uint64(1)
