"""Where the nodes of a page stand: the elements around them."""

from dataclasses import dataclass, field

from selectolax.lexbor import LexborNode


@dataclass(slots=True)
class Outline:
    """The elements that hold a page's text and images, and the place of each node among them.

    An element is noted when the first node inside it is; so parents come before their children,
    and elements that hold nothing leave no trace. `tags`, `names` (class, id and role) and
    `parents` (-1 for none) have a member for each element. `elements`, `linked` (letters in links)
    and `joined` (nothing but images stand before it in its block) have one for each text node;
    `images` has the element of each image.
    """

    tags: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    elements: list[int] = field(default_factory=list)
    linked: list[int] = field(default_factory=list)
    joined: list[bool] = field(default_factory=list)
    images: list[int] = field(default_factory=list)
    # While the page is read: the open blocks, and the elements of the first of them.
    open: list[LexborNode] = field(default_factory=list, compare=False, repr=False)
    _noted: list[int] = field(default_factory=list, compare=False, repr=False)

    def leave(self) -> None:
        """The innermost block ends."""
        self.open.pop()
        if len(self._noted) > len(self.open):
            self._noted.pop()

    def add_image(self, tags: list[str]) -> None:
        """An image in the innermost block."""
        self.images.append(self._element(tags))

    def add(self, texts: list[str], tags: list[str], linked: int, *, joined: bool) -> None:
        """Text nodes of the innermost block; `linked` of their letters are in links.

        `tags` are those of the open blocks, after one for the page itself.
        """
        element = self._element(tags)
        total = sum(map(len, texts)) if linked else 1
        for text in texts:
            self.elements.append(element)
            self.linked.append(min(linked * len(text) // total, len(text)))
            self.joined.append(joined)
            joined = False

    def _element(self, tags: list[str]) -> int:
        """The innermost block, noted."""
        noted = self._noted
        if len(noted) < len(self.open):
            for node in self.open[len(noted) :]:
                self.parents.append(noted[-1] if noted else -1)
                noted.append(len(self.names))
                self.tags.append(tags[len(noted)])
                self.names.append(name_of(node))
        return noted[-1] if noted else -1


def name_of(node: LexborNode) -> str:
    """What the publisher calls an element: its class, id and role."""
    attributes = node.attributes
    if not attributes:
        return ""
    name = attributes.get("class") or ""
    for key in ("id", "role"):
        if key in attributes:
            name = f"{name} {attributes[key]}"
    return name
