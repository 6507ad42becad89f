"""What a text unit is and what the elements around it hold: features of main content, compiled.

A unit is a text node, or several that only images divide. u units and e elements of one page, in
document order, parents before their children. Each function fills columns of `out` float32
(u, features) from `at` on; their names stand beside it.

Importing this module imports numba.
"""

from typing import NamedTuple

import numba
import numpy as np

from filters.main.names import CONCEPTS, NUMBERS
from filters.main.text import COUNTS

CHARS, WORDS, DIGITS, CAPITALS, ENDS, COMMAS, MARKS, WIDE, LONGEST, LAST, FIRST = (
    COUNTS.index(name) for name in (
        "chars", "words", "digits", "capitals", "ends", "commas", "marks", "wide", "longest",
        "last", "first",
    )
)  # fmt: skip
FAR = 15.0

H1, H6, P, LI = NUMBERS["h1"], NUMBERS["h6"], NUMBERS["p"], NUMBERS["li"]
TABLE, ARTICLE = NUMBERS["table"], NUMBERS["article"]
ABOVE = (
    "article", "main", "section", "header", "footer", "aside", "form", "li", "table", "td",
    "blockquote", "dl", "figure", "address", "p",
)  # fmt: skip
# The place in ABOVE of a tag's number, -1 for none.
_ABOVE = np.full(256, -1)
_ABOVE[[NUMBERS[tag] for tag in ABOVE]] = range(len(ABOVE))
_TAGS_ABOVE, _CONCEPTS = len(ABOVE), len(CONCEPTS)


class Units(NamedTuple):
    """Text units of p pages; the shapes are those of `filters.main.pages`."""

    starts: np.ndarray  # int64 (p + 1,) where each page's units begin
    of: np.ndarray  # int64 (n,) the unit of each text node
    counts: np.ndarray  # float32 (u, 12)
    elements: np.ndarray  # int32 (u,)
    tags: np.ndarray  # uint8 (u,)
    mass: np.ndarray  # float32 (u,) words, where a character without spaces is half of one
    linked: np.ndarray  # float32 (u,) share of it in links
    good: np.ndarray  # float32 (u,) mass of long text that is not in links


@numba.njit(cache=True, nogil=True)
def merged(counts, nodes, joined, linked, elements, held, tags):  # type: ignore[no-untyped-def]
    """The members of Units that Pages has not, from those that it has."""
    n = len(joined)
    of, count = np.empty(n, np.int64), 0
    for i in range(n):
        count += not joined[i]
        of[i] = count - 1
    starts = np.zeros(len(nodes), np.int64)
    for p in range(1, len(nodes)):
        starts[p] = of[nodes[p] - 1] + 1 if nodes[p] > 0 else 0
    total = np.zeros((count, counts.shape[1]), np.float32)
    links = np.zeros(count, np.float32)
    place, tag = np.empty(count, np.int32), np.zeros(count, np.uint8)
    for p in range(len(nodes) - 1):
        for i in range(nodes[p], nodes[p + 1]):
            u = of[i]
            if not joined[i]:
                place[u] = elements[i]
                total[u, FIRST] = counts[i, FIRST]
                if elements[i] >= 0:
                    tag[u] = tags[held[p] + elements[i]]
            else:
                total[u, CHARS] += 1  # the space beside the image
            for k in range(LONGEST):
                total[u, k] += counts[i, k]
            total[u, LONGEST] = max(total[u, LONGEST], counts[i, LONGEST])
            total[u, LAST] = counts[i, LAST]
            links[u] += linked[i]
    mass, good = np.empty(count, np.float32), np.zeros(count, np.float32)
    for u in range(count):
        mass[u] = total[u, WORDS] + total[u, WIDE] * np.float32(0.5)
        links[u] = min(links[u] / max(total[u, CHARS], np.float32(1)), np.float32(1))
        free = mass[u] * (1 - links[u])
        if free >= 12 and links[u] < np.float32(0.4):
            good[u] = free
    return starts, of, total, place, tag, mass, links, good


# Sums over an element and all below it.
SUMS = ("mass", "linked", "units", "good", "p_mass", "headings")
MASS, LINKED, UNITS, GOOD, P_MASS, HEADINGS = range(len(SUMS))


@numba.njit(cache=True, nogil=True)
def sums_below(mass, share, good, tag, elements, parents):  # type: ignore[no-untyped-def]
    """SUMS of each element. float32 (e, 6)"""
    sums = np.zeros((len(parents), len(SUMS)), np.float32)
    for u in range(len(mass)):
        e = elements[u]
        if e < 0:
            continue
        sums[e, MASS] += mass[u]
        sums[e, LINKED] += mass[u] * share[u]
        sums[e, UNITS] += 1
        sums[e, GOOD] += good[u]
        if tag[u] == P:
            sums[e, P_MASS] += mass[u]
        sums[e, HEADINGS] += H1 <= tag[u] <= H6
    for e in range(len(parents) - 1, -1, -1):
        if parents[e] >= 0:
            for k in range(len(SUMS)):
                sums[parents[e], k] += sums[e, k]
    return sums


OWN = (
    *COUNTS, "titled", "titled_mass", "mass", "linked", "good", "chars_per_word",
    "ends_per_word", "commas_per_word", "capitals_share", "digits_share", "marks_share", "tag",
)  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _own(out, at, counts, titled, mass, share, good, tag):  # type: ignore[no-untyped-def]
    to = at + len(COUNTS)
    for u in range(len(mass)):
        for k in range(len(COUNTS)):
            out[u, at + k] = counts[u, k]
        chars, words = max(counts[u, CHARS], np.float32(1)), max(mass[u], np.float32(1))
        out[u, to], out[u, to + 1] = titled[u], titled[u] * mass[u]
        out[u, to + 2], out[u, to + 3], out[u, to + 4] = mass[u], share[u], good[u]
        out[u, to + 5], out[u, to + 6] = chars / words, counts[u, ENDS] / words
        out[u, to + 7], out[u, to + 8] = counts[u, COMMAS] / words, counts[u, CAPITALS] / chars
        out[u, to + 9], out[u, to + 10] = counts[u, DIGITS] / chars, counts[u, MARKS] / chars
        out[u, to + 11] = tag[u]


LEVELS = 5
_HELD_BY = ("share", "linked", "mean", "good", "units", "p", "tag", "headings")
CHAIN = (
    "depth",
    *(f"to_{tag}" for tag in ABOVE),
    *(f"{what}_{level}" for level in range(LEVELS) for what in _HELD_BY),
)
_CHAIN_LEVELS = 1 + len(ABOVE)


@numba.njit(cache=True, nogil=True)
def _chain(out, at, elements, parents, tags, sums):  # type: ignore[no-untyped-def]
    """How far up the nearest of some tags is, and what the nearest ancestors hold."""
    total = np.float32(1)
    for e in range(len(parents)):
        if parents[e] < 0:
            total += sums[e, MASS]
    for u in range(len(elements)):
        for k in range(_TAGS_ABOVE):
            out[u, at + 1 + k] = FAR
        e, depth = elements[u], 0
        while e >= 0:
            k = _ABOVE[tags[e]]
            if k >= 0 and out[u, at + 1 + k] == FAR:
                out[u, at + 1 + k] = min(depth, FAR - 1)
            if depth < LEVELS:
                to = at + _CHAIN_LEVELS + depth * len(_HELD_BY)
                mass = max(sums[e, MASS], np.float32(1))
                count = max(sums[e, UNITS], np.float32(1))
                out[u, to], out[u, to + 1] = mass / total, sums[e, LINKED] / mass
                out[u, to + 2], out[u, to + 3] = mass / count, sums[e, GOOD] / mass
                out[u, to + 4], out[u, to + 5] = sums[e, UNITS], sums[e, P_MASS] / mass
                out[u, to + 6], out[u, to + 7] = tags[e], sums[e, HEADINGS] / count
            e = parents[e]
            depth += 1
        out[u, at] = depth
        for k in range(min(depth, LEVELS) * len(_HELD_BY), LEVELS * len(_HELD_BY)):
            out[u, at + _CHAIN_LEVELS + k] = -1


NAMED = (
    *(f"near_{concept}" for concept in CONCEPTS),
    "names_mean", "names_sum", "names_most", "names_least",
    *(f"names{level}_{what}" for level in (0, 1, 2, 4) for what in ("sum", "most", "least")),
)  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _named(out, at, elements, parents, concepts, told):  # type: ignore[no-untyped-def]
    """What the names of the elements above a unit say.

    For each concept, how far up the nearest element is whose name has it, FAR for none; and what
    the lexicon says of all names above, of those 0, 1, 2 to 3, and 4 and more levels up.
    """
    near = np.full((len(parents), _CONCEPTS), np.float32(FAR))
    for e in range(len(parents)):
        up, bits = parents[e], concepts[e]
        if up >= 0:
            for k in range(_CONCEPTS):
                near[e, k] = near[up, k] + (near[up, k] < FAR - 1)
        k = 0
        while bits:
            if bits & np.uint64(1):
                near[e, k] = 0
            bits >>= np.uint64(1)
            k += 1
    to = at + _CONCEPTS
    for u in range(len(elements)):
        e, depth, number = elements[u], 0, np.float32(0)
        for k in range(_CONCEPTS):
            out[u, at + k] = near[e, k] if e >= 0 else np.float32(FAR)
        while e >= 0:
            level = to + 4 + 3 * (depth if depth < 2 else 2 if depth < 4 else 3)
            number += told[e, 1]
            out[u, to + 1] += told[e, 0]
            out[u, to + 2] = max(out[u, to + 2], told[e, 2])
            out[u, to + 3] = min(out[u, to + 3], told[e, 3])
            out[u, level] += told[e, 0]
            out[u, level + 1] = max(out[u, level + 1], told[e, 2])
            out[u, level + 2] = min(out[u, level + 2], told[e, 3])
            e = parents[e]
            depth += 1
        out[u, to] = out[u, to + 1] / max(number, np.float32(1))


NAMES = (*OWN, *CHAIN, *NAMED)


@numba.njit(cache=True, nogil=True)
def fill(out, at, units, titled, held, parents, tags, concepts, told):  # type: ignore[no-untyped-def]
    """NAMES of pages' units, from column `at` on; SUMS of their elements. float32 (e, 6)

    `out` and what is given are of the pages alone that `units.starts` and `held` tell of.
    """
    before = units.starts[0]
    sums = np.zeros((held[-1] - held[0], len(SUMS)), np.float32)
    for p in range(len(held) - 1):
        a, b, first, last = units.starts[p], units.starts[p + 1], held[p], held[p + 1]
        rows, tag = out[a - before : b - before], units.tags[a:b]
        elements = units.elements[a:b]
        mass, share, good = units.mass[a:b], units.linked[a:b], units.good[a:b]
        up = parents[first:last]
        below = sums_below(mass, share, good, tag, elements, up)
        sums[first - held[0] : last - held[0]] = below
        _own(rows, at, units.counts[a:b], titled[a:b], mass, share, good, tag)
        _chain(rows, at + len(OWN), elements, up, tags[first:last], below)
        to = at + len(OWN) + len(CHAIN)
        _named(rows, to, elements, up, concepts[first:last], told[first:last])
    return sums
