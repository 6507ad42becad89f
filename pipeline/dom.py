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

# What may not be shown. Where a page has the sources of its formulas, the letters that MathJax
# set are doubles, as are KaTeX's letters and Wikipedia's pictures beside their MathML.
_HIDDEN = (
    '[hidden]:not([hidden="until-found"]), [style*="none" i], .katex-html, .MathJax,'
    " .MathJax_Display, .MathJax_Preview, .MathJax_CHTML, .MathJax_SVG, script[type^='math/tex'],"
    " .mwe-math-fallback-image-inline, .mwe-math-fallback-image-display"
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
        attributes = _attribute_steps(html)
        if attributes > MANY_TAGS**2:  # a script may look like a tag
            attributes = _attribute_steps(_RAW.sub("", html))
        steps += attributes
    return steps


def _has_long_tag(html: str) -> bool:
    """True if LONG_TAG characters without ">" may lie in a row: then half of them fill a window."""
    window = LONG_TAG // 2
    ends = range(window, len(html) + 1, window)
    return any(html.find(">", end - window, end) < 0 for end in ends)


def _attribute_steps(html: str) -> int:
    """The squares of the numbers of attributes of the long tags, or of what looks like tags."""
    steps = 0
    for piece in html.split(">"):
        begin = _BEGIN.search(piece) if len(piece) > LONG_TAG else None
        if begin:
            steps += len(_QUOTED.sub("", piece[begin.end() :]).split()) ** 2
    return steps


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
    """What is known of a page before it is read: `mem_id` of elements, how it was parsed."""

    def __init__(self, tree: LexborHTMLParser, *, scripting: bool = True) -> None:
        self._tree = tree
        self.scripting = scripting
        self.hidden = hidden_in(tree)

    @cached_property
    def layout_tables(self) -> frozenset[int]:
        """The tables that arrange a page: those that hold tables, headings, paragraphs."""
        return frozenset(table.mem_id for table in self._tree.css(_LAYOUT))


def hidden_in(tree: LexborHTMLParser) -> frozenset[int]:
    """`mem_id` of the elements that are not shown: hidden, display:none, doubles of formulas.

    What scripts reveal stays: the page itself, what holds its main content, and a formula that is
    drawn by other means.
    """
    found = tree.css(_HIDDEN)
    sources = {node.mem_id for node in found if node.tag == "script"}
    hidden, doubles = set(), set()
    for node in found:
        attributes = node.attributes
        names = attributes.get("class") or ""
        if "katex-html" in names or "mwe-math" in names or ("MathJax" in names and sources):
            doubles.add(node.mem_id)
        elif node.tag in _ALWAYS_SHOWN:
            continue
        elif "hidden" in attributes or _NOT_DISPLAYED.search(attributes.get("style") or ""):
            hidden.add(node.mem_id)
    if hidden:
        hidden -= ancestors_of(tree.css(_REVEALED))
    return frozenset((hidden | doubles) - sources)


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


def base_of(tree: LexborHTMLParser) -> str | None:
    """The address that <base> gives, as written; markup that ends <head> early is allowed for."""
    base = tree.head.css_first("base[href]") if tree.head is not None else None
    if base is None and tree.body is not None:
        bases = (node for node in tree.body.iter() if node.tag == "base")
        base = next((node for node in bases if node.attributes.get("href")), None)
    return base.attributes.get("href") if base is not None else None
