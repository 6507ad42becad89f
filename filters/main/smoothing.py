"""The scores of the units around a unit: features of the second step of main content, compiled.

The shapes are those of filters.main.features. Importing this module imports numba.
"""

import numba
import numpy as np

SIDE = 5
LEVELS = 5
REACHES = (2, 5, 20)
NAMES = (
    "score", "path_score", "shape_score", "page_score", "page_most", "page_bound", "page_f1",
    "over_bound", "score_before",
    *(f"score{side:+d}" for side in range(-1, -SIDE - 1, -1)),
    *(f"score{side:+d}" for side in range(1, SIDE + 1)),
    *(f"score_up_{level}" for level in range(LEVELS)),
    *(f"{what}_{way}_{reach}" for reach in REACHES for way in ("before", "after")
      for what in ("scores", "weight")),
)  # fmt: skip
_FADING = np.exp(-1 / np.array(REACHES, np.float64)).astype(np.float32)


@numba.njit(cache=True, nogil=True)
def best_bound(scores, mass):  # type: ignore[no-untyped-def]
    """The bound at which F1 over words is expected to be the highest, and that F1.

    Keeping the units at or above it gives 2 sum(kept score * mass) / (sum(kept mass) + sum(score *
    mass)), were the scores true odds.
    """
    total = np.float32(0)
    for u in range(len(scores)):
        total += scores[u] * mass[u]
    order = np.argsort(-scores, kind="mergesort")
    right, kept, bound, most = np.float32(0), np.float32(0), np.float32(1), np.float32(0)
    for i in range(len(order)):
        u = order[i]
        right += scores[u] * mass[u]
        kept += mass[u]
        expected = 2 * right / max(kept + total, np.float32(1e-6))
        if expected > most:
            most, bound = expected, scores[u]
    return bound, most


@numba.njit(cache=True, nogil=True)
def _likes(out, column, scores, mass, group):  # type: ignore[no-untyped-def]
    """The mean score of the units of one path."""
    n = len(scores)
    held, weight = np.zeros(n, np.float32), np.zeros(n, np.float32)
    for u in range(n):
        held[group[u]] += scores[u] * mass[u]
        weight[group[u]] += mass[u]
    for u in range(n):
        out[u, column] = held[group[u]] / weight[group[u]]


@numba.njit(cache=True, nogil=True)
def _above(out, at, scores, mass, elements, parents):  # type: ignore[no-untyped-def]
    """The mean score of the other units in the nearest ancestors; -1 where there are none."""
    held = np.zeros(len(parents), np.float32)
    weight = np.zeros(len(parents), np.float32)
    for u in range(len(scores)):
        if elements[u] >= 0:
            held[elements[u]] += scores[u] * mass[u]
            weight[elements[u]] += mass[u]
    for e in range(len(parents) - 1, -1, -1):
        if parents[e] >= 0:
            held[parents[e]] += held[e]
            weight[parents[e]] += weight[e]
    for u in range(len(scores)):
        e = elements[u]
        for level in range(LEVELS):
            out[u, at + level] = -1
            if e >= 0:
                others = weight[e] - mass[u]
                if others > np.float32(0.05):
                    out[u, at + level] = (held[e] - scores[u] * mass[u]) / others
                e = parents[e]


@numba.njit(cache=True, nogil=True)
def _page(out, scores, weights, mass, elements, parents, groups):  # type: ignore[no-untyped-def]
    """NAMES of the units of one page."""
    n = len(scores)
    total, whole, most = np.float32(1e-6), np.float32(1e-6), np.float32(0)
    for u in range(n):
        total += scores[u] * mass[u]
        whole += mass[u]
        most = max(most, scores[u])
    bound, expected = best_bound(scores, mass)
    _likes(out, 1, scores, weights, groups[0])
    _likes(out, 2, scores, weights, groups[1])
    before = np.float32(0)
    for u in range(n):
        out[u, 0], out[u, 3], out[u, 4], out[u, 5] = scores[u], total / whole, most, bound
        out[u, 6], out[u, 7], out[u, 8] = expected, scores[u] - bound, before / total
        before += scores[u] * mass[u]
        for side in range(1, SIDE + 1):
            out[u, 8 + side] = scores[u - side] if u >= side else -1
            out[u, 8 + SIDE + side] = scores[u + side] if u + side < n else -1
    at = 9 + 2 * SIDE
    _above(out, at, scores, weights, elements, parents)
    for d in range(len(_FADING)):
        for way in range(2):
            to = at + LEVELS + 4 * d + 2 * way
            held, weight = np.float32(0), np.float32(1e-3)
            for i in range(n):
                u = i if way == 0 else n - 1 - i
                out[u, to], out[u, to + 1] = held / weight, weight
                held = held * _FADING[d] + scores[u] * (mass[u] + 1)
                weight = weight * _FADING[d] + mass[u] + 1


@numba.njit(cache=True, nogil=True)
def fill(out, scores, units, held, parents, alike):  # type: ignore[no-untyped-def]
    """NAMES of pages' units in the first columns of `out`.

    `out`, `scores` and `alike` are of the pages alone that `units.starts` and `held` tell of.
    """
    before = units.starts[0]
    for p in range(len(held) - 1):
        a, b, up = units.starts[p], units.starts[p + 1], parents[held[p] : held[p + 1]]
        if b > a:
            first, last = a - before, b - before
            weights = units.mass[a:b] + np.float32(0.1)  # units without words weigh a little
            _page(
                out[first:last], scores[first:last], weights, units.mass[a:b],
                units.elements[a:b], up, alike[:, first:last],
            )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def copied(out, at, rows, columns):  # type: ignore[no-untyped-def]
    """These columns of `rows` into those of `out` from `at` on; numpy would turn them twice."""
    for i in range(len(out)):
        for k in range(len(columns)):
            out[i, at + k] = rows[i, columns[k]]


@numba.njit(cache=True, nogil=True)
def chosen(scores, starts, mass, low, high):  # type: ignore[no-untyped-def]
    """Units at or above their page's best bound, held within `low` and `high` float32 (p,).

    bool (u,)
    """
    out = np.zeros(len(scores), np.bool_)
    for p in range(len(starts) - 1):
        a, b = starts[p], starts[p + 1]
        if b > a:
            bound = min(max(best_bound(scores[a:b], mass[a:b])[0], low[p]), high[p])
            for u in range(a, b):
                out[u] = scores[u] >= bound
    return out
