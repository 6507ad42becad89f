"""What the units of pages score, some pages at a time: features, both steps of trees.

Only so many pages are taken at once that their features stay in the processor's caches, and so
many that the trees are asked of many rows together. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.main import context, features, likeness, smoothing
from filters.main.trees import scores

NAMES = (*features.NAMES, *context.NAMES, *likeness.NAMES)
_CONTEXT, _ALIKE = len(features.NAMES), len(features.NAMES) + len(context.NAMES)
_WIDTH, _SMOOTHED = len(NAMES), len(smoothing.NAMES)
_BEFORE, _AFTER = NAMES.index("said_before"), NAMES.index("said_after")
_TOGETHER = 512
"""Units of pages that are looked at together, where the next page would make them more."""

_fill_features, _fill_context, _fill_likeness = features.fill, context.fill, likeness.fill
_smooth, _copied = smoothing.fill, smoothing.copied
_Units = features.Units


@numba.njit(cache=True, nogil=True)
def features_of(pages, units, begin, end):  # type: ignore[no-untyped-def]
    """NAMES of the units of pages `begin` to `end`, float32 (u, features), their groups (2, u).

    `pages`: of filters.main.pages, `units`: of all of them.
    """
    some, held = _of_pages(units, begin, end), pages.held[begin : end + 1]
    rows = np.zeros((units.starts[end] - units.starts[begin], _WIDTH), np.float32)
    tree = pages.parents, pages.tags
    sums = _fill_features(
        rows, 0, some, pages.titled, held, tree[0], tree[1], pages.concepts, pages.told
    )
    _fill_context(rows, _CONTEXT, some, pages.titled, held, tree[0], tree[1], sums)
    words = pages.begin, pages.words, pages.singles, pages.doubles
    alike = _fill_likeness(
        rows, _ALIKE, some, held, tree[0], tree[1], pages.names, words[0], words[1], words[2],
        words[3],
    )  # fmt: skip
    return rows, alike


@numba.njit(cache=True, nogil=True)
def _of_pages(units, begin, end):  # type: ignore[no-untyped-def]
    """Units that begin with those of the page `begin`, and are counted no further than `end`."""
    return _Units(
        units.starts[begin : end + 1], units.of, units.counts, units.elements, units.tags,
        units.mass, units.linked, units.good,
    )  # fmt: skip


@numba.njit(cache=True, nogil=True)
def smoothed(pages, units, begin, end, first, alike, rows, columns):  # type: ignore[no-untyped-def]
    """Features of the second step: those of the scores `first` float32 (u,), then some others.

    All of the units of pages `begin` to `end`, as `features_of` gives them; of `rows` these
    `columns`, int64 (k,).
    """
    out = np.empty((len(first), _SMOOTHED + len(columns)), np.float32)
    some = _of_pages(units, begin, end)
    _smooth(out, first, some, pages.held[begin : end + 1], pages.parents, alike)
    _copied(out, _SMOOTHED, rows, columns)
    return out


@numba.njit(cache=True, nogil=True)
def judged(pages, units, columns, first, again, second):  # type: ignore[no-untyped-def]
    """Scores of all units float32 (u,), and how much of each others say, at most: float32 (u,).

    `first` and `second` are the trees of the two steps, which read `columns` of NAMES; and `again`,
    those that the second reads beside the scores.
    """
    starts = units.starts
    out, said = np.empty(starts[-1], np.float32), np.empty(starts[-1], np.float32)
    both = np.arange(_SMOOTHED + len(again))
    begin = 0
    while begin < len(starts) - 1:
        end = begin + 1
        while end < len(starts) - 1 and starts[end + 1] - starts[begin] <= _TOGETHER:
            end += 1
        rows, alike = features_of(pages, units, begin, end)
        one = scores(rows, columns, first)
        context_ = smoothed(pages, units, begin, end, one, alike, rows, again)
        out[starts[begin] : starts[end]] = scores(context_, both, second)
        said[starts[begin] : starts[end]] = rows[:, _BEFORE] + rows[:, _AFTER]
        begin = end
    return out, said
