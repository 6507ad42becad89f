"""Python's str.lower as a table that a compiled pass can look up."""

import sys
from functools import cache

import numpy as np

POINT = 0x1FFFFF  # of an entry: the lower-case code point, or with SEVERAL a row of `several`
SEVERAL, CASED, IGNORABLE = 1 << 21, 1 << 22, 1 << 23
SIGMA, FINAL_SIGMA = 0x3A3, 0x3C2
"""A capital whose lower case hangs on its neighbours, and what it is at a word's end.

Unicode's rule Final_Sigma: after a CASED character and before none, IGNORABLE ones passed over.
"""


@cache
def lower() -> tuple[np.ndarray, np.ndarray]:
    """int32 (0x110000,): POINT of each code point and what it is to a sigma; and `several`.

    `several`, int32 (n, 3), holds the lower cases of more than one code point, 0 after the last.
    """
    points = np.arange(sys.maxunicode + 1)
    lengths = np.fromiter(map(len, map(str.lower, map(chr, range(len(points))))), np.uint8)
    long = np.flatnonzero(lengths > 1)
    several = np.zeros((len(long), 3), np.int32)
    for row, point in enumerate(long):
        several[row, : lengths[point]] = [ord(each) for each in chr(point).lower()]
    one = np.where(lengths > 1, ord("I"), points)  # cased, as those of several are
    table = _lowered(one[:, None])[:, 0]
    table[long] = np.arange(len(long)) | SEVERAL
    # A sigma after a character alone is final where that is cased and not ignorable; after a
    # letter and the character, where it is one of both.
    cased = _makes_final(one)
    table[cased] |= CASED
    table[_makes_final(ord("a"), one) & ~cased] |= IGNORABLE
    return table, several


def _makes_final(*before: np.ndarray | int) -> np.ndarray:
    """Whether a sigma is final after these, int64 (n,) or one for all. bool (n,)"""
    columns = np.broadcast_arrays(*before, SIGMA, ord(" "))
    return _lowered(np.stack(columns, axis=1))[:, -2] == FINAL_SIGMA


def _lowered(points: np.ndarray) -> np.ndarray:
    """Lower case of one text, row by row: none of its characters becomes several."""
    text = points.astype("<u4").tobytes().decode("utf-32-le", "surrogatepass").lower()
    found = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<i4")
    return found.reshape(points.shape).astype(np.int32)
