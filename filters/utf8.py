"""UTF-8 decoded, compiled. Nothing here trusts the bytes, and no read leaves the text.

Importing this module imports numba.
"""

import numpy as np

from filters.compiling import borrowing

_REPLACEMENT = 0xFFFD


@borrowing
def point_at(data, position, end):  # type: ignore[no-untyped-def]
    """Code point that begins at `position`, and its length in bytes; broken bytes one by one."""
    lead = np.int32(data[position])
    if lead < 0x80:
        return lead, 1
    size = 2 if lead < 0xE0 else 3 if lead < 0xF0 else 4
    if lead < 0xC2 or lead > 0xF4 or position + size > end:
        return np.int32(_REPLACEMENT), 1
    point = lead & (0x7F >> size)
    for back in range(1, size):
        tail = np.int32(data[position + back])
        if tail & 0xC0 != 0x80:
            return np.int32(_REPLACEMENT), 1
        point = (point << 6) | (tail & 0x3F)
    if point > 0x10FFFF:
        return np.int32(_REPLACEMENT), size
    return np.int32(point), size


@borrowing
def decode(data, begin, end, points):  # type: ignore[no-untyped-def]
    """Code points of UTF-8 data[begin:end], at most as many as `points` holds; how many."""
    size, at = 0, begin
    while at < end and size < len(points):
        byte = data[at]
        if byte < 0x80:
            points[size] = byte
            at += 1
        else:
            point, length = point_at(data, at, end)
            points[size] = point
            at += length
        size += 1
    return size
