"""The compiled pass of filters.minhash. Imported at first use: importing it imports numba.

Functions that call each other stay in one file: numba's cache does not see a change elsewhere.
"""

from typing import Any

import numba
import numpy as np

from filters.compiled.utf8 import point_at

# FNV-1a, over code points instead of bytes.
EMPTY, PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
PART, WHOLE = 1, 2  # kinds of code points, see filters.minhash.classes


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _shingle(recent: Any, seen: int, words: int) -> Any:
    """Hash of the last `words` words, in order."""
    shingle = np.uint64(words)
    for back in range(words, 0, -1):
        shingle = (shingle ^ recent[(seen - back) % len(recent)]) * np.uint64(0x9E3779B97F4A7C15)
        shingle ^= shingle >> np.uint64(32)
    return shingle


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _read(letters: Any, position: int, end: int, kinds: Any, recent: Any, out: Any) -> int:
    """Hash the shingles of the text letters[position:end] into `out`; how many there are.

    `recent` uint64 (words of a shingle,) is scratch space, `out` uint64 (end - position + 1,).
    """
    words = len(recent)
    seen = 0
    count = 0
    word, open_ = EMPTY, False
    while position <= end:
        kind = np.uint8(0)
        point = np.int32(0)
        if position < end:
            point, size = point_at(letters, position, end)
            position += size
            if point < len(kinds):
                kind = kinds[point]
        else:
            position += 1
        # A word ends before whatever does not go on with it; an ideograph ends at itself.
        if open_ and kind != PART:
            recent[seen % words] = word
            seen += 1
            if seen >= words:
                out[count] = _shingle(recent, seen, words)
                count += 1
            word, open_ = EMPTY, False
        if kind:
            word, open_ = (word ^ np.uint64(point)) * PRIME, True
        if kind == WHOLE:
            recent[seen % words] = word
            seen += 1
            if seen >= words:
                out[count] = _shingle(recent, seen, words)
                count += 1
            word, open_ = EMPTY, False
    if 0 < seen < words:
        out[0] = _shingle(recent[:seen], seen, seen)
        count = 1
    return count


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _longest(starts: Any) -> int:
    longest = 0
    for text in range(len(starts) - 1):
        longest = max(longest, starts[text + 1] - starts[text])
    return longest


@numba.njit(cache=True, nogil=True, boundscheck=False)
def signatures(letters: Any, starts: Any, kinds: Any, words: int, factors: Any, shifts: Any) -> Any:
    """uint32 (texts, permutations) of texts as UTF-8 bytes; all ones for a text without words."""
    texts = len(starts) - 1
    out = np.full((texts, len(factors)), 0xFFFFFFFF, np.uint32)
    recent = np.zeros(words, np.uint64)
    hashes = np.empty(_longest(starts) + 1, np.uint64)
    for text in range(texts):
        row = out[text]
        for at in range(_read(letters, starts[text], starts[text + 1], kinds, recent, hashes)):
            shingle = hashes[at]
            for i in range(len(factors)):
                value = np.uint32((shingle * factors[i] + shifts[i]) >> np.uint64(32))
                row[i] = min(row[i], value)
    return out


@numba.njit(cache=True, nogil=True, boundscheck=False)
def shingle_sets(letters: Any, starts: Any, kinds: Any, words: int, ends: Any) -> Any:
    """The distinct shingles of each text, 32 bits of each hash, in ascending order: uint32 (all,).

    `ends` int64 (texts,) is filled with where each text's shingles end.
    """
    texts = len(starts) - 1
    out = np.empty(len(letters) + texts, np.uint32)
    recent = np.zeros(words, np.uint64)
    hashes = np.empty(_longest(starts) + 1, np.uint64)
    total = 0
    for text in range(texts):
        count = _read(letters, starts[text], starts[text + 1], kinds, recent, hashes)
        halves = np.sort((hashes[:count] >> np.uint64(32)).astype(np.uint32))
        for at in range(count):
            if at == 0 or halves[at] != halves[at - 1]:
                out[total] = halves[at]
                total += 1
        ends[text] = total
    return out[:total]


@numba.njit(cache=True, nogil=True, boundscheck=False)
def shared(left: Any, left_starts: Any, right: Any, right_starts: Any) -> Any:
    """Jaccard similarity of pairs of ascending sets: float64 (pairs,); 0 where both are empty."""
    pairs = len(left_starts) - 1
    out = np.zeros(pairs)
    for pair in range(pairs):
        a, b, both = left_starts[pair], right_starts[pair], 0
        while a < left_starts[pair + 1] and b < right_starts[pair + 1]:
            if left[a] == right[b]:
                a, b, both = a + 1, b + 1, both + 1
            elif left[a] < right[b]:
                a += 1
            else:
                b += 1
        lengths = left_starts[pair + 1] - left_starts[pair]
        lengths += right_starts[pair + 1] - right_starts[pair]
        if lengths:
            out[pair] = both / (lengths - both)
    return out
