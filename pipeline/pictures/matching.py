"""Is a file that came on a list of the user's? Asked before anything of it is written anywhere.

By digest: MD5 or SHA-256 of the bytes. By looks: PDQ of the picture as sent, in all eight ways to
turn and mirror it, against a list of such hashes. What matches leaves its digest, its length and
the entry that it met, and never a byte of its own.
"""

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Self

from filters.pictures.image_hashes import pdq_turned
from filters.pictures.known_hashes import KnownHashes
from filters.pictures.looks import brightness
from pipeline.pictures.apart import Apart, CrashedError
from pipeline.web.blocklist import Lists

Row = dict[str, Any]

LISTED = "hash_listed"


class Matching:
    """The lists of a run. Pictures are hashed in at most `count` processes of their own.

    Threads may share one; leaving the context ends the processes.
    """

    def __init__(self, lists: Lists, count: int = 1) -> None:
        self._digests = lists.hashes()
        looks = lists.looks()
        self._known = known(looks) if looks else None
        self._apart = Apart("pipeline.pictures.matching:answered", count)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._apart.__exit__(*error)

    def by_digest(self, body: bytes) -> Row | None:
        """Columns of `schemas.image.IMAGE` for a file whose digest is listed; None for others."""
        digest = _digest(body, self._digests) if self._digests else None
        return _row(body, LISTED, digest) if digest is not None else None

    def by_looks(self, body: bytes) -> Row | None:
        """The same for a picture that looks like a listed one.

        With a list of looks, a picture that cannot be looked at is "decode_failed": what nobody
        can compare is not kept. Sizes are not checked here: ask for pictures that passed.
        """
        if self._known is None:
            return None
        try:
            facts, _ = self._apart.ask(body, {})
        except CrashedError:
            facts = {}
        if not facts:
            return _row(body, "decode_failed", None)
        match = self._known.near(facts["pdq"], facts["quality"])
        if match is None:
            return None
        return _row(body, LISTED, f"pdq {match.hash}, {match.bits} bits away")


@lru_cache(maxsize=1)
def known(looks: frozenset[str]) -> KnownHashes:
    """The list ready to be asked: a worker makes it once, not for every part."""
    return KnownHashes(looks)


def without(images: Iterable[Row], lists: Lists) -> None:
    """Take away the listed among pictures that somebody else has fetched and resized, in place.

    Rows of columns of IMAGE. Their digest is that of the file as sent, their looks as resized.
    """
    digests = lists.hashes()
    with Matching(lists) as matching:
        for image in images:
            if "bytes" not in image:
                continue
            sha256, found = image["sha256"], None
            if sha256 in digests:
                found = {"dropped": LISTED, "evidence": sha256}
            found = found or matching.by_looks(image["bytes"])
            if found is not None:
                image.clear()
                image.update(found | {"sha256": sha256, "original_bytes": None})


def answered(data: bytes, _: Row) -> tuple[Row, bytes]:
    """PDQ of a picture as a process apart answers it: its hashes and quality, or nothing."""
    luma = brightness(data)
    if luma is None:
        return {}, b""
    turned, quality = pdq_turned(luma)
    return {"pdq": turned, "quality": quality}, b""


def _digest(body: bytes, digests: frozenset[str]) -> str | None:
    found = hashlib.sha256(body), hashlib.md5(body, usedforsecurity=False)
    return next((each.hexdigest() for each in found if each.hexdigest() in digests), None)


def _row(body: bytes, dropped: str, evidence: str | None) -> Row:
    sha256 = hashlib.sha256(body).hexdigest()
    return {
        "sha256": sha256, "dropped": dropped, "evidence": evidence, "original_bytes": len(body)
    }  # fmt: skip
