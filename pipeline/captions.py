"""Captions that are bound to an image by other means than <figcaption>."""

from collections.abc import Callable

from selectolax.lexbor import LexborNode

from pipeline.block import collapsed
from pipeline.dom import Marks

MAX_CAPTION = 2_000
"""A longer text beside an image is no caption of it. [characters]"""

CLIMB = 4
"""How far above an image an element called caption may stand beside. [elements]"""


class Captions:
    """Finds what a page without <figcaption> gives an image as caption.

    In this order: the element that aria-describedby names; the element beside the image, or
    beside what holds it, with "caption" in its class (wp-caption-text, thumbcaption); the
    aria-label of the <figure> around it.
    """

    def __init__(self, marks: Marks, text_of: Callable[[LexborNode], str]) -> None:
        self._marks = marks
        self._text_of = text_of
        self._texts: dict[int, str] = {}  # of captions, for a page may name one often

    def let_go(self) -> None:
        """Forget who reads texts; no caption is asked for after this."""
        self._text_of = str

    def beside(
        self, element: LexborNode, described_by: str | None, *, in_figure: bool
    ) -> str | None:
        """The caption of an image element, `described_by` its attribute; None if it has none."""
        caption = self._described(described_by) if described_by else None
        if caption is None and (self._marks.captions or in_figure):
            caption = self._above(element)
        return caption

    def _described(self, names: str) -> str | None:
        found = (self._marks.by_id.get(name) for name in names.split()[:4])
        return "\n".join(self._text(node) for node in found if node is not None) or None

    def _above(self, element: LexborNode) -> str | None:
        labelled = None
        above: LexborNode | None = element
        for _ in range(CLIMB):
            if above is None or above.tag == "body":
                break
            if self._marks.captions:
                following = _next_element(above)
                if following is not None and following.mem_id in self._marks.captions:
                    return self._own(following) or labelled
            if above.tag == "figure":
                labelled = labelled or collapsed(above.attributes.get("aria-label") or "") or None
            above = above.parent
        return labelled

    def _own(self, beside: LexborNode) -> str | None:
        """The text of a caption; an element with images in it is one for those."""
        if beside.css_first("img, picture") is not None:
            return None
        return self._text(beside) or None

    def _text(self, node: LexborNode) -> str:
        if node.mem_id not in self._texts:
            text = self._text_of(node)
            self._texts[node.mem_id] = text if len(text) <= MAX_CAPTION else ""
        return self._texts[node.mem_id]


def _next_element(node: LexborNode) -> LexborNode | None:
    """The element that follows, where nothing but white space and comments lies between."""
    following = node.next
    while following is not None and (following.is_comment_node or following.is_empty_text_node):
        following = following.next
    return following if following is not None and following.is_element_node else None
