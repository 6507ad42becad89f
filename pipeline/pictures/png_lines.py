"""Lines of a PNG after inflation: the filters of its lines undone, palettes and alpha settled.

Each line begins with the number of its filter (W3C PNG third edition, section 9). Nothing here
trusts the bytes: a number that is none ends the work.

Importing this module imports numba.
"""

import numpy as np

from filters.compiled.compiling import borrowing, inlined

_NONE, _SUB, _UP, _AVERAGE, _PAETH = range(5)
_OPAQUE = 255
_WHITE = 255


@borrowing
def unfiltered(coded, lines, step):  # type: ignore[no-untyped-def]
    """Undo the filters of `coded`, a row a line with its filter first, into `lines`.

    Both are uint8; `step`: bytes a pixel, at least 1. False where a filter is unknown.
    """
    for y in range(len(lines)):
        kind, given, line = coded[y, 0], coded[y, 1:], lines[y]
        above = lines[max(y - 1, 0)]
        if kind == _NONE or (kind == _UP and y == 0):
            for x in range(len(line)):
                line[x] = given[x]
        elif kind == _UP:
            for x in range(len(line)):
                line[x] = given[x] + above[x]
        elif kind == _SUB or (kind == _PAETH and y == 0):
            for x in range(min(step, len(line))):
                line[x] = given[x]
            for x in range(step, len(line)):
                line[x] = given[x] + line[x - step]
        elif kind == _AVERAGE:
            _averaged(given, line, above, step, y > 0)
        elif kind == _PAETH and step == 4:
            _paeth_4(given, line, above)
        elif kind == _PAETH and step == 3:
            _paeth_3(given, line, above)
        elif kind == _PAETH:
            _paeth(given, line, above, step)
        else:
            return False
    return True


@borrowing
def _averaged(given, line, above, step, has_above):  # type: ignore[no-untyped-def]
    for x in range(len(line)):
        left = int(line[x - step]) if x >= step else 0
        line[x] = given[x] + ((left + (int(above[x]) if has_above else 0)) >> 1)


@borrowing
def _nearest(left, above, corner):  # type: ignore[no-untyped-def]
    """Paeth's choice: which of the three is nearest to left + above - corner."""
    bound = 3 * corner - above - left
    low, high = min(left, above), max(left, above)
    inner = low if high <= bound else corner
    return high if bound <= low else inner


@borrowing
def _paeth(given, line, above, step):  # type: ignore[no-untyped-def]
    for x in range(min(step, len(line))):
        line[x] = given[x] + above[x]
    for x in range(step, len(line)):
        near = _nearest(int(line[x - step]), int(above[x]), int(above[x - step]))
        line[x] = given[x] + near


@borrowing
def _paeth_3(given, line, above):  # type: ignore[no-untyped-def]
    """As _paeth with the former pixel in registers."""
    r_left = g_left = b_left = np.int32(0)
    r_corner = g_corner = b_corner = np.int32(0)
    for x in range(0, len(line) - 2, 3):
        r_above = np.int32(above[x])
        r_left = (np.int32(given[x]) + _nearest(r_left, r_above, r_corner)) & 255
        line[x], r_corner = r_left, r_above
        g_above = np.int32(above[x + 1])
        g_left = (np.int32(given[x + 1]) + _nearest(g_left, g_above, g_corner)) & 255
        line[x + 1], g_corner = g_left, g_above
        b_above = np.int32(above[x + 2])
        b_left = (np.int32(given[x + 2]) + _nearest(b_left, b_above, b_corner)) & 255
        line[x + 2], b_corner = b_left, b_above


@borrowing
def _paeth_4(given, line, above):  # type: ignore[no-untyped-def]
    """As _paeth with the former pixel in registers."""
    r_left = g_left = b_left = a_left = np.int32(0)
    r_corner = g_corner = b_corner = a_corner = np.int32(0)
    for x in range(0, len(line) - 3, 4):
        r_above = np.int32(above[x])
        r_left = (np.int32(given[x]) + _nearest(r_left, r_above, r_corner)) & 255
        line[x], r_corner = r_left, r_above
        g_above = np.int32(above[x + 1])
        g_left = (np.int32(given[x + 1]) + _nearest(g_left, g_above, g_corner)) & 255
        line[x + 1], g_corner = g_left, g_above
        b_above = np.int32(above[x + 2])
        b_left = (np.int32(given[x + 2]) + _nearest(b_left, b_above, b_corner)) & 255
        line[x + 2], b_corner = b_left, b_above
        a_above = np.int32(above[x + 3])
        a_left = (np.int32(given[x + 3]) + _nearest(a_left, a_above, a_corner)) & 255
        line[x + 3], a_corner = a_left, a_above


@borrowing
def painted(places, palette, pixels):  # type: ignore[no-untyped-def]
    """Give each of `pixels` its colour; `palette`: 256 colours. The arrays are flat."""
    for at in range(len(pixels)):
        pixels[at] = palette[places[at]]


@inlined
def _mixed(colour, share, white):  # type: ignore[no-untyped-def]
    """The sum, divided by 255 and rounded."""
    mixed = np.uint32(colour * share + white + 128)
    return np.uint32((mixed + (mixed >> 8)) >> 8)


@borrowing
def lay_on_white(pixels):  # type: ignore[no-untyped-def]
    """Mix colours with white by alpha, which is left as it is; flat uint32, alpha uppermost."""
    for at in range(len(pixels)):
        pixel = pixels[at]
        share = np.uint32(pixel >> 24)
        white = np.uint32((_OPAQUE - share) * _WHITE)
        low = _mixed(np.uint32(pixel & 255), share, white)
        middle = _mixed(np.uint32(pixel >> 8 & 255), share, white)
        high = _mixed(np.uint32(pixel >> 16 & 255), share, white)
        pixels[at] = np.uint32(low | middle << 8 | high << 16 | share << 24)
