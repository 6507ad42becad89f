"""What it costs to parse a page, known before it is parsed."""

import re

MANY_TAGS = 10_000
"""Pages of fewer tags cannot nest deep enough to matter."""

LONG_TAG = 20_000
"""Tags shorter than this cannot hold attributes enough to matter. [characters]"""

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
