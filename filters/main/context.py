"""Where on its page a text unit stands, and among what: features of main content, compiled.

The shapes are those of filters.main.features. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.main.features import ARTICLE, ENDS, GOOD, H1, H6, LI, MASS, TABLE, UNITS, P

HELD = (0.5, 0.7, 0.85, 0.95)
CORE = tuple(f"{what}_{int(share * 100)}" for what in ("in", "from", "density") for share in HELD)
_HELD = np.array(HELD, np.float32)


@numba.njit(cache=True, nogil=True)
def _core(out, at, elements, parents, sums):  # type: ignore[no-untyped-def]
    """Of the smallest element that holds a share of the page's good text.

    Whether the unit is inside, how far above the unit their first common ancestor is, how much of
    that is good text.
    """
    steps, total = len(_HELD), np.float32(0)
    for e in range(len(parents)):
        if parents[e] < 0:
            total += sums[e, GOOD]
    above = np.zeros(len(parents), np.bool_)
    for k in range(steps):
        best = -1
        for e in range(len(parents)):
            enough = total > 0 and sums[e, GOOD] >= _HELD[k] * total
            if enough and (best < 0 or sums[e, MASS] <= sums[best, MASS]):
                best = e
        above[:] = False
        e = best
        while e >= 0:
            above[e] = True
            e = parents[e]
        for u in range(len(elements)):
            e, up = elements[u], 0
            while e >= 0 and not above[e]:
                e = parents[e]
                up += 1
            out[u, at + k] = e >= 0 and e == best
            out[u, at + steps + k] = up
            mass = max(sums[e, MASS], np.float32(1)) if e >= 0 else np.float32(1)
            out[u, at + 2 * steps + k] = sums[e, GOOD] / mass if e >= 0 else np.float32(-1)


SIDES = (-2, -1, 1, 2)
REACHES = (2, 6, 20)
_BESIDE = ("mass", "linked", "tag", "near")
NEIGHBOURS = (
    *(f"{what}{side:+d}" for side in SIDES for what in _BESIDE),
    *(f"{what}_{way}_{reach}" for reach in REACHES for way in ("before", "after")
      for what in ("good", "linked")),
)  # fmt: skip
_SIDES = np.array(SIDES)
_FADING = np.exp(-1 / np.array(REACHES, np.float64)).astype(np.float32)


@numba.njit(cache=True, nogil=True)
def _neighbours(out, at, mass, share, good, tag, elements, parents):  # type: ignore[no-untyped-def]
    """The units up to two before and after, and all of a side, fading with distance."""
    n, width = len(mass), len(_BESIDE)
    for u in range(n):
        for s in range(len(_SIDES)):
            v, to = u + _SIDES[s], at + s * width
            if v < 0 or v >= n:
                for k in range(width):
                    out[u, to + k] = -1
                continue
            near, e, f = 0, elements[u], elements[v]
            if e == f:
                near = 3
            elif e >= 0 and f >= 0:
                a, b = parents[e], parents[f]
                near = 2 if a == b else int(a == f or b == e)
            out[u, to], out[u, to + 1], out[u, to + 2], out[u, to + 3] = (
                mass[v], share[v], tag[v], near,
            )  # fmt: skip
    for d in range(len(_FADING)):
        to = at + len(_SIDES) * width + d * 4
        for way in range(2):
            held, links = np.float32(0), np.float32(0)
            for i in range(n):
                u = i if way == 0 else n - 1 - i
                out[u, to + 2 * way], out[u, to + 2 * way + 1] = held, links
                held = (held + good[u]) * _FADING[d]
                links = (links + mass[u] * share[u]) * _FADING[d]


PLACES = (
    "index", "index_share", "mass_before", "good_before", "left", "since_h1", "h1_seen", "h1s",
    "since_heading", "heading_level", "since_good", "to_good", "since_title",
    "mass_to_heading", "section_mass", "section_good",
)  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _places(out, at, mass, good, tag, titled):  # type: ignore[no-untyped-def]
    """Where on the page a unit stands: from its beginning, headings, good text, the title."""
    n = len(mass)
    total, total_good, h1s = np.float32(1), np.float32(1), 0
    for u in range(n):
        total += mass[u]
        total_good += good[u]
        h1s += tag[u] == H1
    before, before_good, since = np.float32(0), np.float32(0), np.float32(0)
    h1, seen, heading, level, last_good, title, section = -1, 0, -1, 0, -1, -1, 0
    for u in range(n):
        out[u, at], out[u, at + 1], out[u, at + 4] = u, u / n, n - u
        out[u, at + 2], out[u, at + 3] = before / total, before_good / total_good
        if H1 <= tag[u] <= H6:
            _section(out, at + 14, mass, good, section, u)
            section, heading, level, since = u, u, tag[u] - H1 + 1, np.float32(0)
        if tag[u] == H1:
            h1, seen = u, seen + 1
        if titled[u] * mass[u] >= 3 and titled[u] > np.float32(0.7) and title < 0:
            title = u
        out[u, at + 5] = u - h1 if h1 >= 0 else -1
        out[u, at + 6], out[u, at + 7] = seen, h1s
        out[u, at + 8] = u - heading if heading >= 0 else -1
        out[u, at + 9] = level
        out[u, at + 10] = u - last_good if last_good >= 0 else 99
        out[u, at + 12] = u - title if title >= 0 else -1
        out[u, at + 13] = since
        before += mass[u]
        before_good += good[u]
        since += mass[u]
        if good[u] > 0:
            last_good = u
    _section(out, at + 14, mass, good, section, n)
    next_good = -1
    for u in range(n - 1, -1, -1):
        out[u, at + 11] = next_good - u if next_good >= 0 else 99
        if good[u] > 0:
            next_good = u


@numba.njit(cache=True, nogil=True)
def _section(out, at, mass, good, first, end):  # type: ignore[no-untyped-def]
    """What a heading and all before the next one hold, given to each of them."""
    held, held_good = np.float32(0), np.float32(0)
    for u in range(first, end):
        held += mass[u]
        held_good += good[u]
    for u in range(first, end):
        out[u, at], out[u, at + 1] = held, held_good


PAGE = (
    "page_mass", "page_units", "page_linked", "page_good", "page_goods", "page_longest",
    "page_p", "page_li", "page_table", "page_articles", "page_headings", "page_ends",
)  # fmt: skip


@numba.njit(cache=True, nogil=True)
def _page(out, at, mass, share, good, tag, ends, tags, sums):  # type: ignore[no-untyped-def]
    """What kind of page it is: the same for all its units."""
    n, held = len(mass), np.zeros(len(PAGE), np.float32)
    for u in range(n):
        held[0] += mass[u]
        held[2] += mass[u] * share[u]
        held[3] += good[u]
        held[4] += good[u] > 0
        held[5] = max(held[5], good[u])
        if tag[u] == P:
            held[6] += mass[u]
        elif tag[u] == LI:
            held[7] += mass[u]
        elif tag[u] == TABLE:
            held[8] += mass[u]
        held[10] += H1 <= tag[u] <= H6
        held[11] += ends[u]
    held[1] = n
    for e in range(len(tags)):
        held[9] += tags[e] == ARTICLE and sums[e, UNITS] > 0  # not those of images alone
    whole = max(held[0], np.float32(1))
    for k in (2, 3, 6, 7, 8, 11):
        held[k] /= whole
    held[10] /= max(held[1], np.float32(1))
    for u in range(n):
        for k in range(len(PAGE)):
            out[u, at + k] = held[k]


NAMES = (*CORE, *NEIGHBOURS, *PLACES, *PAGE)


@numba.njit(cache=True, nogil=True)
def fill(out, at, units, titled, held, parents, tags, sums):  # type: ignore[no-untyped-def]
    """NAMES of pages' units, from column `at` on; `out` and `sums` as features.fill has them."""
    before = units.starts[0]
    for p in range(len(held) - 1):
        a, b, first, last = units.starts[p], units.starts[p + 1], held[p], held[p + 1]
        rows, tag = out[a - before : b - before], units.tags[a:b]
        elements = units.elements[a:b]
        mass, share, good = units.mass[a:b], units.linked[a:b], units.good[a:b]
        up, below = parents[first:last], sums[first - held[0] : last - held[0]]
        _core(rows, at, elements, up, below)
        to = at + len(CORE)
        _neighbours(rows, to, mass, share, good, tag, elements, up)
        to += len(NEIGHBOURS)
        _places(rows, to, mass, good, tag, titled[a:b])
        to += len(PLACES)
        _page(rows, to, mass, share, good, tag, units.counts[a:b, ENDS], tags[first:last], below)
