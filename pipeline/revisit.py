"""Pictures that an earlier run has: asked for anew, and kept where the server says unchanged.

A request names what the earlier one was told, ETag and Last-Modified (RFC 9110 13.1); a server
that has nothing newer answers 304 without a body, and the row of the earlier run stands.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from pipeline.links import LinkedDocument
from pipeline.recall import Lookup
from pipeline.web.addresses import Target
from pipeline.web.body import Held

EVIDENCE = "304: unchanged since an earlier run"
_SENDABLE = re.compile(r"[\x20-\x7e]{1,1024}")
_SHA256_DIGITS = 64

Row = dict[str, Any]


@dataclass(frozen=True)
class Earlier:
    """Both open a table of the earlier run: `asked` tells how pictures came, `images` has them."""

    asked: Callable[[], Lookup]
    images: Callable[[], Lookup]


class Revisit:
    """What a part may keep of the earlier run; without one, nothing.

    `hashes`: the user's list. A digest there that is no SHA-256 can be compared with the bytes
    only, so then everything is asked for in full.
    """

    def __init__(self, earlier: Earlier | None, hashes: Iterable[str]) -> None:
        self._hashes = frozenset(hashes)
        whole = all(len(each) == _SHA256_DIGITS for each in self._hashes)
        self._earlier = earlier if whole else None
        self._places: dict[Target, str] = {}
        self._held: dict[Target, Held] = {}
        self._images: Lookup | None = None
        self._thread = ThreadPoolExecutor(1, "earlier")

    def note(self, documents: Iterable[LinkedDocument], known: Iterable[list[str] | None]) -> None:
        """Where the earlier run has the links of documents: image_id/part/doc_id, each."""
        if self._earlier is None:
            return
        for document, places in zip(documents, known, strict=True):
            by_id = {place.partition("/")[0]: place for place in places or ()}
            for link in document.links:
                if link.target is not None and link.image_id in by_id:
                    self._places.setdefault(link.target, by_id[link.image_id])

    def open(self) -> None:
        """Read what the earlier run was told of all links noted."""
        if self._earlier is None or not self._places:
            return
        # In the order in which they lie there.
        targets = sorted(self._places, key=lambda target: self._places[target].split("/")[1:])
        told = self._earlier.asked()([self._places[target] for target in targets])
        for target, row in zip(targets, told.to_pylist(), strict=True):
            tag, date = (_sendable(row[name]) for name in ("etag", "last_modified"))
            if row["dropped"] is None and (tag or date):
                self._held[target] = Held(row["answered_by"] or target.url, tag, date)
        self._images = self._earlier.images()

    def held(self, target: Target) -> Held | None:
        """What the earlier run was told of a link whose picture it has."""
        return self._held.get(target)

    async def kept(self, target: Target, asked: Mapping[str, Any]) -> Row:
        """The row of an unchanged picture: as it was, but for how it was `asked` for.

        One that is on the list by now is dropped.
        """
        if self._images is None:
            raise KeyError(target.url)
        read = partial(self._images, [self._places[target]])
        loop = asyncio.get_running_loop()
        (row,) = (await loop.run_in_executor(self._thread, read)).to_pylist()
        if row["sha256"] in self._hashes:
            listed = {"dropped": "hash_listed", "evidence": row["sha256"]}
            return {**asked, **{name: row[name] for name in ("sha256", "original_bytes")}, **listed}
        held = self._held[target]
        told = {"etag": asked["etag"] or held.etag}
        told["last_modified"] = asked["last_modified"] or held.last_modified
        own = {name: row[name] for name in row if name not in ("image_id", "url")}
        return {**asked, **own, **told, "evidence": EVIDENCE}

    def close(self) -> None:
        """Wait for what is being read."""
        self._thread.shutdown()


def _sendable(text: str | None) -> str | None:
    return text if text is not None and _SENDABLE.fullmatch(text) else None
