"""English text cut into tokens and sentences, compiled.

The rules are spaCy's for a blank English pipeline (spacy/tokenizer.pyx, spacy/lang/punctuation.py):
a word is what stands between white space; marks are cut off both its ends, as long as any is there
and the rest is no exception; what is left is an exception, an address, or cut at infixes. Left out:
exceptions of several words, and the rarer faces made of marks. docs/parity.md counts what differs.

Points are decoded code points, `kinds` the table of filters.compiled.token_classes. A token is a
pair of places (first point, one behind the last). filters.compiled.token_rules has the rules.

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
    hash_few,
    hash_short,
    hash_text,
    look_up,
    masks,
    may_hold,
)
from filters.compiled.line_reading import ALPHABETIC, FIGURE
from filters.compiled.reading import OTHER
from filters.compiled.token_classes import LETTER, LOWER, PUNCTUATION, STOP, SYMBOL
from filters.compiled.token_rules import UNIT, exception, infix, prefix, suffix

# Marks are cut off one end of a word this often at most.
MOST_SUFFIXES = 256

_DOT, _COLON, _CLOSING = 46, 58, 41
_COMMON = np.uint64(sum(1 << ord(mark) for mark in ".,:;!?)"))
# Classes of eight characters.
_LETTERS, _FIGURES = (np.uint64(int(kind) * 0x0101010101010101) for kind in (ALPHABETIC, FIGURE))
_NONE, _SILENT = np.uint64(0), np.uint8(0)

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
    points, codes, classes = text
    starts, ends, hashes, faces = out
    for token in range(first_, last):
        begin, end = np.int64(starts[token]), np.int64(ends[token])
        every = some = _face(kinds[points[begin]])
        if having(classes, begin, ALPHABETIC) & first(end - begin) != _NONE:
            every, some = _SILENT, LETTERED
        elif end - begin > 1:
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
        lengths = exception(points, codes, (begin, end), tables)
        if lengths:
            break
        before = prefix(points, begin, end, kinds)
        if before:
            lengths = exception(points, codes, (begin + before, end), tables)
            if lengths:
                count = _emit(begin, begin + before, out, count)
                begin += before
                break
        behind = 0
        if begin + before < end:
            behind = suffix(points, begin + before, end, kinds, keys, held)
        if behind:
            lengths = exception(points, codes, (begin, end - behind), tables)
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
            length = infix(points, at, end, core, kinds)
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
    return not exception(points, codes, (begin, end), tables)


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
    common mark behind, which most are, are cut without a guess; so are those of other letters.
    """
    points, codes, classes = text
    kinds, marks = tables[0], tables[3]
    starts, ends, hashes, faces = out
    found, bounds, opened = words
    for i in range(found):
        begin, end = np.int64(bounds[2 * i]), np.int64(bounds[2 * i + 1])
        opened[i] = count
        core = end - (classes[np.uint64(end - 1)] & (ALPHABETIC | FIGURE) == 0)
        length, mark = core - begin, codes[np.uint64(core)]
        inside = masks(length)
        of, more = eight(classes, begin), eight(classes, begin + 8)
        low, high = eight(codes, begin) & inside[0], eight(codes, begin + 8) & inside[1]
        lacking = (~of & inside[0]) | (~more & inside[1])
        letters, others = lacking & _LETTERS == _NONE, (low | high) & OTHERS != _NONE
        value = hash_short(low, high, length)
        if letters & others:
            value = hash_few(points, begin, min(length, SIXTEEN))
        plain = (length <= SIXTEEN) & (letters | ~others)
        plain &= (core == end) | _is_common(mark) | ((length == 0) & (mark < OTHER))
        if plain and letters and mark == _DOT and core < end and length > 0:
            plain = _ends_sentence(text, begin, end, tables)
        at = np.uint64(count)
        if plain & letters & (not may_hold(value, marks)):
            starts[at], ends[at], hashes[at], faces[at] = begin, core, value, LETTERED
            count += length > 0
        elif plain & (lacking & _FIGURES == _NONE) & (mark != _CLOSING):
            starts[at], ends[at], hashes[at], faces[at] = begin, core, value, 0
            count += 1
        else:
            count = _rare_word(text, begin, end, tables, out, count)
            continue
        if core < end:
            at = np.uint64(count)
            starts[at], ends[at], faces[at] = core, end, _face(kinds[mark])
            hashes[at] = hash_short(np.uint64(mark), _NONE, 1)
            count += 1
    opened[found] = count
    return count
