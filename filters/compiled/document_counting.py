"""Counts of whole documents in one compiled pass: Gopher's, C4's and FineWeb's rules.

Each text is decoded once into scratch arrays, cut into lines and tokens
(filters.compiled.tokenizing), and its tokens' n-grams are looked at level by level
(filters.compiled.repetition). Nothing here trusts the bytes: a broken sequence is one replacement
character. A document is measured up to MOST_CHARS characters: the scratch arrays have to end
somewhere.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import ROOM, being, first, having, ones
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.counting import MOST_CHARS
from filters.compiled.hashing import hash_line
from filters.compiled.line_counting import (
    CODE,
    KEPT,
    PLACEHOLDER,
    c4_line,
    sentences,
    stripped,
)
from filters.compiled.line_reading import BLANK, DOTS, empty_page, next_line, read_page
from filters.compiled.reading import ellipses, reread, runs
from filters.compiled.repetition import (
    MOST_N,
    add_hash,
    empty_levels,
    empty_numbers,
    first_level,
    in_order,
    is_numbered,
    next_level,
    number_words,
    repeated_segments,
    skipped,
    table_size,
)
from filters.compiled.token_classes import TERMINAL
from filters.compiled.tokenizing import LETTERED, SIGN, cut, empty_tokens

# Rows of what count_documents returns, in order; filters.quality says what they mean.
COUNTS = (
    "text_chars", "text_line_feeds", "hashes", "ellipses", "lines", "bullet_lines",
    "ellipsis_lines", "paragraphs", "repeated_paragraphs", "repeated_paragraph_chars",
    "segments", "repeated_segments", "repeated_segment_chars",
    "full_lines", "ended_lines", "short_lines", "repeated_line_chars",
    "c4_sentences", "c4_open_sentences", "c4_lost_lines", "c4_open_lost_lines",
    "gopher_tokens", "gopher_words", "gopher_word_chars", "alphabetic_tokens",
    "gopher_stopword_kinds",
    "top_2gram_chars", "top_3gram_chars", "top_4gram_chars",
    "repeated_5gram_chars", "repeated_6gram_chars", "repeated_7gram_chars",
    "repeated_8gram_chars", "repeated_9gram_chars", "repeated_10gram_chars",
)  # fmt: skip
SHORT_LINE = 30

_DOT, _ELLIPSIS, _BULLET, _MINUS, _NEWLINE = 46, 0x2026, 0x2022, 45, 10
_FEED, _HASH = np.uint8(10), np.uint8(35)
_NONE, _ALL = np.uint64(0), np.uint64(0xFFFFFFFFFFFFFFFF)
_ODD = np.uint64(0x9E3779B97F4A7C15)
_TOP, _REPEATED = 26, 29


@borrowing
def longest_text(starts):  # type: ignore[no-untyped-def]
    """Scratch that the longest of these texts needs. [characters]"""
    longest = 0
    for text in range(len(starts) - 1):
        longest = max(longest, min(starts[text + 1] - starts[text], MOST_CHARS))
    return longest


@inlined
def _ends_in_ellipsis(points, begin, end):  # type: ignore[no-untyped-def]
    if end <= begin:
        return False
    if points[end - 1] == _ELLIPSIS:
        return True
    return (
        end - begin > 2
        and points[end - 1] == _DOT
        and points[end - 2] == _DOT
        and points[end - 3] == _DOT
    )


@inlined
def _c4_sentences(points, line, tokens, tables, room, row):  # type: ignore[no-untyped-def]
    """Sentences of a line that C4 keeps; a line of placeholder text or code that costs it the page.

    `tokens` are the line's first token, the one behind its last, and how many the text has. A line
    without its citations is cut into tokens again, behind those.
    """
    opening, closing, count = tokens
    (again, words), out = room
    scratch = again[0]
    verdict, ended, length = c4_line(points, line, scratch)
    if verdict in (PLACEHOLDER, CODE):
        row[19] += ended
        row[20] += 1
    elif verdict == KEPT:
        if length < 0:
            found = sentences(out[3], opening, closing)
        else:
            reread(length, tables[-1], again)
            said = runs(again[2], length, (BLANK, _ALL), words[0])
            behind = cut(again, (said, *words), tables[:-1], out, count)
            found = sentences(out[3], count, behind)
        row[17] += found if ended else 0
        row[18] += found


@borrowing
def _lines(page, size, tokens, tables, room, row):  # type: ignore[no-untyped-def]
    """Counts of lines: Gopher's, C4's and FineWeb's, and the repeated ones.

    A line of Gopher and C4 ends where str.splitlines ends it; one of FineWeb, a segment and a
    paragraph at line feeds. `tokens` is how many there are, and the first of each word. `room` is
    scratch for a line, the tokens, and two tables of hashes.
    """
    kinds = tables[0]
    rest, out, segments, paragraphs = room
    (points, codes, plain), (count, firsts) = page[0], tokens
    begin = opened = word = words = 0
    part, parts = np.uint64(0), 0
    while begin < size:
        found = next_line(page, begin, size)
        following, line = found[1], found[2:]
        row[4] += 1
        opening, closing = firsts[word], firsts[word + line[2]]
        word += line[2]
        words += line[2]
        if line[2]:
            row[5] += points[line[0]] in (_BULLET, _MINUS)
            row[6] += _ends_in_ellipsis(points, line[0], line[1])
            _c4_sentences(points, line, (opening, closing, count), tables, (rest, out), row)
        begin = following
        if begin < size and points[begin - 1] != _NEWLINE:
            continue
        fed = points[begin - 1] == _NEWLINE
        row[1] += fed
        close = begin - 1 if fed else begin
        if close > opened:
            key = hash_line(points, opened, close)
            row[10] += 1
            again = add_hash(segments, key)
            row[11] += again
            row[12] += close - opened if again else 0
            if words:
                row[13] += 1
                row[14] += kinds[points[close - 1]] & TERMINAL != 0
                row[15] += close - opened <= SHORT_LINE
                row[16] += close - opened if again else 0
            part = (part * _ODD) ^ key
            parts += close - opened + 1
        if parts and (close == opened or begin >= size):
            again = add_hash(paragraphs, part)
            row[7] += 1
            row[8] += again
            row[9] += parts - 1 if again else 0
            part, parts = np.uint64(0), 0
        opened, words = begin, 0
    for at in range(0, size, ROOM):
        row[2] += ones(being(codes, at, _HASH))
        row[3] += ones(having(plain, at, DOTS))
    row[3] += ellipses(codes, size)


@borrowing
def _words(cuts, tokens, running, row):  # type: ignore[no-untyped-def]
    """Tokens, those that are no symbols, their characters, and tokens with a letter.

    Also writes the running characters of tokens, int64 (tokens + 1,).
    """
    starts, ends, _, faces = cuts
    chars = total = np.int64(0)
    running[0] = 0
    for token in range(tokens):
        length = np.int64(ends[token]) - np.int64(starts[token])
        total += length
        running[token + 1] = total
        chars += np.int64(faces[token] & SIGN == 0) * length
    signs, lettered = 0, 0
    for block in range(0, tokens, ROOM):
        inside = first(tokens - block)
        signs += ones(having(cuts[3], block, SIGN) & inside)
        lettered += ones(having(cuts[3], block, LETTERED) & inside)
    row[21], row[22], row[23], row[24] = tokens, tokens - signs, chars, lettered


@borrowing
def _ngrams(tokens, running, numbered, room, out):  # type: ignore[no-untyped-def]
    """Characters of the top 2- to 4-gram and of repeated 5- to 10-grams."""
    (known, numbers), size = numbered, 0
    found = first_level(tokens, known, numbers, room)
    for n in range(2, MOST_N + 1):
        found, best, most = next_level(n, found, numbers[0], room)
        if n > 4:
            size, out[_REPEATED + n - 5] = skipped(n, size, room, running)
            continue
        if n == 4:
            size = in_order(n, found, tokens, room)
        if best < 0 and tokens >= n:
            best, most = 0, 1
        if best >= 0:  # the words are compared with a space between them
            out[_TOP + n - 2] = (running[best + n] - running[best] + n - 1) * most


@numba.njit(cache=True, nogil=True)
def count_documents(data, starts, tables, stopwords):  # type: ignore[no-untyped-def]
    """All counts of each text, in the order of COUNTS. int32 (35, n)

    `data` uint8 (bytes,) UTF-8 with `starts` int64 (n + 1,); `tables` are the tokenizer's classes
    of characters, the keys, lengths and marks of its exceptions, and
    filters.compiled.line_reading's classes; `stopwords` are hashes, uint64.
    """
    texts = len(starts) - 1
    out = np.zeros((texts, len(COUNTS)), np.int32)
    longest = longest_text(starts)
    page, again = empty_page(longest), empty_page(longest)
    cuts, opened, suffixes = empty_tokens(longest)
    size = table_size(longest + 2)
    slots = (np.empty(size, np.uint64), np.empty(size, np.uint64))
    lines = (again[0], (again[2][0], np.empty_like(opened)))
    words = (np.empty(longest + 2, np.int64), empty_numbers(longest), empty_levels(longest))
    room = (page, lines, slots, (cuts, opened), *words)
    _count_documents(data, starts, (*tables[:4], suffixes, tables[4]), stopwords, room, out)
    return out.T.copy()


@borrowing
def _count_documents(data, starts, rules, stopwords, room, out):  # type: ignore[no-untyped-def]
    page, again, (slots, others), (cuts, opened), running, numbers, levels = room
    text, bounds = page[0], page[2][0]
    for at in range(len(starts) - 1):
        row = out[at]
        chars, found = read_page(data, starts[at], starts[at + 1], rules[-1], page)
        if chars == 0:
            continue
        row[0] = chars
        tokens = cut(text, (found, bounds, opened), rules[:-1], cuts, 0)
        feeds = 2
        for block in range(0, chars, ROOM):
            feeds += ones(being(text[1], block, _FEED))
        used = table_size(feeds)
        slots[:used], others[:used] = 0, 0
        lines = (again, cuts, slots[:used], others[:used])
        _lines(page, chars, (tokens, opened), rules, lines, row)
        _ends(text, chars, slots, row)
        _words(cuts, tokens, running, row)
        known = number_words(cuts[2], tokens, numbers)
        for value in stopwords:
            row[25] += is_numbered(value, tokens, numbers)
        _ngrams(tokens, running, (known, numbers), levels, row)


@borrowing
def _ends(text, size, slots, row):  # type: ignore[no-untyped-def]
    """What line feeds and white space at the ends of a text change: nothing in most."""
    points, _, kinds = text
    before, behind = points[0] == _NEWLINE, points[size - 1] == _NEWLINE
    row[10] += before + behind
    row[11] += before and behind
    begin, end = stripped(kinds, 0, size)
    if begin > 0 or end < size:
        row[7], row[8], row[9] = repeated_segments(points, begin, end, 2, slots)
