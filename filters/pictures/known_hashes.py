"""A user's list of PDQ hashes, and which of them a picture is near. Exact, and quick for millions.

Two hashes of 256 bits that differ in at most 31 bits differ in at most one bit in some of their
16 words of 16 bits (31 bits cannot be two in each). So every listed hash is looked up by each of
its words, and a picture asks for its own words and for those one bit away: multi-index hashing,
Norouzi, Punjani and Fleet, CVPR 2012.

Bound and least quality: the advice of PDQ's publishers (Facebook, ThreatExchange, 2019).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from filters.pictures.image_hashes import PDQ_MIN_QUALITY, PDQ_NEAR

_HEX = frozenset("0123456789abcdef")
_DIGITS = 64
_WORDS = 16
_WORD_BITS = 16
_FAR = 256 + 1


@dataclass(frozen=True)
class Match:
    """A listed hash that a picture is near, and in how many bits it differs."""

    hash: str
    bits: int


class KnownHashes:
    """PDQ hashes, 64 hex digits each, in any order. Raises ValueError for another."""

    def __init__(self, hashes: Iterable[str]) -> None:
        import numpy as np

        self.hashes = sorted({checked(each) for each in hashes})
        packed = np.frombuffer(bytes.fromhex("".join(self.hashes)), np.uint8)
        self._wide = packed.view(np.uint64).reshape(-1, 4)
        words = packed.view(np.uint16).reshape(-1, _WORDS)
        # Of each place in a hash: the hashes in the order of the word there, and where each of
        # the 65,536 words begins in that order.
        self._order = np.empty((_WORDS, len(words)), np.int32)
        self._begin = np.empty((_WORDS, (1 << _WORD_BITS) + 1), np.int32)
        for place in range(_WORDS):
            column = words[:, place]
            self._order[place] = np.argsort(column, kind="stable")
            counts = np.bincount(column, minlength=1 << _WORD_BITS)
            self._begin[place] = np.concatenate([[0], np.cumsum(counts)])

    def near(self, turned: Sequence[str], quality: int) -> Match | None:
        """The nearest listed hash to any of a picture's, within PDQ_NEAR; None for none.

        Of equally near ones the first in the order of digits. A picture of less than
        PDQ_MIN_QUALITY is near nothing.
        """
        import numpy as np

        if quality < PDQ_MIN_QUALITY or not self.hashes:
            return None
        packed = np.frombuffer(bytes.fromhex("".join(map(checked, turned))), np.uint8)
        asked, found = self._candidates(packed.view(np.uint16).reshape(-1, _WORDS))
        wide = packed.view(np.uint64).reshape(-1, 4)
        bits = np.bitwise_count(self._wide[found] ^ wide[asked]).sum(axis=1, dtype=np.int64)
        # Nearest first, then in the order of the list: one number tells.
        least = int((bits * len(self.hashes) + found).min(initial=_FAR * len(self.hashes)))
        distance, at = divmod(least, len(self.hashes))
        return Match(self.hashes[at], distance) if distance <= PDQ_NEAR else None

    def _candidates(self, words: Any) -> tuple[Any, Any]:
        """What shares a word but for a bit: (which of `words`, which listed hash), pairs, int64."""
        import numpy as np

        masks = np.concatenate([[0], 1 << np.arange(_WORD_BITS)]).astype(np.uint16)
        keys = (words[:, :, None] ^ masks).astype(np.int64)  # (asked, place, mask)
        places = np.broadcast_to(np.arange(_WORDS)[None, :, None], keys.shape).ravel()
        asked = np.broadcast_to(np.arange(len(words))[:, None, None], keys.shape).ravel()
        begin = self._begin[places, keys.ravel()].astype(np.int64)
        lengths = self._begin[places, keys.ravel() + 1] - begin
        behind = np.concatenate([[0], np.cumsum(lengths)])
        within = np.arange(behind[-1]) - np.repeat(behind[:-1], lengths)
        found = self._order[np.repeat(places, lengths), np.repeat(begin, lengths) + within]
        return np.repeat(asked, lengths), found.astype(np.int64)


def checked(word: str) -> str:
    """A PDQ hash in lower case. Raises ValueError for what is none."""
    word = word.lower()
    if len(word) != _DIGITS or not set(word) <= _HEX:
        raise ValueError(f"'{word[:80]}' is no PDQ hash: 64 hexadecimal digits")
    return word
