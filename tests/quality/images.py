"""Of the images that a publisher's rules count to an article and of the others: which are main."""

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import numpy as np

from filters.main.images import with_images
from jobs.training.gold import Example
from jobs.training.rows import Gathered

COMPLETE = "publisher-rules"
"""The kind of gold that names all images of an article."""

_TYPE = re.compile(r"\.(jpe?g|png|webp|gif|avif)$")
_SIZE = re.compile(r"([-_](\d+x\d+|scaled|\d{2,4}w|large|medium|small|thumb))+$")


class Images(NamedTuple):
    """Counts, over the pages that name all images of their article."""

    pages: int
    gold: int
    found: int  # gold images that the page's nodes have
    main: int  # and that are main content
    others: int  # image nodes that are no gold image
    others_main: int


def name_of(address: str) -> str:
    """The last part of a path, without type and size: a picture in its sizes has one name."""
    name = unquote(urlsplit(address).path.rstrip("/").rsplit("/", 1)[-1]).lower()
    return _SIZE.sub("", _TYPE.sub("", name))


def compared(
    batch: Gathered, pages: Sequence[Example], given: np.ndarray, kept: np.ndarray
) -> Images:
    """`given` float32 (u,) and `kept` bool (u,): the scores and verdicts of all units."""
    is_text = np.concatenate([page.is_text for page in pages])
    starts = np.cumsum([0, *(len(page.is_text) for page in pages)])
    images = np.concatenate([page.outline.images for page in pages]).astype(np.int32)
    _, main = with_images(is_text, starts, images, batch.pages, batch.units, given, kept)
    rows: list[tuple[int, ...]] = []
    for page, first, end in zip(pages, starts[:-1], starts[1:], strict=True):
        if page.gold["kind"] != COMPLETE or not page.gold.get("images"):
            continue
        verdicts = main[first:end][~np.array(page.is_text, np.bool_)].tolist()
        shown = list(zip(map(name_of, page.images), verdicts, strict=True))
        gold = [{name_of(url) for url in each["urls"]} - {""} for each in page.gold["images"]]
        there = [[verdict for name, verdict in shown if name in names] for names in gold]
        others = [verdict for name, verdict in shown if not any(name in names for names in gold)]
        counts = len(gold), sum(map(bool, there)), sum(map(any, there))
        rows.append((1, *counts, len(others), sum(others)))
    return Images(*(sum(column) for column in zip(*rows, strict=True)))
