"""robots.txt (RFC 9309): the lines that are for us, and what they say of a path.

ai.txt is written in the same way and read by the same code.
"""

import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

MAX_BYTES = 500 << 10
"""What is read of a file; the RFC asks for 500 KiB at least. [bytes]"""

MAX_WILD = 2000
"""Rules with a `*` inside, beyond which a file is taken to forbid everything: such files are
written against whoever matches them, and what they allow is not worth the search."""

MAX_DELAY_S = 60.0
"""Longest Crawl-delay that is obeyed as written; a longer one counts as this. [s]"""

# RFC 9309 wants names of letters, "_" and "-"; what follows in a line is no part of the name.
_TOKEN = re.compile(r"[A-Za-z_-]+")
_AGENT, _ALLOW, _DISALLOW = "user-agent", "allow", "disallow"
_DELAY, _USAGE = "crawl-delay", "content-usage"
_SPELT = {
    "useragent": _AGENT, "user agent": _AGENT, "dissallow": _DISALLOW, "disalow": _DISALLOW,
}  # fmt: skip


@dataclass(frozen=True)
class Group:
    """What a file says to one reader, in the order of lines.

    `rules`: "allow: /a" or "disallow: /a", each once, empty patterns left out. `usage`: values of
    Content-Usage, "/a train-ai=n" where it is for a path. `delay_s`: Crawl-delay, which is no part
    of the RFC but widely meant.
    """

    rules: tuple[str, ...] = ()
    usage: tuple[str, ...] = ()
    delay_s: float | None = None


def product_token(user_agent: str) -> str:
    """The name that robots.txt calls us by: "interleaf" of "interleaf/0.1 (+...)"."""
    match = _TOKEN.match(user_agent)
    return match[0].lower() if match else ""


def group_for(token: str, body: bytes) -> Group:
    """The groups of `body` for `token` as one, or else those for `*`, or else nothing.

    Never raises: a line that cannot be read is skipped, as the RFC wants.
    """
    ours: list[tuple[str, str]] = []
    anyones: list[tuple[str, str]] = []
    named = False
    takers: list[list[tuple[str, str]]] = []
    in_names = False
    for field, value in _lines(body):
        if field == _AGENT:
            if not in_names:
                takers, in_names = [], True
            match = _TOKEN.match(value)
            if match and match[0].lower() == token:
                takers.append(ours)
                named = True
            elif value.startswith("*"):
                takers.append(anyones)
        elif field in (_ALLOW, _DISALLOW, _DELAY, _USAGE):
            in_names = False
            for taker in takers:
                taker.append((field, value))
    return _group(ours if named else anyones)


def _lines(body: bytes) -> Iterable[tuple[str, str]]:
    marked = body[:2] in (BOM_UTF16_LE, BOM_UTF16_BE)
    text = body[:MAX_BYTES].decode("utf-16" if marked else "utf-8", "replace")
    text = text.removeprefix("\ufeff")
    for line in re.split(r"\r\n|\r|\n", text):
        field, colon, value = line.split("#", 1)[0].partition(":")
        if colon:
            name = field.strip().lower()
            yield _SPELT.get(name, name), value.strip()


def _group(lines: list[tuple[str, str]]) -> Group:
    rules: dict[str, None] = {}
    usage: dict[str, None] = {}
    delays: list[float] = []
    for field, value in lines:
        if field in (_ALLOW, _DISALLOW):
            if value:
                rules[f"{field}: {value}"] = None
        elif field == _USAGE:
            usage[value] = None
        else:
            delays += _seconds(value)
    return Group(tuple(rules), tuple(usage), max(delays) if delays else None)


def _seconds(value: str) -> list[float]:
    match = re.fullmatch(r"([0-9]{1,9})(\.[0-9]{1,6})?", value)
    return [min(float(match[0]), MAX_DELAY_S)] if match else []


class Rules:
    """Rules, ready to be asked: the longest pattern that fits decides, allow at a tie."""

    def __init__(self, rules: Iterable[str]) -> None:
        ordered: dict[tuple[int, bool, str], str] = {}
        for rule in rules:
            field, _, pattern = rule.partition(": ")
            pattern = re.sub(r"\*+", "*", _normal(pattern))
            # False sorts before True: an allow goes before a disallow of its length.
            ordered[(-len(pattern), field == _DISALLOW, pattern)] = rule
        self._ordered = sorted(ordered.items())
        wild = sum("*" in pattern.rstrip("*") for (_, _, pattern), _ in self._ordered)
        self._too_wild = wild > MAX_WILD

    def against(self, path: str) -> str | None:
        """The rule that forbids `path` (with its query); None where none does."""
        if self._too_wild:
            return "disallow: *"
        path = _normal(path)
        for (_, forbids, pattern), rule in self._ordered:
            if _fits(pattern, path):
                return rule if forbids else None
        return None


_SAFE = "/%:@!$&'()*+,;=~?[]|#"
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def _normal(path: str) -> str:
    """One spelling of a path or pattern (RFC 9309 2.2.2, RFC 3986 6.2.2).

    Unreserved characters stand for themselves; all else keeps or gets its percent sign.
    """
    escaped = quote(_BARE_PERCENT.sub("%25", path), safe=_SAFE, errors="replace")
    return _ESCAPE.sub(_undone, escaped)


def _undone(match: re.Match[str]) -> str:
    character = chr(int(match[0][1:], 16))
    plain = character.isascii() and (character.isalnum() or character in "-._~")
    return character if plain else match[0].upper()


def _fits(pattern: str, path: str) -> bool:
    """Does a pattern with `*` and a final `$` match the start of a path?

    Every piece between stars is looked for once, from left to right, so that no pattern costs
    more than a few passes over the path.
    """
    at_end = pattern.endswith("$")
    head, *pieces = (pattern[:-1] if at_end else pattern).split("*")
    if not path.startswith(head):
        return False
    if not pieces:
        return not at_end or path == head
    place = len(head)
    *middle, last = pieces
    for piece in middle:
        found = path.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    if at_end:
        return path.endswith(last) and len(path) - len(last) >= place
    return path.find(last, place) >= 0
