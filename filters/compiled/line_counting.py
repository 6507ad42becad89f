"""Lines that C4's and RefinedWeb's rules keep or cut, compiled.

A line is what filters.compiled.line_reading takes for one; RefinedWeb's code knows line feeds
only, which is what the pages' other line ends have become by then.

Importing this module imports numba.
"""

import numpy as np

from filters.compiled.blocks import ROOM, first, having, lowest, next_ones, ones
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.line_reading import ALPHABETIC, BLANK, CAPITAL, FIGURE, spelled
from filters.compiled.tokenizing import MARKS, STOPPING

# What C4's rules make of a line; a line of PLACEHOLDER or CODE costs the whole document.
CUT, PLACEHOLDER, CODE, KEPT = 0, 1, 2, 3
LEAST_WORDS = 3
_PHRASE_WORDS = 10
_NONE, _ONE = np.uint64(0), np.uint64(1)

LOREM = np.frombuffer(b"lorem ipsum", np.uint8)
JAVASCRIPT = np.frombuffer(b"javascript", np.uint8)
TERMS = np.frombuffer(b"terms of use", np.uint8)
PRIVACY = np.frombuffer(b"privacy policy", np.uint8)
COOKIE = np.frombuffer(b"cookie policy", np.uint8)
USES = np.frombuffer(b"uses cookies", np.uint8)
USE_OF = np.frombuffer(b"use of cookies", np.uint8)
USE = np.frombuffer(b"use cookies", np.uint8)
EDIT = np.frombuffer(b"[edit]", np.uint8)
NEEDED = np.frombuffer(b"[citation needed]", np.uint8)
IN_CART = np.frombuffer(b"items in cart", np.uint8)
READ_MORE = np.frombuffer(b"read more", np.uint8)
ITEM = (np.uint8(105), np.uint8(116), np.uint8(101), np.uint8(109))  # of "items in cart"
SIGN_IN = np.frombuffer(b"sign-in", np.uint8)
COUNTED = (
    np.frombuffer(b"likes", np.uint8), np.frombuffer(b"shares", np.uint8),
    np.frombuffer(b"comments", np.uint8), np.frombuffer(b"retweets", np.uint8),
    np.frombuffer(b"reposts", np.uint8), np.frombuffer(b"quotes", np.uint8),
    np.frombuffer(b"bookmarks", np.uint8), np.frombuffer(b"upvotes", np.uint8),
    np.frombuffer(b"downvotes", np.uint8), np.frombuffer(b"downloads", np.uint8),
    np.frombuffer(b"views", np.uint8), np.frombuffer(b"followers", np.uint8),
)  # fmt: skip


@borrowing
def _reads(points, at, end, phrase, capitals):  # type: ignore[no-untyped-def]
    """Does the text at `at` read as this ASCII phrase, in lower case (or any, with `capitals`)?"""
    if at < 0 or end - at < len(phrase):
        return False
    for i in range(len(phrase)):
        point = points[at + i]
        if capitals and 65 <= point <= 90:
            point += 32
        if point != phrase[i]:
            return False
    return True


@borrowing
def without_citations(points, begin, end, out):  # type: ignore[no-untyped-def]
    """The line without [12], [edit] and [citation needed], written to `out`; its length."""
    kept, at = 0, begin
    while at < end:
        length = 0
        if points[at] == 91:
            run = at + 1
            while run < end and 48 <= points[run] <= 57:
                run += 1
            if run < end and points[run] == 93:
                length = run + 1 - at
            elif _reads(points, at, end, EDIT, False):
                length = len(EDIT)
            elif _reads(points, at, end, NEEDED, False):
                length = len(NEEDED)
        if length:
            at += length
        else:
            out[kept] = points[at]
            kept, at = kept + 1, at + 1
    return kept


@borrowing
def stripped(kinds, begin, end):  # type: ignore[no-untyped-def]
    """The bounds without white space."""
    while begin < end and kinds[begin] & BLANK:
        begin += 1
    while end > begin and kinds[end - 1] & BLANK:
        end -= 1
    return begin, end


@borrowing
def _phrases(points, begin, end):  # type: ignore[no-untyped-def]
    """Does the line speak of: a placeholder, JavaScript, code, a policy? Bits 1, 2, 4, 8."""
    found = 0
    for at in range(begin, end):
        point = points[at] | 32
        if point == 106:  # j
            found |= 2 * _reads(points, at, end, JAVASCRIPT, True)
        elif points[at] == 123:
            found |= 4
        elif point == 102 and points[at - 1] | 32 == 111 and at - 7 >= begin:  # of
            found |= 8 * _reads(points, at - 7, end, TERMS, True)
        elif point == 107 and at - 3 >= begin and points[at - 1] | 32 == 111:  # cook
            found |= 8 * (
                _reads(points, at - 3, end, COOKIE, True)
                or (at - 7 >= begin and _reads(points, at - 7, end, USE, True))
                or (at - 8 >= begin and _reads(points, at - 8, end, USES, True))
                or (at - 10 >= begin and _reads(points, at - 10, end, USE_OF, True))
            )
        elif point == 118 and points[at - 1] | 32 == 105 and at - 3 >= begin:  # priv
            found |= 8 * _reads(points, at - 3, end, PRIVACY, True)
        elif point == 109 and points[at - 1] | 32 == 101 and at - 4 >= begin:  # lorem
            found |= 1 * _reads(points, at - 4, end, LOREM, True)
    return found


@inlined
def c4_line(points, line, out):  # type: ignore[no-untyped-def]
    """C4's verdict on a line, without the rule of the last mark; whether it passes that one.

    Also how many points of the line without citations lie in `out`; -1 where it has none of them.
    As datatrove/pipeline/filters/c4_filters.py asks: words of the line as it was, the rest of the
    line without citations. `line` is what next_line gave from its bounds on; `out` int32 must hold
    the line.
    """
    begin, end, words, long, hint = line
    if long:
        return CUT, False, -1
    length = -1
    if hint:
        for at in range(begin, end):
            if points[at] == 91:
                length = without_citations(points, begin, end, out)
                break
    if length >= 0:
        points, begin, end = out, 0, length
    mark = points[end - 1] if end > begin else 0
    ends = mark in (46, 63, 33, 34, 39)
    if mark == 46 and end - begin > 2 and points[end - 2] == 46 and points[end - 3] == 46:
        ends = False
    if words < LEAST_WORDS:
        return CUT, ends, length
    if not hint:
        return KEPT, ends, length
    found = _phrases(points, begin, end)
    if found & 1:
        return PLACEHOLDER, ends, length
    if found & 2:
        return CUT, ends, length
    if found & 4:
        return CODE, ends, length
    return CUT if found & 8 else KEPT, ends, length


@borrowing
def is_counter(text, begin, end):  # type: ignore[no-untyped-def]
    """Is the line a number and what it counts, as in "3 likes" or "1,024K views"?"""
    points, codes, kinds = text
    plain = ALPHABETIC | FIGURE
    while begin < end and not kinds[begin] & plain and codes[begin] != 95:
        begin += 1
    if begin == end or not kinds[begin] & FIGURE:
        return False
    while end > begin and not kinds[end - 1] & plain and codes[end - 1] != 95:
        end -= 1
    while begin < end and (kinds[begin] & FIGURE or codes[begin] in (44, 46)):
        begin += 1
    if begin < end and codes[begin] | 32 in (107, 109, 98):  # k, m, b
        begin += 1
    if begin == end or not kinds[begin] & BLANK:
        return False
    while begin < end and kinds[begin] & BLANK:
        begin += 1
    for noun in COUNTED:
        if end - begin == len(noun) and _reads(points, begin, end, noun, True):
            return True
    return False


@borrowing
def phrase_words(points, small, begin, end):  # type: ignore[no-untyped-def]
    """Words of page furniture: "items in cart" anywhere, "Read more..." last, "Sign-in" first."""
    found = 0
    for block in range(begin, end, ROOM):
        places = spelled(small, block, ITEM) & first(end - block)
        while places != _NONE:
            found += 3 * _reads(points, block + lowest(places), end, IN_CART, True)
            places &= places - _ONE
    if end - begin >= 12 and _reads(points, end - 12, end, READ_MORE, True):
        found += 2
    return found + (1 if _reads(points, begin, end, SIGN_IN, True) else 0)


@inlined
def refinedweb_line(page, begin, end, line):  # type: ignore[no-untyped-def]
    """Words of a line that RefinedWeb's line rules cut, as DCLM writes them.

    baselines/mappers/modifiers.py: more than half of the characters capitals; figures only; a
    counter; one word alone; in lines of at most ten words, phrases of page furniture.
    """
    text, small, _, _ = page
    points, _, kinds = text
    opening, closing, words, _, _ = line
    if words < 2:
        return words
    capitals = 0
    for block in range(opening, closing, ROOM):
        capitals += ones(having(kinds, block, CAPITAL) & first(closing - block))
    if capitals * 2 > end - begin:
        return words
    if words > _PHRASE_WORDS:
        return 0
    if is_counter(text, opening, closing):
        return words
    return min(words, phrase_words(points, small, begin, end))


@borrowing
def sentences(faces, begin, end):  # type: ignore[no-untyped-def]
    """Sentences among the tokens begin to end: a new one begins behind a stop, at a word.

    filters.compiled.tokenizing has the faces.
    """
    found, waiting = 1, _NONE
    for block in range(begin, end, ROOM):
        inside = first(end - block)
        stop = having(faces, block, STOPPING) & inside
        word = inside & ~having(faces, block, STOPPING | MARKS)
        opening, waiting = next_ones(word, stop, waiting)
        found += ones(opening)
    return found
