"""English text cut into tokens and sentences, compiled.

The rules are spaCy's for a blank English pipeline (spacy/tokenizer.pyx, spacy/lang/punctuation.py):
a word is what stands between white space; marks are cut off both its ends, as long as any is there
and the rest is no exception; what is left is an exception, an address, or cut at infixes. Left out:
exceptions of several words, and the rarer faces made of marks. docs/parity.md counts what differs.

Points are decoded code points, `kinds` the table of filters.compiled.token_classes. A token is a
pair of places (first point, one behind the last). Exceptions and units lie in one open-addressing
table: 64-bit hash -> lengths of the tokens, four bits each, lowest first; a unit of measure has
UNIT.

Importing this module imports numba.
"""

import numpy as np

from filters.compiled.address_words import is_address
from filters.compiled.blocks import ROOM, being, first, having, lowest
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.hashing import hash_points, hash_text, look_up
from filters.compiled.line_reading import ALPHABETIC, FIGURE
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
# Exceptions are no longer than this; marks are cut off one end of a word this often at most.
MOST_EXCEPTION, MOST_SUFFIXES = 16, 256
_UNIT_CHARS = 4

_DOT, _COMMA, _PLUS, _MINUS, _STAR, _CARET = 46, 44, 43, 45, 42, 94
_COLON, _LESS, _EQUAL, _GREATER, _SLASH = 58, 60, 61, 62, 47
_ELLIPSIS, _DEGREE, _SQUARED, _PERCENT, _EM = 0x2026, 0xB0, 0xB2, 37, 0x2014
_ALPHA = UPPER | LOWER


@borrowing
def _exception(points, codes, span, keys, held):  # type: ignore[no-untyped-def]
    """Lengths of the tokens of an exception; 0 where the word is none."""
    begin, end = span
    if end - begin > MOST_EXCEPTION or end <= begin:
        return np.int64(0)
    found = look_up(hash_text(points, codes, begin, end), keys, held)
    return found & np.int64(UNIT - 1)


@inlined
def _prefix(points, begin, end, kinds):  # type: ignore[no-untyped-def]
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


@borrowing
def _suffix(points, begin, end, kinds, keys, held):  # type: ignore[no-untyped-def]
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


@borrowing
def _infix(points, at, end, begin, kinds):  # type: ignore[no-untyped-def]
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


@inlined
def _emit(begin, end, out, count):  # type: ignore[no-untyped-def]
    starts, ends, hashes = out
    starts[count], ends[count], hashes[count] = begin, end, 0
    return count + 1


@inlined
def _run_of(classes, begin, end, bits):  # type: ignore[no-untyped-def]
    """Where the run of characters with one of these bits ends."""
    at = begin + lowest(~having(classes, begin, bits))
    while at < end and classes[at] & bits:
        at += 1
    return min(at, end)


@inlined
def _has_dot(codes, begin, end):  # type: ignore[no-untyped-def]
    """Is there a full stop among them, as in every address? Long words are not looked at."""
    dots = being(codes, begin, np.uint8(_DOT)) & first(end - begin)
    return end - begin > ROOM or dots != np.uint64(0)


@borrowing
def _cut_word(text, begin, end, tables, out, count):  # type: ignore[no-untyped-def]
    """The tokens of one word with marks in it, from `count` on; how many there are then."""
    points, codes, classes = text
    kinds, keys, held, suffixes = tables
    word = begin
    cut = 0
    lengths = np.int64(0)
    while begin < end and cut < len(suffixes):
        lengths = _exception(points, codes, (begin, end), keys, held)
        if lengths:
            break
        before = _prefix(points, begin, end, kinds)
        if before:
            lengths = _exception(points, codes, (begin + before, end), keys, held)
            if lengths:
                count = _emit(begin, begin + before, out, count)
                begin += before
                break
        behind = 0
        if begin + before < end:
            behind = _suffix(points, begin + before, end, kinds, keys, held)
        if behind:
            lengths = _exception(points, codes, (begin, end - behind), keys, held)
            if lengths:
                suffixes[cut] = end
                cut, end = cut + 1, end - behind
                break
        if before:
            count = _emit(begin, begin + before, out, count)
            begin += before
        if behind:
            suffixes[cut] = end
            cut, end = cut + 1, end - behind
        if not before and not behind:
            break
    last = end
    if lengths:
        while lengths:
            length = lengths & 15
            count = _emit(begin, begin + length, out, count)
            begin += length
            lengths >>= 4
    elif begin < end and not (
        _has_dot(codes, begin, end) and is_address(points, begin, end, kinds)
    ):
        at = core = begin
        while True:
            at = _run_of(classes, at, end, ALPHABETIC | FIGURE)  # which cut nothing
            if at == end:
                break
            length = _infix(points, at, end, core, kinds)
            if length == 0:
                at += 1
                continue
            if at > begin:
                count = _emit(begin, at, out, count)
                count = _emit(at, at + length, out, count)
                begin = at + length
            at += length
        if begin < end:
            count = _emit(begin, end, out, count)
    elif begin < end:
        count = _emit(begin, end, out, count)
    starts, ends, _ = out
    for i in range(cut - 1, -1, -1):
        point = points[last]
        pair = last > word and ends[count - 1] == last and last - starts[count - 1] == 1
        if pair and (
            (point == _COLON and points[last - 1] == 41) or (point == 39 and points[last - 1] == 39)
        ):
            ends[count - 1] = suffixes[i]  # a face, or two apostrophes: one exception
        else:
            count = _emit(last, suffixes[i], out, count)
        last = suffixes[i]
    return count


@inlined
def _plain_word(text, begin, core, end, tables, out, count):  # type: ignore[no-untyped-def]
    """A word of letters or figures up to `core`, and maybe one mark; 0 where that is not enough."""
    points, codes, classes = text
    kinds, keys, held, _ = tables
    starts, ends, hashes = out
    mark = codes[core]
    if classes[begin] & FIGURE:
        if mark == 41 and core < end:  # 8) may be a face
            return 0
        count = _emit(begin, core, out, count)
        return count if core == end else _emit(core, end, out, count)
    if end - core == 1 and mark == _DOT:
        if core - begin < 2 or not kinds[points[core - 1]] & LOWER:
            return 0
        if _exception(points, codes, (begin, end), keys, held):
            return 0
    value = hash_text(points, codes, begin, core)
    if look_up(value, keys, held) & np.int64(UNIT - 1):
        return 0
    starts[count], ends[count], hashes[count] = begin, core, value
    count += 1
    return count if core == end else _emit(core, end, out, count)


@borrowing
def cut(text, words, tables, out, count):  # type: ignore[no-untyped-def]
    """The tokens of a text's words, written from `count` on; how many there are then.

    `text` are points, codes and classes (filters.compiled.line_reading), `words` how many there
    are and where (filters.compiled.reading.runs). `tables` are the tokenizer's classes of
    characters, the table of exceptions, and room for MOST_SUFFIXES places; `out` is starts and
    ends int32 and hashes uint64, each with room for a token more a point. A hash is 0 but for
    tokens that are letters only.
    """
    _, codes, classes = text
    found, bounds = words
    for i in range(found):
        begin, end = np.int64(bounds[2 * i]), np.int64(bounds[2 * i + 1])
        if end - begin == 1:
            count = _emit(begin, end, out, count)
            continue
        core = _run_of(classes, begin, end, ALPHABETIC)
        if core == begin:
            core = _run_of(classes, begin, end, FIGURE)
        done = 0
        if core > begin and end - core <= 1:
            mark = codes[core]
            if core == end or mark in (46, 44, 58, 59, 33, 63, 41):  # . , : ; ! ? )
                done = _plain_word(text, begin, core, end, tables, out, count)
        count = done or _cut_word(text, begin, end, tables, out, count)
    return count
