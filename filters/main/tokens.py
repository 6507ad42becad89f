"""The tokens and concepts of elements' names, in one compiled pass over UTF-8.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.hashing import mixed

MOST_NAME = 400
"""Longer names are read up to here. [bytes]"""

MOST_TOKENS = 12
"""Classes of one element that are looked at."""

SHORT = 4
"""A concept's word stands for all words that begin with it, unless it is shorter. [letters]"""

_SEED = np.uint64(0xCBF29CE484222325)
_PRIME = np.uint64(0x100000001B3)
_HALF = np.uint64(32)


@numba.njit(cache=True, nogil=True)
def vocabulary(data, starts, bits):  # type: ignore[no-untyped-def]
    """Open-addressing table of words: uint64 keys, uint64 bits; both of one power of two."""
    size = 16
    while size < 4 * len(bits):
        size *= 2
    keys, held = np.zeros(size, np.uint64), np.zeros(size, np.uint64)
    for word in range(len(bits)):
        value = _SEED
        for i in range(starts[word], starts[word + 1]):
            value = (value ^ np.uint64(data[i])) * _PRIME
        slot = np.int64(mixed(value) & np.uint64(size - 1))
        while keys[slot] != 0 and keys[slot] != value:
            slot = (slot + 1) & (size - 1)
        keys[slot] = value
        held[slot] |= bits[word]
    return keys, held


@numba.njit(cache=True, nogil=True)
def _bits_of(value, keys, held):  # type: ignore[no-untyped-def]
    slot = np.int64(mixed(value) & np.uint64(len(keys) - 1))
    while keys[slot] != 0:
        if keys[slot] == value:
            return held[slot]
        slot = (slot + 1) & (len(keys) - 1)
    return np.uint64(0)


@numba.njit(cache=True, nogil=True)
def _is_lower(byte):  # type: ignore[no-untyped-def]
    return 97 <= byte <= 122


@numba.njit(cache=True, nogil=True)
def _is_upper(byte):  # type: ignore[no-untyped-def]
    return 65 <= byte <= 90


@numba.njit(cache=True, nogil=True)
def different(data, starts):  # type: ignore[no-untyped-def]
    """The different ones of n names: q of them, for publishers repeat them.

    uint8 (bytes,), int64 (n + 1,) -> int64 (n,) which of them each name is, int64 (q,) where it
    stands first, uint64 (q,) its hash. Names of one hash are one.
    """
    count = len(starts) - 1
    size = 16
    while size < 2 * count:
        size *= 2
    slots, of = np.full(size, -1, np.int32), np.empty(count, np.int64)
    first, hashes = np.empty(count, np.int64), np.empty(count, np.uint64)
    known = 0
    for name in range(count):
        value = _SEED
        for i in range(starts[name], min(starts[name + 1], starts[name] + MOST_NAME)):
            value = (value ^ np.uint64(data[i])) * _PRIME
        value = mixed(value)
        slot = np.int64(value & np.uint64(size - 1))
        while slots[slot] >= 0 and hashes[slots[slot]] != value:
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            slots[slot], first[known], hashes[known] = known, name, value
            known += 1
        of[name] = slots[slot]
    return of, first[:known], hashes[:known]


@numba.njit(cache=True, nogil=True)
def concepts(data, starts, names, keys, held):  # type: ignore[no-untyped-def]
    """The concepts of some of n names as bits: int64 (q,) which -> uint64 (q,)

    By the words in it: "mainCol entry-text" has main, col, entry, text. `data` uint8 (bytes,),
    `starts` int64 (n + 1,).
    """
    out = np.zeros(len(names), np.uint64)
    for place in range(len(names)):
        name = names[place]
        value, length = _SEED, 0
        end = min(starts[name + 1], starts[name] + MOST_NAME)
        for i in range(starts[name], end + 1):
            byte = data[i] if i < end else np.uint8(32)
            letter = _is_lower(byte) or _is_upper(byte)
            begins = not letter
            if length and _is_upper(byte):
                after = i + 1 < end and _is_lower(data[i + 1])
                begins = _is_lower(data[i - 1]) or after
            if begins and length:
                if length < SHORT:
                    out[place] |= _bits_of(value, keys, held)
                value, length = _SEED, 0
            if letter:
                value = (value ^ np.uint64(byte | 32)) * _PRIME
                length += 1
                if length >= SHORT:
                    out[place] |= _bits_of(value, keys, held)
    return out


@numba.njit(cache=True, nogil=True)
def tokens(data, starts, names):  # type: ignore[no-untyped-def]
    """Hashes of the classes of some of n names, and where those of each begin.

    uint8 (bytes,), int64 (n + 1,), int64 (q,) which -> uint32 (k,), int64 (q + 1,). Lower case, and
    runs of digits made alike: post-123 and post-7 are one. A class given twice counts once.
    """
    room = 0
    for name in names:
        room += min(starts[name + 1] - starts[name], MOST_NAME) // 2 + 1
    keys, begin, total = np.empty(room, np.uint32), np.zeros(len(names) + 1, np.int64), 0
    for place in range(len(names)):
        first = starts[names[place]]
        end = min(starts[names[place] + 1], first + MOST_NAME)
        value, inside, digit = _SEED, False, False
        for i in range(first, end + 1):
            byte = data[i] if i < end else np.uint8(32)
            if byte in (9, 10, 12, 13, 32):
                if inside and total - begin[place] < MOST_TOKENS:
                    key = np.uint32(mixed(value) >> _HALF)
                    known = False
                    for k in range(begin[place], total):
                        known |= keys[k] == key
                    if not known:
                        keys[total] = key
                        total += 1
                value, inside, digit = _SEED, False, False
                continue
            inside = True
            if 48 <= byte <= 57:
                if digit:
                    continue
                digit, byte = True, np.uint8(48)
            else:
                digit = False
                if _is_upper(byte):
                    byte |= np.uint8(32)
            value = (value ^ np.uint64(byte)) * _PRIME
        begin[place + 1] = total
    return keys[:total], begin


@numba.njit(cache=True, nogil=True)
def told(values, begin):  # type: ignore[no-untyped-def]
    """What the values int8 (k,) of each name's tokens come to. float32 (n, 4)

    Their sum, how many are not 0, the most (at least 0), the least (at most 0).
    """
    out = np.zeros((len(begin) - 1, 4), np.float32)
    for name in range(len(out)):
        for k in range(begin[name], begin[name + 1]):
            value = np.float32(values[k])
            out[name, 0] += value
            out[name, 1] += value != 0
            out[name, 2] = max(out[name, 2], value)
            out[name, 3] = min(out[name, 3], value)
    return out
