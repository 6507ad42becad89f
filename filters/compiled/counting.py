"""Every count of a text in one compiled pass over Arrow's own buffers.

The text is decoded from UTF-8 once. Each code point is looked up in a table of classes
(filters.compiled.characters) and goes to three small machines at the same time:

- characters and special characters are counted;
- tokens: a run of word characters is one token, a punctuation mark is one token;
- words: what stands between white space, folded to lower case, stripped of special characters at
  both ends. A word is a 64-bit hash of its folded code points, updated as they come by; the hash as
  it was at the last character that is not special is the hash of the stripped word. Which lists
  a word is in is one look-up of that hash in an open-addressing table with four flags, one
  bit a list. A compound (well-known, and/or) counts as common where each of its parts does, since
  a list of common words holds the parts.

The decoded points and the word hashes stay in scratch arrays for the repetition counts
(filters.compiled.ngram_counting).

Nothing here trusts the bytes: a broken sequence is one replacement character, and no read leaves
its text. Importing this module imports numba; its functions compile at the first call and stay
compiled on disk. numba compiles a function again only where its own file changed: whoever changes
one compiled file that another one calls empties the cache (NUMBA_CACHE_DIR, or __pycache__).
"""

import numba
import numpy as np

from filters.compiled.characters import MARK, SPACE, SPECIAL, WORD
from filters.compiled.compiling import borrowing
from filters.compiled.hashing import mixed
from filters.compiled.ngram_counting import (
    CHAR_NGRAM,
    WORD_NGRAM,
    ngram_room,
    repeated_chars,
    repeated_words,
)
from filters.compiled.utf8 import point_at
from filters.compiled.word_tables import PRIME, SEED, lists_of

# Repetition is looked for in this many leading characters; a longer text is no web paragraph, and
# the scratch arrays have to end somewhere (about 30 MB at this length).
MOST_CHARS = 1 << 20

# Bits of the table of words.
STOPWORD, FLAGGED, COMMON, SPAM = 1, 2, 4, 8

# Rows of what count_texts returns.
COUNTS = (
    "chars", "special_chars", "tokens", "punctuation", "words", "stopwords", "flagged_words",
    "common_words", "spam_words", "repeated_char_ngrams", "char_ngrams", "repeated_word_ngrams",
    "word_ngrams",
)  # fmt: skip

_TOGETHER = 64  # words that are looked up one after the other
_CASE, _A, _Z = 32, 97, 122


@borrowing
def _look_up(words, count, table, totals):  # type: ignore[no-untyped-def]
    """Add how many of the words each list holds: one after the other, so that looks overlap."""
    stop, flagged, common, spam = 0, 0, 0, 0
    for i in range(count):
        lists = lists_of(words[i], table)
        stop += lists & STOPWORD
        flagged += (lists & FLAGGED) >> 1
        common += (lists & COMMON) >> 2
        spam += (lists & SPAM) >> 3
    totals[0] += stop
    totals[1] += flagged
    totals[2] += common
    totals[3] += spam


@numba.njit(cache=True, nogil=True)
def count_texts(data, starts, kinds, lower, table):  # type: ignore[no-untyped-def]
    """All counts of each text, in the order of COUNTS. int32 (13, n)

    `data` uint8 (bytes,) UTF-8 with `starts` int64 (n + 1,); `kinds` and `lower` are the tables of
    filters.compiled.characters, `table` is word_table's.
    """
    texts = len(starts) - 1
    out = np.zeros((len(COUNTS), texts), np.int32)
    longest = 0
    for text in range(texts):
        longest = max(longest, min(starts[text + 1] - starts[text], MOST_CHARS))
    words = (np.empty(_TOGETHER, np.uint64), np.zeros(4, np.int32))
    scratch = (np.empty(longest + 1, np.int32), np.empty(longest // 2 + 2, np.uint64))
    room = (*words, *scratch, ngram_room(longest))
    _count_texts(data, starts, (kinds, lower, table, np.any(table)), room, out)
    return out


@borrowing
def _count_texts(data, starts, tables, room, out):  # type: ignore[no-untyped-def]
    kinds, lower, table, asked = tables
    plain, totals, points, hashes, (slots, tallies, grams) = room
    for text in range(len(starts) - 1):
        position, end = starts[text], starts[text + 1]
        chars, special, tokens, marks, words, held = 0, 0, 0, 0, 0, 0
        waiting = 0
        totals[:] = 0
        in_token, in_word = False, False
        running, stripped, part = SEED, SEED, SEED
        in_part, compound, parts_common, whole = False, False, True, True
        while position <= end:
            # Most of a text is letters from a to z, and most words are nothing else.
            first, last = position, min(end, position + MOST_CHARS - chars)
            if not in_word:
                running, whole = SEED, True
            while position < last:
                small = data[position] | _CASE
                if small < _A or small > _Z:
                    break
                points[chars + position - first] = data[position]
                running = (running ^ np.uint64(small)) * PRIME
                position += 1
            if position > first:
                chars += position - first
                tokens += not in_token
                in_token = True
                if not in_word:
                    in_word, compound, parts_common = True, False, True
                if not whole:
                    if not in_part:
                        part = SEED
                    for at in range(first, position):
                        part = (part ^ np.uint64(data[at] | _CASE)) * PRIME
                in_part, stripped = True, running
            if position < end:
                point, length = point_at(data, position, end)
                position += length
                kind = kinds[point]
                if chars < MOST_CHARS:
                    points[chars] = point
                chars += 1
            else:  # one space after the end closes the last word
                position += 1
                kind, point = np.uint8(SPACE), np.int32(0)
            special += (kind & SPECIAL) != 0
            if kind & WORD:
                tokens += not in_token
                in_token = True
            else:
                in_token = False
                if kind & MARK:
                    tokens, marks = tokens + 1, marks + 1
            if kind & SPACE:
                if in_word:
                    word = mixed(stripped)
                    if asked:
                        if waiting == _TOGETHER:
                            _look_up(plain, waiting, table, totals)
                            waiting = 0
                        plain[waiting] = word
                        waiting += 1
                        if compound and parts_common and not lists_of(word, table) & COMMON:
                            last = lists_of(mixed(part), table) if in_part else COMMON
                            totals[2] += (last & COMMON) != 0
                    in_word, in_part = False, False
                    words += 1
                    if chars <= MOST_CHARS:
                        hashes[held] = word
                        held += 1
            elif kind & SPECIAL:
                if in_word:
                    if whole:
                        part, whole = running, False
                    running = (running ^ np.uint64(lower[point])) * PRIME
                    if in_part:
                        in_part, compound = False, True
                        parts_common &= (lists_of(mixed(part), table) & COMMON) != 0
            else:
                if not in_word:
                    in_word, compound, parts_common = True, False, True
                folded = np.uint64(lower[point])
                running = stripped = (running ^ folded) * PRIME
                if not whole:
                    part = ((part if in_part else SEED) ^ folded) * PRIME
                in_part = True
        out[0, text], out[1, text] = chars, special
        out[2, text], out[3, text] = tokens, marks
        _look_up(plain, waiting, table, totals)
        out[4, text] = words
        for each in range(4):
            out[5 + each, text] = totals[each]
        ngrams = min(chars, MOST_CHARS) - CHAR_NGRAM + 1
        if ngrams > 0:
            out[9, text] = repeated_chars(points, ngrams, slots, tallies, grams)
            out[10, text] = ngrams
        ngrams = held - WORD_NGRAM + 1
        if ngrams > 0:
            out[11, text] = repeated_words(hashes, ngrams, slots, tallies, grams)
            out[12, text] = ngrams
