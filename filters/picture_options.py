"""What a recipe may say of its pictures: the table [images], its words and their bounds.

The words are those of the command's options (docs/images.md). What they do is
pipeline.pictures.resize.Resize's business; here is only what may be written.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from filters.rules import RecipeError, Rule, closest

MODES = ("no", "border", "keep_ratio", "keep_ratio_largest", "center_crop")
FORMATS = ("auto", "jpeg", "png", "webp", "avif")
DETECTED = ("faces", "plates")

Value = str | int | bool
Options = tuple[tuple[str, Value], ...]

# Sides beyond this are no picture's: libvips, and every format that is written, end before.
_MOST_PX = 1 << 16
_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*")


@dataclass(frozen=True)
class _Kind:
    """What a value of the table may be."""

    said: str
    words: tuple[str, ...] = ()
    most: int = 0  # of whole numbers, from 1; 0 where the value is none

    def holds(self, value: object) -> bool:
        if self.words:
            return value in self.words
        if self.most:
            return type(value) is int and 1 <= value <= self.most
        return isinstance(value, bool)


_SIDE = _Kind(f"a whole number of pixels from 1 to {_MOST_PX}", most=_MOST_PX)
_YES_NO = _Kind("true or false")
KINDS: Mapping[str, _Kind] = {
    "size": _SIDE,
    "mode": _Kind("one of " + ", ".join(MODES), MODES),
    "only_if_bigger": _YES_NO,
    "skip_reencode": _YES_NO,
    "format": _Kind("one of " + ", ".join(FORMATS), FORMATS),
    "quality": _Kind("a whole number from 1 to 100", most=100),
    "min_size": _SIDE,
    "blur": _Kind('"faces", "plates", "faces,plates" or "module:name"'),
}
MIN_SIZE = "min_size"


def options(table: object, file: str, lines: Mapping[str, int]) -> tuple[Options, tuple[Rule, ...]]:
    """The table [images]: (name, value) pairs in the order of KINDS, and rules it is short for.

    `min_size` is an image rule: the shorter side as sent. `lines`: of the keys, and under "" of
    the table. Raises RecipeError, one line that begins with file and line.
    """
    if not isinstance(table, dict):
        raise RecipeError(f"{file}:{lines.get('', 1)}: write [images], once [")
    for key, value in table.items():
        where = f"{file}:{lines.get(key, lines.get('', 1))}"
        if key not in KINDS:
            hint = closest(key, KINDS, f"; there are {', '.join(KINDS)}")
            raise RecipeError(f"{where}: unknown key {key!r}{hint}")
        good = can_blur(value) if key == "blur" else KINDS[key].holds(value)
        if not good:
            raise RecipeError(f"{where}: {key} is {value!r}; it has to be {KINDS[key].said}")
    given = tuple((key, table[key]) for key in KINDS if key in table and key != MIN_SIZE)
    return given, tuple(_rules(table, f"{file}:{lines.get(MIN_SIZE, 1)}"))


def can_blur(value: object) -> bool:
    """True for words of DETECTED, each once, joined by commas, and for "module:name"."""
    if not isinstance(value, str):
        return False
    words = value.split(",")
    known = set(words) <= set(DETECTED) and len(set(words)) == len(words)
    return known or _FUNCTION.fullmatch(value) is not None


def _rules(table: Mapping[str, Value], where: str) -> Iterator[Rule]:
    if MIN_SIZE in table:
        least, source = int(table[MIN_SIZE]), "min_size of the table [images]"
        yield Rule(MIN_SIZE, "shorter_side", at_least=least, source=source, where=where)
