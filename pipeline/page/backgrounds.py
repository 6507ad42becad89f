"""The picture that an element's style puts behind it."""

import re
from functools import lru_cache

from pipeline.page.image_links import is_placeholder

MAX_STYLE = 8192
"""Longest style attribute that is looked at. [characters]"""

_BACKGROUND = re.compile(
    r"(?:^|[;\s])background(?:-image)?\s*:([^;]*(?:;base64[^;]*)*)", re.IGNORECASE
)
_URL = re.compile(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\"'()\s]+))\s*\)", re.IGNORECASE)
_REPEATED = re.compile(r"(?<![\w-])repeat(?:-[xy])?(?![\w-])", re.IGNORECASE)
_SHIFTED = re.compile(r"(?<![\w-])-\d")


STYLED = ("style", "data-bg", "data-background-image")
"""The attributes that may hold the address of a background."""


@lru_cache(maxsize=1024)
def background_of(style: str | None, *late: str | None) -> str | None:
    """Address of the picture behind an element, as written; None for what is no content.

    `style` and `late` are what the attributes STYLED say.

    That are stand-ins, textures (repeated) and pieces of a sheet of icons (shifted by a negative
    offset). Late-loading scripts keep the address in data-bg or data-background-image.
    """
    style = (style or "")[:MAX_STYLE]
    values = " ".join(match[1] for match in _BACKGROUND.finditer(style))
    addresses = [match[1] or match[2] or match[3] or "" for match in _URL.finditer(values)]
    rest = _URL.sub("", style)
    if _REPEATED.search(rest) or _SHIFTED.search(rest.partition("background")[2]):
        return None
    for value in late:
        value = (value or "").strip()
        match = _URL.match(value)
        addresses.append((match[1] or match[2] or match[3] or "") if match else value)
    real = (address.strip() for address in addresses)
    return next((a for a in real if not is_placeholder(a) and ("/" in a or "." in a)), None)
