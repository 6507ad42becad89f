"""RedPajama-V2's counts of a document, compiled in one pass.

Its two kinds of words: raw ones are runs of word characters or runs of marks (NLTK's
WordPunctTokenizer); normalized ones stand between white space once ASCII punctuation is gone and
letters are small and decomposed (Unicode NFD). `lower` says what a code point becomes: another one,
or below zero the place in `longer` (first, last behind) of several. Combining marks keep order.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiling import borrowing
from filters.document_counting import longest_text
from filters.hashing import hash_points, look_up
from filters.repetition import (
    MOST_N,
    covered,
    first_level,
    next_level,
    number_words,
    table_size,
    top,
)
from filters.utf8 import decode

SPACE, WORD, MARK, LATIN, CAPITAL, SMALL, FIGURE, CASED = 1, 2, 4, 8, 16, 32, 64, 128

COUNTS = (
    "rps_words", "rps_word_chars", "rps_distinct_words", "rps_sentences", "rps_symbols",
    "rps_raw_words", "rps_alphabetic_words", "rps_capital_words", "rps_stopwords",
    "rps_lines", "rps_ellipsis_lines", "rps_curly_brackets", "rps_chars", "rps_lorem_ipsum",
    "rps_flagged_phrases", "rps_top_2gram_chars", "rps_top_3gram_chars", "rps_top_4gram_chars",
    "rps_repeated_5gram_chars", "rps_repeated_6gram_chars", "rps_repeated_7gram_chars",
    "rps_repeated_8gram_chars", "rps_repeated_9gram_chars", "rps_repeated_10gram_chars",
    "rps_ended_lines", "rps_javascript_words", "rps_capital_chars", "rps_figure_chars",
    "rps_line_chars", "rps_bullet_lines",
)  # fmt: skip

_NEWLINE, _DOT, _ELLIPSIS, _HASH = 10, 46, 0x2026, 35
_SIGMA, _FINAL = 0x3A3, 0x3C2
_LOREM = np.uint64(0x6C6F72656D)
_IPSUM = np.uint64(0x697073756D)
_FIVE = np.uint64(0xFFFFFFFFFF)
_BYTE = np.uint64(8)
_BULLETS = np.array([0x2022, 0x2023, 0x25B6, 0x25C0, 0x25E6, 0x25A0, 0x25A1, 0x25AA, 0x25AB,
                     0x2013], np.int32)  # fmt: skip


@borrowing
def _raw(points, size, kinds, stops, row):  # type: ignore[no-untyped-def]
    r"""Raw words, symbols, brackets and sentences, which are matches of \b[^.!?]+[.!?]*"""
    keys, held = stops
    at, sentence = 0, False
    while at < size:
        kind = kinds[points[at]]
        if kind & SPACE:
            at += 1
            continue
        begin, of = at, np.uint8(0)
        if kind & WORD:
            while at < size:
                kind = kinds[points[at]]
                if not kind & WORD:
                    break
                of |= kind
                at += 1
            row[3] += not sentence
            sentence = True
            row[8] += look_up(hash_points(points, begin, at), keys, held) != 0
        else:
            dots = 0
            while at < size:
                point = points[at]
                kind = kinds[point]
                if kind & (SPACE | WORD):
                    break
                of |= kind
                at += 1
                if point == _DOT:
                    dots += 1
                    sentence = False
                    continue
                row[4] += dots // 3 + (point in (_HASH, _ELLIPSIS))
                dots = 0
                row[11] += point in (123, 125)
                sentence = sentence and point not in (33, 63)
            row[4] += dots // 3
        row[5] += 1
        row[6] += of & LATIN != 0
        row[7] += of & (CAPITAL | SMALL) == CAPITAL
    row[12] = size


@borrowing
def _lines(points, size, kinds, row):  # type: ignore[no-untyped-def]
    """Lines, as RedPajama's split gives them: with their line feed, empty ones too."""
    begin = 0
    while begin < size:
        end = begin
        while end < size and points[end] != _NEWLINE:
            row[26] += kinds[points[end]] & CAPITAL != 0 and kinds[points[end]] & CASED != 0
            end += 1
        row[9] += 1
        first, last = begin, end
        while first < last and kinds[points[first]] & SPACE:
            first += 1
        while last > first and kinds[points[last - 1]] & SPACE:
            last -= 1
        if last > first:
            point = points[last - 1]
            row[24] += point in (_DOT, 33, 63, 0x201D)
            dots = last - first > 2 and point == _DOT
            row[10] += point == _ELLIPSIS or (
                dots and points[last - 2] == _DOT and points[last - 3] == _DOT
            )
            for bullet in _BULLETS:
                row[29] += points[first] == bullet
        begin = end + 1


@borrowing
def _sigma(points, at, size, kinds):  # type: ignore[no-untyped-def]
    """Does a capital sigma end its word?"""
    after = at + 1
    while after < size and kinds[points[after]] & MARK:
        after += 1
    if after < size and kinds[points[after]] & CASED:
        return False
    before = at - 1
    while before >= 0 and kinds[points[before]] & MARK:
        before -= 1
    return before >= 0 and kinds[points[before]] & CASED != 0


@borrowing
def _normalized(points, size, kinds, letters, room, row):  # type: ignore[no-untyped-def]
    """Normalized words: their hashes and running characters; how many there are."""
    lower, longer = letters
    hashes, running, word, javascript = room
    words, length, line_words, line_chars = 0, 0, 0, 0
    tail, head, ended = np.uint64(0), np.uint64(0), False
    running[0] = 0
    for at in range(size + 1):
        point = points[at] if at < size else np.int32(_NEWLINE)
        kind = kinds[point]
        if kind & SPACE:
            if length:
                hashes[words] = hash_points(word, 0, length)
                running[words + 1] = running[words] + length
                words, line_words, line_chars = words + 1, line_words + 1, line_chars + length
                row[25] += hashes[words - 1] == javascript
                ended = tail & _FIVE == _LOREM
                tail = head = np.uint64(0)
                length = 0
            if point == _NEWLINE and line_words:
                row[28] += line_chars + line_words - 1
                line_words = line_chars = 0
            continue
        if kind & MARK:
            continue
        row[27] += kind & FIGURE != 0
        new = lower[point]
        if point == _SIGMA and _sigma(points, at, size, kinds):
            new = _FINAL
        if new >= 0:
            word[length] = new
            length += 1
            tail = (tail << _BYTE) | np.uint64(new & 0xFF if new < 128 else 0)
        else:
            for i in range(longer[-new - 1, 0], longer[-new - 1, 1]):
                word[length] = longer[i, 2]
                length += 1
            tail <<= _BYTE
        if length <= 5:
            head = tail
            row[13] += length == 5 and ended and head == _IPSUM
    return words


@borrowing
def _flagged(hashes, words, phrases):  # type: ignore[no-untyped-def]
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


@borrowing
def _ngrams(words, numbers, running, room, row):  # type: ignore[no-untyped-def]
    tallies, places, classes, table = room
    found = first_level(numbers, words, tallies, places, classes)
    for n in range(2, MOST_N + 1):
        found = next_level(n, numbers, found, places, classes, table)
        if n > 4:
            row[18 + n - 5] = covered(n, found, places, running)
            continue
        best, most = top(found, places, classes, table[2])
        row[15 + n - 2] = (running[best + n] - running[best]) * most if best >= 0 else 0


@numba.njit(cache=True, nogil=True)
def count_documents(data, starts, letters, stops, phrases, javascript):  # type: ignore[no-untyped-def]
    """All counts of each text, in the order of COUNTS, int32 (30, n); and entropies, float64 (n,).

    `letters` are the classes of characters, `lower` and `longer`; `stops` and `phrases` are tables
    of hashes; `javascript` is that word's hash.
    """
    texts = len(starts) - 1
    out, entropies = np.zeros((texts, len(COUNTS)), np.int32), np.zeros(texts, np.float64)
    longest = longest_text(starts)
    points, word = np.empty(longest + 1, np.uint32), np.empty(4 * longest + 4, np.uint32)
    hashes, running = np.empty(longest + 1, np.uint64), np.empty(longest + 2, np.int64)
    numbers, tallies = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.int32)
    places, classes = np.empty(longest + 1, np.int32), np.empty(longest + 2, np.int32)
    size = table_size(longest + 2)
    slots, firsts = np.empty(size, np.uint64), np.empty(size, np.int32)
    table = (slots, firsts, np.empty(longest + 2, np.int32), np.empty(longest + 2, np.int32))
    room = (points, (hashes, running, word, javascript), (numbers, tallies, places, classes), table)
    _count_documents(data, starts, letters, (stops, phrases), room, (out, entropies))
    return out.T.copy(), entropies


@borrowing
def _count_documents(data, starts, letters, lists, room, outs):  # type: ignore[no-untyped-def]
    kinds, lower, longer = letters
    stops, phrases = lists
    points, normal, levels, table = room
    hashes, running, _, _ = normal
    numbers, tallies, places, classes = levels
    slots, firsts, _, _ = table
    out, entropies = outs
    for text in range(len(starts) - 1):
        row = out[text]
        chars = decode(data, starts[text], starts[text + 1], points[:-1])
        _raw(points, chars, kinds, stops, row)
        _lines(points, chars, kinds, row)
        words = _normalized(points, chars, kinds, (lower, longer), normal, row)
        known = number_words(hashes, words, numbers, slots, firsts, tallies)
        row[0], row[1], row[2] = words, running[words], known
        for i in range(known):
            share = tallies[i] / words
            entropies[text] -= share * np.log(share)
        row[14] = _flagged(hashes, words, phrases)
        _ngrams(words, numbers, running, (tallies, places, classes, table), row)
