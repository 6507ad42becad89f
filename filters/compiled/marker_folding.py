"""How a text is read when markers are looked for: what a code point becomes, as one table.

Two spellings that a reader takes for the same become the same: capitals, accents (composed or
combining), full-width and compatibility forms, any number. Apostrophes of every kind, soft hyphens
and joiners are passed over, so that "I'm", "I’m" and "Im" are one word. Everything else that is no
letter ends a word, a non-breaking space like a comma. Han and kana are words by themselves: a
phrase in them is found with or without spaces and punctuation. So are square and curly brackets,
which tell a template from prose.
"""

import sys
import unicodedata
from functools import cache

import numpy as np

SKIP, BREAK = 0, -1
SINGLE = 1 << 24  # set on a code point that is a word by itself
DIGIT = ord("0")  # a run of digits is one of these

_APOSTROPHES = "'’‘ʼʹ′`´＇‛"
_BRACKETS = "[]{}"
_HAN = (0x20000, 0x323B0)
_LAST = 0x20000  # what is mapped one by one; beyond it lie Han, private use and tags


@cache
def folding() -> np.ndarray:
    """int32 (0x110000,): a folded code point, one with SINGLE set, SKIP or BREAK."""
    table = np.full(sys.maxunicode + 1, BREAK, np.int32)
    for point in range(_LAST):
        table[point] = _folded(chr(point))
    table[_HAN[0] : _HAN[1]] = np.arange(*_HAN) | SINGLE
    table[0xE0000:0xE0080] = SKIP  # tags: invisible
    for char in _APOSTROPHES:
        table[ord(char)] = SKIP
    for char in _BRACKETS:
        table[ord(char)] = ord(char) | SINGLE
    table[ord("_")] = ord("_")
    table[ord("ł")] = table[ord("Ł")] = ord("l")  # does not decompose, is often typed as l
    return table


def _folded(char: str) -> int:
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf") and char != "\u200b":
        return SKIP
    if category[0] == "N" and char.isdecimal():
        return DIGIT
    plain = unicodedata.normalize("NFKD", char.lower())
    letters = [c for c in plain if unicodedata.category(c) != "Mn"]
    first = letters[0] if len(letters) == 1 else char.lower()[0]
    if not first.isalpha():
        return BREAK
    return ord(first) | (SINGLE if _written_without_spaces(first) else 0)


def _written_without_spaces(char: str) -> bool:
    point = ord(char)
    return (
        0x3040 <= point < 0x3100  # kana
        or 0x31F0 <= point < 0x3200
        or 0x3400 <= point < 0xA000  # Han
        or 0xF900 <= point < 0xFB00
        or char in "々〆"
    )
