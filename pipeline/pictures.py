"""The pictures of one page: which image elements show one, which show it again, and captions."""

from collections.abc import Callable
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.block import collapsed
from pipeline.image_links import Attributes, best_address, is_pixel, picture_name, resolved
from schemas.document import image_id

MAX_ATTRIBUTE = 64
"""Longest declared width or height that is kept. [characters]"""

_IMAGE_TAGS = ("img", "amp-img", "amp-anim")
_IMAGES = ", ".join(_IMAGE_TAGS)
_WRAPPERS = (*_IMAGE_TAGS, "picture", "a", "span", "div", "i")


class Picture(NamedTuple):
    """An image link and what its element says of it."""

    image_url: str
    image_id: str
    alt: str | None
    width_attr: str | None
    height_attr: str | None


class Pictures:
    """Finds the picture of each image element of one page; a repeated link gives none.

    Pages that load images late often name each twice: in an element that a script completes, and
    in a <noscript> beside it. Such twins are one picture.
    """

    def __init__(self, base: str) -> None:
        self._base = base
        self._links: set[str] = set()
        self._gave: set[int] = set()  # mem_id of the <noscript> that gave pictures
        self._last = ("", False)  # the last picture's link, and whether a <noscript> gave it

    def shown_by(self, element: LexborNode) -> Picture | None:
        """The picture of an image element; None for a stand-in, a repeated or unusable link."""
        attributes = element.attributes
        link = self._link(element, attributes)
        if link is None or self._is_twin(link, behind=False):
            return None
        if self._gave:
            before = _neighbour(element)
            if before is not None and before.mem_id in self._gave:
                return None
        return self._taken(link, attributes, behind=False)

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
                pictures.append(self._taken(link, attributes, behind=True))
        return pictures

    def _link(self, element: LexborNode, attributes: Attributes) -> str | None:
        if is_pixel(attributes):
            return None
        sources = []
        parent = element.parent
        if parent is not None and parent.tag == "picture":
            sources = [child.attributes for child in parent.iter() if child.tag == "source"]
        address = best_address(attributes, sources)
        return resolved(self._base, address) if address else None

    def _is_twin(self, link: str, *, behind: bool) -> bool:
        last, last_behind = self._last
        if link in self._links:
            return True
        return behind != last_behind and picture_name(link) == picture_name(last)

    def _taken(self, link: str, attributes: Attributes, *, behind: bool) -> Picture:
        self._links.add(link)
        self._last = (link, behind)
        alt = collapsed(attributes["alt"] or "") if "alt" in attributes else None
        width, height = (_declared(attributes.get(side)) for side in ("width", "height"))
        return Picture(link, image_id(link), alt, width, height)

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


def _declared(value: str | None) -> str | None:
    return value.strip()[:MAX_ATTRIBUTE] if value else None


def _neighbour(node: LexborNode) -> LexborNode | None:
    """The element before a node, where nothing but white space and comments lies between."""
    before = node.prev
    while before is not None and (before.is_comment_node or before.is_empty_text_node):
        before = before.prev
    return before if before is not None and before.is_element_node else None
