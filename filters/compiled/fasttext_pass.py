"""The compiled pass of filters.language: what a fastText model says of each text.

fastText adds up a row for each word and one for each n-gram of the word's characters, divides by
their number, and walks down a tree of labels (filters.fasttext_model has the papers). A word gives
the same rows wherever it stands, so their sum is kept, in a table with one place for each hash
where a newer word takes the older one's place. Rows are whole numbers, so that a sum is the same
whatever is added first, and whatever was kept.

Importing this module imports numba.
"""

import numpy as np

from filters.compiled.compiling import borrowing, inlined
from filters.compiled.fasttext_words import sum_word
from filters.compiled.hashing import mixed
from filters.compiled.utf8 import point_at
from filters.compiled.wide_sums import add_rows

MOST_CHARS = 10_000
"""Code points of a text that are read: more change the answer no more, and cost time."""
WORDS = 256
"""Words that are looked up one behind the other."""
KEPT_BITS = 17
"""Of the number of words whose sums are kept."""
PLAIN, SPACE, NUL, LEAD = 0, 1, 2, 3
"""What a byte is: of a word, white space, what only ends a word, what a space may begin with."""

_KEPT_BYTES = 64  # longer words seldom come back
_SLOT = np.uint64((1 << KEPT_BITS) - 1)  # of a word's hash: its place
_COUNT = np.uint64(0xFFF)  # where a word is kept: how many rows were added up
_KEY, _HELD = ~_COUNT, np.uint64(1 << 63)  # and the rest of its hash, never 0
_LEAST = 1e-5  # fastText adds this to the probability of each step, so that it has a logarithm
_SEED, _PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x9E3779B97F4A7C15)
_END_OF_LINE, _S = np.frombuffer(b"</s>", np.uint8), 2


@borrowing
def classify(data, starts, tables, room, labels, scores):  # type: ignore[no-untyped-def]
    """The likeliest label of each text into `labels` int32 (n,), its probability into `scores`.

    `data` uint8 (bytes,) UTF-8 with `starts` int64 (n + 1,). A text of white space only, and one
    of which nothing has a row, has the label -1 and the score 0.
    """
    for text in range(len(labels)):
        end = _cut(data, starts[text], starts[text + 1])
        rows = _add_line(data, starts[text], end, tables, room)
        labels[text], scores[text] = -1, 0.0
        if rows > 0:
            for each in range(len(room.hidden)):
                room.hidden[each] = room.total[each] / rows
            labels[text], scores[text] = _likeliest(tables, room)


@inlined
def _cut(data, begin, end):  # type: ignore[no-untyped-def]
    """Where the first MOST_CHARS code points of a text end."""
    if end - begin <= MOST_CHARS:
        return end
    at, left = begin, MOST_CHARS
    while at + left < end:  # each step is of the bytes that there must be still
        stop, found = at + left, 0
        for byte in data[at:stop]:
            found += byte & 0xC0 != 0x80
        at, left = stop, left - found
        if left == 0:
            break
    at = min(at + left, end)
    while at < end and data[at] & 0xC0 == 0x80:
        at += 1
    return min(at, begin + 4 * MOST_CHARS)


@inlined
def _add_line(data, begin, end, tables, room):  # type: ignore[no-untyped-def]
    """Add up the rows of a line into room.total; how many they are, 0 for white space only."""
    keys, places = room.keys, room.places
    room.total[:] = 0
    rows, words, at, empty = 0, 0, begin, True
    while at < end or words > 0:
        value, first = _SEED, at
        while at < end:
            byte = data[at]
            kind = tables.bytes[byte]
            if kind != PLAIN:
                if kind != LEAD:
                    break
                point, size = point_at(data, at, end)
                if point < len(tables.spaces) and tables.spaces[point]:
                    break
            value = (value ^ np.uint64(byte)) * _PRIME
            at += 1
        if at > first:
            empty = False
            keys[words] = mixed(value) | _HELD
            places[words, 0], places[words, 1] = first, at
            words += 1
            if at - first == len(_END_OF_LINE) and _ends_line(data, first):
                words, end = words - 1, at
        if at < end:  # what ended the word
            kind, size = tables.bytes[data[at]], 1
            if kind == NUL:
                empty = False
            elif kind == LEAD:
                _, size = point_at(data, at, end)
            at += size
        if words == WORDS or at >= end:
            rows += _add_words(data, words, tables, room)
            words = 0
    if empty:
        return 0
    if tables.sizes[3] >= 0:
        room.found[0] = tables.sizes[3]
        add_rows(tables.rows, room.found, 1, room.total)
        rows += 1
    return rows


@inlined
def _ends_line(data, first):  # type: ignore[no-untyped-def]
    """Whether a word is to fastText the end of the line, in lower or upper case."""
    same = True
    for place in range(len(_END_OF_LINE)):
        byte = data[first + place]
        same &= byte == _END_OF_LINE[place] or (byte == ord("S") and place == _S)
    return same


@inlined
def _add_words(data, words, tables, room):  # type: ignore[no-untyped-def]
    """Add the rows of so many words of room.keys and room.places to room.total; their number.

    Those that are kept come first, and no step branches on one of them: what one waits for in
    memory, the others wait for meanwhile.
    """
    keys, found, missed, hashes = room.keys, room.found, room.missed, room.hashes
    hits, misses, rows = np.int64(0), np.int64(0), np.int64(0)
    for word in range(words):
        slot = np.uint32(keys[word] & _SLOT)
        held = hashes[slot]
        hit = (held ^ keys[word]) & _KEY == 0
        rows += np.int64(held & _COUNT) * np.int64(hit)
        found[hits], missed[misses] = slot, word
        hits += np.int64(hit)
        misses += np.int64(not hit)
    add_rows(room.sums, found, hits, room.total)
    for each in range(misses):
        word = missed[each]
        slot = np.uint32(keys[word] & _SLOT)
        if (hashes[slot] ^ keys[word]) & _KEY == 0:  # the same word was missed a moment ago
            found[0] = slot
            add_rows(room.sums, found, 1, room.total)
            rows += np.int64(hashes[slot] & _COUNT)
        else:
            rows += _add_word(data, word, slot, tables, room)
    return rows


@inlined
def _add_word(data, word, slot, tables, room):  # type: ignore[no-untyped-def]
    """Add the rows of a word that is not kept to room.total, and keep them; their number."""
    begin, end = room.places[word, 0], room.places[word, 1]
    total, part = room.total, room.part
    rows = sum_word(data, begin, end, tables, room)
    fits = end - begin <= _KEPT_BYTES and rows <= np.int64(_COUNT)
    for each in range(len(total)):
        total[each] += part[each]
        fits &= abs(part[each]) < 1 << 31
    if fits:
        room.hashes[slot] = (room.keys[word] & _KEY) | np.uint64(rows)
        for each in range(len(total)):
            room.sums[slot, each] = part[each]
    return rows


@inlined
def _likeliest(tables, room):  # type: ignore[no-untyped-def]
    """The label of the highest probability for room.hidden, and that probability.

    As fastText does it: a branch that is less likely than the best label so far is not entered.
    """
    hidden, nodes, chances = room.hidden, room.nodes, room.chances
    labels = len(tables.children) + 1
    nodes[0], chances[0], waiting = 2 * labels - 2, 1.0, 1
    label, best = np.int64(-1), 0.0
    while waiting:
        waiting -= 1
        node, chance = nodes[waiting] - labels, chances[waiting]
        if chance <= best:
            continue
        if node < 0:
            label, best = nodes[waiting], chance
            continue
        across = _across(hidden, tables.output[node])
        right = 1.0 / (1.0 + np.exp(-across))
        likelier = np.int64(right > 0.5)
        for side in (1 - likelier, likelier):  # the likelier one is asked first
            nodes[waiting] = tables.children[node, side]
            chances[waiting] = chance * ((right if side else 1.0 - right) + _LEAST)
            waiting += 1
    return label, min(best, 1.0)


@inlined
def _across(hidden, output):  # type: ignore[no-untyped-def]
    """Give hidden @ output, always added up in one order."""
    one, two, three, four = 0.0, 0.0, 0.0, 0.0
    for each in range(0, len(hidden), 4):
        one += hidden[each] * output[each]
        two += hidden[each + 1] * output[each + 1]
        three += hidden[each + 2] * output[each + 2]
        four += hidden[each + 3] * output[each + 3]
    return (one + two) + (three + four)
