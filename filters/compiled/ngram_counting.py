"""Repeated n-grams of characters and of words, compiled: OBELICS' counts.

Most n-grams of a text appear once. A table holds under each hash the place where an n-gram was last
seen for the first time, and `behind` the one seen there before it. What repeats is most often
longer than an n-gram, so it is compared item by item and written down as a run: where it begins,
where the same was first, and how many n-grams it has. Places go on counting from text to text: what
the table holds of an earlier text is known by its place, and nothing has to be wiped away.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import ITEMS, alike
from filters.compiled.compiling import borrowing, inlined

CHAR_NGRAM, WORD_NGRAM = 10, 5
PLACES = 8
"""Places of the table that an n-gram may need."""

MOST_TRIES = 1 << 10
"""Other n-grams of a hash that one is compared with: none of a text has so many but one made so."""

_A, _B, _C, _D = (np.uint32(odd) for odd in (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F))
_BITS, _MOST = 32, (1 << 31) - 1
_NONE, _ONE = np.uint64(0), np.uint64(1)


@borrowing
def hash_chars(points, size, room):  # type: ignore[no-untyped-def]
    """Hash the n-grams of characters of texts that lie side by side: what repeated_chars reads.

    `room` is what ngram_room gives. Hashes of pairs become those of fours, of eights, and of tens.
    """
    hashes = room[1]
    for i in range(size - 1):
        hashes[i] = points[i] * _A + points[i + 1]
    for i in range(size - 3):
        hashes[i] = hashes[i] * _B + hashes[i + 2]
    for i in range(size - 7):
        hashes[i] = hashes[i] * _C + hashes[i + 4]
    for i in range(size - CHAR_NGRAM + 1):
        hashes[i] = hashes[i] * _D + hashes[i + 2]


@borrowing
def _hash_words(words, ngrams, hashes):  # type: ignore[no-untyped-def]
    """Hash every n-gram of words: of pairs, of fours, and of two fours."""
    for i in range(ngrams + 3):
        hashes[i] = np.uint32(words[i]) * _A + np.uint32(words[i + 1])
    for i in range(ngrams + 1):
        hashes[i] = hashes[i] * _B + hashes[i + 2]
    for i in range(ngrams):
        hashes[i] = hashes[i] * _C + hashes[i + 1]


@inlined
def _first(items, width, i, last, behind, base):  # type: ignore[no-untyped-def]
    """Where the n-gram at i begins first, and how many items are the same; below 0 for nowhere."""
    place, length, tries = last, 0, 0
    while place >= 0:
        length = alike(items, place, i)
        if length >= width:
            break
        tries += 1
        place = np.int64(behind[np.uint64(place)]) - base if tries < MOST_TRIES else np.int64(-1)
    return place, length


@inlined
def _runs(items, width, ngrams, hashes, room):  # type: ignore[no-untyped-def]
    """Write down the runs of n-grams that were there before; how many runs.

    `room` is what ngram_room gives. ITEMS behind the last of the items are read, whatever they are.
    """
    table, _, behind, (begins, firsts, lengths), _, _, begun = room
    shift, used = np.uint32(_BITS - 10), 1024
    while used < PLACES * ngrams:
        used *= 2
        shift -= np.uint32(1)
    if begun[0] + ngrams > _MOST:
        table[:], behind[:] = 0, 0
        begun[0] = 1
    base = begun[0]
    begun[0] += ngrams
    i, end, runs = _NONE, np.uint64(ngrams), _NONE
    while i < end:
        slot = hashes[i] >> shift
        last = np.int64(table[slot]) - base
        if last >= 0:
            first, length = _first(items, width, np.int64(i), last, behind, base)
            if first >= 0:
                more = length
                while more == ITEMS:
                    more = alike(items, first + length, np.int64(i) + length)
                    length += more
                length = min(length - width + 1, ngrams - np.int64(i))
                begins[runs], firsts[runs], lengths[runs] = i, first, length
                runs += _ONE
                i += np.uint64(length)
                continue
            behind[i] = base + last
        table[slot] = base + np.int64(i)
        i += _ONE
    return np.int64(runs)


@borrowing
def _tallied(runs, room):  # type: ignore[no-untyped-def]
    """How often n-grams appear again, and how many different ones do.

    Writes how often each of those does to `again`. A run lies behind what it repeats: the last run
    comes first, and what it adds to has not been added up yet. The tallies are 0 before and after.
    """
    _, _, _, (begins, firsts, lengths), tallies, again, _ = room
    total, asked = 0, _NONE
    for run in range(runs - 1, -1, -1):
        begin, first, at = begins[run], np.uint64(firsts[run]), np.uint64(lengths[run])
        ahead = np.uint64(begin) - first
        total += lengths[run]
        while at > _NONE:
            at -= _ONE
            place = first + at
            tally = tallies[place]
            again[asked] = place
            asked += np.uint64(tally == 0)
            tallies[place] = tally + tallies[place + ahead] + 1
            tallies[place + ahead] = 0
    known = _NONE
    for k in range(np.int64(asked)):
        place = np.uint64(again[k])
        tally = tallies[place]
        tallies[place] = 0
        again[known] = tally
        known += np.uint64(tally > 0)
    return total, np.int64(known)


@inlined
def repeated_chars(points, begin, ngrams, room):  # type: ignore[no-untyped-def]
    """Appearances of the most frequent character n-grams of the text that begins here.

    Of d distinct ones, s of them single, the min(floor(sqrt(d)), d - s) most frequent are summed.
    `room` holds what hash_chars wrote.
    """
    runs = _runs(points[begin:], CHAR_NGRAM, ngrams, room[1][begin:], room)
    if runs == 0:
        return 0
    total, known = _tallied(runs, room)
    left = min(int(np.sqrt(ngrams - total)), known)
    if left == known:
        return total + known
    again, sizes = room[5], room[3][0]
    most = 0
    for k in range(known):
        most = max(most, again[k])
    sizes[: most + 1] = 0
    for k in range(known):
        sizes[again[k]] += 1
    total = 0
    for tally in range(most, 0, -1):
        taken = min(left, sizes[tally])
        total += taken * (tally + 1)
        left -= taken
    return total


@inlined
def repeated_words(words, ngrams, room):  # type: ignore[no-untyped-def]
    """Appearances of the word n-grams that appear more than once."""
    _hash_words(words, ngrams, room[1])
    runs = _runs(words, WORD_NGRAM, ngrams, room[1], room)
    if runs == 0:
        return 0
    total, known = _tallied(runs, room)
    return total + known


@numba.njit(cache=True, nogil=True)
def ngram_room(longest):  # type: ignore[no-untyped-def]
    """Scratch for texts of so many characters: the `room` of the counts."""
    size = 1024
    while size < PLACES * longest:
        size *= 2
    runs = (
        np.empty(longest + 1, np.int32),
        np.empty(longest + 1, np.int32),
        np.empty(longest + 1, np.int32),
    )
    return (
        np.zeros(size, np.int32),
        np.empty(longest + CHAR_NGRAM, np.uint32),
        np.zeros(longest + 2, np.int32),
        runs,
        np.zeros(longest + 1, np.int32),
        np.empty(longest + 1, np.int32),
        np.ones(1, np.int64),
    )
