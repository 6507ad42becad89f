"""Captions of images: <figcaption>, and what stands in its place where pages have none.

Importing this module imports numba.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from pipeline.page.block import collapsed
from pipeline.page.elements import numbers
from pipeline.page.image_columns import CAPTION, Images
from pipeline.page.plain_captions import captioned
from pipeline.page.tree import Tree

MAX_CAPTION = 2_000
"""A longer text beside an image is no caption of it. [characters]"""

_BODY, _FIGURE, _FIGCAPTION = numbers("body figure figcaption")
_IMAGES = numbers("img picture")


class Captions:
    """Finds what a page gives an image as caption; `text_of` reads the text of a row.

    In this order: the <figcaption> of the <figure> around it; the element that aria-describedby
    names; the element beside the image, or beside what holds it, with "caption" in its class
    (wp-caption-text, thumbcaption); the aria-label of the <figure> around it.
    """

    def __init__(self, tree: Tree, bits: np.ndarray, text_of: Callable[[int], str]) -> None:
        self._tree = tree
        self._text_of = text_of
        self._bits = bits
        self._texts: dict[int, str] = {}  # of captions, for a page may name one often
        self._figures: dict[int, tuple[list[int], bool]] = {}

    def of_images(self, images: Images, where: np.ndarray) -> Images:
        """The images with their captions; `where`: as `walk.steps_of` says of each."""
        asked = captioned(
            where, images.numbers, images.places, self._tree.arrays, self._bits
        ).tolist()
        found: dict[int, str | None] = {}
        for at, row, figure, passed, caption, level, begin, stop in asked:
            text = self._in_figure(figure, passed) if figure >= 0 else None
            if text is None and stop > begin >= 0:
                text = self._described(images.letters[begin:stop].tobytes().decode())
            if text is None:
                text = self._called(row, caption, level)
            found[at] = text
        return images.with_strings(CAPTION, found)

    def _in_figure(self, figure: int, passed: int) -> str | None:
        """Each image of a figure with several captions has the next one.

        Or the one before it, if the figure began with a caption.
        """
        if figure not in self._figures:
            found = self._tree.find(figure, (_FIGCAPTION,))
            own = [row for row in found if self._figure_around(row) == figure]
            self._figures[figure] = (own, passed > 0)
        captions, above = self._figures[figure]
        if not captions:
            return None
        row = captions[min(passed - above, len(captions) - 1)]
        if row not in self._texts:
            self._texts[row] = self._text_of(row)
        return self._texts[row] or None

    def _figure_around(self, row: int) -> int:
        tags, parents = self._tree.tags, self._tree.parents
        above = parents[row]
        while above >= 0 and tags[above] != _FIGURE:
            above = parents[above]
        return above

    def _described(self, names: str) -> str | None:
        found = (self._by_id.get(name) for name in names.split()[:4])
        return "\n".join(self._text(row) for row in found if row is not None) or None

    @cached_property
    def _by_id(self) -> dict[str, int]:
        """The page's elements by their id, the first where several share one."""
        found: dict[str, int] = {}
        for row, name in self._tree.values("id"):
            found.setdefault(name, row)
        return found

    def _called(self, row: int, caption: int, level: int) -> str | None:
        """The text of an element called caption, `level` above; or a <figure>'s label below it."""
        text = self._own(caption) if caption >= 0 else None
        tree, above = self._tree, row
        while text is None and level > 0 and above >= 0 and tree.tags[above] != _BODY:
            if tree.tags[above] == _FIGURE:
                text = collapsed(tree.attribute(above, "aria-label") or "") or None
            above, level = tree.parents[above], level - 1
        return text

    def _own(self, row: int) -> str | None:
        """The text of a caption; an element with images in it is one for those."""
        return None if self._tree.find(row, _IMAGES) else self._text(row) or None

    def _text(self, row: int) -> str:
        if row not in self._texts:
            text = self._text_of(row)
            self._texts[row] = text if len(text) <= MAX_CAPTION else ""
        return self._texts[row]
