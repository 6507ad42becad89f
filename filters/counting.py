"""Every count of a text in one compiled pass over Arrow's own buffers.

The text is decoded from UTF-8 once. Each code point is looked up in a table of classes
(filters.characters) and goes to three small machines at the same time:

- characters and special characters are counted;
- tokens: a run of word characters is one token, a punctuation mark is one token;
- words: what stands between white space, folded to lower case, stripped of special characters at
  both ends. A word is a 64-bit hash of its folded code points, updated as they come by; the hash as
  it was at the last character that is not special is the hash of the stripped word. Which lists
  a word is in is one look-up of that hash in an open-addressing table with a byte of flags, one
  bit a list. A compound (well-known, and/or) counts as common where each of its parts does, since
  a list of common words holds the parts.

The decoded points and the word hashes stay in scratch arrays for the repetition counts
(filters.ngram_counting).

Nothing here trusts the bytes: a broken sequence is one replacement character, and no read leaves
its text. Importing this module imports numba; its functions compile at the first call and stay
compiled on disk. numba compiles a function again only where its own file changed: whoever changes
one compiled file that another one calls empties the cache (NUMBA_CACHE_DIR, or __pycache__).
"""

import numba
import numpy as np

from filters.characters import MARK, SPACE, SPECIAL, WORD
from filters.hashing import look_up, mixed
from filters.ngram_counting import (
    CHAR_NGRAM,
    WORD_NGRAM,
    ngram_room,
    repeated_chars,
    repeated_words,
)
from filters.utf8 import point_at

# Repetition is looked for in this many leading characters; a longer text is no web paragraph, and
# the scratch arrays have to end somewhere (about 30 MB at this length).
MOST_CHARS = 1 << 20

RECENT = 1 << 12  # words remembered with their lists

# Bits of the table of words.
STOPWORD, FLAGGED, COMMON, SPAM = 1, 2, 4, 8

# Rows of what count_texts returns.
COUNTS = (
    "chars", "special_chars", "tokens", "punctuation", "words", "stopwords", "flagged_words",
    "common_words", "spam_words", "repeated_char_ngrams", "char_ngrams", "repeated_word_ngrams",
    "word_ngrams",
)  # fmt: skip

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)


@numba.njit(cache=True, nogil=True)
def hash_words(data, starts, lower):  # type: ignore[no-untyped-def]
    """Hashes of whole words, folded. uint8 (bytes,), int64 (n + 1,) -> uint64 (n,)"""
    out = np.empty(len(starts) - 1, np.uint64)
    for i in range(len(out)):
        position, end = starts[i], starts[i + 1]
        value = _SEED
        while position < end:
            point, size = point_at(data, position, end)
            value = (value ^ np.uint64(lower[point])) * _PRIME
            position += size
        out[i] = mixed(value)
    return out


@numba.njit(cache=True, nogil=True)
def _lists_of(word, keys, flags, recent):  # type: ignore[no-untyped-def]
    """Bits of the lists that hold the word with this hash.

    `recent` are the words looked up last and their bits: the table of all words is too large for
    the fast memory, and most words of a text are few.
    """
    words, bits = recent
    place = np.int64(word & np.uint64(len(words) - 1))
    if words[place] != word:
        words[place], bits[place] = word, look_up(word, keys, flags)
    return bits[place]


@numba.njit(cache=True, nogil=True)
def count_texts(data, starts, kinds, lower, keys, flags):  # type: ignore[no-untyped-def]
    """All counts of each text, in the order of COUNTS. int32 (13, n)

    `data` uint8 (bytes,) UTF-8 with `starts` int64 (n + 1,); `kinds` and `lower` are the tables of
    filters.characters, `keys` and `flags` a table of words (filters.hashing.table_of) with a bit a
    list.
    """
    texts = len(starts) - 1
    out = np.zeros((len(COUNTS), texts), np.int32)
    longest = 0
    for text in range(texts):
        longest = max(longest, min(starts[text + 1] - starts[text], MOST_CHARS))
    slots, tallies, room = ngram_room(longest)
    recent = (np.zeros(RECENT, np.uint64), np.zeros(RECENT, np.int64))
    recent[1][0] = look_up(np.uint64(0), keys, flags)
    points, hashes = np.empty(longest + 1, np.int32), np.empty(longest // 2 + 2, np.uint64)
    for text in range(texts):
        position, end = starts[text], starts[text + 1]
        chars, special, tokens, marks, words, held = 0, 0, 0, 0, 0, 0
        stop, flagged, common, spam = 0, 0, 0, 0
        in_token, in_word = False, False
        running, stripped, part = _SEED, _SEED, _SEED
        in_part, compound, parts_common = False, False, True
        while position <= end:
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
                    lists = _lists_of(word, keys, flags, recent)
                    if compound and parts_common and not lists & COMMON:
                        last = _lists_of(mixed(part), keys, flags, recent) if in_part else COMMON
                        lists |= last & COMMON
                    in_word, in_part = False, False
                    words += 1
                    stop += (lists & STOPWORD) != 0
                    flagged += (lists & FLAGGED) != 0
                    common += (lists & COMMON) != 0
                    spam += (lists & SPAM) != 0
                    if chars <= MOST_CHARS:
                        hashes[held] = word
                        held += 1
            elif kind & SPECIAL:
                if in_word:
                    running = (running ^ np.uint64(lower[point])) * _PRIME
                    if in_part:
                        in_part, compound = False, True
                        parts_common &= (_lists_of(mixed(part), keys, flags, recent) & COMMON) != 0
            else:
                if not in_word:
                    in_word, compound, parts_common = True, False, True
                    running = _SEED
                if not in_part:
                    in_part, part = True, _SEED
                folded = np.uint64(lower[point])
                running = stripped = (running ^ folded) * _PRIME
                part = (part ^ folded) * _PRIME
        out[0, text], out[1, text] = chars, special
        out[2, text], out[3, text] = tokens, marks
        out[4, text], out[5, text] = words, stop
        out[6, text], out[7, text], out[8, text] = flagged, common, spam
        ngrams = min(chars, MOST_CHARS) - CHAR_NGRAM + 1
        if ngrams > 0:
            out[9, text] = repeated_chars(points, ngrams, slots, tallies, room)
            out[10, text] = ngrams
        ngrams = held - WORD_NGRAM + 1
        if ngrams > 0:
            out[11, text] = repeated_words(hashes, ngrams, slots, tallies, room)
            out[12, text] = ngrams
    return out
