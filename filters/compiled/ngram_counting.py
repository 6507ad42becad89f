"""Repeated n-grams of characters and of words, compiled: OBELICS' counts.

Most n-grams of a text appear once. So each first leaves a mark in a table of bytes that stays in
fast memory; only those whose mark is there twice, a few by chance, are compared. They go into an
open-addressing table whose slot holds 32 bits of the n-gram's hash and the place of its first
appearance; its tally lies at that place. What is equal is compared item by item.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import eight
from filters.compiled.compiling import borrowing

CHAR_NGRAM, WORD_NGRAM = 10, 5
MARKS = 16  # bytes of marks that an n-gram may need

_BASE = np.uint64(0x9E3779B97F4A7C15)
_OLDEST_WORD = np.uint64(pow(0x9E3779B97F4A7C15, WORD_NGRAM, 1 << 64))
_MIX = np.uint64(0xD6E8FEB86659FD93)
_SPREAD = np.uint32(0x9E3779B1)
_HALF = np.uint64(32)
_LOW = np.uint64(0xFFFFFFFF)
_SHORT = 1 << 10


@borrowing
def _marked(items, width, oldest, ngrams, room):  # type: ignore[no-untyped-def]
    """Hash every n-gram and list the places of those that may appear twice; how many.

    items[ngrams + width - 1] is read, whatever it is.
    """
    marks, hashes, places = room
    used, shift = 64, np.uint64(58)
    wanted = (MARKS if ngrams < _SHORT else MARKS // 2) * ngrams
    while used < wanted:
        used *= 2
        shift -= np.uint64(1)
    marks[:used] = 0
    rolling = np.uint64(0)
    for i in range(width):
        rolling = rolling * _BASE + np.uint64(items[i])
    for i in range(ngrams):
        value = (rolling ^ (rolling >> _HALF)) * _MIX
        hashes[i] = value >> _HALF
        place = value >> shift
        marks[place] = (marks[place] << 1) | 1
        new = np.uint64(items[i + width]) - np.uint64(items[i]) * oldest
        rolling = rolling * _BASE + new
    back = np.uint32(shift - _HALF)
    found = 0
    for i in range(ngrams):
        places[found] = i
        found += marks[hashes[i] >> back] > 1
    return found


@borrowing
def _marked_chars(points, ngrams, codes, room):  # type: ignore[no-untyped-def]
    """As _marked, for n-grams of characters.

    A byte of each character is hashed: ten of them are two readings of eight, with no need of what
    was hashed before.
    """
    marks, hashes, places = room
    for i in range(ngrams + CHAR_NGRAM - 1):
        codes[i] = points[i] & 0xFF
    used, shift = 64, np.uint64(58)
    wanted = (MARKS if ngrams < _SHORT else MARKS // 2) * ngrams
    while used < wanted:
        used *= 2
        shift -= np.uint64(1)
    marks[:used] = 0
    back = shift - _HALF
    for i in range(ngrams):
        value = (eight(codes, i) * _BASE + eight(codes, i + 2) * _MIX) >> _HALF
        hashes[i] = value
        place = np.int64(value >> back)
        marks[place] = (marks[place] << 1) | 1
    found = 0
    for i in range(ngrams):
        places[found] = i
        found += marks[np.int64(hashes[i]) >> np.int64(back)] > 1
    return found


@borrowing
def _tallied(items, width, found, room, tallies):  # type: ignore[no-untyped-def]
    """Count the n-grams at the first `found` of the places; how many different ones there are.

    Writes where each begins first to `firsts`, its appearances to `tallies` there. What repeats
    is most often longer than an n-gram: one behind a repeated one is compared with the one
    behind that one's first, which takes one item.
    """
    slots, hashes, places, firsts, same = room
    size, shift = 16, np.uint32(28)
    while size < 2 * found:
        size *= 2
        shift -= np.uint32(1)
    slots[:size] = 0
    mask = np.uint32(size - 1)
    known, last, none = 0, -2, np.int64(-1)
    first = none
    for k in range(found):
        i = places[k]
        behind = i == last + 1
        last = i
        if behind and first >= 0 and items[i + width - 1] == items[first + width]:
            first = same[first + 1]
            tallies[first] += 1
            same[i] = first
            continue
        tag = hashes[i]
        slot = np.uint32(tag * _SPREAD) >> shift
        while True:
            held = slots[slot]
            if held == 0:
                slots[slot] = (np.uint64(tag) << _HALF) | np.uint64(i + 1)
                tallies[i], same[i], firsts[known] = 1, i, i
                known, first = known + 1, none
                break
            if np.uint32(held >> _HALF) == tag:
                first = np.int64(held & _LOW) - 1
                differ = items[first] ^ items[i]
                for j in range(1, width):  # no way out early: all at once is faster
                    differ |= items[first + j] ^ items[i + j]
                if differ == 0:
                    tallies[first] += 1
                    same[i] = first
                    break
            slot = (slot + np.uint32(1)) & mask
    return known


@borrowing
def repeated_chars(points, ngrams, slots, tallies, room):  # type: ignore[no-untyped-def]
    """Appearances of the most frequent character n-grams.

    Of d distinct ones, s of them single, the min(floor(sqrt(d)), d - s) most frequent are summed.
    `room` is what ngram_room gives.
    """
    marks, hashes, places, firsts, same, codes = room
    found = _marked_chars(points, ngrams, codes, (marks, hashes, places))
    if found == 0:
        return 0
    known = _tallied(points, CHAR_NGRAM, found, (slots, hashes, places, firsts, same), tallies)
    distinct = ngrams - found + known
    single, most = ngrams - found, 0
    for k in range(known):
        tally = tallies[firsts[k]]
        firsts[k] = tally
        single += tally == 1
        most = max(most, tally)
    sizes = same
    sizes[: most + 1] = 0
    for k in range(known):
        sizes[firsts[k]] += 1
    left = min(int(np.sqrt(distinct)), distinct - single)
    total = 0
    for tally in range(most, 1, -1):
        taken = min(left, sizes[tally])
        total += taken * tally
        left -= taken
    return total


@borrowing
def repeated_words(words, ngrams, slots, tallies, room):  # type: ignore[no-untyped-def]
    """Appearances of the word n-grams that appear more than once; one word behind is read."""
    marks, hashes, places, firsts, same, _ = room
    found = _marked(words, WORD_NGRAM, _OLDEST_WORD, ngrams, (marks, hashes, places))
    if found == 0:
        return 0
    known = _tallied(words, WORD_NGRAM, found, (slots, hashes, places, firsts, same), tallies)
    total = 0
    for k in range(known):
        tally = tallies[firsts[k]]
        total += tally if tally > 1 else 0
    return total


@numba.njit(cache=True, nogil=True)
def ngram_room(longest):  # type: ignore[no-untyped-def]
    """Scratch for texts of so many characters: slots, tallies, and the `room` of the counts."""
    size = 16
    while size < 2 * longest:
        size *= 2
    room = (
        np.empty(MARKS // 2 * size + 64 + MARKS * _SHORT, np.uint8),
        np.empty(longest + 1, np.uint32),
        np.empty(longest + 1, np.int32),
        np.empty(longest + 2, np.int32),
        np.empty(longest + 2, np.int32),
        np.empty(longest + CHAR_NGRAM, np.uint8),
    )
    return np.empty(size, np.uint64), np.empty(longest + 1, np.int32), room
