"""What JSON-LD blocks say of a page (schema.org); written by strangers, so nothing is assumed."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

MAX_BLOCK = 200_000
"""Longest block that is parsed. [characters]"""

MAX_BLOCKS = 16
"""Blocks of one page that are parsed."""

MAX_THINGS = 200
"""Things of one page that are looked at."""

MAX_NAMES = 16
"""Authors that are named."""

Thing = Mapping[str, Any]

# Types that describe what is around a page's content.
_FURNITURE = frozenset(
    [
        "WebSite",
        "Organization",
        "Corporation",
        "NewsMediaOrganization",
        "LocalBusiness",
        "Person",
        "Place",
        "PostalAddress",
        "BreadcrumbList",
        "ListItem",
        "ItemList",
        "ImageObject",
        "SearchAction",
        "WPHeader",
        "WPFooter",
        "WPSideBar",
        "SiteNavigationElement",
        "ContactPoint",
    ]
)
_PAGES = frozenset(["WebPage", "CollectionPage", "ItemPage", "AboutPage", "ProfilePage"])


def parsed(block: str) -> Any:
    """A block's value; None where it is too long, or no JSON even without a comment around it."""
    if len(block) > MAX_BLOCK:
        return None
    block = block.strip().removeprefix("<!--").removesuffix("-->").strip()
    block = block.removeprefix("//").lstrip().removeprefix("<![CDATA[")
    block = block.rstrip().removesuffix("]]>").rstrip().removesuffix("//").rstrip(" \t\r\n;")
    try:
        return json.loads(block, strict=False)
    except (ValueError, RecursionError):  # a number of 5,000 digits is a ValueError too
        return None


def things_in(values: Iterable[Any]) -> list[Thing]:
    """The things that blocks describe, the one that the page is about first.

    That is one with a date or a headline, else one whose type is not a frame around content.
    """
    found: list[Thing] = []
    for value in values:
        for thing in _flat(value):
            if len(found) == MAX_THINGS:
                break
            found.append(thing)
    return sorted(found, key=_rank)


def _flat(value: Any) -> Iterator[Thing]:
    """A block is a thing, or a list of things, or holds a graph of things."""
    for thing in value if isinstance(value, list) else [value]:
        if isinstance(thing, dict):
            yield thing
            for name in ("@graph", "mainEntity"):
                inner = thing.get(name)
                for each in inner if isinstance(inner, list) else [inner]:
                    if isinstance(each, dict):
                        yield each


def _rank(thing: Thing) -> int:
    type_ = type_of(thing)
    if type_ is None or type_ in _FURNITURE:
        return 3
    if type_ in _PAGES:
        return 2
    return 0 if "datePublished" in thing or "headline" in thing else 1


def type_of(thing: Thing) -> str | None:
    """The thing's type without its vocabulary: Article."""
    type_ = _first(thing.get("@type"))
    return type_.rpartition("/")[2].rpartition(":")[2] or None if isinstance(type_, str) else None


def date_of(things: Sequence[Thing]) -> str | None:
    """The date of publication, as written."""
    return _text(things, "datePublished")


def authors_of(things: Sequence[Thing]) -> list[str]:
    """Names of the authors of the first thing that names any."""
    by_id = {thing["@id"]: thing for thing in things if isinstance(thing.get("@id"), str)}
    for thing in things:
        for key in ("author", "creator"):
            value = thing.get(key)
            named = [_name(each, by_id) for each in (value if isinstance(value, list) else [value])]
            names = [name for name in named if name]
            if names:
                return names[:MAX_NAMES]
    return []


def site_of(things: Sequence[Thing]) -> str | None:
    """Name of the web site, else of the publisher."""
    for thing in things:
        if type_of(thing) == "WebSite" and isinstance(thing.get("name"), str):
            return str(thing["name"])
    by_id = {thing["@id"]: thing for thing in things if isinstance(thing.get("@id"), str)}
    for key in ("isPartOf", "publisher"):
        for thing in things:
            name = _name(_first(thing.get(key)), by_id)
            if name and not isinstance(thing.get(key), str):
                return name
    return None


def licence_of(things: Sequence[Thing]) -> str | None:
    """Address or name of the licence of the first thing that is no picture and has one."""
    for thing in things:
        value = _first(thing.get("license"))
        if isinstance(value, dict):
            value = value.get("url") or value.get("@id") or value.get("name")
        if isinstance(value, str) and value.strip() and type_of(thing) != "ImageObject":
            return value
    return None


def _text(things: Sequence[Thing], key: str) -> str | None:
    for thing in things:
        value = _first(thing.get(key))
        if isinstance(value, str) and value.strip():
            return value
    return None


def _first(value: Any) -> Any:
    return (value[0] if value else None) if isinstance(value, list) else value


def _name(value: Any, by_id: Mapping[str, Thing]) -> str | None:
    if isinstance(value, dict):
        known = value.get("@id")
        named = value if "name" in value else by_id.get(known if isinstance(known, str) else "")
        value = _first((named or {}).get("name"))
    return value if isinstance(value, str) and value.strip() else None
