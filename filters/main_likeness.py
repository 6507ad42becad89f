"""Which units of a page are alike, and what their words say: features of main content, compiled.

The shapes are those of filters.main_features. Importing this module imports numba.
"""

import numba
import numpy as np

GRAM = 6
"""Words of the n-grams by which a text is known again."""

_MIX = np.uint64(0xD6E8FEB86659FD93)
_HALF = np.uint64(32)
_BASE = np.uint64(0x9E3779B97F4A7C15)


@numba.njit(cache=True, nogil=True)
def _mixed(value):  # type: ignore[no-untyped-def]
    """All bits of a 64-bit value spread over all bits."""
    value = (value ^ (value >> _HALF)) * _MIX
    value = (value ^ (value >> _HALF)) * _MIX
    return value ^ (value >> _HALF)


@numba.njit(cache=True, nogil=True)
def signatures(parents, tags, names, held):  # type: ignore[no-untyped-def]
    """Hashes of each element's path: of tags and names, and of tags alone. uint64 (e,) each

    `parents` count from the page's first element, and `held` says where that is.
    """
    path, shape = np.empty(len(parents), np.uint64), np.empty(len(parents), np.uint64)
    for p in range(len(held) - 1):
        first = held[p]
        for e in range(first, held[p + 1]):
            up, step = parents[e], np.uint64(tags[e]) + np.uint64(1)
            above, over = (path[first + up], shape[first + up]) if up >= 0 else (_BASE, _BASE)
            path[e] = _mixed(above ^ (step + (names[e] << np.uint64(8))))
            shape[e] = _mixed(over ^ step)
    return path, shape


@numba.njit(cache=True, nogil=True)
def groups(keys, elements):  # type: ignore[no-untyped-def]
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
MOST_WORDS = 40
"""Words of a unit, from its beginning, that are looked up in the lexicon."""


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
    """Share of each unit's n-grams that a unit before it has, and that one after it has; how many
    units have its very words, and how many before it.
    """
    n = len(begin) - 1
    size = 16
    while size < 2 * (begin[n] - begin[0] + n):
        size *= 2
    mask = np.uint64(size - 1)
    keys = np.zeros(size, np.uint64)
    first, last, many = (
        np.empty(size, np.int32), np.empty(size, np.int32), np.zeros(size, np.int32),
    )  # fmt: skip
    for turn in range(2):
        for u in range(n):
            whole, before, after = np.uint64(u < 0), 0, 0
            count = begin[u + 1] - begin[u]
            for i in range(begin[u], begin[u + 1]):
                whole = _mixed(whole * _BASE + words[i])
            for g in range(max(count - GRAM + 1, 0) + 1):
                key = whole
                if g > 0:
                    key = np.uint64(GRAM)
                    for i in range(begin[u] + g - 1, begin[u] + g - 1 + GRAM):
                        key = key * _BASE + words[i]
                    key = _mixed(key)
                key |= np.uint64(1)
                slot = np.int64((key >> np.uint64(1)) & mask)
                while keys[slot] != 0 and keys[slot] != key:
                    slot = (slot + 1) & (size - 1)
                if turn == 0:
                    if keys[slot] == 0:
                        keys[slot], first[slot] = key, u
                    last[slot] = u
                    if g == 0:
                        many[slot] += 1
                elif g == 0:
                    out[u, at + 2] = many[slot]
                    out[u, at + 3] = first[slot] < u
                else:
                    before += first[slot] < u
                    after += last[slot] > u
            if turn == 1 and count >= GRAM:
                out[u, at] = before / (count - GRAM + 1)
                out[u, at + 1] = after / (count - GRAM + 1)


NAMES = (*ALIKE, *TOLD)


@numba.njit(cache=True, nogil=True)
def fill(out, at, units, held, path, shape, words, singles, doubles):  # type: ignore[no-untyped-def]
    """NAMES of all pages' units, from column `at` on; the groups of like units. int64 (2, u)"""
    alike = np.empty((2, len(units.mass)), np.int64)
    for p in range(len(held) - 1):
        a, b, first, last = units.starts[p], units.starts[p + 1], held[p], held[p + 1]
        rows, mass, share = out[a:b], units.mass[a:b], units.linked[a:b]
        elements, begin = units.elements[a:b], units.words[a : b + 1]
        alike[0, a:b] = groups(path[first:last], elements)
        alike[1, a:b] = groups(shape[first:last], elements)
        _alike(rows, at, mass, share, alike[0, a:b], True)
        _alike(rows, at + 6, mass, share, alike[1, a:b], False)
        _told(rows, at + len(ALIKE), begin, singles, doubles)
        if b > a:
            _echoes(rows, at + len(ALIKE) + 8, begin, words)
    return alike
