"""What a page says of itself: language, date, authors, licence, and what machines may do."""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from pipeline import json_ld
from pipeline.block import collapsed
from pipeline.image_links import resolved

MAX_TEXT = 512
"""Longest value that is kept. [characters]"""

MAX_TAGS = 512
"""<meta> and <link> elements that are looked at."""

MAX_BODY = 64
"""First elements of <body> among which they are looked for: markup may end <head> early."""

MAX_NAME = 64
"""Longest name of a <meta> that is looked at. [characters]"""

MAX_JSON_LD = 16_384
"""Most JSON-LD that is kept of a page. [characters]"""

YEARS = range(1900, 2101)
"""Years in which a page can have been published; others are misprints or stand for no date."""

# Names of <meta>, most telling first: Open Graph, Dublin Core, Highwire Press, Parsely, Sailthru.
_DATES = (
    "article:published_time", "og:article:published_time", "og:published_time", "datepublished",
    "dcterms.issued", "dc.date.issued", "dcterms.created", "dc.date.created", "dc.date",
    "dcterms.date", "citation_publication_date", "citation_date", "citation_online_date",
    "parsely-pub-date", "sailthru.date", "pubdate", "publishdate", "publish-date", "publish_date",
    "article.published", "published_at", "date",
)  # fmt: skip
_AUTHORS = (
    "author", "article:author", "og:article:author", "dc.creator", "dcterms.creator",
    "citation_author", "parsely-author", "sailthru.author",
)  # fmt: skip
_SITES = ("og:site_name", "application-name", "citation_journal_title")
_LICENCES = ("license", "dcterms.license", "dc.rights.license", "dcterms.rights", "dc.rights")
_TYPES = ("og:type",)
_LANGUAGES = ("content-language", "language", "dc.language", "dcterms.language", "og:locale")
_KNOWN = frozenset(
    (
        *(*_DATES, *_AUTHORS, *_SITES, *_LICENCES, *_TYPES, *_LANGUAGES),
        *("og:url", "robots", "tdm-reservation", "tdm-policy"),
    )
)
_LICENCE_HOST = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses|publicdomain)/", re.IGNORECASE
)
_RFC_DATE = re.compile(r"(?:[A-Za-z]{3,9},? )?\d{1,2} [A-Za-z]{3} \d{4} [\d:]+(?: [A-Z+-]\w+)?")
_SLASHED = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})\b")
_ZONE = re.compile(r" ?(?:UTC|GMT|Z)$")


class Metadata(NamedTuple):
    """What a page says of itself; the fields are columns of `schemas.document.DOCUMENT`."""

    language_declared: str | None = None
    canonical_url: str | None = None
    published_at: datetime | None = None
    author: str | None = None
    site_name: str | None = None
    licence: str | None = None
    page_type: str | None = None
    robots_meta: str | None = None
    tdm_reservation: str | None = None
    tdm_policy: str | None = None
    json_ld: list[str] | None = None


class Told(NamedTuple):
    """The elements beyond the head that tell of the page, in its order."""

    licences: list[LexborNode]
    json_ld: list[LexborNode]


def metadata_of(tree: LexborHTMLParser, told: Told, base: str) -> Metadata:
    """What a page says of itself, from <meta> first, then JSON-LD, all of it capped.

    Relative addresses start from `base`. A date without a zone is taken for UTC.
    """
    said, canonical = _head(tree)
    blocks = [node.text() for node in told.json_ld[: json_ld.MAX_BLOCKS]]
    values = [(block, json_ld.parsed(block)) for block in blocks]
    things = json_ld.things_in(value for _, value in values)
    root = tree.root.attributes if tree.root is not None else {}
    canonical = canonical or next(iter(said.get("og:url", ())), None)
    robots = [name if not agent else f"{agent}: {name}" for agent, name in _robots(said)]
    return Metadata(
        kept(root.get("lang") or root.get("xml:lang") or _first(said, _LANGUAGES)),
        resolved(base, canonical) if canonical else None,
        _date(said, things),
        _author(said, things),
        kept(_first(said, _SITES) or json_ld.site_of(things)),
        _licence(said, told.licences, things, base),
        kept(_first(said, _TYPES) or _type(things)),
        kept(", ".join(robots)),
        kept(_first(said, ("tdm-reservation",))),
        kept(_first(said, ("tdm-policy",))),
        list(_small(block for block, value in values if value is not None)) or None,
    )


def kept(value: str | None) -> str | None:
    """A value with its white space collapsed, in letters that UTF-8 has, capped; None if empty."""
    if not value:
        return None
    value = collapsed(value[: 4 * MAX_TEXT])[:MAX_TEXT].rstrip()
    if not value.isprintable():
        value = value.encode("utf-8", "replace").decode()
    return value or None


@cache
def _numbers() -> tuple[int, int]:
    """Lexbor's numbers of <meta> and <link>, which are quicker to read than their names."""
    tree = LexborHTMLParser("")
    return tree.create_node("meta").tag_id, tree.create_node("link").tag_id


def _head(tree: LexborHTMLParser) -> tuple[dict[str, list[str]], str | None]:
    """The contents of known <meta> by lower-case name, and the canonical address as written."""
    said: dict[str, list[str]] = {}
    canonical: str | None = None
    for node, is_meta in _tags(tree):
        if not is_meta and canonical is not None:
            continue
        attributes = node.attributes
        if is_meta:
            content = attributes.get("content")
            name = (
                attributes.get("property") or attributes.get("name")
                or attributes.get("itemprop") or attributes.get("http-equiv")
            )  # fmt: skip
            if content and name and len(name) <= MAX_NAME:
                name = name.lower().strip()
                if name in _KNOWN or name.endswith("bot"):
                    said.setdefault(name, []).append(content)
        elif "canonical" in (attributes.get("rel") or "").lower().split():
            canonical = attributes.get("href")
    return said, canonical


def _tags(tree: LexborHTMLParser) -> Iterator[tuple[LexborNode, bool]]:
    """The <meta>, marked True, and <link> of the head and of the beginning of the body."""
    meta, link = _numbers()
    left = MAX_TAGS
    for parent, most in ((tree.head, MAX_TAGS * 4), (tree.body, MAX_BODY)):
        node = parent.first_child if parent is not None else None
        while node is not None and most and left:
            most -= 1
            number = node.tag_id
            if number in (meta, link):
                left -= 1
                yield node, number == meta
            node = node.next


def _first(said: Mapping[str, list[str]], names: Iterable[str]) -> str | None:
    return next((text for name in names for text in said.get(name, ()) if text.strip()), None)


def _robots(said: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Pairs of a robot's name, "" for all of them, and what it is told."""
    for name, contents in said.items():
        if name.endswith("bot") or name == "robots":
            yield from (("" if name == "robots" else name, content) for content in contents)


def _date(said: Mapping[str, list[str]], things: list[json_ld.Thing]) -> datetime | None:
    if not things and not said:
        return None
    written = [text for name in _DATES for text in said.get(name, ())]
    written.insert(1 if "article:published_time" in said else 0, json_ld.date_of(things) or "")
    dates = (parsed_date(text) for text in written if text)
    return next((date for date in dates if date is not None), None)


def parsed_date(text: str) -> datetime | None:
    """A date of ISO 8601, RFC 5322 or 2024/1/31; without a zone it is UTC. None where unclear."""
    text = text.strip()[:64]
    if _SLASHED.match(text):
        text = _SLASHED.sub(lambda m: f"{m[1]}-{int(m[2]):02}-{int(m[3]):02}", text, count=1)
    try:
        if _RFC_DATE.fullmatch(text):
            date = parsedate_to_datetime(text)
        else:
            date = datetime.fromisoformat(_ZONE.sub("+00:00", text))
        date = date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return date if date.year in YEARS else None


def _author(said: Mapping[str, list[str]], things: list[json_ld.Thing]) -> str | None:
    for name in _AUTHORS:
        names = [text for text in said.get(name, ()) if text.strip()]
        if names and not names[0].lower().strip().startswith(("http:", "https:")):
            return kept(", ".join(names[: json_ld.MAX_NAMES]))
    return kept(", ".join(json_ld.authors_of(things)))


def _licence(
    said: Mapping[str, list[str]], nodes: list[LexborNode], things: list[json_ld.Thing], base: str
) -> str | None:
    """rel=license, then <meta>, then schema.org, then a link to Creative Commons."""
    links = [(node.attributes.get("href") or "", node.attributes) for node in nodes]
    for href, attributes in links:
        if "license" in (attributes.get("rel") or "").lower().split() and href.strip():
            return resolved(base, href)
    told = _first(said, _LICENCES) or json_ld.licence_of(things)
    if told:
        return kept(told)
    return next((resolved(base, href) for href, _ in links if _LICENCE_HOST.match(href)), None)


def _type(things: list[json_ld.Thing]) -> str | None:
    return json_ld.type_of(things[0]) if things else None


def _small(blocks: Iterable[str]) -> Iterator[str]:
    left = MAX_JSON_LD
    for block in blocks:
        block = block.strip()
        if len(block) <= left:
            left -= len(block)
            yield block
