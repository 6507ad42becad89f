"""UTF-8 decoded, compiled. Nothing here trusts the bytes, and no read leaves the text.

Importing this module imports numba.
"""

import numpy as np

from filters.compiled.compiling import inlined

_REPLACEMENT = 0xFFFD


@inlined
def point_at(data, position, end):  # type: ignore[no-untyped-def]
    """Code point that begins at `position`, and its length in bytes; broken bytes one by one."""
    lead = np.int32(data[position])
    if lead < 0x80:
        return lead, 1
    if lead < 0xE0 and lead >= 0xC2 and position + 1 < end:  # two bytes, as most others
        tail = np.int32(data[position + 1])
        if tail & 0xC0 != 0x80:
            return np.int32(_REPLACEMENT), 1
        return np.int32(((lead & 0x1F) << 6) | (tail & 0x3F)), 2
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
