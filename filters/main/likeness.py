"""Which units of a page are alike, and what their words say: features of main content, compiled.

The shapes are those of filters.main.features. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.hashing import mixed
from filters.main.text import MOST_WORDS

GRAM = 6
"""Words of the n-grams by which a text is known again."""

_BASE = np.uint64(0x9E3779B97F4A7C15)
# What a word is worth in a hash of GRAM words when it is the first of them.
_LEAVING = np.uint64(pow(0x9E3779B97F4A7C15, GRAM - 1, 1 << 64))


@numba.njit(cache=True, nogil=True)
def _signatures(parents, tags, names):  # type: ignore[no-untyped-def]
    """Hashes of each element's path: of tags and names, and of tags alone. uint64 (e,) each"""
    path, shape = np.empty(len(parents), np.uint64), np.empty(len(parents), np.uint64)
    for e in range(len(parents)):
        up, step = parents[e], np.uint64(tags[e]) + np.uint64(1)
        path[e] = mixed((path[up] if up >= 0 else _BASE) ^ (step + (names[e] << np.uint64(8))))
        shape[e] = mixed((shape[up] if up >= 0 else _BASE) ^ step)
    return path, shape


@numba.njit(cache=True, nogil=True)
def _groups(keys, elements):  # type: ignore[no-untyped-def]
    """A number for each unit, the same where the keys of their elements are. int64 (u,)"""
    n, size = len(elements), 16
    while size < 2 * n + 2:
        size *= 2
    slots, out = np.full(size, -1), np.empty(n, np.int64)
    count = 0
    held = np.empty(n, np.uint64)
    for u in range(n):
        key = keys[elements[u]] if elements[u] >= 0 else np.uint64(0)
        slot = np.int64(key & np.uint64(size - 1))
        while slots[slot] >= 0 and held[slots[slot]] != key:
            slot = (slot + 1) & (size - 1)
        if slots[slot] < 0:
            slots[slot], held[count] = count, key
            count += 1
        out[u] = slots[slot]
    return out


ALIKE = (
    "path_units", "path_mass", "path_mean", "path_linked", "path_share", "path_runs",
    "shape_units", "shape_mean", "shape_linked", "shape_share",
)  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _alike(out, at, mass, share, group, named):  # type: ignore[no-untyped-def]
    """How many units stand at places of one path, in how many runs, and what they hold."""
    n = len(mass)
    held, links = np.zeros(n, np.float32), np.zeros(n, np.float32)
    count, runs, last = np.zeros(n, np.int32), np.zeros(n, np.int32), np.full(n, -2)
    total = np.float32(1)
    for u in range(n):
        g = group[u]
        total += mass[u]
        held[g] += mass[u]
        links[g] += mass[u] * share[u]
        count[g] += 1
        runs[g] += last[g] != u - 1
        last[g] = u
    for u in range(n):
        g = group[u]
        whole = max(held[g], np.float32(1))
        if named:
            out[u, at], out[u, at + 1], out[u, at + 2] = count[g], held[g], held[g] / count[g]
            out[u, at + 3], out[u, at + 4], out[u, at + 5] = (
                links[g] / whole,
                held[g] / total,
                runs[g],
            )
        else:
            out[u, at], out[u, at + 1] = count[g], held[g] / count[g]
            out[u, at + 2], out[u, at + 3] = links[g] / whole, held[g] / total


TOLD = (
    *(f"{kind}_{what}" for kind in ("words", "pairs") for what in ("mean", "sum", "most", "least")),
    "said_before", "said_after", "same_texts", "same_before",
)  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _told(out, at, begin, singles, doubles):  # type: ignore[no-untyped-def]
    """What the lexicon says of each unit's words, and of pairs of them."""
    for u in range(len(begin) - 1):
        for kind in range(2):
            to, number = at + 4 * kind, 0
            values = singles if kind == 0 else doubles
            for i in range(begin[u], min(begin[u + 1], begin[u] + MOST_WORDS)):
                value = np.float32(values[i])
                number += value != 0
                out[u, to + 1] += value
                out[u, to + 2] = max(out[u, to + 2], value)
                out[u, to + 3] = min(out[u, to + 3], value)
            out[u, to] = out[u, to + 1] / max(number, 1)


@numba.njit(cache=True, nogil=True)
def _echoes(out, at, begin, words):  # type: ignore[no-untyped-def]
    """How much of a unit other units say too.

    Share of its n-grams that a unit before it has, and that one after it has; how many units have
    its very words, and whether one before it has.
    """
    n = len(begin) - 1
    size, grams = 16, 0
    for u in range(n):
        grams += 1 + max(begin[u + 1] - begin[u] - GRAM + 1, 0)
    while size < 2 * grams:
        size *= 2
    mask = np.uint64(size - 1)
    keys = np.zeros(size, np.uint64)
    first, last, many = (
        np.empty(size, np.int32), np.empty(size, np.int32), np.zeros(size, np.int32),
    )  # fmt: skip
    places, place = np.empty(grams, np.int32), 0  # a whole unit, then its n-grams
    for u in range(n):
        whole, gram = np.uint64(0), np.uint64(0)
        count, at_word = begin[u + 1] - begin[u], begin[u]
        for i in range(count):
            whole = whole * _BASE + words[at_word + i]
        for g in range(max(count - GRAM + 1, 0) + 1):
            if g == 0:
                key = mixed(whole + np.uint64(count))
            else:
                i = at_word + g - 1
                if g == 1:
                    for k in range(GRAM):
                        gram = gram * _BASE + words[i + k]
                else:
                    gram = (gram - words[i - 1] * _LEAVING) * _BASE + words[i + GRAM - 1]
                key = mixed(gram)
            key |= np.uint64(1)
            slot = np.int64((key >> np.uint64(1)) & mask)
            while keys[slot] != 0 and keys[slot] != key:
                slot = (slot + 1) & (size - 1)
            if keys[slot] == 0:
                keys[slot], first[slot] = key, u
            last[slot] = u
            many[slot] += g == 0
            places[place] = slot
            place += 1
    place = 0
    for u in range(n):
        count, slot = max(begin[u + 1] - begin[u] - GRAM + 1, 0), places[place]
        out[u, at + 2], out[u, at + 3] = many[slot], first[slot] < u
        before, after = 0, 0
        for g in range(place + 1, place + 1 + count):
            before += first[places[g]] < u
            after += last[places[g]] > u
        place += 1 + count
        if count:
            out[u, at], out[u, at + 1] = before / count, after / count


NAMES = (*ALIKE, *TOLD)


@numba.njit(cache=True, nogil=True)
def fill(out, at, units, held, parents, tags, names, begin, words, singles, doubles):  # type: ignore[no-untyped-def]
    """NAMES of pages' units, from column `at` on; the groups of like units. int64 (2, u)

    `out` and what is given are of the pages alone that `units.starts` and `held` tell of.
    """
    before = units.starts[0]
    alike = np.empty((2, units.starts[-1] - before), np.int64)
    for p in range(len(held) - 1):
        a, b, first, last = units.starts[p], units.starts[p + 1], held[p], held[p + 1]
        rows, groups = out[a - before : b - before], alike[:, a - before : b - before]
        mass, share = units.mass[a:b], units.linked[a:b]
        elements, starts = units.elements[a:b], begin[a : b + 1]
        path, shape = _signatures(parents[first:last], tags[first:last], names[first:last])
        groups[0] = _groups(path, elements)
        groups[1] = _groups(shape, elements)
        _alike(rows, at, mass, share, groups[0], True)
        _alike(rows, at + 6, mass, share, groups[1], False)
        _told(rows, at + len(ALIKE), starts, singles, doubles)
        if b > a:
            _echoes(rows, at + len(ALIKE) + 8, starts, words)
    return alike
