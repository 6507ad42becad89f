"""Counts and words of text nodes, in compiled passes over UTF-8.

Importing this module imports numba. Nothing here trusts the bytes: a broken sequence is one
character, and no read leaves its text.
"""

import numba
import numpy as np

from filters.compiled.blocks import ROOM, lowest, ones, within
from filters.compiled.blocks import first as below
from filters.compiled.hashing import mixed
from filters.compiled.utf8 import point_at

COUNTS = (
    "chars", "words", "letters", "digits", "capitals", "ends", "commas", "marks", "wide",
    "longest", "last", "first",
)  # fmt: skip

# Classes of characters, one bit each. A wide character is one of a script without spaces.
SPACE, LETTER, DIGIT, CAPITAL, END, COMMA, MARK, WIDE, COLON = (1 << i for i in range(9))

MOST_TITLED = 60
"""Longer texts, and later words of a title, are not compared with each other. [words]"""

MOST_WORDS = 40
"""Words of a unit, from its beginning, that are looked up in the lexicon."""

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_PAIR = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)


@numba.njit(cache=True, nogil=True)
def _ending(kind):  # type: ignore[no-untyped-def]
    """A character's classes as a small number, for how a text begins and ends."""
    if kind & END:
        return 5
    if kind & COLON:
        return 4
    if kind & CAPITAL:
        return 3
    if kind & LETTER:
        return 2
    return 1 if kind & DIGIT else 0


@numba.njit(cache=True, nogil=True)
def read_texts(data, starts, classes, lower):  # type: ignore[no-untyped-def]
    """COUNTS of each text float32 (n, 12), its words' hashes uint64 (w,), and where they begin.

    `data` uint8 (bytes,) with `starts` int64 (n + 1,). A hashed word is a run of letters and
    digits, folded to lower case; a wide character is one by itself.
    """
    texts = len(starts) - 1
    out = np.zeros((texts, len(COUNTS)), np.float32)
    hashes = np.empty(starts[texts] - starts[0] + 1, np.uint64)
    begin = np.zeros(texts + 1, np.int64)
    held = 0
    for text in range(texts):
        position, end = starts[text], starts[text + 1]
        chars, words, letters, digits, capitals = 0, 0, 0, 0, 0
        ends, commas, marks, wide = 0, 0, 0, 0
        longest, length = 0, 0
        last, before, first = np.uint16(0), np.uint16(0), np.uint16(0)
        value, inside = _SEED, False
        while position <= end:
            if position + ROOM <= len(data):
                large = within(data, position, 0x41, 0x5A)
                run = min(lowest(~(large | within(data, position, 0x61, 0x7A))), end - position)
                if run > 0:  # letters of ASCII, most of all
                    if chars == 0:
                        first = classes[data[position]]
                    for i in range(position, position + run):
                        value = (value ^ np.uint64(data[i] | np.uint8(0x20))) * _PRIME
                    chars += run
                    length += run
                    letters += run
                    capitals += ones(large & below(run))
                    inside = True
                    position += run
                    last = before = classes[data[position - 1]]
                    continue
            if position == end:  # a space after the end closes the last word
                point, size, kind = np.int32(32), 1, np.uint16(SPACE)
            else:
                point, size = np.int32(data[position]), 1
                if point >= 0x80:
                    point, size = point_at(data, position, end)
                kind = classes[point]
                chars += 1
                if chars == 1:
                    first = kind
            position += size
            if kind & LETTER and not kind & WIDE:
                value = (value ^ np.uint64(lower[point])) * _PRIME
                inside = True
                length += 1
                letters += 1
                digits += (kind & DIGIT) != 0
                capitals += (kind & CAPITAL) != 0
                last = before = kind
                continue
            if inside and (kind & WIDE or not kind & (LETTER | DIGIT)):
                hashes[held] = mixed(value)
                held += 1
                value, inside = _SEED, False
            if kind & SPACE:
                ends += (before & END) != 0  # a full stop ends a sentence where a space follows
                words += length > 0
                longest = max(longest, length)
                length, before = 0, kind
                continue
            length += 1
            digits += (kind & DIGIT) != 0
            commas += (kind & COMMA) != 0
            marks += (kind & MARK) != 0
            last = before = kind
            if kind & WIDE:
                letters += (kind & LETTER) != 0
                wide += 1
                ends += (kind & END) != 0
                before = np.uint16(0)
                if kind & (LETTER | DIGIT):
                    hashes[held] = mixed((value ^ np.uint64(lower[point])) * _PRIME)
                    held += 1
            elif kind & DIGIT:
                value = (value ^ np.uint64(lower[point])) * _PRIME
                inside = True
        begin[text + 1] = held
        out[text, 0], out[text, 1], out[text, 2], out[text, 3] = chars, words, letters, digits
        out[text, 4], out[text, 5], out[text, 6], out[text, 7] = capitals, ends, commas, marks
        out[text, 8], out[text, 9] = wide, longest
        out[text, 10], out[text, 11] = _ending(last), _ending(first)
    return out, hashes[:held], begin


@numba.njit(cache=True, nogil=True)
def titled(words, begin, pages, titles, title_begin):  # type: ignore[no-untyped-def]
    """Share of each unit's words that are in its page's title. float32 (u,)

    `words` and `begin` are those of the units, `titles` and `title_begin` of the titles;
    `pages` int64 (u,): the title that a unit belongs to. 0 for units over MOST_TITLED words.
    """
    out = np.zeros(len(begin) - 1, np.float32)
    for text in range(len(out)):
        first, last = title_begin[pages[text]], title_begin[pages[text] + 1]
        count = begin[text + 1] - begin[text]
        if last == first or count == 0 or count > MOST_TITLED:
            continue
        found = 0
        for i in range(begin[text], begin[text + 1]):
            for j in range(first, min(last, first + MOST_TITLED)):
                if words[i] == titles[j]:
                    found += 1
                    break
        out[text] = found / count
    return out


@numba.njit(cache=True, nogil=True)
def pairs(words, begin):  # type: ignore[no-untyped-def]
    """A hash of each word with the next of its unit, 0 for the last. uint64 (w,)"""
    out = np.zeros(len(words), np.uint64)
    for text in range(len(begin) - 1):
        for i in range(begin[text], begin[text + 1] - 1):
            out[i] = mixed(words[i] * _PAIR ^ words[i + 1])
    return out


@numba.njit(cache=True, nogil=True)
def table(keys, values):  # type: ignore[no-untyped-def]
    """Open-addressing table of hashes: uint32 (n,) with int8 (n,) -> both of one power of two.

    A value of 0 says that there is no key.
    """
    size = 16
    while size < 2 * len(keys):
        size *= 2
    slots, held = np.zeros(size, np.uint32), np.zeros(size, np.int8)
    for i in range(len(keys)):
        slot = np.int64(keys[i]) & (size - 1)
        while held[slot] != 0 and slots[slot] != keys[i]:
            slot = (slot + 1) & (size - 1)
        slots[slot], held[slot] = keys[i], values[i]
    return slots, held


@numba.njit(cache=True, nogil=True, inline="always")
def _value_of(key, slots, held):  # type: ignore[no-untyped-def]
    mask = len(slots) - 1
    slot = np.int64(key) & mask
    while held[slot] != 0 and slots[slot] != key:
        slot = (slot + 1) & mask
    return held[slot]


@numba.njit(cache=True, nogil=True)
def looked_up(keys, slots, held):  # type: ignore[no-untyped-def]
    """The value of each key, uint32 (n,): 0 where there is none. int8 (n,)"""
    out = np.empty(len(keys), np.int8)
    for i in range(len(keys)):
        out[i] = _value_of(keys[i], slots, held)
    return out


@numba.njit(cache=True, nogil=True)
def leanings(words, begin, slots, held):  # type: ignore[no-untyped-def]
    """The values of words, uint64 (w,), and of each with the next of its unit. int8 (w,) each

    `begin` int64 (u + 1,); 0 for all but the first MOST_WORDS of a unit.
    """
    singles, doubles = np.zeros(len(words), np.int8), np.zeros(len(words), np.int8)
    for unit in range(len(begin) - 1):
        end = begin[unit + 1]
        for i in range(begin[unit], min(end, begin[unit] + MOST_WORDS)):
            singles[i] = _value_of(np.uint32(words[i] >> _HALF), slots, held)
            if i + 1 < end:
                pair = mixed(words[i] * _PAIR ^ words[i + 1])
                doubles[i] = _value_of(np.uint32(pair >> _HALF), slots, held)
    return singles, doubles


@numba.njit(cache=True, nogil=True)
def keys_of(hashes):  # type: ignore[no-untyped-def]
    """The half of a hash by which it is looked up: uint64 (n,) -> uint32 (n,)"""
    out = np.empty(len(hashes), np.uint32)
    for i in range(len(hashes)):
        out[i] = np.uint32(hashes[i] >> _HALF)
    return out
