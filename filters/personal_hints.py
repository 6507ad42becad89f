"""Which personal data a text may hold, compiled: a look at its at signs and figures.

Few texts are searched, and for few kinds: bits that say what could be there, by what every piece of
that kind has. Importing this module imports numba.
"""

import numba
import numpy as np

# In the order of filters.personal.KINDS.
EMAIL, CARD, IBAN, IP, PHONE = 1, 2, 4, 8, 16

_FIGURE, _CAPITAL, _BETWEEN, _LOCAL, _ANCHOR = 1, 2, 4, 8, 16
_CLASSES = np.zeros(256, np.uint8)
_CLASSES[[ord(char) for char in "0123456789"]] |= _FIGURE | _LOCAL | _ANCHOR
_CLASSES[[ord(char) for char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"]] |= _CAPITAL | _LOCAL
_CLASSES[[ord(char) for char in "abcdefghijklmnopqrstuvwxyz_%+'-"]] |= _LOCAL
_CLASSES[[ord(char) for char in " ().-/"]] |= _BETWEEN  # what stands between figures of a number
_CLASSES[ord("@")] |= _ANCHOR
_PLUS, _AT, _DOT = 43, 64, 46

# Figures of the shortest card number, of a phone number behind a plus sign, and of one without.
_CARD, _PLUS_PHONE, _PHONE, _DOTS = 13, 7, 9, 3


@numba.njit(cache=True, nogil=True)
def kinds_possible(data, starts):  # type: ignore[no-untyped-def]
    """Bits uint8 (n,) from UTF-8 `data` uint8 (bytes,) and `starts` int64 (n + 1,)."""
    out = np.zeros(len(starts) - 1, np.uint8)
    for text in range(len(out)):
        begin, end = starts[text], starts[text + 1]
        at = begin
        while at < end:
            if not _CLASSES[data[at]] & _ANCHOR:
                at += 1
                continue
            if data[at] == _AT:
                if at > begin and _CLASSES[data[at - 1]] & _LOCAL:
                    out[text] |= EMAIL
                at += 1
                continue
            first, figures, dots = at, 0, 0
            while at < end and _CLASSES[data[at]] & (_FIGURE | _BETWEEN):
                figure = _CLASSES[data[at]] & _FIGURE
                figures += figure
                if data[at] == _DOT:
                    dots += 1
                elif not figure:
                    dots = 0
                elif dots >= _DOTS:
                    out[text] |= IP
                at += 1
            if (
                first - begin > 1
                and _CLASSES[data[first - 1]] & _CAPITAL
                and _CLASSES[data[first - 2]] & _CAPITAL
            ):
                out[text] |= IBAN
            if figures >= _CARD:
                out[text] |= CARD
            plus = first > begin and data[first - 1] == _PLUS
            if figures >= _PHONE or (plus and figures >= _PLUS_PHONE):
                out[text] |= PHONE
    return out
