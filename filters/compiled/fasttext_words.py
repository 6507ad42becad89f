"""The rows that a word has in a fastText model, added up: its own, and those of its n-grams.

An n-gram is a run of the word's characters, < before and > after it; FNV-1a of its bytes says in
which bucket it is, and a model that was pruned has no row for most buckets. `tables` and `room`
are those of filters.compiled.fasttext_tables. Rows are whole numbers: their sum does not hang on
an order.

Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import ones
from filters.compiled.compiling import borrowing, inlined
from filters.compiled.hashing import look_up, mixed
from filters.compiled.lower_case import CASED, FINAL_SIGMA, IGNORABLE, POINT, SEVERAL, SIGMA
from filters.compiled.utf8 import point_at
from filters.compiled.wide_sums import add_rows

SIZES = ("shortest", "longest", "buckets", "end of line", "first n-gram")
"""Code points of the shortest and longest n-gram, their buckets, the row of the line's end (-1
where there is none), and the row of the first bucket that has one."""
MARK_BITS = 17
"""Of a word's hash: a bit for each of their values says whether a word of the model has it."""

_SPARE = 16  # bytes that one more character may need
_MARK = np.uint64(64 - MARK_BITS)
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)
_FNV_SEED, _FNV_PRIME = np.uint32(2166136261), np.uint32(16777619)
_HALF, _ONE = np.uint64(32), np.uint64(1)
_LABEL = np.frombuffer(b"<__label__", np.uint8)


@numba.njit(cache=True, nogil=True)
def hash_words(data, starts):  # type: ignore[no-untyped-def]
    """uint64 (n,): the hash under which the pass looks for each word, data[starts[i] : ...]."""
    out = np.empty(len(starts) - 1, np.uint64)
    for word in range(len(out)):
        out[word] = _hash_of(data, starts[word], starts[word + 1])
    return out


@inlined
def sum_word(data, begin, end, tables, room):  # type: ignore[no-untyped-def]
    """Rows of the word data[begin:end] in lower case, added up in room.part; their number."""
    room.part[:] = 0
    size, plain = _lowered(data, begin, end, tables, room.word)
    return _sum_rows(size, plain, tables, room)


@inlined
def _lowered(data, begin, end, tables, word):  # type: ignore[no-untyped-def]
    """Write the word in lower case between < and > into `word`; its bytes, and if all are ASCII."""
    word[0] = ord("<")
    size, at, after_cased, plain = 1, begin, False, True
    while at < end and size + _SPARE < len(word):
        if data[at] < 0x80:
            entry = tables.lower[data[at]]
            word[size] = entry & POINT
            if not entry & IGNORABLE:
                after_cased = entry & CASED != 0
            size, at = size + 1, at + 1
            continue
        plain = False
        point, length = point_at(data, at, end)
        at += length
        entry = tables.lower[point]
        if entry & SEVERAL:
            for point in tables.several[entry & POINT]:
                if point:
                    size = _encoded(point, word, size)
        elif point == SIGMA and after_cased and not _cased_next(data, at, end, tables):
            size = _encoded(np.int32(FINAL_SIGMA), word, size)
        else:
            size = _encoded(entry & POINT, word, size)
        if not entry & IGNORABLE:
            after_cased = entry & CASED != 0
    word[size] = ord(">")
    return size + 1, plain


@borrowing
def _cased_next(data, at, end, tables):  # type: ignore[no-untyped-def]
    """Whether the next character that is not ignorable is cased."""
    while at < end:
        point, length = point_at(data, at, end)
        if not tables.lower[point] & IGNORABLE:
            return tables.lower[point] & CASED != 0
        at += length
    return False


@borrowing
def _encoded(point, word, size):  # type: ignore[no-untyped-def]
    """Write a code point as UTF-8 at word[size]; where it ends."""
    if point < 0x80:
        word[size] = point
        return size + 1
    length = 2 if point < 0x800 else 3 if point < 0x10000 else 4
    for back in range(length - 1, 0, -1):
        word[size + back] = 0x80 | (point & 0x3F)
        point >>= 6
    word[size] = ((0xF00 >> length) & 0xFF) | point
    return size + length


@inlined
def _sum_rows(size, plain, tables, room):  # type: ignore[no-untyped-def]
    """Add the rows of room.word[:size], < and > with it, to room.part; their number."""
    key, known = _hash_of(room.word, 1, size - 1), np.int64(0)
    mark = key >> _MARK
    if (tables.marks[np.int64(mark >> np.uint64(6))] >> (mark & np.uint64(63))) & _ONE:
        known = look_up(key, tables.word_hashes, tables.word_rows)
    rows = np.int64(0)
    if known > 0:
        room.found[0] = known - 1
        add_rows(tables.rows, room.found, 1, room.part)
        rows += 1
    if known > 0 or not _is_label(room.word, size):
        rows += _sum_grams(size, plain, tables, room)
    return rows


@inlined
def _sum_grams(size, plain, tables, room):  # type: ignore[no-untyped-def]
    """Add the rows of the n-grams of room.word[:size] to room.part; their number."""
    word, ends, values, buckets = room.word, room.ends, room.values, room.buckets
    chars = size if plain else _mark_ends(word, size, ends)
    values[:chars] = _FNV_SEED
    rows, count, longest = np.int64(0), 0, min(tables.sizes[1], chars)
    for length in range(1, longest + 1):
        if plain:
            _hash_on_plain(word, length, chars, values)
        else:
            _hash_on(word, ends, length, chars, values)
        if length >= tables.sizes[0]:
            edge = np.int64(length == 1)  # < and > alone are no n-grams
            fresh = values[edge : chars - length + 1 - edge]
            count = _to_buckets(fresh, tables.sizes[2], buckets, count)
        if length == longest or count + chars > len(buckets):
            kept = _rows_of(buckets, count, tables.grams, tables.sizes[4], room.found)
            add_rows(tables.rows, room.found, kept, room.part)
            rows += kept
            count = 0
    return rows


@borrowing
def _mark_ends(word, size, ends):  # type: ignore[no-untyped-def]
    """Where each character of word[:size] begins, and the last one ends; how many they are."""
    chars = 0
    for at in range(size):
        ends[chars] = at
        chars += word[at] & 0xC0 != 0x80
    ends[chars] = size
    return chars


@borrowing
def _to_buckets(values, size, buckets, count):  # type: ignore[no-untyped-def]
    """Put the buckets of hashes, of which there are `size`, at buckets[count:]; where they end."""
    share, out = 1.0 / size, buckets[count:]
    for each in range(len(values)):
        value = np.int64(values[each])
        bucket = value - np.int64(np.float64(value) * share) * size  # one off at most
        bucket += size * (np.int64(bucket < 0) - np.int64(bucket >= size))
        out[each] = bucket
    return count + len(values)


@borrowing
def _rows_of(buckets, count, grams, first, found):  # type: ignore[no-untyped-def]
    """Write the rows of the first n-grams in `buckets` to `found`; how many have one.

    Nothing branches on a bucket: what one waits for in memory, the others wait for meanwhile.
    """
    kept = np.int64(0)
    for each in range(count):
        bucket = buckets[each]
        entry, bit = grams[bucket >> np.uint32(5)], np.uint64(bucket & np.uint32(31))
        before = entry & ((_ONE << bit) - _ONE)
        found[kept] = first + np.int64(entry >> _HALF) + ones(before)
        kept += np.int64((entry >> bit) & _ONE)
    return kept


@borrowing
def _hash_on_plain(word, length, chars, values):  # type: ignore[no-untyped-def]
    """As _hash_on, where all characters are ASCII."""
    last = word[length - 1 :]
    for begin in range(chars - length + 1):
        values[begin] = np.uint32((values[begin] ^ np.uint32(last[begin])) * _FNV_PRIME)


@borrowing
def _hash_on(word, ends, length, chars, values):  # type: ignore[no-untyped-def]
    """Take one more character into the hashes of all n-grams: they have `length` of them then."""
    for begin in range(chars - length + 1):
        value = values[begin]
        for at in range(ends[begin + length - 1], ends[begin + length]):
            byte = np.uint32(np.int32(np.int8(word[at])))  # to fastText bytes are signed
            value = np.uint32((value ^ byte) * _FNV_PRIME)
        values[begin] = value


@borrowing
def _is_label(word, size):  # type: ignore[no-untyped-def]
    """Whether a word is to fastText the name of a label, which says nothing."""
    if size <= len(_LABEL):
        return False
    same = True
    for at in range(len(_LABEL)):
        same &= word[at] == _LABEL[at]
    return same


@borrowing
def _hash_of(data, begin, end):  # type: ignore[no-untyped-def]
    """64-bit hash of bytes; never 0."""
    value = _SEED
    for at in range(begin, end):
        value = (value ^ np.uint64(data[at])) * _PRIME
    return mixed(value) | np.uint64(1)
