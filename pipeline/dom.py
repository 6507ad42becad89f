"""What the elements of an HTML page mean: pure functions over selectolax's Lexbor trees."""

import re
from enum import IntEnum, auto
from functools import cache, cached_property

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.block import collapsed
from pipeline.image_links import Attributes

WITHOUT_EVENTS = 1
"""Lexbor's option to build the same tree without mutation events, a sixth faster."""

LEXBOR_TAGS = 1000
"""Below it are Lexbor's numbers of the elements it knows; others are numbered per document."""

MAX_CELL = 300
"""Mean letters of a cell above which a table lays out a page instead of holding data."""


class Role(IntEnum):
    """What the reader of a page does with an element."""

    INLINE = auto()  # its content is part of the line around it
    TEXT = auto()
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
ROLE_OF = {tag: role for role, tags in ELEMENTS.items() for tag in tags.split()}

Meaning = tuple[Role, str]
INLINE: Meaning = (Role.INLINE, "")

# What may not be shown, and what else is asked for on the same way through the page: most of the
# cost of a question is the way. Where a page has the sources of its formulas, the letters that
# MathJax set are doubles, as are KaTeX's letters and Wikipedia's pictures beside their MathML.
_NOTED = (
    '[hidden], [style*="none" i], [style*="url(" i], [class*="MathJax"], [class*="mwe-math"],'
    ' [class*="caption"], .katex-html, script[type^="math/tex"], [data-bg], [rel~="license"],'
    ' script[type="application/ld+json"], a[href*="creativecommons.org/"]'
)
_SET_BY_MATHJAX = frozenset(
    ("MathJax", "MathJax_Display", "MathJax_Preview", "MathJax_CHTML", "MathJax_SVG")
)
_DOUBLES = frozenset(
    ("katex-html", "mwe-math-fallback-image-inline", "mwe-math-fallback-image-display")
)
_ALWAYS_SHOWN = ("html", "body", "main")
_REVEALED = "math, main, article, h1"
_NOT_DISPLAYED = re.compile(r"(?:^|[;\s])display\s*:\s*none\b", re.IGNORECASE)
_LAYOUT = (
    'table[role="presentation"], table[role="none"], table:has(table, h1, h2, h3, h4, h5, h6, pre,'
    " article, section, main, header, footer, nav, figure, blockquote, p ~ p, br + br)"
)
_FORMULAS = frozenset(("math", "tex", "latex"))
_TEX = 'annotation[encoding="application/x-tex"]'


def parse(html: str, *, scripting: bool = True) -> LexborHTMLParser:
    """A page's tree as a browser builds it; if it runs scripts, <noscript> holds one raw text."""
    return LexborHTMLParser(html, options=WITHOUT_EVENTS, scripting=scripting)


@cache
def meanings() -> dict[int, Meaning]:
    """Role and name of an element by Lexbor's number, which is quicker to read than its name."""
    numbered = dict.fromkeys(range(LEXBOR_TAGS), INLINE)
    tree = parse("text")
    for tag, role in ROLE_OF.items():
        number = tree.create_node(tag).tag_id
        if number < LEXBOR_TAGS:
            numbered[number] = (role, tag)
    if tree.body is not None and tree.body.first_child is not None:
        numbered[tree.body.first_child.tag_id] = (Role.TEXT, "")
    return numbered


def meaning_of(node: LexborNode) -> Meaning:
    """Role and name of an element that Lexbor does not know, and `meanings` does not have."""
    tag = node.tag
    return (ROLE_OF[tag], tag) if tag in ROLE_OF else INLINE


class Marks:
    """What is known of a page before it is read: `mem_id` of elements, how it was parsed.

    `hidden` are not shown, `backgrounds` may have a picture behind them, `captions` bear that word
    in their class; `licences` and `json_ld` are the elements that `pipeline.metadata` reads.
    """

    def __init__(self, tree: LexborHTMLParser, *, scripting: bool = True) -> None:
        self._tree = tree
        self.scripting = scripting
        self.backgrounds: set[int] = set()
        self.captions: set[int] = set()
        self.licences: list[LexborNode] = []
        self.json_ld: list[LexborNode] = []
        self.hidden = self._note([(node, node.attributes) for node in tree.css(_NOTED)])

    def _note(self, found: list[tuple[LexborNode, dict[str, str | None]]]) -> frozenset[int]:
        """Sort what was found; the hidden among them.

        What scripts reveal stays: the page itself, what holds its main content, and a formula
        that is drawn by other means.
        """
        hidden, doubles, sources, typeset = set(), set(), set(), set()
        for node, attributes in found:
            if node.tag == "script":
                if is_tex(node):
                    sources.add(node.mem_id)
                else:
                    self.json_ld.append(node)
                continue
            classes = frozenset((attributes.get("class") or "").split())
            if not _DOUBLES.isdisjoint(classes):
                doubles.add(node.mem_id)
            elif not _SET_BY_MATHJAX.isdisjoint(classes):
                typeset.add(node.mem_id)
            if _is_hidden(attributes) and node.tag not in _ALWAYS_SHOWN:
                hidden.add(node.mem_id)
            self._note_shown(node, attributes)
        if hidden:
            hidden -= ancestors_of(self._tree.css(_REVEALED))
        return frozenset(hidden | doubles | (typeset if sources else set()))

    def _note_shown(self, node: LexborNode, attributes: Attributes) -> None:
        if "caption" in (attributes.get("class") or ""):
            self.captions.add(node.mem_id)
        if "data-bg" in attributes or "url(" in (attributes.get("style") or "").lower():
            self.backgrounds.add(node.mem_id)
        if "href" in attributes:
            self.licences.append(node)

    @cached_property
    def by_id(self) -> dict[str, LexborNode]:
        """The page's elements by their id, the first where several share one."""
        found: dict[str, LexborNode] = {}
        for node in self._tree.css("[id]"):
            found.setdefault(node.id or "", node)
        return found

    @cached_property
    def layout_tables(self) -> frozenset[int]:
        """The tables that arrange a page: those that hold tables, headings, paragraphs."""
        return frozenset(table.mem_id for table in self._tree.css(_LAYOUT))


def _is_hidden(attributes: Attributes) -> bool:
    if "hidden" in attributes and attributes["hidden"] != "until-found":
        return True
    return bool(_NOT_DISPLAYED.search(attributes.get("style") or ""))


def ancestors_of(nodes: list[LexborNode]) -> set[int]:
    """`mem_id` of everything above these nodes."""
    above: set[int] = set()
    for node in nodes:
        parent = node.parent
        while parent is not None and parent.mem_id not in above:
            above.add(parent.mem_id)
            parent = parent.parent
    return above


def holds_data(table: LexborNode) -> bool:
    """True for a table, not in `Marks.layout_tables`, of several columns of short cells."""
    cells = len(table.css("td, th"))
    if cells <= len(table.css("tr")):
        return False
    return len(table.text()) <= MAX_CELL * cells


def tex_of(math: LexborNode) -> str:
    """A MathML formula as one text: its TeX source where it carries one, else its letters."""
    annotation = math.css_first(_TEX)
    if annotation is not None:
        return str(annotation.text())
    return math.attributes.get("alttext") or str(math.text(separator=" ", strip=True))


def formula_of(image: Attributes) -> str | None:
    """The TeX source that the picture of a formula has as its alt text; None for other images."""
    names = image.get("class")
    if not names or _FORMULAS.isdisjoint(names.lower().split()):
        return None
    return image.get("alt") or None


def is_tex(script: LexborNode) -> bool:
    """True for <script type="math/tex">, the source that MathJax typesets."""
    return (script.attributes.get("type") or "").lower().startswith("math/tex")


def title_of(tree: LexborHTMLParser) -> str | None:
    """The page's title; None where it has none."""
    title = tree.head.css_first("title") if tree.head is not None else None
    if title is None:
        title = tree.css_first("title:not(svg title)")  # scripts and bad markup end <head> early
    return collapsed(title.text()) or None if title is not None else None


def base_of(tree: LexborHTMLParser) -> str | None:
    """The address that <base> gives, as written; markup that ends <head> early is allowed for."""
    base = tree.head.css_first("base[href]") if tree.head is not None else None
    if base is None and tree.body is not None:
        bases = (node for node in tree.body.iter() if node.tag == "base")
        base = next((node for node in bases if node.attributes.get("href")), None)
    return base.attributes.get("href") if base is not None else None
