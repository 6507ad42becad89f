"""What a page says of itself: language, date, authors, licence, and what machines may do."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import NamedTuple

import numpy as np

from filters import machine_links
from pipeline.page import json_ld
from pipeline.page.block import collapsed
from pipeline.page.image_links import resolved
from pipeline.page.marks import BASE, CANONICAL, JSON_LD, LICENCE, META, SOURCED, TITLE
from pipeline.page.meta_names import (
    AGENTS,
    AUTHORS,
    DATES,
    KNOWN,
    LANGUAGES,
    LICENCES,
    NAMING,
    POLICIES,
    RESERVATIONS,
    ROBOT,
    SITES,
    TYPES,
)
from pipeline.page.tree import Tree

MAX_TEXT = 512
"""Longest value that is kept. [characters]"""

MAX_JSON_LD = 16_384
"""Most JSON-LD that is kept of a page. [characters]"""

YEARS = range(1900, 2101)
"""Years in which a page can have been published; others are misprints or stand for no date."""

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
    machine_links: list[str] | None = None


Said = Mapping[str, Sequence[str]]
"""The contents of <meta> by its name in small letters."""


class Told:
    """The elements of a page that tell of it, as `pipeline.page.marks` found them: int32 (k, 3)."""

    def __init__(self, tree: Tree, found: np.ndarray) -> None:
        self.tree = tree
        self._rows: dict[int, list[int]] = {}
        self._metas: list[tuple[int, int]] = []
        for row, kind, name in found.tolist():
            if kind == META:
                self._metas.append((row, name))
            else:
                self._rows.setdefault(kind, []).append(row)

    def rows(self, kind: int) -> list[int]:
        """The elements of this kind, in the page's order."""
        return self._rows.get(kind, [])

    def href(self, kind: int) -> str | None:
        """The first address that an element of this kind gives, as written."""
        links = (self.tree.attribute(row, "href") for row in self.rows(kind))
        return next((href for href in links if href is not None), None)

    @property
    def title(self) -> str | None:
        """The page's title; None where it has none."""
        rows = self.rows(TITLE)
        return collapsed(self.tree.text(rows[0])) or None if rows else None

    @property
    def base(self) -> str | None:
        """The address that <base> gives, as written."""
        return self.href(BASE)

    @property
    def said(self) -> Said:
        """What each known <meta> says, where it says anything."""
        said: dict[str, list[str]] = {}
        attribute = self.tree.attribute
        contents = self.tree.said((row for row, _ in self._metas), "content")
        for (row, number), content in zip(self._metas, contents, strict=True):
            if content:
                if number == ROBOT:
                    name = next(filter(None, (attribute(row, each) for each in NAMING)), "")
                    name = name.lower().strip()
                else:
                    name = KNOWN[number]
                said.setdefault(name, []).append(content)
        return said


def metadata_of(told: Told, base: str) -> Metadata:
    """What a page says of itself, from <meta> first, then JSON-LD, all of it capped.

    Relative addresses start from `base`. A date without a zone is taken for UTC.
    """
    tree, said = told.tree, told.said
    blocks = [tree.text(row) for row in told.rows(JSON_LD)[: json_ld.MAX_BLOCKS]]
    values = [(block, json_ld.parsed(block)) for block in blocks]
    things = json_ld.things_in(value for _, value in values)
    canonical = told.href(CANONICAL) or next(iter(said.get("og:url", ())), None)
    language = tree.attribute(0, "lang") or tree.attribute(0, "xml:lang")
    return Metadata(
        kept(language or _first(said, LANGUAGES)),
        resolved(base, canonical) if canonical else None,
        _date(said, things),
        _author(said, things),
        kept(_first(said, SITES) or json_ld.site_of(things)),
        _licence(said, told, things, base),
        kept(_first(said, TYPES) or _type(things)),
        kept(", ".join(_robots(said))),
        kept(_first(said, RESERVATIONS)),
        kept(_first(said, POLICIES)),
        _small(block for block, value in values if value is not None) or None,
        _machine_links(told) or None,
    )


def kept(value: str | None) -> str | None:
    """A value with its white space collapsed, in letters that UTF-8 has, capped; None if empty."""
    if not value:
        return None
    value = collapsed(value[: 4 * MAX_TEXT])[:MAX_TEXT].rstrip()
    if not value.isprintable():
        value = value.encode("utf-8", "replace").decode()
    return value or None


def _machine_links(told: Told) -> list[str]:
    """Links with a chat program's parameter, as written, each capped."""
    rows = told.rows(SOURCED)
    if not rows:
        return []
    links = (told.tree.attribute(row, "href") or "" for row in rows)
    found = (kept(link) for link in links if machine_links.cites(link))
    return list(islice(filter(None, found), machine_links.MOST))


def _first(said: Said, names: Iterable[str]) -> str | None:
    for name in names:
        for text in said.get(name, ()):
            if text.strip():
                return text
    return None


def _robots(said: Said) -> Iterator[str]:
    """What robots are told: all of them first, then each by its name, which holds to the end."""
    yield from said.get("robots", ())
    for name, contents in said.items():
        if name.endswith("bot") or name in AGENTS:
            yield from (f"{name}: {content}" for content in contents)


def _date(said: Said, things: list[json_ld.Thing]) -> datetime | None:
    written = [text for name in DATES if name in said for text in said[name]]
    written.insert(1 if DATES[0] in said else 0, json_ld.date_of(things) or "")
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


def _author(said: Said, things: list[json_ld.Thing]) -> str | None:
    for name in AUTHORS:
        names = [text for text in said.get(name, ()) if text.strip()]
        if names and not names[0].lower().strip().startswith(("http:", "https:")):
            return kept(", ".join(names[: json_ld.MAX_NAMES]))
    return kept(", ".join(json_ld.authors_of(things)))


def _licence(said: Said, told: Told, things: list[json_ld.Thing], base: str) -> str | None:
    """rel=license, then <meta>, then schema.org, then a link to Creative Commons."""
    links = []
    for row in told.rows(LICENCE):
        rel = told.tree.attribute(row, "rel") or ""
        href = told.tree.attribute(row, "href") or ""
        if "license" in rel.lower().split() and href.strip():
            return resolved(base, href)
        links.append(href)
    named = _first(said, LICENCES) or json_ld.licence_of(things)
    if named:
        return kept(named)
    return next((resolved(base, href) for href in links if _LICENCE_HOST.match(href)), None)


def _type(things: list[json_ld.Thing]) -> str | None:
    return json_ld.type_of(things[0]) if things else None


def _small(blocks: Iterable[str]) -> list[str]:
    left, small = MAX_JSON_LD, []
    for block in map(str.strip, blocks):
        if len(block) <= left:
            left -= len(block)
            small.append(block)
    return small
