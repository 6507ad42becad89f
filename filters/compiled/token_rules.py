"""The rules by which a word of English is cut, compiled: exceptions, marks at its ends and inside.

They are spaCy's for a blank English pipeline (spacy/tokenizer.pyx, spacy/lang/punctuation.py), and
filters.compiled.tokenizing cuts texts by them. Points are decoded code points, `kinds` the table of
filters.compiled.token_classes. Exceptions and units lie in one open-addressing table: 64-bit hash
-> lengths of the tokens, four bits each, lowest first; a unit of measure has UNIT.

Importing this module imports numba.
"""

import numpy as np

from filters.compiled.compiling import borrowing, inlined
from filters.compiled.hashing import hash_points, hash_text, look_up, may_hold
from filters.compiled.token_classes import (
    AFFIX,
    CURRENCY,
    DIGIT,
    HYPHEN,
    ICON,
    LOWER,
    PREFIX,
    QUOTE,
    UPPER,
)

UNIT = 1 << 30
# Exceptions are no longer than this.
MOST_EXCEPTION = 16
_UNIT_CHARS = 4

_DOT, _COMMA, _PLUS, _MINUS, _STAR, _CARET = 46, 44, 43, 45, 42, 94
_COLON, _LESS, _EQUAL, _GREATER, _SLASH = 58, 60, 61, 62, 47
_ELLIPSIS, _DEGREE, _SQUARED, _PERCENT, _EM = 0x2026, 0xB0, 0xB2, 37, 0x2014
_ALPHA = UPPER | LOWER


@inlined
def exception(points, codes, span, tables):  # type: ignore[no-untyped-def]
    """Lengths of the tokens of an exception; 0 where the word is none."""
    begin, end = span
    if end - begin > MOST_EXCEPTION or end <= begin:
        return np.int64(0)
    value = hash_text(points, codes, begin, end)
    if not may_hold(value, tables[3]):
        return np.int64(0)
    return look_up(value, tables[1], tables[2]) & np.int64(UNIT - 1)


@inlined
def prefix(points, begin, end, kinds):  # type: ignore[no-untyped-def]
    """How many points are cut off the beginning."""
    point = points[begin]
    if kinds[point] & (AFFIX | ICON | CURRENCY | PREFIX):
        return 1
    if point == _PLUS:
        return 0 if begin + 1 < end and kinds[points[begin + 1]] & DIGIT else 1
    if point == _DOT:
        run = begin
        while run < end and points[run] == _DOT:
            run += 1
        return run - begin if run - begin > 1 else 0
    if point in (67, 65) and end - begin > 1 and points[begin + 1] == 36:  # C$, A$
        return 2
    if point == 85 and end - begin > 2 and points[begin + 1] == 83 and points[begin + 2] == 36:
        return 3  # US$
    return 0


@borrowing
def _dot_is_cut(points, begin, end, kinds):  # type: ignore[no-untyped-def]
    """Is the full stop at end - 1 a token of its own?"""
    if end - begin < 2:
        return False
    before = points[end - 2]
    kind = kinds[before]
    if kind & (DIGIT | LOWER | QUOTE | AFFIX) and before not in (_EM, 0x2013):
        return True
    if before in (_PERCENT, _SQUARED, _MINUS, _PLUS):
        return True
    if end - begin < 3 or not kind & UPPER:
        return False
    return kinds[points[end - 3]] & UPPER != 0 or points[end - 3] == _DEGREE


@inlined
def suffix(points, begin, end, kinds, keys, held):  # type: ignore[no-untyped-def]
    """How many points are cut off the end."""
    point = points[end - 1]
    kind = kinds[point]
    if point == _DOT:
        run = end
        while run > begin and points[run - 1] == _DOT:
            run -= 1
        if end - run > 1:
            return end - run
        return 1 if _dot_is_cut(points, begin, end, kinds) else 0
    if point in (115, 83) and end - begin > 1 and points[end - 2] in (39, 0x2019):  # 's
        return 2
    if point == _ELLIPSIS and end - begin > 1 and points[end - 2] == _ELLIPSIS:
        return 2
    if kind & (AFFIX | ICON):
        return 1
    for length in range(min(_UNIT_CHARS, end - begin - 1), 0, -1):
        if kinds[points[end - length - 1]] & DIGIT:
            if length == 1 and (point == _PLUS or kind & CURRENCY):
                return 1
            if kind & DIGIT:
                return 0
            if look_up(hash_points(points, end - length, end), keys, held) & UNIT:
                return length
    return 0


@inlined
def infix(points, at, end, begin, kinds):  # type: ignore[no-untyped-def]
    """How many points at `at` cut a word in two, being a token of their own."""
    point = points[at]
    if point == _DOT and at + 1 < end and points[at + 1] == _DOT:
        run = at
        while run < end and points[run] == _DOT:
            run += 1
        return run - at
    if point == _ELLIPSIS or kinds[point] & ICON:
        return 1
    if at == begin or at + 1 >= end:
        return 0
    before, after = kinds[points[at - 1]], kinds[points[at + 1]]
    if (
        point in (_PLUS, _MINUS, _STAR, _CARET)
        and before & DIGIT
        and (after & DIGIT or points[at + 1] == _MINUS)
    ):
        return 1
    if point == _DOT:
        return 1 if before & (LOWER | QUOTE) and after & (UPPER | QUOTE) else 0
    if point == _COMMA:
        return 1 if before & _ALPHA and after & _ALPHA else 0
    if not before & (_ALPHA | DIGIT):
        return 0
    if point in (_COLON, _LESS, _EQUAL, _GREATER, _SLASH):
        return 1 if after & _ALPHA else 0
    if kinds[point] & HYPHEN:
        run = at + 1
        while run < end and points[run] == point:
            run += 1
        most = 3 if point == _MINUS else 2 if point == _EM else 1
        if run - at <= most and run < end and kinds[points[run]] & _ALPHA:
            return run - at
    return 0
