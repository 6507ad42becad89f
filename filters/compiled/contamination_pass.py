"""The compiled pass of filters.contamination.

A text is cut into words as in filters.compiled.signatures. An n-gram is known by a polynomial over
its words' hashes, so that those of every length come from one running sum.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.utf8 import point_at

EMPTY, PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)  # FNV-1a, over code points
BASE = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xD6E8FEB86659FD93)
HALF = np.uint64(32)
WORD_BITS = np.uint64(6)
IN_WORD = np.uint64(63)
PART, WHOLE = 1, 2  # kinds of code points, see filters.minhash.classes


@numba.njit(cache=True, nogil=True, inline="always")
def _mixed(value):  # type: ignore[no-untyped-def]
    value = (value ^ (value >> HALF)) * MIX
    return value ^ (value >> HALF)


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _words(letters, begin, end, kinds, sums, places):  # type: ignore[no-untyped-def]
    """Read the words of letters[begin:end]; how many there are.

    `sums` uint64 (end - begin + 2,): the polynomial over the first i words. `places` int64, of the
    same length and two columns: where each word begins and ends; with no row, it is not filled.
    """
    count = 0
    sums[0] = 0
    position, first = begin, begin
    word, open_ = EMPTY, False
    while position <= end:
        kind = np.uint8(0)
        point = np.int32(0)
        here = position
        if position < end:
            point, size = point_at(letters, position, end)
            position += size
            if point < len(kinds):
                kind = kinds[point]
        else:
            position += 1
        if kind == PART:
            if not open_:
                word, open_, first = EMPTY, True, here
            word = (word ^ np.uint64(point)) * PRIME
            continue
        if open_:
            sums[count + 1] = sums[count] * BASE + _mixed(word)
            if len(places):
                places[count, 0], places[count, 1] = first, here
            count += 1
            open_ = False
        if kind == WHOLE:
            sums[count + 1] = sums[count] * BASE + _mixed((EMPTY ^ np.uint64(point)) * PRIME)
            if len(places):
                places[count, 0], places[count, 1] = here, position
            count += 1
    return count


@numba.njit(cache=True, nogil=True, inline="always")
def _ngram(sums, at, length, power):  # type: ignore[no-untyped-def]
    """Hash of the n-gram of `length` words that begins at word `at`; `power` is BASE ** length."""
    return _mixed((sums[at + length] - sums[at] * power) ^ (np.uint64(length) * PRIME))


@numba.njit(cache=True, nogil=True)
def _power(length):  # type: ignore[no-untyped-def]
    power = np.uint64(1)
    for _ in range(length):
        power *= BASE
    return power


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _longest(starts):  # type: ignore[no-untyped-def]
    longest = 0
    for text in range(len(starts) - 1):
        longest = max(longest, starts[text + 1] - starts[text])
    return longest


@numba.njit(cache=True, nogil=True, boundscheck=False)
def items(letters, starts, kinds, length, least):  # type: ignore[no-untyped-def]
    """What is looked for: hashes uint64 (m,), the item of each and its length, int32 (m,).

    An item of fewer than `length` words is one n-gram in whole, if it has `least`; else nothing.
    """
    texts = len(starts) - 1
    sums = np.empty(_longest(starts) + 2, np.uint64)
    places = np.empty((0, 2), np.int64)
    room = len(letters) + texts
    hashes = np.empty(room, np.uint64)
    owners, lengths = np.empty(room, np.int32), np.empty(room, np.int32)
    total = 0
    for text in range(texts):
        count = _words(letters, starts[text], starts[text + 1], kinds, sums, places)
        if count < least:
            continue
        own = min(length, count)
        power = _power(own)
        for at in range(count - own + 1):
            hashes[total] = _ngram(sums, at, own, power)
            owners[total], lengths[total] = text, own
            total += 1
    return hashes[:total].copy(), owners[:total].copy(), lengths[:total].copy()


@numba.njit(cache=True, nogil=True, boundscheck=False)
def heads(letters, starts, kinds, owners, least):  # type: ignore[no-untyped-def]
    """Hash of the first `least` words of each item that `owners` names. uint64 (m,)"""
    sums = np.empty(_longest(starts) + 2, np.uint64)
    places = np.empty((0, 2), np.int64)
    out = np.empty(len(owners), np.uint64)
    power = _power(least)
    for i in range(len(owners)):
        text = owners[i]
        _words(letters, starts[text], starts[text + 1], kinds, sums, places)
        out[i] = _ngram(sums, 0, least, power)
    return out


@numba.njit(cache=True, nogil=True, inline="always", boundscheck=False)
def _place(value, table):  # type: ignore[no-untyped-def]
    """Where `value` lies among the known hashes; -1 where it does not."""
    marks, hashes, _, buckets, shift, mark_shift = table
    bit = value >> mark_shift
    if not (marks[np.int64(bit >> WORD_BITS)] >> (bit & IN_WORD)) & np.uint64(1):
        return np.int64(-1)
    bucket = np.int64(value >> shift)
    for at in range(buckets[bucket], buckets[bucket + 1]):
        if hashes[at] == value:
            return np.int64(at)
    return np.int64(-1)


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _next(at, count, sums, lengths, powers, marks, mark_shift):  # type: ignore[no-untyped-def]
    """The first word from `at` on where a known n-gram may begin; `count` where there is none.

    Lengths but the first are those of short items, whose beginnings of the last length are known:
    so there are two looks at most. A few words of a hundred are named for nothing.
    """
    long, least = lengths[0], lengths[len(lengths) - 1]
    power, power_least = powers[0], powers[len(lengths) - 1]
    ends = count - long
    while at <= ends:
        bit = _ngram(sums, at, long, power) >> mark_shift
        if (marks[np.int64(bit >> WORD_BITS)] >> (bit & IN_WORD)) & np.uint64(1):
            return at
        if least < long:
            bit = _ngram(sums, at, least, power_least) >> mark_shift
            if (marks[np.int64(bit >> WORD_BITS)] >> (bit & IN_WORD)) & np.uint64(1):
                return at
        at += 1
    return at if least < long and at + least <= count else count


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _known(sums, at, count, which, lengths, powers, table):  # type: ignore[no-untyped-def]
    """Where the n-gram at word `at` of length number `which` lies; -1 where it is unknown."""
    length = lengths[which]
    if at + length > count:
        return np.int64(-1)
    place = _place(_ngram(sums, at, length, powers[which]), table)
    return place if place >= 0 and table[2][place] >= 0 else np.int64(-1)


@numba.njit(cache=True, nogil=True, boundscheck=False)
def _tried(sums, at, count, lengths, powers, table):  # type: ignore[no-untyped-def]
    """How many of the lengths to try at word `at`: all where a short item may begin, else one."""
    last = len(lengths) - 1
    if last == 0 or at + lengths[last] > count:
        return 1
    head = _ngram(sums, at, lengths[last], powers[last])
    return len(lengths) if _place(head, table) >= 0 else 1


@numba.njit(cache=True, nogil=True)
def _powers(lengths):  # type: ignore[no-untyped-def]
    out = np.empty(len(lengths), np.uint64)
    for which in range(len(lengths)):
        out[which] = _power(lengths[which])
    return out


@numba.njit(cache=True, nogil=True, boundscheck=False)
def counts(letters, starts, kinds, lengths, table):  # type: ignore[no-untyped-def]
    """int32 (texts, 3): n-grams that are known, words that they cover, words of each text.

    `lengths` int64: the n, and those of short items, the longest first. `table`: see
    filters.contamination.Index.
    """
    texts = len(starts) - 1
    out = np.zeros((texts, 3), np.int32)
    sums = np.empty(_longest(starts) + 2, np.uint64)
    places = np.empty((0, 2), np.int64)
    powers = _powers(lengths)
    for text in range(texts):
        count = _words(letters, starts[text], starts[text + 1], kinds, sums, places)
        found, covered, until = 0, 0, 0
        at = _next(0, count, sums, lengths, powers, table[0], table[5])
        while at < count:
            reach = 0
            for which in range(_tried(sums, at, count, lengths, powers, table)):
                if _known(sums, at, count, which, lengths, powers, table) >= 0:
                    found += 1
                    reach = max(reach, lengths[which])
            if reach and at + reach > until:
                covered += at + reach - max(at, until)
                until = at + reach
            at = _next(at + 1, count, sums, lengths, powers, table[0], table[5])
        out[text, 0], out[text, 1], out[text, 2] = found, covered, count
    return out


@numba.njit(cache=True, nogil=True, boundscheck=False)
def matches(letters, kinds, lengths, table):  # type: ignore[no-untyped-def]
    """int64 (m, 3) of one text: where an n-gram that is known begins, ends, and lies in the table.

    In the order of their first words, bytes of `letters`.
    """
    room = len(letters) + 1
    sums = np.empty(room + 1, np.uint64)
    places = np.empty((room, 2), np.int64)
    count = _words(letters, 0, len(letters), kinds, sums, places)
    powers = _powers(lengths)
    out = np.empty((count * len(lengths), 3), np.int64)
    total = 0
    at = _next(0, count, sums, lengths, powers, table[0], table[5])
    while at < count:
        for which in range(_tried(sums, at, count, lengths, powers, table)):
            place = _known(sums, at, count, which, lengths, powers, table)
            if place >= 0:
                out[total, 0] = places[at, 0]
                out[total, 1] = places[at + lengths[which] - 1, 1]
                out[total, 2] = place
                total += 1
        at = _next(at + 1, count, sums, lengths, powers, table[0], table[5])
    return out[:total].copy()
