"""What the elements of HTML mean to the reader of a page, and our numbers for them."""

from enum import IntEnum, auto

import numpy as np


class Role(IntEnum):
    """What the reader of a page does with an element."""

    INLINE = auto()  # its content is part of the line around it
    BLOCK = auto()  # its content is a block of its own
    SKIPPED = auto()  # it is not shown, or it is the page's furniture
    MUTED = auto()  # its text is a label or a fallback; the images in it are content
    BREAK = auto()
    IMAGE = auto()
    NOSCRIPT = auto()
    FIGURE = auto()
    FIGCAPTION = auto()
    PRE = auto()
    TABLE = auto()
    CAPTION = auto()
    ROW = auto()
    CELL = auto()
    MATH = auto()
    SCRIPT = auto()
    LINK = auto()  # as INLINE; its letters are counted


# Roles of HTML's elements, after the rendering that WHATWG HTML 15.3 suggests. All others are
# inline.
ELEMENTS = {
    Role.BLOCK: (
        "address article aside blockquote body center dd details dir div dl dt fieldset footer"
        " form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu ol optgroup option p"
        " search section summary tbody tfoot thead ul"
    ),
    Role.SKIPPED: (
        "head style template svg nav dialog iframe noembed noframes select textarea input datalist"
        " frameset title"
    ),
    Role.MUTED: "button object video audio canvas progress meter",
    Role.BREAK: "br",
    Role.IMAGE: "img amp-img amp-anim",
    Role.NOSCRIPT: "noscript",
    Role.FIGURE: "figure",
    Role.FIGCAPTION: "figcaption",
    Role.PRE: "pre listing xmp plaintext",
    Role.TABLE: "table",
    Role.CAPTION: "caption",
    Role.ROW: "tr",
    Role.CELL: "td th",
    Role.MATH: "math",
    Role.SCRIPT: "script",
    Role.LINK: "a",
}
_INLINE = (
    "html picture source base meta link annotation abbr acronym applet area b bdi bdo big blink"
    " cite code col colgroup command data del dfn em embed font frame i image ins kbd label map"
    " mark marquee nobr output param q rb rp rt rtc ruby s samp semantics slot small span strike"
    " strong sub sup time track tt u var wbr mi mn mo ms mtext mrow mfrac msub msup msubsup munder"
    " mover munderover msqrt mroot mtable mtr mtd mstyle annotation-xml"
)

# An element's number is its place here; 0 stands for those that HTML does not know.
TAGS = ("", *(tag for tags in (*ELEMENTS.values(), _INLINE) for tag in tags.split()))
NUMBER = {tag: number for number, tag in enumerate(TAGS)}

# The attributes that are read, of any element; images and <source> keep all that they have. An
# attribute's number is its place here; 0 stands for all others.
NAMES = (
    "", "class", "id", "role", "style", "hidden", "src", "srcset", "alt", "title", "width",
    "height", "href", "rel", "type", "media", "content", "name", "property", "itemprop",
    "http-equiv", "charset", "lang", "xml:lang", "data", "loading", "sizes", "encoding", "alttext",
    "aria-label", "aria-describedby", "data-bg", "data-background-image",
)  # fmt: skip
NAMED = {name: number for number, name in enumerate(NAMES)}

# Text nodes stand among the elements under this number.
TEXT = len(TAGS)


def roles() -> np.ndarray:
    """Role of each element by its number, and 0 for a text. uint8 (TEXT + 1,)"""
    out = np.full(TEXT + 1, Role.INLINE, np.uint8)
    for role, tags in ELEMENTS.items():
        out[[NUMBER[tag] for tag in tags.split()]] = role
    out[TEXT] = 0
    return out


def numbers(tags: str) -> tuple[int, ...]:
    """The numbers of some elements, named in one string."""
    return tuple(NUMBER[tag] for tag in tags.split())


def is_inline(number: int) -> bool:
    """True for an element that is part of the line around it."""
    return number not in _BY_ROLE


def fnv(name: str) -> int:
    """The hash under which compiled passes know a name: FNV-1a of its bytes. uint64"""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


_BY_ROLE = frozenset(
    NUMBER[tag] for role, tags in ELEMENTS.items() if role is not Role.LINK for tag in tags.split()
)
