"""One page into its nodes: its text blocks and its images, in reading order.

Importing this module imports numba.
"""

from functools import cached_property
from typing import Any

import numpy as np

from pipeline.page.assembly import assembled
from pipeline.page.captions import Captions
from pipeline.page.marks import marked
from pipeline.page.metadata import Metadata, Told
from pipeline.page.nodes import Reading, Texts
from pipeline.page.outline import Outline, outlined
from pipeline.page.pictures import pictures_of
from pipeline.page.tree import Arrays, Tree
from pipeline.page.walk import steps_of


def laid_out(
    first: int, tree: Arrays, bits: np.ndarray, shown: np.ndarray, *, scripting: bool
) -> tuple[Any, ...]:
    """What row `first` holds, as `assembly.assembled` gives it, and where.

    `walk.steps_of` has the rest: of each image where it stands, the block around each, the bytes
    in <noscript>.
    """
    # One compiled function around both was slower than the two by themselves.
    steps, around, images, behind = steps_of(first, tree, bits, shown, scripting)
    return assembled(steps, tree.data), images, around, behind


class Reader:
    """Reads a page's tree; the text does not depend on its images.

    But that an image in the middle of a block ends one node and begins another.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        arrays = tree.arrays
        self._bits, found = marked(
            arrays.tags, arrays.parents, arrays.attributes, arrays.names,
            arrays.spans, arrays.data,
        )  # fmt: skip
        self.told = Told(tree, found)

    def read(self, base: str) -> tuple["Reading", int]:
        """The page, and the bytes of markup in its <noscript>. Addresses start from `base`.

        What it says of itself is left out: `metadata.metadata_of` has it, from `told`.
        """
        tree, arrays = self.tree, self.tree.arrays
        pictures, shown = pictures_of(tree, self._bits, base)
        texts, images, around, behind = laid_out(
            0, arrays, self._bits, shown, scripting=tree.scripting
        )
        captions = Captions(tree, self._bits, self._text_of)
        found = captions.of_images(pictures, images)
        is_text, stops, letters, of, linked, joined = texts
        (tags, anchors, paths), blocks = outlined(is_text, of, images, around, arrays)
        elements, parents, names, ends, of_texts, of_images = blocks
        reading = Reading(
            self.told.title,
            Texts(is_text, stops, letters),
            found,
            tags,
            anchors,
            paths,
            Outline(elements, parents, names, ends, of_texts, of_images, linked, joined),
            Metadata(),
        )
        return reading, behind

    def _text_of(self, row: int) -> str:
        """The text of one element."""
        tree = self.tree
        texts, *_ = laid_out(
            row, tree.arrays, self._bits, self._nothing_shown, scripting=tree.scripting
        )
        return Texts(*texts[:3]).text()

    @cached_property
    def _nothing_shown(self) -> np.ndarray:
        return np.zeros(len(self.tree.arrays.tags), np.int32)
