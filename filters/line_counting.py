"""Lines that C4's and RefinedWeb's rules keep or cut, compiled.

Points are decoded code points; `kinds` is the table of filters.token_classes. A line is what stands
between line feeds or other ends of a line (str.splitlines); RefinedWeb's code knows line feeds
only, which is what the pages' other line ends have become by then.

Importing this module imports numba.
"""

import numpy as np

from filters.compiling import borrowing, inlined
from filters.token_classes import ANCHOR, DIGIT, LETTER, LINE_END, LOWER, SPACE, UPPER

# What C4's rules make of a line; a line of PLACEHOLDER or CODE costs the whole document.
CUT, PLACEHOLDER, CODE, KEPT = 0, 1, 2, 3
MOST_WORD_CHARS, LEAST_WORDS = 1000, 3
_PHRASE_WORDS = 10

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


@inlined
def _small(point):  # type: ignore[no-untyped-def]
    return point | 32


@borrowing
def _hint(points, at, begin):  # type: ignore[no-untyped-def]
    """Could a phrase of C4's rules lie here? The letters before the anchor tell nearly always."""
    point = _small(points[at])
    if point in (106, 91, 123):  # j, [, {
        return True
    if at - begin < 3 or point in (35, 46):
        return False
    before, second = _small(points[at - 1]), _small(points[at - 2])
    if point == 109:  # term, lorem
        third = _small(points[at - 3])
        return (before == 114 and second == 101 and third == 116) or (
            before == 101 and second == 114 and third == 111
        )
    if point == 107:  # cook
        return before == 111 and second == 111 and _small(points[at - 3]) == 99
    return (
        point == 118 and before == 105 and second == 114 and _small(points[at - 3]) == 112
    )  # priv


@borrowing
def scan_line(points, begin, end, kinds, seen):  # type: ignore[no-untyped-def]
    """One look at the line that begins at `begin`.

    Returns where it ends, where the next begins, its bounds without white space, its words, the
    characters of the longest, and whether C4's phrases have to be looked for. Adds hash signs and
    ellipses to `seen` int32 (2,).
    """
    words, longest, first, last = 0, 0, begin, begin
    hint = False
    at = begin
    while at < end:
        kind = kinds[points[at]]
        if kind & SPACE:
            if kind & LINE_END:
                break
            at += 1
            continue
        start = at
        first = first if words else at
        while at < end:
            kind = kinds[points[at]]
            if kind & (SPACE | ANCHOR):
                if kind & SPACE:
                    break
                point = points[at]
                seen[0] += point == 35
                if point == 46:
                    if at == begin or points[at - 1] != 46:
                        run = at + 1
                        while run < end and points[run] == 46:
                            run += 1
                        seen[1] += (run - at) // 3
                elif point == 0x2026:
                    seen[1] += 1
                elif not hint:
                    hint = _hint(points, at, begin)
            at += 1
        words, longest, last = words + 1, max(longest, at - start), at
    following = at + 1 if at < end else end
    if at + 1 < end and points[at] == 13 and points[at + 1] == 10:
        following = at + 2
    return at, following, first, max(first, last), words, longest, hint


@borrowing
def stripped(points, begin, end, kinds):  # type: ignore[no-untyped-def]
    """The bounds without white space."""
    while begin < end and kinds[points[begin]] & SPACE:
        begin += 1
    while end > begin and kinds[points[end - 1]] & SPACE:
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


@borrowing
def c4_line(points, line, out):  # type: ignore[no-untyped-def]
    """C4's verdict on a line, without the rule of the last mark; whether it passes that one.

    Also how many points of the line without citations lie in `out`; -1 where it has none of them.
    As datatrove/pipeline/filters/c4_filters.py asks: words of the line as it was, the rest of the
    line without citations. `line` is what scan_line gave from its bounds on; `out` int32 must hold
    the line.
    """
    begin, end, words, longest, hint = line
    if longest > MOST_WORD_CHARS:
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
def is_counter(points, begin, end, kinds):  # type: ignore[no-untyped-def]
    """Is the line a number and what it counts, as in "3 likes" or "1,024K views"?"""
    while begin < end and not kinds[points[begin]] & (LETTER | DIGIT) and points[begin] != 95:
        begin += 1
    while end > begin and not kinds[points[end - 1]] & (LETTER | DIGIT) and points[end - 1] != 95:
        end -= 1
    if begin == end or not kinds[points[begin]] & DIGIT:
        return False
    while begin < end and (kinds[points[begin]] & DIGIT or points[begin] in (44, 46)):
        begin += 1
    if begin < end and points[begin] | 32 in (107, 109, 98):  # k, m, b
        begin += 1
    if begin == end or not kinds[points[begin]] & SPACE:
        return False
    while begin < end and kinds[points[begin]] & SPACE:
        begin += 1
    for word in COUNTED:
        if end - begin == len(word) and _reads(points, begin, end, word, True):
            return True
    return False


@borrowing
def phrase_words(points, begin, end):  # type: ignore[no-untyped-def]
    """Words of page furniture: "items in cart" anywhere, "Read more..." last, "Sign-in" first."""
    found = 0
    for at in range(begin + 3, end - len(IN_CART) + 4):
        if points[at] | 32 == 109:  # of the letters of "items" the rarest
            found += 3 * _reads(points, at - 3, end, IN_CART, True)
    if end - begin >= 12 and _reads(points, end - 12, end, READ_MORE, True):
        found += 2
    return found + (1 if _reads(points, begin, end, SIGN_IN, True) else 0)


@borrowing
def refinedweb_line(points, begin, end, line, kinds):  # type: ignore[no-untyped-def]
    """Words of a line that RefinedWeb's line rules cut, as DCLM writes them.

    baselines/mappers/modifiers.py: more than half of the characters capitals; figures only; a
    counter; one word alone; in lines of at most ten words, phrases of page furniture.
    """
    first, last, words, _, _ = line
    if words < 2:
        return words
    capitals = 0
    for at in range(first, last):
        kind = kinds[points[at]] & (UPPER | LOWER)
        capitals += kind == UPPER
    if capitals * 2 > end - begin:
        return words
    if words > _PHRASE_WORDS:
        return 0
    if is_counter(points, first, last, kinds):
        return words
    return min(words, phrase_words(points, begin, end))


@borrowing
def count_lines(points, size, kinds, room, counts):  # type: ignore[no-untyped-def]
    """filters.lines' eight counts of one text of `size` points, added to `counts` int32 (8,).

    `room` is scratch for a line, and scan_line's `seen`.
    """
    out, seen = room
    begin = 0
    while begin < size:
        found = scan_line(points, begin, size, kinds, seen)
        end, following, line = found[0], found[1], found[2:]
        words = line[2]
        if words:
            verdict, ends, _ = c4_line(points, line, out)
            cut = refinedweb_line(points, begin, end, line, kinds)
            counts[0] += 1
            counts[1] += verdict == KEPT
            counts[2] += verdict == KEPT and ends
            counts[3] += verdict in (PLACEHOLDER, CODE)
            counts[4] += verdict in (PLACEHOLDER, CODE) and ends
            counts[5] += words
            counts[6] += cut
            counts[7] += cut == words
        begin = following
