"""RedPajama-V2's normalized words, compiled: their hashes, and the flagged phrases among them.

They stand between white space once ASCII punctuation is gone and letters are small and decomposed
(Unicode NFD). `lower` says what a code point becomes: another one, or below zero the place in
`longer` (first, last behind) of several. Combining marks keep order. Words of ASCII with no mark
inside, which most are, are hashed where they stand.

Importing this module imports numba.
"""

import numpy as np

from filters.compiled.blocks import ROOM, eight, first, having, lowest
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.hashing import (
    OTHERS,
    SIXTEEN,
    hash_points,
    hash_short,
    hash_text,
    holds,
    look_up,
    masks,
    may_hold,
)
from filters.compiled.reading import OTHER, runs, smaller

SPACE, WORD, MARK, LATIN = np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8)
CAPITAL, SMALL, FIGURE, ELLIPSIS = np.uint8(16), np.uint8(32), np.uint8(64), np.uint8(128)
CASED = CAPITAL | SMALL
_EITHER = WORD | MARK
# Classes of eight characters.
_WORDS, _MARKED, _CAPITALS = (
    np.uint64(int(kind) * 0x0101010101010101) for kind in (WORD, _EITHER, CAPITAL)
)

SIGMA, _FINAL = 0x3A3, 0x3C2
# Five letters as one number, the first lowest.
_LOREM = np.uint64(int.from_bytes(b"lorem", "little"))
_IPSUM = np.uint64(int.from_bytes(b"ipsum", "little"))
_FIVE, _LETTERS = 5, np.uint64(0xFFFFFFFFFF)
_EIGHT, _LETTER = np.uint64(8), np.uint64(0xFF)
_NONE, _ONE, _ALL = np.uint64(0), np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)


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


@inlined
def _decomposed(text, span, letters, word):  # type: ignore[no-untyped-def]
    """Code points of the normalized word that stands in a span of the text; how many."""
    points, _, kinds = text
    begin, end, size = span
    lower, longer = letters
    length = 0
    for at in range(begin, end):
        new = lower[points[at]]
        word[length] = new
        if new >= 0:
            length += kinds[at] & MARK == 0
            continue
        for i in range(longer[-new - 1, 0], longer[-new - 1, 1]):
            word[length] = longer[i, 2]
            length += 1
        if points[at] == SIGMA and _sigma(at, size, kinds):
            word[length - 1] = _FINAL
    return length


@inlined
def _spells(word, begin, letters):  # type: ignore[no-untyped-def]
    """Do five points from `begin` on spell these letters?"""
    same = 0
    while same < _FIVE and word[begin + same] == (letters >> (_EIGHT * np.uint64(same))) & _LETTER:
        same += 1
    return same == _FIVE


@inlined
def _any(classes, begin, end, bits):  # type: ignore[no-untyped-def]
    """Has any of these characters one of the bits?"""
    found = _NONE
    for block in range(begin, end, ROOM):
        found |= having(classes, block, bits) & first(end - block)
    return found != _NONE


@inlined
def _stops(text, begin, end, stops):  # type: ignore[no-untyped-def]
    """Function words among the raw words of a span: of ASCII, at most SIXTEEN letters."""
    _, codes, kinds = text
    found, at = 0, begin if _any(kinds, begin, end, LATIN) else end
    while at < end:
        # What is read at once may go on behind the span; white space ends the last word there.
        word = having(kinds, at, WORD)
        if word & _ONE:
            length = lowest(~word)
            inside = masks(length)
            low, high = eight(codes, at) & inside[0], eight(codes, at + 8) & inside[1]
            found += (length <= SIXTEEN) & holds(hash_short(low, high, length), stops)
            at += length
            while length == ROOM and at < end and kinds[at] & WORD:  # the rest of a long one
                at += 1
        else:
            at += lowest(word)
    return found


@inlined
def _word(text, span, lists, room):  # type: ignore[no-untyped-def]
    """The normalized word of a span: its characters, its hash; does it begin and end as asked?

    That is, with ipsum and with lorem.
    """
    points, codes, kinds = text
    begin, end, _ = span
    word, letters, small = room
    length = 0
    if _any(codes, begin, end, OTHER):
        length = _decomposed(text, span, lists, word)
        value, long = hash_points(word, 0, length), length >= _FIVE
        begins = long and _spells(word, 0, _IPSUM)
        return length, value, begins, long and _spells(word, length - _FIVE, _LOREM)
    for at in range(begin, end):
        letters[length] = small[at]
        length += kinds[at] & MARK == 0
    if length < _FIVE:
        return length, hash_text(points, letters, 0, length), False, False
    begins = eight(letters, 0) & _LETTERS == _IPSUM
    ends = eight(letters, length - _FIVE) & _LETTERS == _LOREM
    return length, hash_text(points, letters, 0, length), begins, ends


@borrowing
def normalized(text, size, lists, room, row):  # type: ignore[no-untyped-def]
    """Normalized words: their hashes and running characters; how many there are.

    `lists` are `lower`, `longer`, the set of function words, and the hash of javascript. The
    function words are counted among the raw words: of a short word of ASCII with at most one mark
    at each end, which most are, what stands between the marks is the only one.
    """
    _, codes, kinds = text
    lower, longer, stops, javascript = lists
    hashes, running, (_, _, small), bounds = room
    smaller(codes, size, small)
    spans = runs(kinds, size, (SPACE, _ALL), bounds)
    words, chars, ended = 0, 0, False
    ipsums, scripts, stopping = 0, 0, 0
    running[0] = 0
    for i in range(spans):
        opening, closing = np.int64(bounds[2 * i]), np.int64(bounds[2 * i + 1])
        before = kinds[np.uint64(opening)] & _EITHER
        behind = kinds[np.uint64(closing - 1)] & _EITHER
        begin, end = opening + (before & MARK != 0), closing - (behind & MARK != 0)
        length = end - begin
        inside = masks(length)
        of, more = eight(kinds, begin) & inside[0], eight(kinds, begin + 8) & inside[1]
        low, high = eight(small, begin) & inside[0], eight(small, begin + 8) & inside[1]
        odd = (of ^ (_WORDS & inside[0])) | (more ^ (_WORDS & inside[1]))
        if (0 < length <= SIXTEEN) & ((odd & _MARKED) | ((low | high) & OTHERS) == _NONE):
            value = hash_short(low, high, length)
            little = ((of | more) & _CAPITALS == _NONE) & (before != _EITHER) & (behind != _EITHER)
            stopping += little & holds(value, stops)
            begins = low & _LETTERS == _IPSUM
            ends = eight(small, max(end - _FIVE, begin)) & _LETTERS == _LOREM
        else:
            span = (opening, closing, size)
            stopping += _stops(text, opening, closing, stops)
            length, value, begins, ends = _word(text, span, (lower, longer), room[2])
            if length == 0:
                continue
        ipsums += ended & begins
        ended = ends
        scripts += value == javascript
        hashes[np.uint64(words)] = value
        words, chars = words + 1, chars + length
        running[np.uint64(words)] = chars
    row[8], row[13], row[25] = stopping, ipsums, scripts
    return words


@borrowing
def flagged(hashes, words, phrases):  # type: ignore[no-untyped-def]
    """Places where a phrase of the list begins, for each of its lengths. [phrases]"""
    keys, held, marks = phrases
    found = 0
    for i in range(words):
        if not may_hold(hashes[i], marks):
            continue
        lengths = look_up(hashes[i], keys, held)
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
