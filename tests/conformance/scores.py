"""How much of what a page says was found, and how much of what was found it says."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import urljoin

from tests.conformance.cases import Case

_WORD = re.compile(
    "[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]|[^\\W\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]+"
)


class Found(NamedTuple):
    """What a reader found on a page. `images`: address and caption; None if it reads none."""

    text: str
    images: list[tuple[str, str | None]] | None


class Score(NamedTuple):
    """Counts of a page, or sums over pages; words, images, captions."""

    words_right: int = 0
    words_expected: int = 0
    words_found: int = 0
    images_right: int = 0
    images_expected: int = 0
    images_found: int = 0
    captions_right: int = 0
    captions_expected: int = 0


def summed(scores: Iterable[Score]) -> Score:
    columns = zip(*scores, strict=True)
    return Score(*(sum(column) for column in columns))


def words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(text.casefold()))


def expected_of(case: Case) -> Found:
    nodes: list[Mapping[str, Any]] = case.expected["nodes"]
    return Found(
        "\n".join(node["text"] for node in nodes if node["kind"] == "text"),
        [(node["image_url"], node.get("caption")) for node in nodes if node["kind"] == "image"],
    )


def score(case: Case, found: Found) -> Score:
    """Relative addresses count as a user would complete them, with the page's address."""
    expected = expected_of(case)
    wanted, given = words(expected.text), words(found.text)
    images = dict(expected.images or ())
    shown = {urljoin(case.url, link): caption for link, caption in found.images or ()}
    captions = {link: caption for link, caption in images.items() if caption}
    right = sum(
        words(shown.get(link) or "") == words(caption) for link, caption in captions.items()
    )
    return Score(
        (wanted & given).total(),
        wanted.total(),
        given.total(),
        len(images.keys() & shown.keys()),
        len(images),
        len(shown),
        right,
        len(captions),
    )
