"""Whether an image is main content: as the text is that it stands among. A compiled pass.

A caption says little of its image: people who mark articles often leave captions out and images in.
So an image is judged by the nearest element around it that holds more than a caption. A teaser
stands among main text as well; it is known by its linked text. Importing this module imports numba.
"""

import numba
import numpy as np

from filters.main.names import NUMBERS

ENOUGH = np.float32(60)
"""Text of an element that is more than a caption. [words]"""

MAIN_SHARE = np.float32(0.5)
"""Of that element's text is main content where its images are."""

LINKED_SHARE = np.float32(0.5)
"""Of the text beside an image is in links where it is a teaser's."""

_APART = np.zeros(256, np.bool_)
_APART[[NUMBERS[tag] for tag in ("aside", "footer")]] = True
MASS, MAIN, LINKED, SCORED = range(4)


@numba.njit(cache=True, nogil=True)
def _held(units, first, end, parents, scores, kept):  # type: ignore[no-untyped-def]
    """MASS, MAIN, LINKED and SCORED text of each element, and last of the page. float32 (e + 1, 4)

    By words: all, those of main content, those in links, and each times its score.
    """
    count = len(parents)
    out = np.zeros((count + 1, 4), np.float32)
    for u in range(first, end):
        e, mass = units.elements[u], units.mass[u]
        e = e if e >= 0 else count
        out[e, MASS] += mass
        out[e, MAIN] += mass * kept[u]
        out[e, LINKED] += mass * units.linked[u]
        out[e, SCORED] += mass * scores[u]
    for e in range(count - 1, -1, -1):
        up = parents[e] if parents[e] >= 0 else count
        for k in range(4):
            out[up, k] += out[e, k]
    return out


@numba.njit(cache=True, nogil=True)
def _judged(image, parents, tags, held):  # type: ignore[no-untyped-def]
    """The score and the verdict of an image in the element `image`, -1 for the page."""
    e, below, apart = image, -1, False
    while e >= 0 and held[e, MASS] < ENOUGH:
        apart |= _APART[tags[e]]
        below, e = e, parents[e]
    around = held[e]  # -1 is the page
    if around[MASS] <= 0 or apart:
        return np.float32(0), False
    if e >= 0 and below >= 0 and held[below, LINKED] > LINKED_SHARE * held[below, MASS]:
        return np.float32(0), False
    return around[SCORED] / around[MASS], around[MAIN] >= MAIN_SHARE * around[MASS]


@numba.njit(cache=True, nogil=True)
def with_images(is_text, starts, images, pages, units, scores, kept):  # type: ignore[no-untyped-def]
    """The scores float32 (m,) and verdicts bool (m,) of all nodes of p pages, text and images.

    `is_text` bool (m,), `starts` int64 (p + 1,) where the nodes of each page begin, `images` int32:
    the element of each image; `pages` and `units` as in filters.main.pages and main_features;
    `scores` float32 (u,) and `kept` bool (u,) of units. An image's score is the mean of the words
    of the element that it is judged by. On a page without text no image is main content.
    """
    out, main = np.zeros(len(is_text), np.float32), np.zeros(len(is_text), np.bool_)
    text, image = 0, 0
    for p in range(len(starts) - 1):
        a, b = pages.held[p], pages.held[p + 1]
        parents, tags, held = pages.parents[a:b], pages.tags[a:b], np.empty((0, 4), np.float32)
        for m in range(starts[p], starts[p + 1]):
            if is_text[m]:
                unit = units.of[text]
                out[m], main[m] = scores[unit], kept[unit]
                text += 1
                continue
            if not len(held):
                first, end = units.starts[p], units.starts[p + 1]
                held = _held(units, first, end, parents, scores, kept)
            out[m], main[m] = _judged(images[image], parents, tags, held)
            image += 1
    return out, main
