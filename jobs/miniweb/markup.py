"""The light markup in which the pages of sites/*.toml are written, turned into HTML.

Blocks are parted by empty lines: `## heading`, `- item`, `1. item`, `> quote`, ``` code ```,
`| cell | cell |`, `![alt](kind/name.jpg "caption")`; a block that begins with `<` is HTML as it
is, all else is a paragraph. Inside a block: `[text](address)`, `**strong**`, `*em*`, `code`.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

_IMAGE = re.compile(r'!\[([^\]]*)\]\(([^)\s]+)(?:\s+"([^"]*)")?\)')
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_INLINE = ((r"`([^`]+)`", r"<code>\1</code>"), (r"\*\*([^*]+)\*\*", r"<strong>\1</strong>"),
           (r"(?<![\w*])\*([^*\s][^*]*)\*", r"<em>\1</em>"))  # fmt: skip


@dataclass(frozen=True)
class Image:
    """An image as a page names it: `name` is kind/name.ext for `pictures.draw`, or an address."""

    name: str
    alt: str
    caption: str


@dataclass(frozen=True)
class Markup:
    """How a site dresses the blocks: format strings with {text}, and a function for images."""

    paragraph: str
    heading: str
    image: Callable[[Image], str]

    def html(self, body: str) -> str:
        """The HTML of a page's body."""
        return "\n".join(self._block(block) for block in blocks(body))

    def _block(self, block: str) -> str:
        image = _IMAGE.fullmatch(block)
        if image:
            return self.image(Image(image[2], image[1], image[3] or ""))
        if block.startswith("## "):
            return self.heading.format(text=inline(block[3:]))
        for mark, dressed in _MARKS.items():
            if block.startswith(mark):
                return dressed(block)
        return self.paragraph.format(text=inline(block))


def blocks(body: str) -> list[str]:
    """The blocks of a body, without the empty lines between them; code keeps its own."""
    out, code = [""], False
    for line in body.strip().splitlines():
        code ^= line.startswith("```")
        if line.strip() or code:
            out[-1] += line + "\n"
        elif out[-1]:
            out.append("")
    return [block.rstrip() for block in out if block.strip()]


def images(body: str) -> list[Image]:
    """The images of a body, in order."""
    return [Image(found[2], found[1], found[3] or "") for found in _IMAGE.finditer(body)]


def teaser(body: str) -> str:
    """The first sentence of the first paragraph, as plain text."""
    for block in blocks(body):
        if block[0].isalpha():
            plain = _LINK.sub(r"\1", " ".join(block.split())).replace("*", "").replace("`", "")
            return re.split(r"(?<=[.!?])\s|(?<=。)", plain, maxsplit=1)[0]
    return ""


def inline(text: str) -> str:
    """Escaped text with its links and emphasis, on one line."""
    out = html.escape(" ".join(text.split()), quote=False)
    out = _LINK.sub(r'<a href="\2">\1</a>', out)
    for pattern, element in _INLINE:
        out = re.sub(pattern, element, out)
    return out


def _list(block: str, element: str) -> str:
    items = re.split(r"\n(?:- |\d+\. )", "\n" + block)[1:]
    return f"<{element}>\n" + "".join(f"<li>{inline(i)}</li>\n" for i in items) + f"</{element}>"


def _table(block: str) -> str:
    rows = [[cell.strip() for cell in line.strip("| ").split("|")] for line in block.split("\n")]
    cells = ("".join(f"<td>{inline(cell)}</td>" for cell in row) for row in rows)
    return "<table>\n" + "".join(f"<tr>{row}</tr>\n" for row in cells) + "</table>"


def _code(block: str) -> str:
    return f"<pre><code>{html.escape(block.strip('`').strip(chr(10)))}</code></pre>"


def _quote(block: str) -> str:
    return f"<blockquote><p>{inline(block.replace(chr(10) + '> ', ' ')[2:])}</p></blockquote>"


# What a block of each kind begins with.
_MARKS: dict[str, Callable[[str], str]] = {
    "<": str,
    "```": _code,
    "- ": partial(_list, element="ul"),
    "1. ": partial(_list, element="ol"),
    "> ": _quote,
    "| ": _table,
}
