"""Repeated n-grams of words and repeated lines, compiled, for Gopher's and RedPajama's rules.

Words are numbers, 0 to v - 1, equal where the words are. An n-gram that appears twice holds two
(n - 1)-grams that do, so each level looks only at places where the level below found repeats: on
web text a twentieth of all places from n = 4 on. A place's class is the first place that holds the
same n-gram, or the number of its word for n = 1. The places of a class lie side by side, in order.
A level goes through them and parts each class by the next word: where the class was last met with
that word stands in a slot of the word, so nothing is hashed and no step has to be guessed. What is
equal is compared exactly.

A slot is a number of 64 bits: level, class, and in the lowest 20 bits the first place that the two
have met with its word. So a text has 2 ** 20 words at most.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import MARGIN, ROOM
from filters.compiled.compiling import borrowing
from filters.compiled.hashing import hash_points
from filters.compiled.reading import places as places_of

MOST_N = 10
_NEWLINE = 10
_HALF = np.uint64(32)
_PLACE = np.uint64(20)  # bits of a place; filters.compiled.counting.MOST_CHARS
_FIRST, _NONE, _ONE = np.uint64((1 << 20) - 1), np.uint64(0), np.uint64(1)
_HERE = np.uint8(1)


@borrowing
def table_size(entries):  # type: ignore[no-untyped-def]
    """Slots that this many entries need: a power of two, at most half full."""
    size = 16
    while size < 2 * entries:
        size *= 2
    return size


@numba.njit(cache=True, nogil=True)
def empty_numbers(most):  # type: ignore[no-untyped-def]
    """Room to number so many words: the words' numbers, tallies of each, and a table."""
    words, tallies = np.empty(most + 1, np.uint32), np.empty(most + 1, np.uint32)
    return words, tallies, np.empty(table_size(most + 2), np.uint64)


@numba.njit(cache=True, nogil=True)
def empty_levels(most):  # type: ignore[no-untyped-def]
    """Room for the n-grams of so many words.

    Places side by side by class, twice, and in order; by place its class, how often that is there,
    where its next place is written, and the level at which it was met; slots; marks of places.
    """
    order, other = np.empty(most + 1, np.uint32), np.empty(most + 1, np.uint32)
    classes, tallies = np.empty(most + 1, np.uint32), np.empty(most + 1, np.uint32)
    behind, met = np.empty(most + 2, np.uint32), np.empty(most + 1, np.uint32)
    slots, marks = np.empty(most + 1, np.uint64), np.empty(most + MARGIN, np.uint8)
    places = np.empty(most + 1, np.uint32)
    return (order, other), (classes, tallies, behind), slots, (places, met, marks)


@borrowing
def number_words(hashes, count, room):  # type: ignore[no-untyped-def]
    """Numbers of the words with these 64-bit hashes (never 0); how many different ones there are.

    `room` is of empty_numbers. Behind the last word one more is written, which is nowhere else.
    The table holds the upper 44 bits of a hash, and in the lower ones, which said where to look,
    the number: so two of a thousand different words are taken for one in no more than one of some
    ten thousand million texts. Whether a word is new is hard to foresee: what is written says so,
    and no branch.
    """
    words, tallies, table = room
    size = table_size(count)
    table[:size] = 0
    mask, known = np.uint64(size - 1), _NONE
    for i in range(count):
        value = hashes[i]
        slot = (value >> _ONE) & mask
        held = table[slot]
        while (held != _NONE) & (held ^ value > _FIRST):
            slot = (slot + _ONE) & mask
            held = table[slot]
        new = held == _NONE
        number = known if new else held & _FIRST
        table[slot], words[i] = (value & ~_FIRST) | number, number
        tallies[number] = np.uint32(1) + (np.uint32(0) if new else tallies[number])
        known += np.uint64(new)
    words[count] = known
    return np.int64(known)


@borrowing
def is_numbered(value, count, room):  # type: ignore[no-untyped-def]
    """Is this the hash of one of the words that number_words was given, so many?"""
    table, mask = room[2], np.uint64(table_size(count) - 1)
    slot = (value >> _ONE) & mask
    while (table[slot] != _NONE) & (table[slot] ^ value > _FIRST):
        slot = (slot + _ONE) & mask
    return table[slot] != _NONE


@borrowing
def first_level(count, known, numbered, room):  # type: ignore[no-untyped-def]
    """Places of words that appear more than once, side by side; how many. Others lie behind."""
    words, tallies, _ = numbered
    (order, _), (classes, _, behind), slots, _ = room
    found, last = np.uint32(0), np.uint32(count - 1)
    for number in range(known):
        tally = tallies[number]
        behind[number] = found if tally > 1 else last
        found += tally if tally > 1 else np.uint32(0)
        last -= np.uint32(tally == 1)
    for place in range(count):
        number = words[place]
        order[behind[number]] = place
        behind[number] += np.uint32(1)
        classes[place] = number
    slots[: known + 1] = 0
    return np.int64(found)


@borrowing
def next_level(n, found, words, room):  # type: ignore[no-untyped-def]
    """From the repeated (n - 1)-grams to the n-grams.

    Returns how many places hold a repeated one, and of the most frequent, or of equals the first,
    the first place and how often it is there; (-1, 0) where none repeats.
    """
    (order, other), (classes, tallies, behind), slots, _ = room
    if n & 1:
        order, other = other, order
    level, step = np.uint64(n) << _PLACE, np.uint64(n - 1)
    for i in range(found):
        place = np.uint64(order[i])
        word = words[place + step]
        of = level | np.uint64(classes[place])
        held = slots[word]
        first = held & _FIRST if held >> _PLACE == of else place
        slots[word] = (of << _PLACE) | first
        classes[place] = first
        tallies[place] = 0
        tallies[first] += np.uint32(1)
    kept, best, nowhere = _NONE, _NONE, np.uint64(len(behind) - 1)
    for i in range(found):
        place = np.uint64(order[i])
        of = np.uint64(classes[place])
        tally = np.uint64(tallies[of])
        behind[place if of == place else nowhere] = kept
        at = np.uint64(behind[of])
        other[at] = place
        behind[of] = at + _ONE
        kept += tally - np.uint64(tally == _ONE) if of == place else _NONE
        best = max(best, (tally << _PLACE) | (_FIRST - of))
    most = np.int64(best >> _PLACE)
    if most < 2:
        return 0, np.int64(-1), np.int64(0)
    return np.int64(kept), np.int64(_FIRST - (best & _FIRST)), most


@borrowing
def in_order(n, found, count, room):  # type: ignore[no-untyped-def]
    """The places that next_level found at n, for `skipped` and `covered`; how many."""
    orders, _, _, (places, met, marks) = room
    order = orders[1 - (n & 1)]
    marks[: count + ROOM] = 0
    met[:count] = 0
    for i in range(found):
        marks[order[i]] = _HERE
    return places_of(marks, count, _HERE, places)


@borrowing
def skipped(n, size, room, ends):  # type: ignore[no-untyped-def]
    """Characters of n-grams that were seen before, as datatrove's find_all_duplicate counts them.

    It walks from word to word; at an n-gram that it has met it adds its characters and jumps behind
    it, and n-grams inside a jump are not met. `ends` int64 (words + 1,) are running characters,
    `size` how many places repeated at n - 1. Returns how many do at n, and the characters.
    """
    _, (classes, tallies, _), _, (places, met, _) = room
    length = np.uint64(n)
    total, free, kept = np.int64(0), np.uint64(0), 0
    for i in range(size):
        place = np.uint64(places[i])
        of = classes[place]
        repeated = tallies[of] > 1
        places[kept] = place
        kept += repeated
        if repeated & (place >= free):
            if met[of] == length:
                free = place + length
                total += ends[free] - ends[place]
            met[of] = length
    return kept, total


@borrowing
def covered(n, size, room, ends):  # type: ignore[no-untyped-def]
    """Characters of all words that lie in some n-gram that appears more than once; see skipped."""
    _, (classes, tallies, _), _, (places, _, _) = room
    length = np.uint64(n)
    total, free, kept = np.int64(0), np.uint64(0), 0
    for i in range(size):
        place = np.uint64(places[i])
        repeated = tallies[classes[place]] > 1
        places[kept] = place
        kept += repeated
        if repeated:
            begin = max(place, free)
            free = place + length
            total += ends[free] - ends[begin]
    return kept, total


@borrowing
def add_hash(keys, key):  # type: ignore[no-untyped-def]
    """Put a hash (not 0) into an open-addressing set; was it there? uint64 (a power of two,)"""
    mask = np.uint64(len(keys) - 1)
    slot = (key >> _HALF) & mask
    while (keys[slot] != _NONE) & (keys[slot] != key):
        slot = (slot + _ONE) & mask
    was = keys[slot] == key
    keys[slot] = key
    return was


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
