"""Bytes of a page between two places: compared, searched and copied, 64 at once where it pays.

Behind all of them are MARGIN bytes of `filters.compiled.blocks` that may be read. Importing this
module imports numba.
"""

import numpy as np

from filters.compiled.blocks import ROOM, being, copied, first, lowest, within
from filters.compiled.compiling import borrowing, inlined

_ONE = np.uint64(1)


def in_bytes(*words: str) -> tuple[np.ndarray, ...]:
    """Words as bytes. uint8 each"""
    return tuple(np.frombuffer(word.encode(), np.uint8) for word in words)


@borrowing
def lower(byte):  # type: ignore[no-untyped-def]
    """A byte as a small letter, where it is a capital one of ASCII."""
    return byte | 0x20 if 0x41 <= byte <= 0x5A else byte


@borrowing
def is_space(byte):  # type: ignore[no-untyped-def]
    """True for the white space of ASCII."""
    return byte == 0x20 or 0x09 <= byte <= 0x0D


@borrowing
def begins(data, begin, stop, word):  # type: ignore[no-untyped-def]
    """True where the bytes begin with a word in lower case."""
    if stop - begin < len(word):
        return False
    for i in range(len(word)):
        byte = data[begin + i]
        if (byte | 0x20 if 0x41 <= byte <= 0x5A else byte) != word[i]:
            return False
    return True


@borrowing
def trimmed(data, begin, stop):  # type: ignore[no-untyped-def]
    """The span without the white space around it."""
    while begin < stop and (data[begin] == 0x20 or 0x09 <= data[begin] <= 0x0D):
        begin += 1
    while begin < stop and (data[stop - 1] == 0x20 or 0x09 <= data[stop - 1] <= 0x0D):
        stop -= 1
    return begin, stop


@borrowing
def is_plain(data, begin, stop):  # type: ignore[no-untyped-def]
    """True for printable ASCII."""
    for at in range(begin, stop, ROOM):
        if ~within(data, at, 0x20, 0x7E) & first(stop - at):
            return False
    return True


@borrowing
def place_of(data, begin, stop, byte):  # type: ignore[no-untyped-def]
    """Where a byte first stands; `stop` for nowhere."""
    for at in range(begin, stop, ROOM):
        places = being(data, at, byte)
        if places:
            return min(at + lowest(places), stop)
    return stop


@borrowing
def space_of(data, begin, stop):  # type: ignore[no-untyped-def]
    """Where white space first stands; `stop` for nowhere."""
    for at in range(begin, stop, ROOM):
        spaces = being(data, at, 0x20) | within(data, at, 0x09, 0x0D)
        if spaces:
            return min(at + lowest(spaces), stop)
    return stop


@borrowing
def found(data, begin, stop, word, fold):  # type: ignore[no-untyped-def]
    """Where `word`, in lower case if `fold`, first stands among the bytes; -1 for nowhere."""
    for at in range(begin, stop - len(word) + 1):
        i = 0
        while i < len(word):
            byte = data[at + i]
            if (lower(byte) if fold else byte) != word[i]:
                break
            i += 1
        if i == len(word):
            return at
    return -1


@inlined
def _either(data, at, letter, fold):  # type: ignore[no-untyped-def]
    """Which of 64 bytes are a letter, if `fold` a small or a capital one."""
    same = being(data, at, letter)
    return same | being(data, at, letter & np.uint8(0xDF)) if fold else same


@borrowing
def holds(data, begin, stop, word, fold):  # type: ignore[no-untyped-def]
    """True where `word` stands among the bytes: as `found`, for the many that do not hold it.

    Both its first and its last letter are looked for at 64 places at once.
    """
    last = len(word) - 1
    at = begin
    while at + last < stop:
        places = _either(data, at, word[0], fold) & _either(data, at + last, word[last], fold)
        places &= first(stop - last - at)
        while places:
            place = at + lowest(places)
            if found(data, place, place + last + 1, word, fold) == place:
                return True
            places &= places - _ONE
        at += ROOM
    return False


@borrowing
def put(data, begin, stop, out, at):  # type: ignore[no-untyped-def]
    """Write some bytes to `out`, where room is for a block more; where they end."""
    for k in range(0, stop - begin, ROOM):
        copied(data, begin + k, out, at + k)
    return at + stop - begin
