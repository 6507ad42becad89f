from types import SimpleNamespace

import numpy as np
import pytest

from filters.main.images import with_images
from filters.main.names import NUMBERS


def judged(elements, units, images):
    """`elements` [(tag, parent)], `units` [(element, words, share in links, score, main)]."""
    tags, parents = zip(*elements, strict=True) if elements else ((), ())
    pages = SimpleNamespace(
        held=np.array([0, len(tags)]),
        parents=np.array(parents, np.int32),
        tags=np.array([NUMBERS.get(tag, 0) for tag in tags], np.uint8),
    )
    columns = list(zip(*units, strict=True)) if units else [()] * 5
    from collections import namedtuple

    of = namedtuple("Units", "starts of elements mass linked")(  # noqa: PYI024 numba takes tuples
        np.array([0, len(units)]),
        np.arange(len(units)),
        np.array(columns[0], np.int32),
        np.array(columns[1], np.float32),
        np.array(columns[2], np.float32),
    )
    held = namedtuple("Pages", "held parents tags")(*vars(pages).values())  # noqa: PYI024
    is_text = np.array([True] * len(units) + [False] * len(images))
    score, main = with_images(
        is_text,
        np.array([0, len(is_text)]),
        np.array(images, np.int32),
        held,
        of,
        np.array(columns[3], np.float32),
        np.array(columns[4], np.bool_),
    )
    assert main[: len(units)].tolist() == list(columns[4])
    return score[len(units) :].tolist(), main[len(units) :].tolist()


ARTICLE = [("body", -1), ("article", 0), ("figure", 1), ("div", 0), ("li", 1), ("aside", 1)]
PROSE = (1, 200, 0, 0.9, True)
MENU = (3, 100, 0, 0.1, False)


@pytest.mark.parametrize(
    "units, image, main",
    [
        ([PROSE, MENU], 1, True),
        ([PROSE, MENU, (2, 15, 0, 0.1, False)], 2, True),  # its caption is not main
        ([PROSE, MENU, (4, 10, 1, 0.1, False)], 4, False),  # a teaser in the article
        ([PROSE, MENU], 5, False),  # set apart
        ([PROSE, MENU], 3, False),
        ([PROSE, MENU], 0, True),  # the page is main, for the most part
        ([(1, 20, 0, 0.8, True)], 2, True),  # all of a page with little text
        ([], 1, False),
        ([(-1, 80, 0, 0.8, True)], -1, True),
    ],
)
def test_an_image_is_main_where_the_text_around_is(units, image, main):
    assert judged(ARTICLE, units, [image])[1] == [main]


def test_the_score_is_the_mean_of_the_words_around():
    score, _ = judged(ARTICLE, [PROSE, (2, 50, 0, 0.4, False)], [2])
    assert score == [pytest.approx((200 * 0.9 + 50 * 0.4) / 250)]
