"""What it costs to parse a page, known before it is parsed."""

import re

import numpy as np

MANY_TAGS = 14_000
"""Pages of fewer tags cannot nest deep enough to matter: half its square is the usual cap."""

MANY_STEPS = 10_000**2
"""More of them for attributes alone are counted again without scripts, that may look like tags."""

LONG_TAG = 20_000
"""Tags shorter than this cannot hold attributes enough to matter. [characters]"""

FEW_WORDS = 500
"""A long tag of no more cannot hold attributes enough to matter."""

_RAW_TEXT = r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1|\Z)"
_RAW = re.compile(_RAW_TEXT, re.DOTALL | re.IGNORECASE)
_TAG = re.compile(_RAW_TEXT + r"|<(/?)([a-z][^\s/>]*)", re.DOTALL | re.IGNORECASE)
_LESS = ord("<")
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


def parsing_steps(page: bytes) -> int:
    """About how many steps Lexbor's tree builder takes, where they grow with a square.

    It looks through all open elements at every tag, and through all attributes of a tag at every
    attribute: 100,000 nested <div> took 13 s, a tag of 50,000 attributes 4 s. One step is
    2 to 10 ns. 0 for pages too small to matter. `page` is UTF-8.
    """
    from pipeline.page.tree_memory import count  # numba: only workers that read pay for it

    many = len(page) > 2 * MANY_TAGS and count(np.frombuffer(page, np.uint8), _LESS) > MANY_TAGS
    long = _long_tags(page)
    if not many and not long:
        return 0
    html, steps = "", 0
    if many:
        html = page.decode("utf-8", "replace")
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
    if long:
        attributes = sum(map(_tag_steps, long))
        if attributes > MANY_STEPS:
            html = html or page.decode("utf-8", "replace")
            attributes = sum(map(_attribute_steps, _RAW.sub("", html).split(">")))
        steps += attributes
    return steps


def _long_tags(page: bytes) -> list[bytes]:
    """What lies between two ">" where that is longer than LONG_TAG.

    Half of that much without ">" fills a window; few pages have such.
    """
    window, found, done = LONG_TAG // 2, [], 0
    for end in range(window, len(page) + 1, window):
        if end - window >= done and page.rfind(b">", end - window, end) < 0:
            begin = page.rfind(b">", 0, end - window) + 1
            done = page.find(b">", end)
            done = len(page) if done < 0 else done
            if done - begin > LONG_TAG:
                found.append(page[begin:done])
    return found


def _tag_steps(tag: bytes) -> int:
    """About what the attributes of a long tag cost; what little most do is not looked at closely.

    Most long tags hold one long value.
    """
    words = len(tag.split(None, FEW_WORDS))
    return words**2 if words <= FEW_WORDS else _attribute_steps(tag.decode("utf-8", "replace"))


def _attribute_steps(piece: str) -> int:
    """The square of the number of attributes of a long tag, or of what looks like one."""
    begin = _BEGIN.search(piece) if len(piece) > LONG_TAG else None
    return len(_QUOTED.sub("", piece[begin.end() :]).split()) ** 2 if begin else 0
