"""The pictures of one page, in reading order, and where each is shown.

Importing this module imports numba.
"""

from functools import lru_cache

import numpy as np

from pipeline.page.elements import NUMBER
from pipeline.page.image_columns import LINK, UNKNOWN, Images, ReadImages
from pipeline.page.image_links import parts_of, resolved
from pipeline.page.picture_reader import PictureReader
from pipeline.page.plain_images import plain_images
from pipeline.page.tree import Tree

_IMG = NUMBER["img"]


def pictures_of(tree: Tree, bits: np.ndarray, base: str) -> tuple[Images, np.ndarray]:
    """The images of a page, and how many each of its n rows shows, int32 (n,).

    A repeated link gives none. `bits`: of `pipeline.page.marks`; addresses start from `base`. On
    most pages `pipeline.page.plain_images` reads all; the rest is left to
    `pipeline.page.picture_reader`.
    """
    rows, inside, states, places, letters, others, unknown, firsts = plain_images(
        tree.arrays, bits, _parts(base), tree.scripting
    )
    if len(firsts):
        tags = np.full(len(firsts), _IMG, np.uint8)
        images = Images(tags, firsts, places, letters, others)
        shown = rows[firsts, 0]
    else:
        read = PictureReader(tree, base, states, ReadImages(places, letters, others))
        images, shown = read.pictures(rows, inside)
    if unknown:
        images = _linked(images, tree, rows[:, 2], base)
    return images, np.bincount(shown, minlength=len(tree.arrays.tags)).astype(np.int32)


def _linked(images: Images, tree: Tree, links: np.ndarray, base: str) -> Images:
    """The same with all link targets; `links` has the row of the <a> around each that was read."""
    unknown = np.flatnonzero(images.places[images.numbers, LINK, 0] == UNKNOWN).tolist()
    found = {}
    for at in unknown:
        href = tree.attribute(int(links[images.numbers[at]]), "href")
        found[at] = resolved(base, href) if href and href[0] != "#" else None
    return images.with_strings(LINK, found)


@lru_cache(maxsize=64)
def _parts(base: str) -> tuple[np.ndarray, int, int]:
    """`image_links.parts_of` for `pipeline.page.plain_addresses`: nothing where it is not ASCII."""
    scheme, origin, folder = parts_of(base)
    letters = folder if folder.isascii() else ""
    letters = letters or (origin if origin.isascii() else "")
    known = bool(letters)
    return np.frombuffer(letters.encode(), np.uint8), len(scheme) * known, len(origin) * known
