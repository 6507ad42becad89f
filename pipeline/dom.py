"""What the elements of an HTML page mean: pure functions over selectolax's Lexbor trees."""

import re
from enum import IntEnum, auto
from functools import cache, cached_property

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline.block import collapsed

WITHOUT_EVENTS = 1
"""Lexbor's option to build the same tree without mutation events, a sixth faster."""

LEXBOR_TAGS = 1000
"""Below it are Lexbor's numbers of the elements it knows; others are numbered per document."""

MANY_TAGS = 10_000
"""Pages of fewer tags cannot nest deep enough to matter."""

LONG_TAG = 20_000
"""Tags shorter than this cannot hold attributes enough to matter. [characters]"""

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
}
ROLE_OF = {tag: role for role, tags in ELEMENTS.items() for tag in tags.split()}

Meaning = tuple[Role, str]
INLINE: Meaning = (Role.INLINE, "")

# Selectors of elements that may be hidden, each with the letters that a page must hold for it.
_HIDDEN = (
    ("hidden", '[hidden]:not([hidden="until-found"])'),
    ("HIDDEN", '[hidden]:not([hidden="until-found"])'),
    ("style", '[style*="none" i]'),
    ("STYLE", '[style*="none" i]'),
    ("katex-html", ".katex-html"),
    ("mwe-math", ".mwe-math-fallback-image-inline, .mwe-math-fallback-image-display"),
    ("math/tex", ".MathJax, .MathJax_Display, .MathJax_Preview, .MathJax_CHTML, .MathJax_SVG"),
)
_DOUBLES = ("katex-html", "mwe-math-fallback", "MathJax")
_REVEALED = "math, main, article, h1"
_NOT_DISPLAYED = re.compile(r"(?:^|[;\s])display\s*:\s*none\b", re.IGNORECASE)
_LAYOUT = (
    'table[role="presentation"], table[role="none"], table:has(table, h1, h2, h3, h4, h5, h6, pre,'
    " article, section, main, header, footer, nav, figure, blockquote, p ~ p, br + br)"
)
_FORMULAS = frozenset(("math", "tex", "latex"))
_TEX = 'annotation[encoding="application/x-tex"]'

_RAW_TEXT = r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)"
_RAW = re.compile(_RAW_TEXT, re.DOTALL | re.IGNORECASE)
_TAG = re.compile(_RAW_TEXT + r"|<(/?)([a-z][^\s/>]*)", re.DOTALL | re.IGNORECASE)
_BEGIN = re.compile("<[a-zA-Z]")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")

# Elements that cannot pile up: void ones, and those that their next of a kind closes.
_FLAT = frozenset(
    tag
    for tags in (
        "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th",
        "tbody thead tfoot option optgroup rp rt body html head button",
    )
    for tag in tags.split()
)


def parse(html: str, *, scripting: bool = True) -> LexborHTMLParser:
    """A page's tree as a browser builds it; if it runs scripts, <noscript> holds one raw text."""
    return LexborHTMLParser(html, options=WITHOUT_EVENTS, scripting=scripting)


def parsing_steps(html: str) -> int:
    """About how many steps Lexbor's tree builder takes, where they grow with a square.

    It looks through all open elements at every tag, and through all attributes of a tag at every
    attribute: 100,000 nested <div> took 13 s, a tag of 50,000 attributes 4 s. One step is
    2 to 10 ns. 0 for pages too small to matter.
    """
    steps = 0
    if html.count("<") > MANY_TAGS:
        depth = 0
        unclosed: dict[str, int] = {}
        for match in _TAG.finditer(html):
            tag = match[3]
            if tag is None or (tag := tag.lower()) in _FLAT:
                continue
            if not match[2]:
                unclosed[tag] = unclosed.get(tag, 0) + 1
                depth += 1
            elif unclosed.get(tag):
                unclosed[tag] -= 1
                depth -= 1
            steps += depth
    if _has_long_tag(html):
        pieces = _RAW.sub("", html).split(">")
        steps += sum(_attributes(piece) ** 2 for piece in pieces if len(piece) > LONG_TAG)
    return steps


def _has_long_tag(html: str) -> bool:
    """True if LONG_TAG characters without ">" may lie in a row: then half of them fill a window."""
    window = LONG_TAG // 2
    ends = range(window, len(html) + 1, window)
    return any(html.find(">", end - window, end) < 0 for end in ends)


def _attributes(piece: str) -> int:
    """About how many attributes the tag has that `piece` ends with."""
    begin = _BEGIN.search(piece)
    return len(_QUOTED.sub("", piece[begin.end() :]).split()) if begin else 0


@cache
def meanings() -> dict[int, Meaning]:
    """Role and name of an element by Lexbor's number, which is quicker to read than its name."""
    numbered: dict[int, Meaning] = {}
    tree = parse("text")
    for tag, role in ROLE_OF.items():
        number = tree.create_node(tag).tag_id
        if number < LEXBOR_TAGS:
            numbered[number] = (role, tag)
    if tree.body is not None and tree.body.first_child is not None:
        numbered[tree.body.first_child.tag_id] = (Role.TEXT, "")
    return numbered


def meaning_of(node: LexborNode, number: int) -> Meaning:
    """Role and name of a node that `meanings` does not have."""
    tag = node.tag if number >= LEXBOR_TAGS else None
    return (ROLE_OF[tag], tag) if tag in ROLE_OF else INLINE


class Marks:
    """What is known of a page before it is read: `mem_id` of elements, how it was parsed."""

    def __init__(self, tree: LexborHTMLParser, html: str, *, scripting: bool = True) -> None:
        self._tree = tree
        self.scripting = scripting
        self.hidden = hidden_in(tree, html)

    @cached_property
    def layout_tables(self) -> frozenset[int]:
        """The tables that arrange a page: those that hold tables, headings, paragraphs."""
        return frozenset(table.mem_id for table in self._tree.css(_LAYOUT))


def hidden_in(tree: LexborHTMLParser, html: str) -> frozenset[int]:
    """`mem_id` of the elements that are not shown: hidden, display:none, doubles of formulas.

    What scripts reveal stays: <html> and <body>, an element that holds the page's main content,
    and a formula that is drawn by other means.
    """
    selectors = dict.fromkeys(selector for letters, selector in _HIDDEN if letters in html)
    if not selectors:
        return frozenset()
    found = tree.css(", ".join(selectors))
    return frozenset(node.mem_id for node in found if _is_hidden(node))


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if node.tag in ("html", "body"):
        return False
    style = attributes.get("style") or ""
    names = attributes.get("class") or ""
    named = "hidden" in attributes or any(name in names for name in _DOUBLES)
    if not named and not _NOT_DISPLAYED.search(style):
        return False
    return "katex-html" in names or node.css_first(_REVEALED) is None


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


def formula_of(image: LexborNode) -> str | None:
    """The TeX source that the picture of a formula has as its alt text; None for other images."""
    attributes = image.attributes
    classes = (attributes.get("class") or "").lower().split()
    return attributes.get("alt") or None if not _FORMULAS.isdisjoint(classes) else None


def is_tex(script: LexborNode) -> bool:
    """True for <script type="math/tex">, the source that MathJax typesets."""
    return (script.attributes.get("type") or "").lower().startswith("math/tex")


def title_of(tree: LexborHTMLParser) -> str | None:
    """The page's title; None where it has none."""
    title = tree.head.css_first("title") if tree.head is not None else None
    if title is None:
        title = tree.css_first("title:not(svg title)")  # scripts and bad markup end <head> early
    return collapsed(title.text()) or None if title is not None else None


def base_of(tree: LexborHTMLParser, html: str) -> str | None:
    """The address that <base> gives, as written."""
    if "<base" not in html and "<BASE" not in html:
        return None
    base = tree.css_first("base[href]")
    return base.attributes.get("href") if base is not None else None
