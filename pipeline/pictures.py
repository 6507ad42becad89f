"""The pictures of one page: which image elements show one, which show it again, and captions."""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.backgrounds import background_of
from pipeline.block import collapsed
from pipeline.image_links import (
    DECODABLE,
    Attributes,
    Candidate,
    is_pixel,
    offers,
    picture_name,
    resolved,
)
from pipeline.nodes import Node
from schemas.document import image_id

MAX_ATTRIBUTE = 64
"""Longest declared width or height that is kept. [characters]"""

MAX_TITLE = 1024
"""Longest title attribute that is kept. [characters]"""

MAX_OFFERS = 8
"""Other sizes of a picture that are kept."""

MAX_BACKGROUNDS = 200
"""Elements of a page whose background is looked at."""

LINK_DEPTH = 6
"""How far above an image its link is looked for. [elements]"""

_IMAGE_TAGS = ("img", "amp-img", "amp-anim")
_IMAGES = ", ".join(_IMAGE_TAGS)
_WRAPPERS = (*_IMAGE_TAGS, "picture", "a", "span", "div", "i")


class Picture(NamedTuple):
    """An image link and what its element says of it; from `image_url` on, fields of a node."""

    described_by: str | None
    image_url: str
    image_id: str
    alt: str | None
    width_attr: str | None
    height_attr: str | None
    title: str | None = None
    link_url: str | None = None
    loading: str | None = None
    candidates: list[Candidate] | None = None

    def node(self, tag: str, caption: str | None) -> Node:
        """The picture as a node of a document."""
        _, link, identifier, alt, width, height, title, target, loading, others = self
        size = (width, height)
        return Node(
            "image",
            tag,
            None,
            link,
            identifier,
            alt,
            caption,
            *size,
            title,
            target,
            loading,
            others,
        )


class Pictures:
    """Finds the picture of each image element of one page; a repeated link gives none.

    Pages that load images late often name each twice: in an element that a script completes, and
    in a <noscript> beside it. Such twins are one picture.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._links: set[str] = set()
        self._gave: set[int] = set()  # mem_id of the <noscript> that gave pictures
        self._backgrounds = 0  # elements whose background was looked at
        self._last = ("", False)  # the last picture's link, and whether a <noscript> gave it

    def shown_by(self, element: LexborNode, attributes: Attributes) -> Picture | None:
        """The picture of an image element; None for a stand-in, a repeated or unusable link."""
        offered = self._offers(element, attributes)
        link = resolved(self._base, offered[0].url) if offered else None
        if link is None or self._is_twin(link, behind=False):
            return None
        if self._gave:
            before = _neighbour(element)
            if before is not None and before.mem_id in self._gave:
                return None
        return self._taken(link, attributes, element, offered)

    def shown_by_object(self, element: LexborNode) -> Picture | None:
        """The picture that an <object> is, where its type says so."""
        attributes = element.attributes
        media_type = (attributes.get("type") or "").partition(";")[0].strip().lower()
        if media_type not in DECODABLE:
            return None
        return self.shown_by(element, {**attributes, "src": attributes.get("data")})

    def behind_text(self, element: LexborNode, *, is_inline: bool) -> Picture | None:
        """The picture that an element's style puts behind it, where it is part of the content.

        That is none behind the page, and none behind words within a line.
        """
        self._backgrounds += 1
        if self._backgrounds > MAX_BACKGROUNDS or element.tag in ("html", "body"):
            return None
        attributes = element.attributes
        address = background_of(attributes)
        link = resolved(self._base, address) if address else None
        if link is None or link in self._links or (is_inline and element.text().strip()):
            return None
        return self._taken(link, attributes, element)

    def _target(self, element: LexborNode) -> str | None:
        """What the image links to: the nearest <a> above it, or itself."""
        anchor, body = _numbers()
        above: LexborNode | None = element
        for _ in range(LINK_DEPTH):
            number = above.tag_id if above is not None else body
            if above is None or number == body:
                return None
            if number == anchor:
                href = above.attributes.get("href")
                return resolved(self._base, href) if href and href[0] != "#" else None
            above = above.parent
        return None

    def _others(self, link: str, offered: list[Candidate]) -> list[Candidate] | None:
        if not offered[1:]:
            return None
        found: dict[str, Candidate] = {}
        for candidate in offered[1 : 2 * MAX_OFFERS]:
            url = resolved(self._base, candidate.url)
            if url is not None and url != link and len(found) < MAX_OFFERS:
                found.setdefault(url, Candidate(url, candidate.width))
        return list(found.values()) or None

    def behind(self, noscript: LexborNode) -> list[Picture]:
        """The pictures that a <noscript> holds and that no element beside it shows."""
        text = noscript.text()
        if "img" not in text:
            return []
        elements = LexborHTMLParser(text, is_fragment=True).css(_IMAGES)
        if len(elements) == 1 and self._shows(_neighbour(noscript)):
            return []
        pictures = []
        for element in elements:
            attributes = element.attributes
            link = self._link(element, attributes)
            if link is not None and not self._is_twin(link, behind=True):
                self._gave.add(noscript.mem_id)
                pictures.append(self._taken(link, attributes))
        return pictures

    def _link(self, element: LexborNode, attributes: Attributes) -> str | None:
        offered = self._offers(element, attributes)
        return resolved(self._base, offered[0].url) if offered else None

    def _offers(self, element: LexborNode, attributes: Attributes) -> list[Candidate]:
        if is_pixel(attributes):
            return []
        sources: list[Attributes] = []
        parent = element.parent
        if parent is not None and parent.tag == "picture":
            sources = [child.attributes for child in parent.iter() if child.tag == "source"]
        return offers(attributes, sources)

    def _is_twin(self, link: str, *, behind: bool) -> bool:
        last, last_behind = self._last
        if link in self._links:
            return True
        return behind != last_behind and picture_name(link) == picture_name(last)

    def _taken(
        self,
        link: str,
        attributes: Attributes,
        element: LexborNode | None = None,
        offered: list[Candidate] | None = None,
    ) -> Picture:
        """The picture; without its element, one that was behind a <noscript>."""
        self._links.add(link)
        self._last = (link, element is None)
        alt = collapsed(attributes["alt"] or "") if "alt" in attributes else None
        if not alt and attributes.get("aria-label"):
            alt = collapsed(attributes["aria-label"] or "")
        title = attributes.get("title")
        return Picture(
            attributes.get("aria-describedby"),
            link,
            image_id(link),
            alt,
            _declared(attributes.get("width")),
            _declared(attributes.get("height")),
            (collapsed(title[:MAX_TITLE]) or None) if title else None,
            self._target(element) if element is not None else None,
            _declared(attributes.get("loading")),
            self._others(link, offered) if offered else None,
        )

    def _shows(self, neighbour: LexborNode | None) -> bool:
        """True where the element is an image, or no more than a wrapper of one, that was taken."""
        if neighbour is None or neighbour.tag not in _WRAPPERS:
            return False
        image = neighbour if neighbour.tag in _IMAGE_TAGS else neighbour.css_first(_IMAGES)
        if image is None or neighbour.text().strip():
            return False
        return self._link(image, image.attributes) in self._links


class Figure:
    """An open <figure>, whose captions are read once, when an image asks for its own."""

    def __init__(self, element: LexborNode, text_of: Callable[[LexborNode], str]) -> None:
        self.passed = 0  # captions of it that were read
        self._element = element
        self._text_of = text_of
        self._captions: list[str] | None = None
        self._above = False

    @property
    def caption(self) -> str | None:
        """The caption of an image that stands here; None where the figure has none.

        Each image of a figure with several captions has the next one, or the one before it if
        the figure began with a caption.
        """
        if self._captions is None:
            self._above = self.passed > 0
            own = (c for c in self._element.css("figcaption") if self._holds(c))
            self._captions = [self._text_of(caption) for caption in own]
        if not self._captions:
            return None
        at = min(self.passed - self._above, len(self._captions) - 1)
        return self._captions[at] or None

    def _holds(self, caption: LexborNode) -> bool:
        parent = caption.parent
        while parent is not None and parent.tag != "figure":
            parent = parent.parent
        return parent is not None and parent.mem_id == self._element.mem_id


@cache
def _numbers() -> tuple[int, int]:
    """Lexbor's numbers of <a> and <body>, which are quicker to compare than their names."""
    tree = LexborHTMLParser("")
    return tree.create_node("a").tag_id, tree.create_node("body").tag_id


def _declared(value: str | None) -> str | None:
    return value.strip()[:MAX_ATTRIBUTE] if value else None


def _neighbour(node: LexborNode) -> LexborNode | None:
    """The element before a node, where nothing but white space and comments lies between."""
    before = node.prev
    while before is not None and (before.is_comment_node or before.is_empty_text_node):
        before = before.prev
    return before if before is not None and before.is_element_node else None
