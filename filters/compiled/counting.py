"""Every count of a text in one compiled pass over Arrow's own buffers.

The characters of a text are written down once, a byte for what each is and one for its classes
(filters.compiled.reading), and counted 64 at a time:

- characters and special characters;
- tokens: a run of word characters is one token, a punctuation mark is one token;
- words (filters.compiled.word_reading): their 64-bit hashes. Which lists a word is in is one
  look-up of that hash in a table with four flags, one bit a list. A compound (well-known, and/or)
  counts as common where each of its parts does, since a list of common words holds the parts.

The characters and the words' hashes are what the repetition counts read
(filters.compiled.ngram_counting).

Nothing here trusts the bytes: a broken sequence is one replacement character, and no read leaves
its text. Importing this module imports numba; its functions compile at the first call and stay
compiled on disk. numba compiles a function again only where its own file changed: whoever changes
one compiled file that another one calls empties the cache (NUMBA_CACHE_DIR, or __pycache__).
"""

import numba
import numpy as np

from filters.compiled.blocks import ITEMS, MARGIN, ROOM, being, first, having, ones
from filters.compiled.characters import SPACE, SPECIAL, WORD
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.ngram_counting import (
    CHAR_NGRAM,
    WORD_NGRAM,
    hash_chars,
    ngram_room,
    repeated_chars,
    repeated_words,
)
from filters.compiled.word_reading import (
    hash_parts,
    is_common,
    read_letters,
    read_piece,
    read_words,
)
from filters.compiled.word_tables import MET, look_up_words

# Repetition is looked for in this many leading characters; a longer text is no web paragraph, and
# the scratch arrays have to end somewhere. It is read in pieces of at most as many.
MOST_CHARS = 1 << 20

# Bits of the table of words.
STOPWORD, FLAGGED, COMMON, SPAM = 1, 2, 4, 8

# Rows of what count_texts returns.
COUNTS = (
    "chars", "special_chars", "tokens", "punctuation", "words", "stopwords", "flagged_words",
    "common_words", "spam_words", "repeated_char_ngrams", "char_ngrams", "repeated_word_ngrams",
    "word_ngrams",
)  # fmt: skip

_GROUP = 1 << 12  # characters of texts that are read together, at least
_BLANK = np.uint32(32)
_SPACE, _SPECIAL, _WORD = np.uint8(SPACE), np.uint8(SPECIAL), np.uint8(WORD)
_STOPWORD, _FLAGGED, _COMMON, _SPAM = (np.uint8(bit) for bit in (STOPWORD, FLAGGED, COMMON, SPAM))
_NONE, _ONE, _TOP = np.uint64(0), np.uint64(1), np.uint64(63)


@numba.njit(cache=True, nogil=True)
def count_texts(data, starts, letters, table):  # type: ignore[no-untyped-def]
    """All counts of each text, in the order of COUNTS. int32 (13, n)

    `data` uint8 (bytes,) UTF-8 with `starts` int64 (n + 1,); `letters` is word_reading's, `table`
    is word_table's. Where that is empty, only n-grams are counted.
    """
    texts = len(starts) - 1
    out = np.zeros((texts, len(COUNTS)), np.int32)
    longest = _GROUP
    for text in range(texts):
        longest = max(longest, min(starts[text + 1] - starts[text], MOST_CHARS))
    room = longest + 1  # a space behind a text
    points, small = np.empty(room + MARGIN, np.uint32), np.empty(room + MARGIN, np.uint8)
    parts = np.empty(room + 2, np.int32), np.empty((room // 3 + 1, 3), np.int32)
    most = room + 1  # words, and parts of those that are compounds
    words = (
        np.empty(most + ITEMS, np.uint64),
        np.empty(most + 1, np.int32),
        (np.empty(most + 1, np.int32), np.zeros(MET, np.uint64)),
        np.empty(most + MARGIN, np.uint8),
    )
    page = points, small, np.empty_like(small)
    group = np.empty((_GROUP, 4), np.int64), np.zeros(2, np.int64)
    tables = letters, table, np.any(table)
    _count_texts(data, starts, tables, (page, parts, words, ngram_room(room), group), out)
    return out.T.copy()


@borrowing
def _count_texts(data, starts, tables, room, out):  # type: ignore[no-untyped-def]
    page, _, _, grams, (group, cursor) = room
    points = page[0]
    cursor[0], cursor[1] = 0, starts[0]
    while cursor[0] < len(starts) - 1:
        texts = _read_group(data, starts, tables[0][0], points, (group, cursor))
        hash_chars(points, group[texts - 1, 3], grams)
        for i in range(texts):
            row, begin = out[group[i, 0]], group[i, 1]
            ngrams = group[i, 3] - begin - CHAR_NGRAM + 1
            if ngrams > 0 and not row[0]:
                row[9], row[10] = repeated_chars(points, begin, ngrams, grams), ngrams
        size = group[texts - 1, 2] + 1
        read_letters(size, tables[0], page)
        _count_words(size, texts, tables, room, out)
        for i in range(texts if tables[2] else 0):
            _characters(page, (group[i, 1], group[i, 2]), tables[0][3], out[group[i, 0]])


@borrowing
def _read_group(data, starts, kinds, points, group):  # type: ignore[no-untyped-def]
    """Read the next texts, with a space behind each; how many.

    `group` is what is read, a row each: the text, where it begins and ends, and where it would end
    if a text too long were not cut off behind a space; and at which byte of which text reading goes
    on.
    """
    rows, cursor = group
    texts, size, most = 0, 0, len(points) - MARGIN - 1
    while texts < _GROUP and size < _GROUP and cursor[0] < len(starts) - 1:
        at, end = cursor[1], starts[cursor[0] + 1]
        if texts and size + end - at > most:
            break
        row = rows[texts]
        row[0], row[1] = cursor[0], size
        size, row[3], cursor[1] = read_piece(data, (at, end), kinds, points[:most], size)
        row[2] = size
        cursor[0] += cursor[1] >= end
        texts += 1
        points[size] = _BLANK
        size += 1
    return texts


@borrowing
def _count_words(size, texts, tables, room, out):  # type: ignore[no-untyped-def]
    """Count the words of a group of texts."""
    page, (bounds, compounds), (hashes, places, asked, lists), grams, (group, _) = room
    _, table, filled = tables
    words, found = read_words(page, size, bounds, (hashes, places), compounds)
    if filled:
        behind = hash_parts(page, found, bounds, compounds, words, hashes)
        look_up_words(hashes, behind, table, asked, lists)
    word = compound = 0
    for i in range(texts):
        row, opening, end = out[group[i, 0]], word, group[i, 2]
        while places[word] < end:
            word += 1
        ngrams = word - opening - WORD_NGRAM + 1
        if ngrams > 0 and not row[0]:
            row[11], row[12] = repeated_words(hashes[opening:], ngrams, grams), ngrams
        row[4] += word - opening
        if not filled:
            continue
        _add_lists(lists, opening, word, row)
        while compound < found and compounds[compound, 0] < word:
            row[7] += is_common(compounds[compound], lists, COMMON)
            compound += 1


@inlined
def _add_lists(lists, begin, end, row):  # type: ignore[no-untyped-def]
    """Add how many of the words from begin to end each list holds."""
    for block in range(begin, end, ROOM):
        inside = first(end - block)
        row[5] += ones(having(lists, block, _STOPWORD) & inside)
        row[6] += ones(having(lists, block, _FLAGGED) & inside)
        row[7] += ones(having(lists, block, _COMMON) & inside)
        row[8] += ones(having(lists, block, _SPAM) & inside)


@inlined
def _characters(page, span, signs, row):  # type: ignore[no-untyped-def]
    """Count the characters of a text, and its tokens. `signs` are the punctuation marks."""
    _, small, kinds = page
    begin, end = span
    special, tokens, marks, before = 0, 0, 0, _NONE
    for block in range(begin, end, ROOM):
        inside = first(end - block)
        special += ones(having(kinds, block, _SPECIAL) & inside)
        word = having(kinds, block, _WORD) & inside
        tokens += ones(word & ~((word << _ONE) | before))
        before = word >> _TOP
        found = _NONE
        for sign in signs:
            found |= being(small, block, sign)
        marks += ones(found & inside)
    row[0] += end - begin
    row[1] += special
    row[2] += tokens + marks
    row[3] += marks
