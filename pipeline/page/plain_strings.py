"""Strings gathered from where they lie, in one compiled pass. Importing this imports numba."""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def gathered(begins, stops, letters):  # type: ignore[no-untyped-def]
    """The letters between places, one after another: uint8; and where each ends, int64 (n + 1,)."""
    ends = np.zeros(len(begins) + 1, np.int64)
    for i in range(len(begins)):
        ends[i + 1] = ends[i] + stops[i] - begins[i]
    out = np.empty(ends[-1], np.uint8)
    for i in range(len(begins)):
        out[ends[i] : ends[i + 1]] = letters[begins[i] : stops[i]]
    return out, ends
