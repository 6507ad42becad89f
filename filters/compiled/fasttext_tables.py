"""A fastText model as filters.compiled.fasttext_pass looks it up, and what the pass writes on.

Importing this module imports numba.
"""

import sys
from functools import cache
from typing import NamedTuple

import numpy as np

from filters.compiled.fasttext_pass import KEPT_BITS, LEAD, MOST_CHARS, NUL, PLAIN, SPACE, WORDS
from filters.compiled.fasttext_words import MARK_BITS, hash_words
from filters.compiled.hashing import table_of
from filters.compiled.lower_case import lower
from filters.compiled.wide_sums import BLOCK
from filters.fasttext_model import FastText

_LARGEST = 1 << 26  # of a row as whole numbers: a word's sum of them nearly always fits in 32 bits
_WORD_BYTES = 8 * MOST_CHARS


class Tables(NamedTuple):
    """A model as the pass looks it up."""

    bytes: np.ndarray  # uint8 (256,): PLAIN, SPACE, NUL, LEAD
    spaces: np.ndarray  # bool: which of the first code points are white space
    lower: np.ndarray  # of filters.compiled.lower_case
    several: np.ndarray
    marks: np.ndarray  # uint64: a bit for what the first MARK_BITS of each word's hash may be
    word_hashes: np.ndarray  # of filters.compiled.hashing.table_of: each word's row, and 1
    word_rows: np.ndarray
    sizes: np.ndarray  # int64 (5,): see SIZES
    grams: np.ndarray  # uint64 (a 32nd of the buckets,): a bit for each bucket whose n-grams have a
    # row, and above these the number of bits in all entries before
    rows: np.ndarray  # int32 (rows, dimensions)
    output: np.ndarray  # float64 (inner nodes, dimensions), for such rows
    children: np.ndarray  # int32 (inner nodes, 2)


class Room(NamedTuple):
    """What one thread writes on; the first two are the words whose sums are kept."""

    hashes: np.ndarray  # uint64 (words,): a word's hash, and in its last bits how many rows it had
    sums: np.ndarray  # int32 (words, dimensions)
    keys: np.ndarray  # uint64 (WORDS,): hashes of words that are to be added
    places: np.ndarray  # int64 (WORDS, 2): where these begin and end
    missed: np.ndarray  # int64 (WORDS,): which of them are not kept
    word: np.ndarray  # uint8: a word in lower case between < and >
    ends: np.ndarray  # int64: where each character of the word begins and the last one ends
    values: np.ndarray  # uint32: running hashes of n-grams
    buckets: np.ndarray  # uint32: of n-grams
    found: np.ndarray  # uint32: rows that are to be added
    total: np.ndarray  # int64 (dimensions,) of the line
    part: np.ndarray  # int64 (dimensions,) of the word
    hidden: np.ndarray  # float64 (dimensions,)
    nodes: np.ndarray  # int64: of the tree, that are still to be asked
    chances: np.ndarray  # float64: theirs


def room(tables: Tables) -> Room:
    """Room for one thread, with no word kept in it."""
    nodes, dimensions = tables.output.shape
    return Room(
        hashes=np.zeros(1 << KEPT_BITS, np.uint64),
        sums=np.zeros((1 << KEPT_BITS, dimensions), np.int32),
        keys=np.zeros(WORDS, np.uint64),
        places=np.zeros((WORDS, 2), np.int64),
        missed=np.zeros(WORDS + 1, np.int64),
        word=np.zeros(_WORD_BYTES, np.uint8),
        ends=np.zeros(_WORD_BYTES + 1, np.int64),
        values=np.zeros(_WORD_BYTES, np.uint32),
        buckets=np.zeros(_WORD_BYTES, np.uint32),
        found=np.zeros(_WORD_BYTES + 1, np.uint32),
        total=np.zeros(dimensions, np.int64),
        part=np.zeros(dimensions, np.int64),
        hidden=np.zeros(dimensions),
        nodes=np.zeros(nodes + 2, np.int64),
        chances=np.zeros(nodes + 2),
    )


def tables_of(model: FastText) -> Tables:
    """The model as the compiled pass looks it up."""
    names = b"".join(model.words)
    ends = np.cumsum([0, *map(len, model.words)])
    hashes = hash_words(np.frombuffer(names + bytes(1), np.uint8), ends)
    word_hashes, word_rows = table_of(hashes, np.arange(1, len(hashes) + 1))
    end = model.words.index(b"</s>") if b"</s>" in model.words else -1
    grams, kept = _grams(model)
    scale = 2.0 ** np.floor(np.log2(_LARGEST / max(float(np.abs(model.rows).max()), 1e-9)))
    whole = np.rint(model.rows[kept] * scale).astype(np.int32)
    inner = model.output[: len(model.children)].astype(np.float64) / scale
    return Tables(
        *_byte_kinds(),
        *lower(),
        _marks(hashes),
        word_hashes,
        word_rows,
        np.array([model.shortest, model.longest, max(model.buckets, 1), end, len(model.words)]),
        grams,
        _filled_up(whole),
        _filled_up(inner),
        model.children,
    )


def _grams(model: FastText) -> tuple[np.ndarray, np.ndarray]:
    """`grams` of the pass's tables; and which rows of the model it wants, in its order."""
    size = model.buckets if model.longest else 0
    row_of = np.full(size // 32 * 32 + 32, -1)
    if model.longest == 0 or model.pruned is None:
        row_of[:size] = np.arange(size)
    else:
        row_of[model.pruned[:, 0]] = model.pruned[:, 1]
    held = row_of >= 0
    bits = np.packbits(held, bitorder="little").view("<u4").astype(np.uint64)
    before = np.cumsum(held.reshape(-1, 32).sum(axis=1))[:-1]
    words = len(model.words)
    rows = np.concatenate([np.arange(words), words + row_of[held]])
    return bits | np.insert(before, 0, 0).astype(np.uint64) << np.uint64(32), rows


def _marks(hashes: np.ndarray) -> np.ndarray:
    """`marks` of the pass's tables."""
    marks = np.zeros(1 << MARK_BITS, bool)
    marks[hashes >> np.uint64(64 - MARK_BITS)] = True
    return np.packbits(marks, bitorder="little").view("<u8")


def _filled_up(rows: np.ndarray) -> np.ndarray:
    """Zeros after each row, to a multiple of the pass's block."""
    return np.ascontiguousarray(np.pad(rows, ((0, 0), (0, -rows.shape[1] % BLOCK))))


@cache
def _byte_kinds() -> tuple[np.ndarray, np.ndarray]:
    """`bytes` and `spaces` of the pass's tables: white space is what str.split takes for it."""
    points = [point for point in range(sys.maxunicode + 1) if chr(point).isspace()]
    spaces = np.zeros(points[-1] + 1, bool)
    spaces[points] = True
    kinds = np.full(256, PLAIN, np.uint8)
    for point in points:
        written = chr(point).encode()
        kinds[written[0]] = SPACE if len(written) == 1 else LEAD
    kinds[0] = NUL
    return kinds, spaces
