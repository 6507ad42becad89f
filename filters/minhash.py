"""MinHash signatures of texts, cut into bands: one compiled pass over Arrow's own buffers.

Source: Broder, "On the resemblance and containment of documents" (1997); the banding of Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", chapter 3; word 5-grams with 14 bands of 8 rows
as in FineWeb (arXiv 2406.17557), where a pair of Jaccard similarity s meets in at least one band
with probability 1 - (1 - s^8)^14.

A text is lower-cased (by Arrow, the whole column at once) and read as words: runs of letters,
digits and marks; each ideograph, kana or Thai-like letter is a word of its own, since those scripts
write no spaces. Each run of `words` words is a shingle; a text with fewer is one shingle. A shingle
is a 64-bit hash of its words' hashes in order, and permutation i of it is the high half of
(a_i * h + b_i) mod 2^64 (Dietzfelbinger's multiply-add-shift, strongly universal on 32 bits).
"""

from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SEED = 0x1F0D3A7B


def band_keys(text: pa.Array, words: int = 5, bands: int = 14, rows: int = 8) -> np.ndarray:
    """Band keys of each text. string (n,) -> int64 (n, bands); an empty or null text is all -1.

    Two texts are a candidate pair when they have a key in common at the same band, -1 excepted.
    """
    return keys_of_bands(signatures(text, words, bands * rows), bands)


def signatures(text: pa.Array, words: int, count: int) -> np.ndarray:
    """String (n,) -> uint32 (n, count): the least shingle of each text under each permutation.

    The share of equal values estimates the Jaccard similarity of two texts' shingles, with a
    standard error of sqrt(s (1 - s) / count). A text without words is all ones.
    """
    from filters.compiled.signatures import signatures as compiled

    units, starts = letters(text)
    return compiled(units, starts, classes(), words, *permutations(count))


def shingle_sets(text: pa.Array, words: int) -> tuple[np.ndarray, np.ndarray]:
    """The distinct shingles of each text: values uint32 (all,), ascending, and offsets (n + 1,).

    32 bits of each hash: two texts of 1,000 shingles share one by chance once in 4,000 pairs.
    """
    from filters.compiled.signatures import shingle_sets as compiled

    units, starts = letters(text)
    offsets = np.zeros(len(starts), np.int64)
    values = compiled(units, starts, classes(), words, offsets[1:])
    return values, offsets


def letters(text: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """The lower-cased texts as UTF-8: uint8 (bytes,), and where each begins: int64 (n + 1,)."""
    lowered = pc.utf8_lower(pc.fill_null(text, "")).cast(pa.large_string())
    if isinstance(lowered, pa.ChunkedArray):
        lowered = lowered.combine_chunks()
    _, offsets, data = lowered.buffers()
    starts = np.frombuffer(offsets, np.int64)[lowered.offset : lowered.offset + len(lowered) + 1]
    units = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)
    return units, starts


def permutations(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Factors (odd) and shifts of `count` permutations, uint64 each; the same on every machine."""
    random = np.random.Generator(np.random.PCG64(SEED))
    drawn = random.integers(0, 2**64, size=(2, count), dtype=np.uint64)
    return drawn[0] | np.uint64(1), drawn[1]


def keys_of_bands(signatures: np.ndarray, bands: int) -> np.ndarray:
    """uint32 (n, bands * rows) -> int64 (n, bands): a hash of each band's rows, never negative."""
    cut = signatures.reshape(len(signatures), bands, -1).astype(np.uint64)
    key = np.zeros(cut.shape[:2], np.uint64)
    for row in range(cut.shape[2]):
        key = (key ^ cut[:, :, row]) * np.uint64(0x9E3779B97F4A7C15)
        key ^= key >> np.uint64(29)
    keys = (key >> np.uint64(1)).astype(np.int64)
    empty = (signatures == np.uint32(0xFFFFFFFF)).all(axis=1)
    keys[empty] = -1
    return keys


@cache
def classes() -> np.ndarray:
    """uint8 (0x30000,): of each code point 0 no letter, 1 part of a word, 2 a word by itself."""
    import unicodedata

    kinds = np.zeros(0x30000, np.uint8)
    for point in range(len(kinds)):
        if unicodedata.category(chr(point))[0] in "LNM":
            kinds[point] = 1
    for first, last in UNSPACED:
        kinds[first : last + 1] *= 2
    return np.minimum(kinds, np.uint8(2))


# Scripts written without spaces: Thai, Lao, Myanmar, Khmer, kana, ideographs.
UNSPACED = (
    (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x30FF), (0x31F0, 0x31FF),
    (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2FFFF),
)  # fmt: skip
