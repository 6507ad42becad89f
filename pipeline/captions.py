"""Captions of images: <figcaption>, and what stands in its place where pages have none."""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from pipeline.block import collapsed
from pipeline.elements import numbers
from pipeline.image_columns import CAPTION, DESCRIBED, Images
from pipeline.marks import CAPTION as MARKED
from pipeline.tree import Tree

MAX_CAPTION = 2_000
"""A longer text beside an image is no caption of it. [characters]"""

CLIMB = 4
"""How far above an image an element called caption may stand beside. [elements]"""

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
        self._marked = frozenset(np.flatnonzero(bits & MARKED).tolist())
        self._texts: dict[int, str] = {}  # of captions, for a page may name one often
        self._figures: dict[int, tuple[list[int], bool]] = {}

    def of_images(self, images: Images, where: np.ndarray) -> Images:
        """The images with their captions; `where`: as `walk.steps_of` says of each."""
        if not len(where):
            return images
        described = images.places[images.numbers, DESCRIBED]
        wanted = (described[:, 0] >= 0) | (where[:, 1] >= 0)
        rows = np.flatnonzero(wanted) if not self._marked else np.arange(len(where))
        found: dict[int, str | None] = {}
        for at in rows.tolist():
            row, figure, passed = where[at].tolist()
            begin, stop = described[at].tolist()
            names = images.letters[begin:stop].tobytes().decode() if begin >= 0 else None
            found[at] = self.of(row, names, figure, passed)
        return images.with_strings(CAPTION, found)

    def of(self, row: int, described_by: str | None, figure: int, passed: int) -> str | None:
        """The caption of the image that row `row` shows; None if it has none.

        `figure`: the <figure> around it or -1, of which `passed` captions stand before it.
        """
        caption = self._in_figure(figure, passed) if figure >= 0 else None
        if caption is None and described_by:
            caption = self._described(described_by)
        if caption is None and (self._marked or figure >= 0):
            caption = self._above(row)
        return caption

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

    def _above(self, row: int) -> str | None:
        labelled = None
        tree, above = self._tree, row
        for _ in range(CLIMB):
            if above < 0 or tree.tags[above] == _BODY:
                break
            if self._marked:
                following = tree.beside(above, before=False)
                if following in self._marked:
                    return self._own(following) or labelled
            if tree.tags[above] == _FIGURE:
                label = tree.attribute(above, "aria-label")
                labelled = labelled or collapsed(label or "") or None
            above = tree.parents[above]
        return labelled

    def _own(self, row: int) -> str | None:
        """The text of a caption; an element with images in it is one for those."""
        return None if self._tree.find(row, _IMAGES) else self._text(row) or None

    def _text(self, row: int) -> str:
        if row not in self._texts:
            text = self._text_of(row)
            self._texts[row] = text if len(text) <= MAX_CAPTION else ""
        return self._texts[row]
