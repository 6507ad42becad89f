"""Whether an image is main content: as the text is that it stands with. A compiled pass.

Importing this module imports numba.
"""

import numba
import numpy as np


@numba.njit(cache=True, nogil=True)
def _shared_depth(one, other, parents):  # type: ignore[no-untyped-def]
    """How deep the nearest common ancestor of two elements lies: 0 where they have none."""
    while one != other:  # parents come before their children
        if one > other:
            one = parents[one]
        else:
            other = parents[other]
    depth = 0
    while one >= 0:
        one = parents[one]
        depth += 1
    return depth


@numba.njit(cache=True, nogil=True)
def with_images(is_text, starts, images, pages, scores, kept):  # type: ignore[no-untyped-def]
    """The scores float32 (m,) and verdicts bool (m,) of all nodes of p pages, text and images.

    `is_text` bool (m,), `starts` int64 (p + 1,) where the nodes of each page begin, `images` int32:
    the element of each image; `pages` as in filters.main_pages; `scores` and `kept` of its text
    nodes. Of the text before and after it, an image goes with that which is nearer to it in the
    tree, and of equals with the likelier one. On a page without text no image is main content.
    """
    out, main = np.zeros(len(is_text), np.float32), np.zeros(len(is_text), np.bool_)
    text, image = 0, 0
    for p in range(len(starts) - 1):
        parents = pages.parents[pages.held[p] : pages.held[p + 1]]
        for m in range(starts[p], starts[p + 1]):
            if is_text[m]:
                out[m], main[m] = scores[text], kept[text]
                text += 1
                continue
            nearest = -1
            for other in (text - 1, text):
                if pages.nodes[p] <= other < pages.nodes[p + 1]:
                    depth = _shared_depth(images[image], pages.elements[other], parents)
                    if depth > nearest or (depth == nearest and scores[other] > out[m]):
                        nearest, out[m], main[m] = depth, scores[other], kept[other]
            image += 1
    return out, main
