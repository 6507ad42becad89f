"""Repeated n-grams of words and repeated lines, compiled, for Gopher's and RedPajama's rules.

Words are numbers, 0 to v - 1, equal where the words are. An n-gram that appears twice holds two
(n - 1)-grams that do, so each level looks only at places where the level below found repeats: on
web text a twentieth of all places from n = 4 on. A place's class is the first place that holds the
same n-gram; places of n-grams that appear once are on no list. What is equal is compared exactly:
the key of an n-gram is the class of its first n - 1 words and its last word. Most that repeat go on
as the first of their class does, and those need no table.

Slots of the table: `keys` uint64 of a power of two, of which a level uses as many as it needs: the
key, and in the lowest 20 bits the first place. So a text has 2 ** 20 words at most.

Importing this module imports numba.
"""

import numpy as np

from filters.compiled.compiling import borrowing, inlined
from filters.compiled.hashing import hash_points

MOST_N = 10
_NEWLINE = 10
_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_PLACE = np.uint64(
    20
)  # bits of a place and of a word's number; filters.compiled.counting.MOST_CHARS
_FIRST, _NONE, _ONE = np.uint64((1 << 20) - 1), np.uint64(0), np.uint64(1)


@inlined
def _slot_of(key, mask):  # type: ignore[no-untyped-def]
    key = (key ^ (key >> _HALF)) * _MIX
    return np.int64((key ^ (key >> _HALF)) & np.uint64(mask))


@borrowing
def table_size(entries):  # type: ignore[no-untyped-def]
    """Slots that this many entries need: a power of two, at most half full."""
    size = 16
    while size < 2 * entries:
        size *= 2
    return size


@borrowing
def number_words(hashes, count, words, keys, firsts, tallies):  # type: ignore[no-untyped-def]
    """Numbers of the words with these 64-bit hashes (never 0); how many different ones there are.

    Writes `words` int32 (count,) and `tallies` int32, the appearances of each number.
    """
    size = table_size(count)
    keys[:size] = 0
    known = 0
    for i in range(count):
        slot = np.int64(hashes[i] >> _HALF) & (size - 1)
        while keys[slot] != 0 and keys[slot] != hashes[i]:
            slot = (slot + 1) & (size - 1)
        if keys[slot] == 0:
            keys[slot], firsts[slot] = hashes[i], known
            tallies[known] = 0
            known += 1
        words[i] = firsts[slot]
        tallies[words[i]] += 1
    return known


@borrowing
def first_level(words, count, tallies, places, classes):  # type: ignore[no-untyped-def]
    """Places of words that appear more than once: how many; written to `places` and `classes`.

    Whether a word repeats is hard to foresee, so this and next_level write first and go on or not,
    instead of branching.
    """
    found = 0
    for i in range(count):
        repeated = tallies[words[i]] > 1
        classes[i] = words[i] if repeated else -1
        places[found] = i
        found += repeated
    classes[count] = -1
    return found


@borrowing
def next_level(n, words, found, places, classes, room):  # type: ignore[no-untyped-def]
    """From the repeated (n - 1)-grams to the n-grams; how many places hold a repeated one.

    `places` int32 (found + 1,) sorted and `classes` int32 (words + 1,), -1 where not repeated, are
    overwritten. `room` is keys, tallies (by place) and a scratch array for classes.
    """
    keys, tallies, scratch = room
    candidates = 0
    for i in range(found):
        place = places[i]
        goes_on = classes[place + 1] >= 0
        classes[place] = classes[place] if goes_on else -1
        places[candidates] = place
        candidates += goes_on
    keys = keys[: table_size(candidates)]
    keys[:] = 0
    for i in range(candidates):
        place = places[i]
        first = classes[place]
        # Classes of single words are their numbers, all others places.
        if n == 2 or words[first + n - 1] != words[place + n - 1]:
            first = _first_of(first, words[place + n - 1], place, keys)
        tallies[place] = 0
        tallies[first] += 1
        scratch[i] = first
    kept = 0
    for i in range(candidates):
        place = places[i]
        repeated = tallies[scratch[i]] > 1
        classes[place] = scratch[i] if repeated else -1
        places[kept] = place
        kept += repeated
    return kept


@inlined
def _first_of(of, word, place, keys):  # type: ignore[no-untyped-def]
    """First place of the n-gram with this class of its first words and this last one."""
    mask = len(keys) - 1
    key = ((np.uint64(of) + _ONE) << (_PLACE + _PLACE)) | (np.uint64(word) << _PLACE)
    slot = _slot_of(key, mask)
    while keys[slot] != _NONE and (keys[slot] ^ key) > _FIRST:
        slot = (slot + 1) & mask
    if keys[slot] == _NONE:
        keys[slot] = key | np.uint64(place)
    return np.int64(keys[slot] & _FIRST)


@borrowing
def top(found, places, classes, tallies):  # type: ignore[no-untyped-def]
    """First place and appearances of the most frequent n-gram; of equals, the first; (-1, 0)."""
    best, most = -1, 0
    for i in range(found):
        place = places[i]
        if classes[place] == place and tallies[place] > most:
            best, most = place, tallies[place]
    return best, most


@borrowing
def skipped(n, found, places, classes, seen, ends):  # type: ignore[no-untyped-def]
    """Characters of n-grams that were seen before, as datatrove's find_all_duplicate counts them.

    It walks from word to word; at an n-gram that it has met it adds its characters and jumps behind
    it, and n-grams inside a jump are not met. `ends` int64 (words + 1,) are running characters.
    """
    for i in range(found):
        seen[classes[places[i]]] = 0
    total, free = np.int64(0), 0
    for i in range(found):
        place = places[i]
        if place < free:
            continue
        if seen[classes[place]]:
            total += ends[place + n] - ends[place]
            free = place + n
        else:
            seen[classes[place]] = 1
    return total


@borrowing
def covered(n, found, places, ends):  # type: ignore[no-untyped-def]
    """Characters of all words that lie in some n-gram that appears more than once."""
    total, free = np.int64(0), 0
    for i in range(found):
        begin = max(places[i], free)
        free = places[i] + n
        total += ends[free] - ends[begin]
    return total


@borrowing
def add_hash(keys, key):  # type: ignore[no-untyped-def]
    """Put a hash (not 0) into an open-addressing set; was it there? uint64 (a power of two,)"""
    mask = len(keys) - 1
    slot = _slot_of(key, mask)
    while keys[slot] != 0:
        if keys[slot] == key:
            return True
        slot = (slot + 1) & mask
    keys[slot] = key
    return False


@borrowing
def repeated_segments(points, begin, end, breaks, keys):  # type: ignore[no-untyped-def]
    """Segments between runs of at least `breaks` line feeds, the repeats, the repeats' characters.

    The text begins and ends with something else than a line feed, or is empty.
    """
    most = 2
    for i in range(begin, end):
        most += points[i] == _NEWLINE
    size = table_size(most)
    keys[:size] = 0
    segments, repeats, chars, first, at = 0, 0, 0, begin, begin
    while at <= end:
        run = at
        while run < end and points[run] == _NEWLINE:
            run += 1
        if at < end and run - at < breaks:
            at = run + 1 if run == at else run
            continue
        segments += 1
        if add_hash(keys[:size], hash_points(points, first, at)):
            repeats, chars = repeats + 1, chars + at - first
        if at == end:
            break
        first = at = run
    return segments, repeats, chars
