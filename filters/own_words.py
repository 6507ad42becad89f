"""How many different words of a short list a text has, compiled.

A word is what filters.counting takes for one. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.characters import SPACE, SPECIAL
from filters.counting import PRIME, SEED
from filters.hashing import mixed
from filters.utf8 import point_at


@numba.njit(cache=True, nogil=True)
def kinds_of(data, starts, kinds, lower, words):  # type: ignore[no-untyped-def]
    """Different words of each text among those hashed in `words`, uint64 (at most 64,). int32 (n,)

    `data` uint8 (bytes,) UTF-8 with `starts` int64 (n + 1,); `kinds` and `lower` are the tables of
    filters.characters.
    """
    out = np.zeros(len(starts) - 1, np.int32)
    for text in range(len(out)):
        position, end = starts[text], starts[text + 1]
        found = np.zeros(len(words), np.bool_)
        running, stripped, in_word = SEED, SEED, False
        while position <= end:
            point, kind = np.int32(0), np.uint8(SPACE)  # after the end a space closes the last word
            if position < end:
                point, length = point_at(data, position, end)
                kind = kinds[point]
                position += length
            else:
                position += 1
            if kind & SPACE:
                if in_word:
                    word = mixed(stripped)
                    for each in range(len(words)):
                        found[each] |= words[each] == word
                in_word = False
            elif in_word or not kind & SPECIAL:
                if not in_word:
                    running, in_word = SEED, True
                running = (running ^ np.uint64(lower[point])) * PRIME
                if not kind & SPECIAL:
                    stripped = running
        out[text] = np.sum(found)
    return out
