"""What the elements of an HTML page mean: pure functions over selectolax's Lexbor trees."""

import re
from enum import Enum, auto
from functools import cache

from selectolax.lexbor import LexborHTMLParser, LexborNode

WITHOUT_EVENTS = 1
"""Lexbor's option to build the same tree without mutation events, a sixth faster."""

LEXBOR_TAGS = 1000
"""Below it are Lexbor's numbers of the elements it knows; others are numbered per document."""

MAX_CELL = 300
"""Mean letters of a cell above which a table lays out a page instead of holding data."""


class Role(Enum):
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
        "address article aside blockquote body center dd details dir div dl dt fieldset figcaption"
        " footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu ol optgroup option p"
        " search section summary tbody tfoot thead ul"
    ),
    Role.SKIPPED: (
        "head style template svg nav dialog iframe noembed noframes select textarea input datalist"
        " frameset"
    ),
    Role.MUTED: "button object video audio canvas progress meter",
    Role.BREAK: "br",
    Role.IMAGE: "img amp-img amp-anim",
    Role.NOSCRIPT: "noscript",
    Role.FIGURE: "figure",
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

_HIDDEN = (
    '[hidden]:not([hidden="until-found"]), [style*="none" i], .katex-html,'
    " .mwe-math-fallback-image-inline, .mwe-math-fallback-image-display"
)
_NOT_DISPLAYED = re.compile(r"(?:^|[;\s])display\s*:\s*none\b", re.IGNORECASE)
_TYPESET = ".MathJax, .MathJax_Display, .MathJax_Preview, .MathJax_CHTML, .MathJax_SVG"
_LAYOUT = (
    'table[role="presentation"], table[role="none"], table:has(table, h1, h2, h3, h4, h5, h6, pre,'
    " article, section, main, header, footer, nav, figure, blockquote, p ~ p, br + br)"
)
_TEX = 'annotation[encoding="application/x-tex"]'

_SPACES = re.compile("[\t\n\v\f\r\x1c-\x1f \x85\u2028\u2029]+")
_FIXED_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_INVISIBLE = re.compile("[\0-\x08\x0e-\x1f\x7f-\x9f\u00ad\ufeff]")
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)|<(/?)([a-z][^\s/>]*)",
    re.DOTALL | re.IGNORECASE,
)
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")

# Elements that cannot pile up: void ones, and those that their next of a kind closes.
_FLAT = frozenset(
    "area base br col embed hr img input link meta param source track wbr p li dt dd tr td th"
    " tbody thead tfoot option optgroup rp rt body html head button".split()
)


def parse(html: str) -> LexborHTMLParser:
    """A page's tree as a browser that runs scripts builds it: <noscript> holds one raw text."""
    return LexborHTMLParser(html, options=WITHOUT_EVENTS, scripting=True)


def parsing_steps(html: str) -> int:
    """About how many steps Lexbor's tree builder takes, where they grow with a square.

    It looks through all open elements at every tag, and through all attributes of a tag at every
    attribute: 100,000 nested <div> took 13 s, a tag of 50,000 attributes 4 s. One step is
    2 to 10 ns. 0 for pages too small to matter.
    """
    steps = 0
    if html.count("<") > 10_000:
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
    for piece in html.split(">"):
        if len(piece) > 20_000:
            steps += len(_QUOTED.sub("", piece[piece.find("<") :]).split()) ** 2
    return steps


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
    """Role and name of a node whose number `meanings` does not have."""
    tag = node.tag if number >= LEXBOR_TAGS else None
    return (ROLE_OF[tag], tag) if tag in ROLE_OF else INLINE


def hidden_in(tree: LexborHTMLParser, html: str) -> frozenset[int]:
    """`mem_id` of the elements that are not shown: hidden, display:none, doubles of formulas.

    An element that is hidden because its formula is drawn by other means stays, and so do <html>
    and <body>, which pages hide only until their scripts have run.
    """
    if tree.root is None:
        return frozenset()
    found = tree.root.css(_HIDDEN)
    if "math/tex" in html:
        found += tree.root.css(_TYPESET)
    return frozenset(node.mem_id for node in found if _is_hidden(node))


def _is_hidden(node: LexborNode) -> bool:
    attributes = node.attributes
    if node.tag in ("html", "body"):
        return False
    style = attributes.get("style") or ""
    named = "hidden" in attributes or "class" in attributes and "none" not in style.lower()
    if not named and not _NOT_DISPLAYED.search(style):
        return False
    return "katex-html" in (attributes.get("class") or "") or node.css_first("math") is None


def layout_tables_in(tree: LexborHTMLParser) -> frozenset[int]:
    """`mem_id` of the tables that arrange a page: those that hold tables, headings, paragraphs."""
    if tree.root is None:
        return frozenset()
    return frozenset(table.mem_id for table in tree.root.css(_LAYOUT))


def holds_data(table: LexborNode) -> bool:
    """True for a table, not in `layout_tables_in`, of several columns of short cells."""
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


def is_tex(script: LexborNode) -> bool:
    """True for <script type="math/tex">, the source that MathJax typesets."""
    return (script.attributes.get("type") or "").lower().startswith("math/tex")


def title_of(tree: LexborHTMLParser) -> str | None:
    """The page's title; None where it has none."""
    for title in tree.css("title"):
        parent = title.parent
        if parent is not None and parent.tag in ("head", "body", "html"):
            return collapsed(title.text()) or None
    return None


def base_of(tree: LexborHTMLParser) -> str | None:
    """The address that <base> gives, as written."""
    base = tree.css_first("base[href]")
    return base.attributes.get("href") if base is not None else None


def collapsed(text: str) -> str:
    """Text as a browser shows it: runs of white space are one space, none at the ends.

    Spaces of fixed width, like U+00A0, stay between words. Control characters, soft hyphens and
    byte order marks, which show nothing, are left out.
    """
    if text.isascii() or not _FIXED_SPACES.search(text):
        text = " ".join(text.split())
    else:
        text = _SPACES.sub(" ", text).strip()
    return text if text.isprintable() else _INVISIBLE.sub("", text).strip()


def preserved(text: str) -> str:
    """Text of a <pre>: white space as it stands, without blank lines at the ends."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.strip("\n").rstrip() if text.strip() else ""
