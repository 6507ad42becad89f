"""Which of a page's text people marked as its main content, found by aligning the two.

Importing this module imports numba.
"""

import re
from collections import Counter
from collections.abc import Sequence

import numba
import numpy as np

TOKEN = re.compile(r"\w+")
OPENING = 1.5
"""What beginning a run of equal words costs; each equal word gains 1."""

MOST_CELLS = 800_000_000
"""Of the table of a longest alignment; longer texts are cut. [bytes]"""

GRAM = 4
_ENOUGH_GRAMS = 0.7
_LEAST_TOKENS = 6


@numba.njit(cache=True, nogil=True)
def _aligned(a, b, opening):  # type: ignore[no-untyped-def]
    """The best alignment of int32 (n,) with (m,), as bool (n,) and (m,): what has a partner.

    Two states: inside a run of equal words, between runs. One byte a cell says where each came
    from: the lower bits for the run (1 went on, 2 began), the next for the gap (4 up, 8 left, 12
    out of a run).
    """
    n, m = len(a), len(b)
    came = np.zeros((n + 1, m + 1), np.uint8)
    gap, run = np.zeros(m + 1, np.float32), np.full(m + 1, np.float32(-1e9))
    for i in range(1, n + 1):
        gap_before, run_before = gap[0], run[0]
        run[0] = -1e9
        for j in range(1, m + 1):
            gap_corner, run_corner = gap_before, run_before
            gap_before, run_before = gap[j], run[j]
            value, how = np.float32(-1e9), 0
            if a[i - 1] == b[j - 1]:
                on, begun = run_corner + np.float32(1), gap_corner + np.float32(1) - opening
                value, how = (on, 1) if on >= begun else (begun, 2)
            best, way = gap_before, 4
            if gap[j - 1] > best:
                best, way = gap[j - 1], 8
            if value > best:
                best, way = value, 12
            came[i, j], run[j], gap[j] = how | way, value, best
    left, right = np.zeros(n, np.bool_), np.zeros(m, np.bool_)
    i, j, inside = n, m, False
    while i > 0 and j > 0:
        cell = came[i, j]
        if inside:
            left[i - 1] = right[j - 1] = True
            inside = cell & 3 == 1
            i, j = i - 1, j - 1
        elif cell & 12 == 4:
            i -= 1
        elif cell & 12 == 8:
            j -= 1
        else:
            inside = True
    return left, right


def shares_in(texts: Sequence[str], gold: str) -> tuple[np.ndarray, np.ndarray]:
    """Share of each text's words that are in `gold`, and its number of words. float64 (n,) each

    In order, by the best alignment; a text that is not in it counts as what its 4-grams have in
    common with what is left of `gold`, for some mark up the parts of a page in another order.
    """
    numbers: dict[str, int] = {}
    words = [_numbered(text, numbers) for text in texts]
    page = np.array([word for text in words for word in text], np.int32)
    marked = np.array(_numbered(gold, numbers), np.int32)
    sizes = np.array([len(text) for text in words], np.float64)
    shares = np.zeros(len(texts))
    if not len(page) or not len(marked):
        return shares, sizes
    longest = max(MOST_CELLS // (len(marked) + 1), 1)
    found, used = _aligned(page[:longest], marked, np.float32(OPENING))
    found = np.concatenate([found, np.zeros(len(page) - len(found), np.bool_)])
    left: Counter[tuple[int, ...]] = Counter(
        tuple(marked[i : i + GRAM])
        for i in range(len(marked) - GRAM + 1)
        if not used[i : i + GRAM].any()
    )
    at = 0
    for place, text in enumerate(words):
        count = len(text)
        hits = float(found[at : at + count].sum())
        at += count
        if count >= _LEAST_TOKENS and hits < count / 2 and left:
            grams = [tuple(text[i : i + GRAM]) for i in range(count - GRAM + 1)]
            common = sum(left[gram] > 0 for gram in grams)
            if common >= _ENOUGH_GRAMS * len(grams):
                left.subtract(grams)
                hits = max(hits, count * common / len(grams))
        shares[place] = hits / count if count else 0.0
    return shares, sizes


def _numbered(text: str, numbers: dict[str, int]) -> list[int]:
    return [numbers.setdefault(word, len(numbers)) for word in TOKEN.findall(text.lower())]
