"""Leave to ask: what the files of a site say, read once for each origin.

A link is asked for only where robots.txt, ai.txt and tdmrep.json of its origin allow it, and so
is every address that it redirects to. What is known beforehand comes in a table; an origin that
only a redirect leads to is read when it is met.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pipeline.web.addresses import Target
from pipeline.web.rights import AI_TXT, ROBOTS, TDM, USAGE, Verdict, tdm_rules, usage_rules
from pipeline.web.robots import Group, Rules, group_for, product_token

ROBOTS_PATH, AI_PATH, TDM_PATH = "/robots.txt", "/ai.txt", "/.well-known/tdmrep.json"

# A host that says nothing at all: its links end in the same word, as if asked themselves.
SILENT = frozenset(("dns", "connect", "tls", "timeout", "private_address", "bad_url"))
# RFC 9309 2.3.1.3: a file that is not there forbids nothing.
ABSENT = frozenset(("http_4xx", "http_3xx", "too_large"))

Row = dict[str, Any]


@dataclass(frozen=True)
class Text:
    """How the request for a small text ended; `origin` is where the last redirect led."""

    body: bytes | None
    status: int | None
    attempts: int
    dropped: str | None
    origin: str
    path: str


Read = Callable[[str], Awaitable[Text]]

# Which rules are asked, the word of a link that they forbid, and the file for the evidence.
_FILES = (
    (ROBOTS, "robots_txt", "robots.txt"),
    (AI_TXT, "ai_txt", "ai.txt"),
    (TDM, "tdm_reserved", "tdmrep.json"),
    (USAGE, "content_usage", "robots.txt Content-Usage"),
)


class Permit:
    """What an origin allows: a row of `schemas.rights.PERMIT`, ready to be asked."""

    def __init__(self, row: Mapping[str, Any], honours: Iterable[str]) -> None:
        honoured = frozenset(honours)
        self.row = row
        self._refused = row["refused"] if ROBOTS in honoured else None
        self._rules = [
            (word, name, Rules(row[kind]))
            for kind, word, name in _FILES
            if kind in honoured and row[kind]
        ]

    def against(self, url: str) -> Verdict | None:
        """Why this address of the origin is not asked for, and the rule; None where it may be."""
        if self._refused:
            return self._refused, "robots.txt could not be read"
        if not self._rules:
            return None
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if path == ROBOTS_PATH:
            return None
        for word, name, rules in self._rules:
            rule = rules.against(path)
            if rule is not None:
                return word, f"{name}: {rule}"
        return None


class Sites:
    """Permits by origin. `read` asks for an address of a text and follows its redirects."""

    def __init__(
        self, read: Read, user_agent: str, honours: Iterable[str], known: Iterable[Row] = ()
    ) -> None:
        self._read = read
        self._token = product_token(user_agent)
        self._honours = tuple(honours)
        self._permits: dict[str, asyncio.Task[Row] | Permit] = {}
        for row in known:
            self._keep(row)

    async def against(self, target: Target) -> Verdict | None:
        """Why this link is not asked for; None where it may be."""
        if not {kind for kind, *_ in _FILES} & set(self._honours):
            return None
        found = self._permits.get(target.origin)
        if found is None:
            found = self._permits[target.origin] = asyncio.create_task(self.asked(target.origin))
        if isinstance(found, asyncio.Task):
            row = await asyncio.shield(found)
            found = self._permits[target.origin]
            if isinstance(found, asyncio.Task):
                found = self._keep(row["permit"])
        return found.against(target.url)

    def delay_s(self, origin: str) -> float | None:
        """The Crawl-delay of an origin that `against` was asked about."""
        found = self._permits.get(origin)
        return found.row["delay_s"] if isinstance(found, Permit) else None

    async def close(self) -> None:
        """Leave what is still being read: the links that waited for it are gone."""
        reading = [each for each in self._permits.values() if isinstance(each, asyncio.Task)]
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)

    def _keep(self, row: Row) -> Permit:
        permit = self._permits[row["origin"]] = Permit(row, self._honours)
        if row["landed"] is not None and row["landed"] not in self._permits:
            self._permits[row["landed"]] = permit
        return permit

    async def asked(self, origin: str, robots: Text | None = None) -> Row:
        """Read the files of an origin: a row of ROBOTS, with the columns of SITE_ASKED.

        `robots`: its robots.txt, where somebody has read it already.
        """
        group, failure, text = Group(), None, None
        attempts = 0
        if {ROBOTS, USAGE} & set(self._honours):
            text = robots or await self._read(origin + ROBOTS_PATH)
            attempts, failure = text.attempts, text.dropped
            if text.body is not None:
                group = group_for(self._token, text.body)
        refused = _refused(failure)
        ai_txt = Group()
        tdm: tuple[str, ...] = ()
        if refused is None and AI_TXT in self._honours:
            answer = await self._read(origin + AI_PATH)
            ai_txt = group_for(self._token, answer.body or b"")
            attempts += answer.attempts
        if refused is None and TDM in self._honours:
            answer = await self._read(origin + TDM_PATH)
            tdm = tdm_rules(answer.body or b"")
            attempts += answer.attempts
        # Only within a host: its ai.txt and tdmrep.json were asked for at `origin`.
        moved = (
            text is not None and text.path == ROBOTS_PATH and _host(text.origin) == _host(origin)
        )
        permit = {
            "origin": origin,
            "parts": None,
            "landed": text.origin if text is not None and moved and text.origin != origin else None,
            "refused": refused,
            "delay_s": group.delay_s,
            "robots_txt": list(group.rules),
            "ai_txt": list(ai_txt.rules),
            "tdm": list(tdm),
            "content_usage": list(usage_rules(group.usage)),
        }
        body = text.body if text is not None else None
        return {
            "origin": origin,
            "http_status": text.status if text is not None else None,
            "sha256": hashlib.sha256(body).hexdigest() if body is not None else None,
            "permit": permit,
            "attempts": attempts,
            "failure": failure,
        }


def _refused(failure: str | None) -> str | None:
    """RFC 9309 2.3.1: absent allows all; unreachable, an answer of 5xx or 429 with it, nothing."""
    if failure is None or failure in ABSENT:
        return None
    return failure if failure in SILENT else "robots_unreachable"


def _host(origin: str) -> str:
    return urlsplit(origin).hostname or ""
