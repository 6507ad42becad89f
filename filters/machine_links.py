"""Links that a chat program handed out: its name stands in a parameter of their addresses.

The names are those of filters/marker_lists/any.toml, class machine_citation: its phrases with an
"=" in them, such as utm_source=chatgpt.com. They are looked for in what a page links to and in the
page's own address; where they are written out in a text, filters.markers finds them. n is the
number of documents.
"""

import re
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from filters.markers import markers
from filters.signals import Measure, Signal

# How such a parameter begins, in small letters: what the reader of pages looks for.
PARAMETERS = ("utm_source=", "referrer=grok.com")
MOST = 100
"""Links of a page that are kept and counted."""

MARKER = "any/machine_citation/address"
"""What such an address is called among the markers of a document."""

_SOURCE = "filters/marker_lists/any.toml, phrases with ="
LINKS = Signal(
    "marker_links",
    pa.int32(),
    f"links of the page with a chat program's parameter, class machine_citation; at most {MOST}",
    "count",
    _SOURCE,
)
PAGE_URL = Signal(
    "marker_page_url",
    pa.int32(),
    "1 where the page's own address has such a parameter, else 0",
    "count",
    _SOURCE,
)


def cites(url: str) -> bool:
    """Does this address have a chat program's parameter?"""
    return _pattern().search(url) is not None


def counted(links: pa.Array) -> tuple[pa.Array]:
    """LINKS of the addresses that the reader kept: list<string> (n,) -> int32 (n,); 0 for null."""
    return (pc.fill_null(pc.list_value_length(links), 0).cast(pa.int32()),)


def own(url: pa.Array) -> tuple[pa.Array]:
    """PAGE_URL of page addresses: string (n,) -> int32 (n,); null for null."""
    return (pc.match_substring_regex(url, _pattern().pattern, ignore_case=True).cast(pa.int32()),)


DOCUMENT = (
    Measure(counted, ("machine_links",), (LINKS,)),
    Measure(own, ("url",), (PAGE_URL,)),
)


@cache
def _pattern() -> re.Pattern[str]:
    """A parameter whose value is one of the list's, or begins with it before another mark."""
    known = sorted(marker.phrase for marker in markers() if "=" in marker.phrase)
    return re.compile(rf"[?&;#](?:{'|'.join(map(re.escape, known))})(?:[^a-z0-9]|$)", re.IGNORECASE)
