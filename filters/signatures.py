"""The compiled pass of filters.minhash. Imported at first use: importing it imports numba.

Functions that call each other stay in one file: numba's cache does not see a change elsewhere.
"""

from typing import Any

import numba
import numpy as np

# FNV-1a, over code points instead of bytes.
EMPTY, PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
PART, WHOLE = 1, 2  # kinds of code points, see filters.minhash.classes


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _shingle(recent: Any, seen: int, words: int, factors: Any, shifts: Any, out: Any) -> None:
    """Take the last `words` words into the row `out` of the signature."""
    shingle = np.uint64(words)
    for back in range(words, 0, -1):
        shingle = (shingle ^ recent[(seen - back) % len(recent)]) * np.uint64(0x9E3779B97F4A7C15)
        shingle ^= shingle >> np.uint64(32)
    for i in range(len(factors)):
        value = np.uint32((shingle * factors[i] + shifts[i]) >> np.uint64(32))
        out[i] = min(out[i], value)


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _ended(word: Any, recent: Any, seen: int, factors: Any, shifts: Any, out: Any) -> Any:
    """Remember a word, take in the shingle that it completes; the number of words so far."""
    recent[seen % len(recent)] = word
    if seen + 1 >= len(recent):
        _shingle(recent, seen + 1, len(recent), factors, shifts, out)
    return seen + 1


@numba.njit(cache=True, nogil=True, boundscheck=False)
def signatures(letters: Any, starts: Any, kinds: Any, words: int, factors: Any, shifts: Any) -> Any:
    """uint32 (texts, permutations) of texts as UTF-8 bytes; all ones for a text without words."""
    texts = len(starts) - 1
    out = np.full((texts, len(factors)), 0xFFFFFFFF, np.uint32)
    recent = np.zeros(words, np.uint64)
    for text in range(texts):
        position, end = starts[text], starts[text + 1]
        seen = 0
        word, open_ = EMPTY, False
        while position <= end:
            kind = np.uint8(0)
            point = np.int64(0)
            if position < end:
                lead = letters[position]
                if lead < 0x80:
                    point, size = np.int64(lead), 1
                elif lead < 0xE0:
                    point, size = np.int64(lead & 0x1F), 2
                elif lead < 0xF0:
                    point, size = np.int64(lead & 0x0F), 3
                else:
                    point, size = np.int64(lead & 0x07), 4
                size = min(size, end - position)  # broken bytes stay in their text
                for tail in range(1, size):
                    point = (point << 6) | np.int64(letters[position + tail] & 0x3F)
                position += size
                if point < len(kinds):
                    kind = kinds[point]
            else:
                position += 1
            # A word ends before whatever does not go on with it; an ideograph ends at itself.
            if open_ and kind != PART:
                seen = _ended(word, recent, seen, factors, shifts, out[text])
                word, open_ = EMPTY, False
            if kind:
                word, open_ = (word ^ np.uint64(point)) * PRIME, True
            if kind == WHOLE:
                seen = _ended(word, recent, seen, factors, shifts, out[text])
                word, open_ = EMPTY, False
        if 0 < seen < words:
            _shingle(recent, seen, seen, factors, shifts, out[text])
    return out
