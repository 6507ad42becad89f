"""Signals of a page's own address: lists of domains, adult words, depth.

n is the number of documents. The lists are the user's, such as those of the University of Toulouse
(UT1); none comes with the package.
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from functools import cache, partial
from urllib.parse import urlsplit

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.signals import Measure, Signal
from filters.urls import ADULT_WORDS, host_of

_WORD = re.compile(r"[a-z]+")
# The path of most addresses; urlsplit, which knows all kinds, takes several times as long.
_USUAL = re.compile(r"https?://[A-Za-z0-9.-]+(?::[0-9]+)?((?:/[!-\"$->@-~]*)?)(?=[?#]|\Z)")
_ADULT = frozenset(ADULT_WORDS) | {"adult", "erotic", "escort", "hentai", "nude", "nsfw", "milf"}
_LINE_FEED = 10
MOST_CHARS = 253  # of a domain name, RFC 1035; a longer host is none

_PATH = "RFC 3986, 3.3, segments of a path"
SIGNALS = (
    Signal("page_url_depth", pa.int32(), "path segments of the page's address", "count", _PATH),
    Signal(
        "page_url_adult_words",
        pa.int32(),
        f"words of the page's address among {', '.join(sorted(_ADULT))}",
        "count",
        "after RefinedWeb, arXiv 2306.01116, G.1, with a list of our own",
    ),
    Signal(
        "page_domain_listed",
        pa.bool_(),
        "is the page's host or a domain above it on a list? null where no list was given",
        "flag",
        "after RefinedWeb, arXiv 2306.01116, G.1",
    ),
    Signal(
        "page_domain_lists",
        pa.string(),
        "names of those lists, commas around each, as in ,adult,games,; null without lists",
        "names",
        "after RedPajama-V2, rps_doc_ut1_blacklist",
    ),
)
# What a rule can read only where a list was given.
NEED_LISTS = frozenset({"page_domain_listed", "page_domain_lists"})

Open = Callable[[], bytes]
Named = tuple[tuple[str, Open], ...]  # lists by name, in the order of their names


class Domains:
    """A list of domains as one block of text, searched where it lies.

    `lines`: UTF-8, one domain a line, lower case, sorted as bytes, each line ended by a line feed.
    A list of millions takes the memory of its file.
    """

    def __init__(self, lines: bytes) -> None:
        self._lines = lines
        ends = np.flatnonzero(np.frombuffer(lines, np.uint8) == _LINE_FEED)
        self._ends = np.concatenate([[-1], ends])

    def holds(self, host: str) -> bool:
        """Is the host, or a domain above it, on the list?"""
        if len(host) > MOST_CHARS:
            return False
        labels = host.split(".")
        return any(self._has(".".join(labels[at:]).encode()) for at in range(len(labels)))

    def _has(self, name: bytes) -> bool:
        count = len(self._ends) - 1
        at = bisect_left(range(count), name, key=self._line)
        return at < count and self._line(at) == name

    def _line(self, at: int) -> bytes:
        return self._lines[self._ends[at] + 1 : self._ends[at + 1]]


def page_signals(url: pa.Array, lists: Named = ()) -> tuple[pa.Array, ...]:
    """SIGNALS of page addresses. string (n,) -> one array (n,) each; null for null."""
    urls = url.to_pylist()
    # Few have an adult word, or letters of one inside another: only those are read word by word.
    hints = pc.match_substring_regex(url, "|".join(sorted(_ADULT)), ignore_case=True).to_pylist()
    columns = (
        [None if each is None else _depth(each) for each in urls],
        [
            None if hint is None else int(hint and _adult(each))
            for each, hint in zip(urls, hints, strict=True)
        ],
        *_listed(urls, {name: _domains(open_) for name, open_ in lists}),
    )
    return tuple(
        pa.array(column, signal.type) for column, signal in zip(columns, SIGNALS, strict=True)
    )


def measure(lists: Named = ()) -> Measure:
    """SIGNALS as a measure by these lists. What opens them is pickled, not what they hold."""
    compute: Callable[..., tuple[pa.Array, ...]] = page_signals
    return Measure(partial(compute, lists=lists) if lists else compute, ("url",), SIGNALS)


DOCUMENT = measure()


def _depth(url: str) -> int:
    if usual := _USUAL.match(url):
        path = usual[1]
    else:
        try:
            path = urlsplit(url).path
        except ValueError:  # no address: it has no path
            return 0
    return sum(map(bool, path.split("/")))


def _adult(url: str) -> int:
    return sum(word in _ADULT for word in _WORD.findall(url.lower()))


def _listed(
    urls: list[str | None], lists: dict[str, Domains]
) -> tuple[list[bool | None], list[str | None]]:
    """Whether each host is on a list, and the names of those that it is on."""
    if not lists:
        return [None] * len(urls), [None] * len(urls)
    names: list[str | None] = []
    for url in urls:
        host = host_of(url or "")
        on = [name for name, known in lists.items() if known.holds(host)]
        names.append(None if url is None else f",{','.join(on)}," if on else "")
    return [None if each is None else bool(each) for each in names], names


@cache
def _domains(open_: Open) -> Domains:
    return Domains(open_())
