"""RedPajama-V2's counts of a document, compiled in one pass.

Its two kinds of words: raw ones are runs of word characters or runs of marks (NLTK's
WordPunctTokenizer); normalized ones are those of filters.compiled.redpajama_words.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import MARGIN, ROOM, being, first, having, next_ones, ones
from filters.compiled.compiling import borrowing
from filters.compiled.document_counting import longest_text
from filters.compiled.reading import OTHER, ellipses, places, read, runs_with
from filters.compiled.redpajama_words import (
    CAPITAL,
    CASED,
    ELLIPSIS,
    FIGURE,
    LATIN,
    MARK,
    SMALL,
    SPACE,
    WORD,
    flagged,
    normalized,
)
from filters.compiled.repetition import (
    MOST_N,
    covered,
    empty_levels,
    empty_numbers,
    first_level,
    in_order,
    next_level,
    number_words,
)

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

_NEWLINE, _DOT, _CRY, _ASK, _HASH = (np.uint8(ord(char)) for char in "\n.!?#")
_OPEN, _CLOSE = np.uint8(ord("{")), np.uint8(ord("}"))
_ELLIPSIS, _QUOTE = 0x2026, 0x201D
_FEW = 16
_NONE, _ONE, _TOP = np.uint64(0), np.uint64(1), np.uint64(63)
_ALL = np.uint64(0xFFFFFFFFFFFFFFFF)
_BULLETS = np.array([0x2022, 0x2023, 0x25B6, 0x25C0, 0x25E6, 0x25A0, 0x25A1, 0x25AA, 0x25AB,
                     0x2013], np.int32)  # fmt: skip


@borrowing
def _characters(codes, kinds, size, row):  # type: ignore[no-untyped-def]
    r"""Single characters, raw words, lines with a word, and sentences: \b[^.!?]+[.!?]*

    A sentence begins with the first word character behind a stop, and a line has a normalized word
    where it has more than marks. Returns whether capitals are among the marks, and those lines.
    """
    odd, behind, said, opened = _NONE, _NONE, _ONE, _ONE
    raw, sentences, lines, signs, brackets, capitals, figures = 0, 0, 0, 0, 0, 0, 0
    for at in range(0, size, ROOM):
        word, capital = having(kinds, at, WORD), having(kinds, at, CAPITAL)
        mark = ~having(kinds, at, WORD | SPACE) & first(size - at)
        odd |= capital & ~word
        raw += ones(word & ~((word << _ONE) | (behind & _ONE)))
        raw += ones(mark & ~((mark << _ONE) | (behind >> _ONE)))
        behind = (word >> _TOP) | (mark >> _TOP << _ONE)
        signs += ones(being(codes, at, _HASH)) + ones(having(kinds, at, ELLIPSIS))
        brackets += ones(being(codes, at, _OPEN)) + ones(being(codes, at, _CLOSE))
        capitals += ones(capital)
        figures += ones(having(kinds, at, FIGURE))
        stop = being(codes, at, _DOT) | being(codes, at, _CRY) | being(codes, at, _ASK)
        begins, said = next_ones(word, stop, said)
        sentences += ones(begins)
        full = ~having(kinds, at, SPACE | MARK) & first(size - at)
        begins, opened = next_ones(full, being(codes, at, _NEWLINE), opened)
        lines += ones(begins)
    row[3], row[5], row[11], row[26], row[27] = sentences, raw, brackets, capitals, figures
    row[4] = signs + ellipses(codes, size)
    row[12] = size
    return odd != _NONE, lines


@borrowing
def _raw(codes, kinds, size, row):  # type: ignore[no-untyped-def]
    """Raw words, and how many of them have a letter of ASCII, and capitals but no small letter.

    Returns how many lines have a normalized word.
    """
    odd, lines = _characters(codes, kinds, size, row)
    words, marks = (WORD, _NONE), (WORD | SPACE, _ALL)
    row[6] = runs_with(kinds, size, words, LATIN)
    row[7] = runs_with(kinds, size, words, CASED) - runs_with(kinds, size, words, SMALL)
    if odd:
        row[7] += runs_with(kinds, size, marks, CASED) - runs_with(kinds, size, marks, SMALL)
    return lines


@borrowing
def _lines(points, kinds, size, feeds, row):  # type: ignore[no-untyped-def]
    """Lines, as RedPajama's split gives them: with their line feed, empty ones too.

    `feeds` int32 are the places of line feeds, and `size` behind the last.
    """
    begin, line = 0, 0
    while begin < size:
        first, last = begin, feeds[line]
        begin, line = last + 1, line + 1
        row[9] += 1
        while first < last and kinds[first] & SPACE:
            first += 1
        while last > first and kinds[last - 1] & SPACE:
            last -= 1
        if last == first:
            continue
        point = points[last - 1]
        row[24] += point in (46, 33, 63, _QUOTE)
        row[10] += point == _ELLIPSIS or (
            point == 46 and last - first > 2 and points[last - 2] == 46 and points[last - 3] == 46
        )
        if points[first] > OTHER:
            for bullet in _BULLETS:
                row[29] += points[first] == bullet


@borrowing
def _ngrams(words, running, numbered, room, row):  # type: ignore[no-untyped-def]
    (known, numbers), size = numbered, 0
    found = first_level(words, known, numbers, room)
    for n in range(2, MOST_N + 1):
        found, best, most = next_level(n, found, numbers[0], room)
        if n > 4:
            size, row[18 + n - 5] = covered(n, size, room, running)
            continue
        if n == 4:
            size = in_order(n, found, words, room)
        row[15 + n - 2] = (running[best + n] - running[best]) * most if best >= 0 else 0


@borrowing
def _entropy(tallies, known, words, terms):  # type: ignore[no-untyped-def]
    """Of the shares that each different word has of all; `terms` is room, float64. [nats]"""
    few, total, words = len(terms), 0.0, max(words, 1)
    for tally in range(1, few):  # so often most words are there
        terms[tally] = tally / words * np.log(tally / words)
    for number in range(known):
        said = np.int64(tallies[number])
        total -= terms[said] if said < few else said / words * np.log(said / words)
    return total


@numba.njit(cache=True, nogil=True)
def count_documents(data, starts, letters, stops, phrases, javascript):  # type: ignore[no-untyped-def]
    """All counts of each text, in the order of COUNTS, int32 (30, n); and entropies, float64 (n,).

    `letters` are the classes of characters, `lower` and `longer`; `stops` and `phrases` are tables
    of hashes; `javascript` is that word's hash.
    """
    texts = len(starts) - 1
    out, entropies = np.zeros((texts, len(COUNTS)), np.int32), np.zeros(texts, np.float64)
    longest = longest_text(starts)
    points, word = np.empty(longest + MARGIN, np.uint32), np.empty(4 * longest + 4, np.uint32)
    codes, kinds, bare, small = np.empty((4, longest + MARGIN), np.uint8)
    bounds, feeds = np.empty(longest + 2, np.int32), np.empty(longest + 1, np.int32)
    hashes, running = np.empty(longest + 1, np.uint64), np.empty(longest + 2, np.int64)
    normal = (hashes, running, (word, bare, small), bounds)
    numbers = empty_numbers(longest), np.empty(_FEW)
    room = ((points, codes, kinds), feeds, normal, numbers, empty_levels(longest))
    _count_documents(data, starts, letters, (stops, phrases, javascript), room, (out, entropies))
    return out.T.copy(), entropies


@borrowing
def _count_documents(data, starts, letters, lists, room, outs):  # type: ignore[no-untyped-def]
    classes_of, lower, longer = letters
    stops, phrases, javascript = lists
    characters, feeds, normal, (numbers, terms), levels = room
    points, codes, kinds = characters
    hashes, running, _, _ = normal
    out, entropies = outs
    for text in range(len(starts) - 1):
        row = out[text]
        size = read(data, starts[text], starts[text + 1], classes_of, characters)
        lines = _raw(codes, kinds, size, row)
        feeds[places(codes, size, _NEWLINE, feeds)] = size
        _lines(points, kinds, size, feeds, row)
        words = normalized(characters, size, (lower, longer, stops, javascript), normal, row)
        known = number_words(hashes, words, numbers)
        row[0], row[1], row[2] = words, running[words], known
        row[28] = running[words] + words - lines
        entropies[text] = _entropy(numbers[1], known, words, terms)
        row[14] = flagged(hashes, words, phrases)
        _ngrams(words, running, (known, numbers), levels, row)
