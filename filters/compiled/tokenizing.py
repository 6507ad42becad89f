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

import numba
import numpy as np

from filters.compiled.address_words import is_address
from filters.compiled.blocks import MARGIN, ROOM, being, eight, first, having, lowest
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.hashing import (
    OTHERS,
    SIXTEEN,
    hash_points,
    hash_short,
    hash_text,
    look_up,
    masks,
    may_hold,
)
from filters.compiled.line_reading import ALPHABETIC, FIGURE
from filters.compiled.reading import OTHER
from filters.compiled.token_classes import (
    AFFIX,
    CURRENCY,
    DIGIT,
    HYPHEN,
    ICON,
    LETTER,
    LOWER,
    PREFIX,
    PUNCTUATION,
    QUOTE,
    STOP,
    SYMBOL,
    UPPER,
)

UNIT = 1 << 30
# Exceptions are no longer than this; marks are cut off one end of a word this often at most.
MOST_EXCEPTION, MOST_SUFFIXES = 16, 256
_UNIT_CHARS = 4

_DOT, _COMMA, _PLUS, _MINUS, _STAR, _CARET = 46, 44, 43, 45, 42, 94
_COLON, _LESS, _EQUAL, _GREATER, _SLASH = 58, 60, 61, 62, 47
_ELLIPSIS, _DEGREE, _SQUARED, _PERCENT, _EM = 0x2026, 0xB0, 0xB2, 37, 0x2014
_CLOSING = 41
_ALPHA = UPPER | LOWER
_COMMON = np.uint64(sum(1 << ord(mark) for mark in ".,:;!?)"))
# Classes of eight characters.
_LETTERS, _FIGURES = (np.uint64(int(kind) * 0x0101010101010101) for kind in (ALPHABETIC, FIGURE))
_NONE = np.uint64(0)

# Faces of tokens: only characters of SYMBOL; one character of STOP; only of PUNCTUATION; a LETTER.
_FACE = 10
SIGN, STOPPING, MARKS, LETTERED = (
    np.uint8(kind >> _FACE) for kind in (SYMBOL, STOP, PUNCTUATION, LETTER)
)


@numba.njit(cache=True, nogil=True)
def empty_tokens(longest):  # type: ignore[no-untyped-def]
    """Room for the tokens of a text of so many characters, cut twice, as `cut` writes them."""
    most = 2 * longest + 3
    starts, ends = np.empty(most, np.int32), np.empty(most, np.int32)
    hashes = np.empty(most, np.uint64)
    faces, opened = np.empty(most + MARGIN, np.uint8), np.empty(longest + 2, np.int32)
    return (starts, ends, hashes, faces), opened, np.empty(MOST_SUFFIXES, np.int32)


@inlined
def _exception(points, codes, span, tables):  # type: ignore[no-untyped-def]
    """Lengths of the tokens of an exception; 0 where the word is none."""
    begin, end = span
    if end - begin > MOST_EXCEPTION or end <= begin:
        return np.int64(0)
    value = hash_text(points, codes, begin, end)
    if not may_hold(value, tables[3]):
        return np.int64(0)
    return look_up(value, tables[1], tables[2]) & np.int64(UNIT - 1)


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


@inlined
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


@inlined
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
    out[0][count], out[1][count] = begin, end
    return count + 1


@inlined
def _face(kind):  # type: ignore[no-untyped-def]
    """What the class of a character says of it as a token: SIGN, STOPPING, MARKS, LETTERED."""
    return np.uint8(kind >> _FACE)


@inlined
def _describe(text, kinds, out, first_, last):  # type: ignore[no-untyped-def]
    """Hashes and faces of these tokens."""
    points, codes, _ = text
    starts, ends, hashes, faces = out
    for token in range(first_, last):
        begin, end = np.int64(starts[token]), np.int64(ends[token])
        every = some = _face(kinds[points[begin]])
        for at in range(begin + 1, end):
            face = _face(kinds[points[at]])
            every &= face & ~STOPPING
            some |= face
        faces[token] = (every & (SIGN | STOPPING | MARKS)) | (some & LETTERED)
        hashes[token] = hash_text(points, codes, begin, end)


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
    kinds, keys, held, _, suffixes = tables
    word = begin
    cut = 0
    lengths = np.int64(0)
    while begin < end and cut < len(suffixes):
        lengths = _exception(points, codes, (begin, end), tables)
        if lengths:
            break
        before = _prefix(points, begin, end, kinds)
        if before:
            lengths = _exception(points, codes, (begin + before, end), tables)
            if lengths:
                count = _emit(begin, begin + before, out, count)
                begin += before
                break
        behind = 0
        if begin + before < end:
            behind = _suffix(points, begin + before, end, kinds, keys, held)
        if behind:
            lengths = _exception(points, codes, (begin, end - behind), tables)
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
    starts, ends, _, _ = out
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
def _is_common(mark):  # type: ignore[no-untyped-def]
    """Is this code one of . , : ; ! ? )"""
    return (mark < ROOM) & (_COMMON >> np.uint64(mark & 63) & np.uint64(1) != np.uint64(0))


@inlined
def _ends_sentence(text, begin, end, tables):  # type: ignore[no-untyped-def]
    """Is the full stop behind a word of letters a token, as it is not in `Mr.` or `A.`?"""
    points, codes, _ = text
    if end - begin < 3 or not tables[0][points[end - 2]] & LOWER:
        return False
    return not _exception(points, codes, (begin, end), tables)


@inlined
def _rare_word(text, begin, end, tables, out, count):  # type: ignore[no-untyped-def]
    """The tokens of a word that needs a look, from `count` on; how many there are then.

    Letters or figures only, with at most a common mark behind, are still cut without more.
    """
    points, codes, classes = text
    kinds, keys, held, marks, _ = tables
    core = _run_of(classes, begin, end, ALPHABETIC)
    if core == begin:
        core = _run_of(classes, begin, end, FIGURE)
    mark, behind, known = codes[core], count, count
    if core > begin and (core == end or (end - core == 1 and _is_common(mark))):
        value = hash_text(points, codes, begin, core)
        if classes[begin] & FIGURE:
            plain, face = core == end or mark != _CLOSING, np.uint8(0)  # 8) may be a face
        else:
            cut_ = may_hold(value, marks) and look_up(value, keys, held) & np.int64(UNIT - 1) != 0
            plain, face = not cut_, LETTERED
            if plain and core < end and mark == _DOT:
                plain = _ends_sentence(text, begin, end, tables)
        if plain:
            out[2][count], out[3][count] = value, face
            known = behind = _emit(begin, core, out, count)
            if core < end:
                behind = _emit(core, end, out, behind)
    if behind == count:
        if end - begin == 1:
            behind = _emit(begin, end, out, count)
        else:
            behind = _cut_word(text, begin, end, tables, out, count)
    _describe(text, kinds, out, known, behind)
    return behind


@borrowing
def cut(text, words, tables, out, count):  # type: ignore[no-untyped-def]
    """The tokens of a text's words, written from `count` on; how many there are then.

    `text` are points, codes and classes (filters.compiled.line_reading), `words` how many there
    are, where (filters.compiled.reading.runs), and room for the first token of each. `tables` are
    the tokenizer's classes of characters, the table of exceptions, marks of them, and room for
    MOST_SUFFIXES places; `out` (empty_tokens) is starts and ends int32, hashes uint64, and faces
    uint8: SIGN, STOPPING, MARKS, LETTERED. Short words of ASCII letters or figures with at most a
    common mark behind, which most are, are cut without a guess.
    """
    points, codes, classes = text
    kinds, marks = tables[0], tables[3]
    starts, ends, hashes, faces = out
    found, bounds, opened = words
    for i in range(found):
        begin, end = np.int64(bounds[2 * i]), np.int64(bounds[2 * i + 1])
        opened[i] = count
        core = end - (classes[end - 1] & (ALPHABETIC | FIGURE) == 0)
        length, mark = core - begin, codes[core]
        inside = masks(length)
        of, more = eight(classes, begin), eight(classes, begin + 8)
        low, high = eight(codes, begin) & inside[0], eight(codes, begin + 8) & inside[1]
        value = hash_short(low, high, length)
        lacking = (~of & inside[0]) | (~more & inside[1])
        plain = (length <= SIXTEEN) & ((low | high) & OTHERS == _NONE)
        plain &= (core == end) | _is_common(mark) | ((length == 0) & (mark < OTHER))
        letters = lacking & _LETTERS == _NONE
        if plain and letters and mark == _DOT and core < end and length > 0:
            plain = _ends_sentence(text, begin, end, tables)
        if plain & letters & (not may_hold(value, marks)):
            starts[count], ends[count], hashes[count], faces[count] = begin, core, value, LETTERED
            count += length > 0
        elif plain & (lacking & _FIGURES == _NONE) & (mark != _CLOSING):
            starts[count], ends[count], hashes[count], faces[count] = begin, core, value, 0
            count += 1
        else:
            count = _rare_word(text, begin, end, tables, out, count)
            continue
        if core < end:
            starts[count], ends[count], faces[count] = core, end, _face(kinds[mark])
            hashes[count] = hash_short(np.uint64(mark), _NONE, 1)
            count += 1
    opened[found] = count
    return count
