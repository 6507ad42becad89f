"""Which personal data a text may hold, compiled: a look at its at signs and figures.

Few texts are searched, and for few kinds: bits that say what could be there, by what every piece of
that kind has. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.compiled.blocks import ROOM, being, lowest, within
from filters.compiled.compiling import borrowing

# In the order of filters.personal.KINDS.
EMAIL, CARD, IBAN, IP, PHONE = 1, 2, 4, 8, 16

_FIGURE, _CAPITAL, _BETWEEN, _LOCAL, _HEX = 1, 2, 4, 8, 16
_CLASSES = np.zeros(256, np.uint8)
_CLASSES[[ord(char) for char in "0123456789"]] |= _FIGURE | _LOCAL
_CLASSES[[ord(char) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]] |= _CAPITAL | _LOCAL
_CLASSES[[ord(char) for char in "abcdefghijklmnopqrstuvwxyz_%+'-"]] |= _LOCAL
_CLASSES[[ord(char) for char in "0123456789abcdefABCDEF"]] |= _HEX
_CLASSES[[ord(char) for char in " ().-/"]] |= _BETWEEN  # what stands between figures of a number
_PLUS, _AT, _DOT, _SPACE, _ZERO, _NINE = 43, 64, 46, 32, 48, 57
_TWO, _THREE, _COLON = 50, 51, 58
_NONE = np.uint64(0)

# Figures of the shortest card number and of a phone number behind a plus sign or with two zeros for
# it, what a bank account number has at least behind its first figures, and the groups of figures of
# a phone number with neither.
_CARD, _PLUS_PHONE, _ZEROS_PHONE, _ACCOUNT, _DOTS = 13, 7, 9, 11, 3
_SIZES, _NORTH_AMERICAN = 0xFFFFFF, 0x030304


@borrowing
def _account(data, first, end):  # type: ignore[no-untyped-def]
    """Do two figures and enough capitals and figures stand here, at most a space before each?"""
    if end - first < 2 or not _CLASSES[data[first + 1]] & _FIGURE:
        return False
    chars, at = 0, first + 2
    while at < end and chars < _ACCOUNT:
        if data[at] == _SPACE and at + 1 < end:
            at += 1
        if not _CLASSES[data[at]] & (_FIGURE | _CAPITAL):
            return False
        chars, at = chars + 1, at + 1
    return chars == _ACCOUNT


@borrowing
def _six(data, first, figures, end):  # type: ignore[no-untyped-def]
    """Are there 2 or 3, three more hexadecimal figures and a colon from `first` on?"""
    colon = first + 4
    if not 0 < figures <= 4 or colon >= end or data[colon] != _COLON:
        return False
    if data[first] not in (_TWO, _THREE):
        return False
    letters = 0
    for at in range(first + figures, colon):
        letters += _CLASSES[data[at]] & _HEX != 0
    return figures + letters == colon - first


@borrowing
def _anchor(data, at, end):  # type: ignore[no-untyped-def]
    """The first at sign or figure from `at` on; `end` where there is none."""
    while at + ROOM <= len(data):
        found = within(data, at, np.uint8(_ZERO), np.uint8(_NINE)) | being(data, at, np.uint8(_AT))
        if found != _NONE:
            return min(at + lowest(found), end)
        at += ROOM
        if at >= end:
            return end
    while at < end and data[at] != _AT and not _CLASSES[data[at]] & _FIGURE:
        at += 1
    return at


@borrowing
def _kinds_at(data, at, begin, end):  # type: ignore[no-untyped-def]
    """What the anchor at `at` may belong to, and where the next one may stand."""
    if data[at] == _AT:
        local = at > begin and _CLASSES[data[at - 1]] & _LOCAL
        return EMAIL if local else 0, at + 1
    # Figures and what stands between them: how many, in groups of which sizes.
    found = 0
    first, figures, dots, group, sizes, zeros = at, 0, 0, 0, 0, False
    while at < end and _CLASSES[data[at]] & (_FIGURE | _BETWEEN):
        if _CLASSES[data[at]] & _FIGURE:
            group += 1
            zeros |= group == 2 and data[at] == _ZERO and data[at - 1] == _ZERO
            if dots >= _DOTS:
                found |= IP
        else:
            if group:
                figures, sizes, group = figures + group, (sizes << 8) | min(group, 9), 0
            dots = dots + 1 if data[at] == _DOT else 0
            if sizes & _SIZES == _NORTH_AMERICAN:
                found |= PHONE
        at += 1
    figures, sizes = figures + group, (sizes << 8) | min(group, 9)
    if sizes & _SIZES == _NORTH_AMERICAN:
        found |= PHONE
    # The last figures may begin a public IPv6 address, which letters go on.
    if _six(data, at - group, group, end):
        found |= IP
    plus = first > begin and data[first - 1] == _PLUS
    if (plus and figures >= _PLUS_PHONE) or (zeros and figures >= _ZEROS_PHONE):
        found |= PHONE
    if figures >= _CARD:
        found |= CARD
    if (
        first - begin > 1
        and _CLASSES[data[first - 1]] & _CLASSES[data[first - 2]] & _CAPITAL
        and _account(data, first, end)
    ):
        found |= IBAN
    return found, at


@numba.njit(cache=True, nogil=True)
def kinds_possible(data, starts):  # type: ignore[no-untyped-def]
    """Bits uint8 (n,) from UTF-8 `data` uint8 (bytes,) and `starts` int64 (n + 1,)."""
    out = np.zeros(len(starts) - 1, np.uint8)
    _kinds_possible(data, starts, out)
    return out


@borrowing
def _kinds_possible(data, starts, out):  # type: ignore[no-untyped-def]
    text, last = 0, starts[-1]
    at = _anchor(data, starts[0], last)  # of all texts: most have none
    while at < last:
        while starts[text + 1] <= at:
            text += 1
        found, behind = _kinds_at(data, at, starts[text], starts[text + 1])
        out[text] |= found
        at = _anchor(data, behind, last)
