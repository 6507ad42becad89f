"""What owners say about use: in headers, in meta tags, in files; and which word each ends in.

A verdict here is a pair: a word of `schemas.image.DROPPED`, and what was read, as evidence.

Sources: X-Robots-Tag and meta robots as search engines define them, noai and noimageai as
DeviantArt brought them up, noml of Brave and others; TDMRep (W3C community group, 2024);
draft-ietf-aipref-attach and draft-ietf-aipref-vocab (off unless asked for: they still change).
"""

import json
import re
from collections.abc import Iterable, Iterator

Verdict = tuple[str, str]

# What may be honoured. All but the last are, unless the user says otherwise.
ROBOTS, AI_TXT, TDM, TAGS, USAGE = "robots_txt", "ai_txt", "tdm", "tags", "content_usage"
KINDS = (ROBOTS, AI_TXT, TDM, TAGS, USAGE)
DEFAULT = (ROBOTS, AI_TXT, TDM, TAGS)

# Of a page: these forbid its text and its pictures, and those its pictures only.
OF_PAGE = ("noai", "noml", "noindex")
OF_PICTURES = ("noimageai", "noimageindex")
_NONE = {"none": "noindex"}  # "none" is short for noindex, nofollow
# Written for makers of models: they count whoever they are addressed to. Where headers were
# joined, nobody can tell where the words to one robot end.
_FOR_MODELS = frozenset(("noai", "noml", "noimageai"))
_VALUED = frozenset(
    ("unavailable_after", "max-snippet", "max-image-preview", "max-video-preview", "nositelinks")
)
MAX_TAG = 4096
"""What is read of one header or meta tag. [characters]"""

MAX_LOCATIONS = 10_000
"""Entries that are read of a tdmrep.json."""


def directives(tag: str, token: str) -> Iterator[str]:
    """The words of an X-Robots-Tag or a meta robots that are addressed to `token`, lower case.

    "otherbot: noindex, noarchive" names its robot in front; what follows is for that one.
    """
    addressed = True
    for part in re.split("[,;]", tag[:MAX_TAG].lower()):
        words = part.strip()
        agent, colon, rest = words.partition(":")
        if colon and agent.strip() not in _VALUED:
            addressed = agent.strip() in (token, "*", "robots")
            words = rest.strip()
        for word in words.split():
            word = _NONE.get(word, word)
            if addressed or word in _FOR_MODELS:
                yield word


def tag_verdict(
    tags: Iterable[tuple[str, str]], token: str, words: tuple[str, ...]
) -> Verdict | None:
    """The first of `words` that is said; `tags` are pairs of a name for evidence and a value."""
    said = [(name, value, set(directives(value, token))) for name, value in tags]
    for word in words:
        for name, value, found in said:
            if word in found:
                return word, f"{name}: {value[:MAX_TAG]}"
    return None


def reserved(value: str | None) -> bool:
    """Does a tdm-reservation say that the rights are reserved? Only "1" does."""
    return value is not None and value.strip() == "1"


def tdm_rules(body: bytes) -> tuple[str, ...]:
    """Rules of a /.well-known/tdmrep.json in the words of robots.txt: reserved is disallow.

    Its locations are patterns as in robots.txt. Never raises; what is no such file has no rules.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return ()
    rules: dict[str, None] = {}
    for entry in found[:MAX_LOCATIONS] if isinstance(found, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("location"), str):
            says = str(entry.get("tdm-reservation", ""))
            if says in ("0", "1") and entry["location"]:
                verb = "disallow" if says == "1" else "allow"
                rules[f"{verb}: {_one_line(entry['location'])}"] = None
    return tuple(rules)


def _one_line(text: str) -> str:
    return "".join(c if c.isprintable() else "%20" for c in text)


def usage_rules(values: Iterable[str]) -> tuple[str, ...]:
    """Rules of Content-Usage lines in the words of robots.txt: train-ai=n is disallow."""
    rules = []
    for value in values:
        path, _, preferences = value.rpartition(" ") if value.startswith("/") else ("/", "", value)
        says = _train(preferences)
        if says:
            rules.append(f"{'disallow' if says == 'n' else 'allow'}: {path.strip() or '/'}")
    return tuple(rules)


def _train(preferences: str) -> str | None:
    """What a Content-Usage value says of training: "y", "n" or nothing."""
    match = re.search(r"(?:^|[\s,])train-ai\s*=\s*([yn])\b", preferences[:MAX_TAG].lower())
    return match[1] if match else None


def usage_forbids(value: str | None) -> bool:
    """Does a Content-Usage header say that nobody may train on what came with it?"""
    return value is not None and _train(value) == "n"


def header_verdict(
    headers: Iterable[tuple[str, str]], token: str, honours: Iterable[str]
) -> Verdict | None:
    """What the headers of a picture forbid. `headers`: names and values as they came."""
    honoured = frozenset(honours)
    kept = [(name.lower(), value) for name, value in headers]
    if TAGS in honoured:
        tags = [("X-Robots-Tag", value) for name, value in kept if name == "x-robots-tag"]
        # Each header names its own robot: only joined ones run into each other.
        found = tag_verdict(tags, token, (*OF_PAGE, *OF_PICTURES))
        if found:
            return found
    for name, value in kept:
        if TDM in honoured and name == "tdm-reservation" and reserved(value):
            return "tdm_reserved", "tdm-reservation: 1"
        if USAGE in honoured and name == "content-usage" and usage_forbids(value):
            return "content_usage", f"Content-Usage: {value[:MAX_TAG]}"
    return None
