"""Counts of whole documents in one compiled pass: Gopher's, C4's and FineWeb's rules.

Each text is decoded once into scratch arrays, cut into lines and tokens (filters.tokenizing), and
its tokens' n-grams are looked at level by level (filters.repetition). Nothing here trusts the
bytes: a broken sequence is one replacement character. A document is measured up to MOST_CHARS
characters: the scratch arrays have to end somewhere.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiling import borrowing
from filters.counting import MOST_CHARS
from filters.hashing import hash_points
from filters.line_counting import (
    CODE,
    KEPT,
    PLACEHOLDER,
    c4_line,
    count_lines,
    scan_line,
    stripped,
)
from filters.repetition import (
    MOST_N,
    add_hash,
    first_level,
    next_level,
    number_words,
    repeated_segments,
    skipped,
    table_size,
    top,
)
from filters.token_classes import LETTER, SYMBOL, TERMINAL
from filters.tokenizing import MOST_SUFFIXES, cut, sentences
from filters.utf8 import decode

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
_ODD = np.uint64(0x9E3779B97F4A7C15)
_TOP, _REPEATED = 26, 29


@borrowing
def longest_text(starts):  # type: ignore[no-untyped-def]
    """Scratch that the longest of these texts needs. [characters]"""
    longest = 0
    for text in range(len(starts) - 1):
        longest = max(longest, min(starts[text + 1] - starts[text], MOST_CHARS))
    return longest


@borrowing
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


@borrowing
def _c4_sentences(points, line, tokens, tables, room, row):  # type: ignore[no-untyped-def]
    """Sentences of a line that C4 keeps; a line of placeholder text or code that costs it the page.

    `tokens` are the line's first token, the one behind its last, and how many the text has. A line
    without its citations is cut into tokens again, behind those.
    """
    opening, closing, count = tokens
    scratch, out = room
    kinds = tables[0]
    verdict, ended, length = c4_line(points, line, scratch)
    if verdict in (PLACEHOLDER, CODE):
        row[19] += ended
        row[20] += 1
    elif verdict == KEPT:
        if length < 0:
            found = sentences(points, out, opening, closing, kinds)
        else:
            again = cut(scratch, 0, length, tables, out, count)
            found = sentences(scratch, out, count, again, kinds)
        row[17] += found if ended else 0
        row[18] += found


@borrowing
def _lines(points, size, tokens, tables, room, row):  # type: ignore[no-untyped-def]
    """Counts of lines: Gopher's, C4's and FineWeb's, and the repeated ones.

    A line of Gopher and C4 ends where str.splitlines ends it; one of FineWeb, a segment and a
    paragraph at line feeds. `room` is scratch for a line, the tokens, two tables of hashes, and
    scan_line's `seen`.
    """
    kinds = tables[0]
    scratch, out, segments, paragraphs, seen = room
    starts = out[0]
    seen[:] = 0
    begin = opened = token = words = 0
    part, parts = np.uint64(0), 0
    while begin < size:
        found = scan_line(points, begin, size, kinds, seen)
        end, following, line = found[0], found[1], found[2:]
        row[4] += 1
        opening = token
        while token < tokens and starts[token] < end:
            token += 1
        words += line[2]
        if line[2]:
            row[5] += points[line[0]] in (_BULLET, _MINUS)
            row[6] += _ends_in_ellipsis(points, line[0], line[1])
            _c4_sentences(points, line, (opening, token, tokens), tables, (scratch, out), row)
        begin = following
        if begin < size and points[begin - 1] != _NEWLINE:
            continue
        fed = points[begin - 1] == _NEWLINE
        row[1] += fed
        close = begin - 1 if fed else begin
        if close > opened:
            key = hash_points(points, opened, close)
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
    row[2], row[3] = seen


@borrowing
def _words(points, starts, ends, tokens, kinds, words):  # type: ignore[no-untyped-def]
    """Hashes of the tokens, and Gopher's counts of them.

    `words` is hashes uint64, running characters int64 (tokens + 1,), and the hashes of the function
    words. Returns words that are no symbols, their characters, tokens with a letter, and how many
    of the function words are there.
    """
    hashes, running, stopwords = words
    said, chars, alphabetic, stops = 0, 0, 0, 0
    running[0] = 0
    for token in range(tokens):
        begin, end = starts[token], ends[token]
        running[token + 1] = running[token] + end - begin
        symbol, letter = hashes[token] == 0, hashes[token] != 0
        if symbol:
            for i in range(begin, end):
                kind = kinds[points[i]]
                symbol &= kind & SYMBOL != 0
                letter |= kind & LETTER != 0
            hashes[token] = hash_points(points, begin, end)
        said += not symbol
        chars += 0 if symbol else end - begin
        alphabetic += letter
        if end - begin < 5:
            for i in range(len(stopwords)):
                if hashes[token] == stopwords[i]:
                    stops |= 1 << i
    kinds_of_stops = 0
    while stops:
        kinds_of_stops += stops & 1
        stops >>= 1
    return said, chars, alphabetic, kinds_of_stops


@borrowing
def _ngrams(tokens, running, room, out):  # type: ignore[no-untyped-def]
    """Characters of the top 2- to 4-gram and of repeated 5- to 10-grams."""
    words, tallies, places, classes, table = room
    found = first_level(words, tokens, tallies, places, classes)
    for n in range(2, MOST_N + 1):
        found = next_level(n, words, found, places, classes, table)
        if n > 4:
            out[_REPEATED + n - 5] = skipped(n, found, places, classes, table[3], running)
            continue
        best, most = top(found, places, classes, table[2])
        if best < 0 and tokens >= n:
            best, most = 0, 1
        if best >= 0:  # the words are compared with a space between them
            out[_TOP + n - 2] = (running[best + n] - running[best] + n - 1) * most


@numba.njit(cache=True, nogil=True)
def count_documents(data, starts, tables, stopwords):  # type: ignore[no-untyped-def]
    """All counts of each text, in the order of COUNTS. int32 (35, n)

    `data` uint8 (bytes,) UTF-8 with `starts` int64 (n + 1,); `tables` are the classes of characters
    and the keys and lengths of the tokenizer's exceptions; `stopwords` uint64 hashes.
    """
    kinds, keys, held = tables
    texts = len(starts) - 1
    out = np.zeros((texts, len(COUNTS)), np.int32)
    longest = longest_text(starts)
    points, line = np.empty(longest + 1, np.uint32), np.empty(longest + 1, np.uint32)
    firsts, lasts = np.empty(2 * longest + 2, np.int32), np.empty(2 * longest + 2, np.int32)
    hashes, running = np.empty(2 * longest + 2, np.uint64), np.empty(longest + 2, np.int64)
    words, tallies = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.int32)
    places, classes = np.empty(longest + 1, np.int32), np.empty(longest + 2, np.int32)
    size = table_size(longest + 2)
    slots, others, firsts_of = (
        np.empty(size, np.uint64),
        np.empty(size, np.uint64),
        np.empty(size, np.int32),
    )
    rules = (kinds, keys, held, np.empty(MOST_SUFFIXES, np.int32))
    scratch = (points, line, np.zeros(2, np.int32))
    tokens = ((firsts, lasts, hashes), running)
    ngrams = (slots, others, firsts_of, words, tallies, places, classes)
    more = (np.empty(longest + 2, np.int32), np.empty(longest + 2, np.int32))
    _count_documents(data, starts, rules, stopwords, (*scratch, *tokens, *ngrams, *more), out)
    return out.T.copy()


@borrowing
def _count_documents(data, starts, rules, stopwords, room, out):  # type: ignore[no-untyped-def]
    points, line, seen, cuts, running, slots, others, firsts_of = room[:8]
    words, tallies, places, classes, tally_at, scratch = room[8:]
    firsts, lasts, hashes = cuts
    kinds = rules[0]
    table = (slots, firsts_of, tally_at, scratch)
    for text in range(len(starts) - 1):
        row = out[text]
        chars = decode(data, starts[text], starts[text + 1], points[:-1])
        if chars == 0:
            continue
        points[chars] = 32  # a word that ends the text is looked at one point further
        row[0] = chars
        tokens = cut(points, 0, chars, rules, cuts, 0)
        feeds = 2
        for i in range(chars):
            feeds += points[i] == _NEWLINE
        used = table_size(feeds)
        slots[:used], others[:used] = 0, 0
        _lines(points, chars, tokens, rules, (line, cuts, slots[:used], others[:used], seen), row)
        _ends(points, chars, kinds, slots, row)
        row[21] = tokens
        row[22], row[23], row[24], row[25] = _words(
            points, firsts, lasts, tokens, kinds, (hashes, running, stopwords)
        )
        number_words(hashes, tokens, words, slots, firsts_of, tallies)
        _ngrams(tokens, running, (words, tallies, places, classes, table), row)


@borrowing
def _ends(points, size, kinds, slots, row):  # type: ignore[no-untyped-def]
    """What line feeds and white space at the ends of a text change: nothing in most."""
    before, behind = points[0] == _NEWLINE, points[size - 1] == _NEWLINE
    row[10] += before + behind
    row[11] += before and behind
    begin, end = stripped(points, 0, size, kinds)
    if begin > 0 or end < size:
        row[7], row[8], row[9] = repeated_segments(points, begin, end, 2, slots)


@numba.njit(cache=True, nogil=True)
def count_line_verdicts(data, starts, kinds):  # type: ignore[no-untyped-def]
    """The counts of filters.lines of each text. int32 (8, n)"""
    out = np.zeros((len(starts) - 1, 8), np.int32)
    longest = longest_text(starts)
    points, line = np.empty(longest + 1, np.uint32), np.empty(longest + 1, np.uint32)
    _count_line_verdicts(data, starts, kinds, (points, line, np.zeros(2, np.int32)), out)
    return out.T.copy()


@borrowing
def _count_line_verdicts(data, starts, kinds, room, out):  # type: ignore[no-untyped-def]
    points, line, seen = room
    for text in range(len(starts) - 1):
        chars = decode(data, starts[text], starts[text + 1], points[:-1])
        count_lines(points, chars, kinds, (line, seen), out[text])
