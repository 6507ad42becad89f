"""What every Unicode character is to the counts, as tables that a compiled pass can look up.

The classes follow Unicode categories instead of a hand-made list, so that scripts and symbols
that nobody thought of behave. OBELICS (obelics/utils/filtering_utils.py) enumerates its special
characters; ASCII punctuation, digits, white space, typographic signs and emoji are special here
as there, its few stray letters are not.
"""

import sys
import unicodedata
from functools import cache

import numpy as np

SPACE = 1  # ends a word
SPECIAL = 2  # counts as special, and is stripped from both ends of a word
WORD = 4  # part of a token: a letter, a digit, an underscore or an apostrophe
MARK = 8  # a punctuation mark, and a token by itself

_MARKS = ",;:?!."
# Not white space to Unicode, but written between words: zero-width space, byte order mark, object
# replacement (where an image or a widget stood).
_INVISIBLE = "\u200b\ufeff\ufffc"
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)
_CURLY, _STRAIGHT = 0x2019, 0x27  # what publishers set for an apostrophe, and what lists write


@cache
def classes() -> np.ndarray:
    """uint8 (0x110000,): SPACE, SPECIAL, WORD and MARK of each code point, or-ed together."""
    kinds = np.zeros(sys.maxunicode + 1, np.uint8)
    for point in range(len(kinds)):
        char = chr(point)
        category = unicodedata.category(char)
        kind = 0
        if category[0] in "PSZC" or category in ("Nd", "No"):
            kind = SPECIAL
        if char.isspace():
            kind |= SPACE | SPECIAL
        if char.isalnum():
            kind |= WORD
        kinds[point] = kind
    kinds[[ord(char) for char in _INVISIBLE]] |= SPACE | SPECIAL
    kinds[_VARIATION_SELECTORS] |= SPECIAL
    kinds[[ord("_"), ord("'")]] |= WORD
    kinds[[ord(char) for char in _MARKS]] |= MARK
    return kinds


@cache
def folding() -> np.ndarray:
    """int32 (0x110000,): the lower-case code point of each, and ' for a curly apostrophe.

    One to one: a capital whose lower case is several code points becomes the first of them.
    """
    lower = np.arange(sys.maxunicode + 1, dtype=np.int32)
    for point in range(len(lower)):
        char = chr(point)
        if char.isupper() or char.istitle():
            lower[point] = ord(char.lower()[0])
    lower[_CURLY] = _STRAIGHT
    return lower
