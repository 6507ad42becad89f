"""A text read into words and lines, compiled, for the rules of lines and for the tokenizer.

A line is what stands between line feeds or other ends of a line (str.splitlines). What is written
down of a text, its `page`, are points, codes and classes (filters.compiled.reading), the codes in
small letters, and places: of words between white space, of ends of lines with the words before
them, and of letters that one of C4's phrases may begin with. Importing this module imports numba.
"""

from functools import cache

import numba
import numpy as np

from filters.compiled.blocks import MARGIN, ROOM, being, class_ranges, having, lowest, ones
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.reading import read, runs, smaller
from filters.compiled.token_classes import DIGIT, LINE_END, LOWER, SPACE, UPPER, token_classes

BLANK, ALPHABETIC, FIGURE, END = np.uint8(1), np.uint8(2), np.uint8(4), np.uint8(8)
CAPITAL, DOTS = np.uint8(16), np.uint8(32)

MOST_WORD_CHARS = 1000

_OPEN, _BRACKET = np.uint8(ord("{")), np.uint8(ord("["))
_A, _J = np.uint8(ord("a")), np.uint8(ord("j"))
_C, _E, _I, _K, _L, _M, _O, _P, _R, _T, _V = (np.uint8(ord(char)) for char in "ceiklmoprtv")
_FEED, _RETURN, _ELLIPSIS = 10, 13, 0x2026
_NONE, _ONE, _TOP = np.uint64(0), np.uint64(1), np.uint64(63)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)


@cache
def line_classes() -> tuple[np.ndarray, np.ndarray]:
    """uint8 (0x110000,): the classes of this module, of each code point; and those of ASCII."""
    kinds = token_classes()
    out = np.zeros(len(kinds), np.uint8)
    for bits, kind in ((SPACE, BLANK), (UPPER | LOWER, ALPHABETIC), (DIGIT, FIGURE),
                       (LINE_END, END)):  # fmt: skip
        out[kinds & bits != 0] |= kind
    out[kinds & (UPPER | LOWER) == UPPER] |= CAPITAL
    out[_ELLIPSIS] |= DOTS
    return out, class_ranges(out)


@numba.njit(cache=True, nogil=True)
def empty_page(longest):  # type: ignore[no-untyped-def]
    """Room for the page of a text of so many characters."""
    points, bounds = np.empty(longest + MARGIN, np.uint32), np.empty(longest + 3, np.int32)
    codes = np.empty(longest + MARGIN, np.uint8)
    kinds, small = np.empty_like(codes), np.empty_like(codes)
    ends, hints = np.empty(longest + 2, np.int32), np.empty(longest + 2, np.int32)
    said = np.empty_like(ends)
    return (points, codes, kinds), small, (bounds, ends, hints, said), np.zeros(3, np.int64)


@borrowing
def read_page(data, begin, end, table, page):  # type: ignore[no-untyped-def]
    """Write down what stands in UTF-8 data[begin:end]; how many characters, and how many words."""
    size = read(data, begin, end, table, page[0])
    return size, find_places(size, page)


@borrowing
def find_places(size, page):  # type: ignore[no-untyped-def]
    """Write down the places in a page whose characters are known; how many words there are."""
    text, small, (bounds, ends, hints, said), cursor = page
    smaller(text[1], size, small)
    words = runs(text[2], size, (BLANK, _ALL), bounds)
    bounds[2 * words] = size + 1
    last, hinted, before, behind = 0, 0, 0, _ONE
    for at in range(0, size, ROOM):
        blank, found = having(text[2], at, BLANK), having(text[2], at, END)
        begins = ~blank & ((blank << _ONE) | behind)
        while found != _NONE:
            ends[last] = at + lowest(found)
            said[last] = before + ones(begins & ((found & (_NONE - found)) - _ONE))
            last += 1
            found &= found - _ONE
        before, behind = before + ones(begins), blank >> _TOP
        found = _hints(small, at)
        while found != _NONE:
            hints[hinted] = at + lowest(found)
            hinted += 1
            found &= found - _ONE
    ends[last], said[last], hints[hinted] = size, words, size
    cursor[:] = 0
    return words


@inlined
def spelled(small, at, letters):  # type: ignore[no-untyped-def]
    """Which of the places from `at` on four letters begin at. uint64"""
    a, b, c, d = letters
    pairs = being(small, at + 1, b) & being(small, at + 2, c)
    return pairs & being(small, at, a) & being(small, at + 3, d)


@inlined
def _hints(small, at):  # type: ignore[no-untyped-def]
    """Where one of C4's phrases or a note in brackets may begin: the first letters tell."""
    return (
        being(small, at, _OPEN)
        | being(small, at, _BRACKET)
        | spelled(small, at, (_J, _A, _V, _A))
        | spelled(small, at, (_L, _O, _R, _E))
        | spelled(small, at, (_T, _E, _R, _M))
        | spelled(small, at, (_C, _O, _O, _K))
        | spelled(small, at, (_P, _R, _I, _V))
    )


@inlined
def next_line(page, begin, size):  # type: ignore[no-untyped-def]
    """The line that begins at `begin`; lines are asked for in order.

    Returns where it ends, where the next begins, its bounds without white space, its words, whether
    one of them is longer than MOST_WORD_CHARS, and whether C4's phrases have to be looked for.
    """
    (points, _, _), _, (bounds, ends, hints, said), cursor = page
    word, line, hint = cursor
    while ends[line] < begin:  # the line feed behind a carriage return
        line += 1
    end = np.int64(ends[line])
    following = min(end + 1, size)
    if end + 1 < size and points[end] == _RETURN and points[end + 1] == _FEED:
        following = end + 2
    opening, word, long = word, np.int64(said[line]), False
    for i in range(opening if end - begin > MOST_WORD_CHARS else word, word):
        long |= bounds[2 * i + 1] - bounds[2 * i] > MOST_WORD_CHARS
    first, last = begin, begin
    if word > opening:
        first, last = np.int64(bounds[2 * opening]), np.int64(bounds[2 * word - 1])
    hinted = hints[hint] < end
    while hints[hint] < end:
        hint += 1
    cursor[0], cursor[1], cursor[2] = word, line, hint
    return end, following, first, last, word - opening, long, hinted
