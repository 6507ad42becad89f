"""HTML by construction: a plain string is always escaped, only what is built here is markup."""

import html
import re
import unicodedata

# C0 and C1 controls but tab, line feed: no browser shows them, and NUL breaks the page.
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_MOST_MARKS = 4
LEAST = 0.1  # percent


class Html(str):
    """Markup that this module made; every other string is text."""

    __slots__ = ()


def tag(name: str, *children: object, **attributes: object) -> Html:
    """<name attributes>children</name>. `class_` is class, None and False leave one out."""
    return Html(f"<{name}{_attributes(attributes)}>{joined(*children)}</{name}>")


def void(name: str, **attributes: object) -> Html:
    """An element without an end: img, rect, line."""
    return Html(f"<{name}{_attributes(attributes)}/>")


def joined(*children: object) -> Html:
    """Children one after another: Html as it is, all else as text, None as nothing."""
    return Html("".join(_child(child) for child in children))


def web(text: str | None, most: int) -> Html:
    """Words of the web: `most` characters at most, in a box that keeps its own direction."""
    text = calm(text or "")
    if len(text) > most:
        return tag("bdi", text[:most], tag("i", f" … {len(text) - most:,} more characters"))
    return tag("bdi", text)


def calm(text: str) -> str:
    """`text` without control characters, and at most four marks stacked on one letter."""
    text = _CONTROLS.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    if text.isascii():
        return text
    out, marks = [], 0
    for letter in text:
        marks = marks + 1 if unicodedata.combining(letter) else 0
        if marks <= _MOST_MARKS:
            out.append(letter)
    return "".join(out)


def share(part: float, whole: float) -> str:
    """A part of a whole: "6.6 %", never 0 % for some nor 100 % for not all; a dash of nothing."""
    if not whole:
        return "-"
    percent = 100 * part / whole
    if percent in (0, 100):
        return f"{percent:.0f} %"
    if percent < LEAST:
        return f"< {LEAST} %"
    return f"> {100 - LEAST} %" if percent > 100 - LEAST else f"{percent:.1f} %"


def count(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 document", "2,104 documents"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _child(child: object) -> str:
    if child is None:
        return ""
    return child if isinstance(child, Html) else html.escape(str(child))


def _attributes(attributes: dict[str, object]) -> str:
    out = []
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        name = name.rstrip("_").replace("_", "-")
        out.append(f" {name}" if value is True else f' {name}="{html.escape(str(value))}"')
    return "".join(out)
