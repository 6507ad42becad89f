"""When two pictures count as alike: bits in which their hashes may differ, and how to find them.

Multi-index hashing (Norouzi, Punjani and Fleet, "Fast Exact Search in Hamming Space with
Multi-Index Hashing", CVPR 2012): a hash is cut into slots. Of `count` slots and a radius r, two
hashes within r differ in at least one slot by at most r // count bits. So whoever looks, in
every slot, at all values within so many flipped bits misses no pair. With no flip that is r + 1
slots of which one is equal; 16 slots and one flip for PDQ's 31 of 256 are Facebook's choice
(ThreatExchange, pdq/cpp/index/mih.h).

Radii: PDQ 31 of 256 is its publishers' advice (filters.pictures.image_hashes). For 64-bit hashes
the field uses 4 to 10: imagededup's default is 10 (idealo/imagededup, methods/hashing.py).
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np

BITS = {"pdq": 256, "phash": 64, "dhash": 64}
USUAL = {"pdq": 31, "phash": 8, "dhash": 8}
# Beyond a quarter of its bits two hashes are near by chance alone.
MOST_SHARE = 4

_WIDEST = 22  # bits of a slot: its table of values has 2^22 entries
_TYPICAL = 1 << 20  # hashes for which the cut is chosen
_FLIPS = 3
_LOOK_UP = 8  # what going to a value costs, in comparisons of two hashes


class RadiusError(Exception):
    """No such hash or radius; the text is one line that tells the next move."""


@dataclass(frozen=True)
class Slots:
    """`count` runs of bits, as even as can be; `flips` bits may differ in the one that is near."""

    bits: int
    count: int
    flips: int

    @property
    def ends(self) -> tuple[int, ...]:
        """Where each slot ends, the first at bit ends[0]."""
        return tuple(self.bits * (slot + 1) // self.count for slot in range(self.count))

    @property
    def widths(self) -> tuple[int, ...]:
        """Bits of each slot."""
        return tuple(np.diff((0, *self.ends)).tolist())

    def values(self, words: np.ndarray) -> np.ndarray:
        """The slots of hashes. uint64 (n, bits / 64) -> int64 (n, count)"""
        packed = words.astype(">u8").view(np.uint8).reshape(len(words), self.bits // 8)
        bits = np.unpackbits(packed, axis=1)
        out = np.empty((len(words), self.count), np.int64)
        for slot, (end, width) in enumerate(zip(self.ends, self.widths, strict=True)):
            out[:, slot] = bits[:, end - width : end] @ (1 << np.arange(width)[::-1])
        return out

    def masks(self, slot: int) -> np.ndarray:
        """What to flip in a value to get all near it: int64 (masks,), 0 first."""
        return flipped(self.widths[slot], self.flips)


@lru_cache(maxsize=64)
def flipped(width: int, flips: int) -> np.ndarray:
    """Every number of `width` bits with at most `flips` of them set, fewer first. int64 (m,)"""
    found = [
        sum(1 << bit for bit in bits)
        for count in range(flips + 1)
        for bits in combinations(range(width), count)
    ]
    return np.array(found, np.int64)


@dataclass(frozen=True)
class Radius:
    """Two pictures are alike where their `hash`es differ in at most `bits` bits."""

    hash: str = "pdq"
    bits: int = USUAL["pdq"]

    @property
    def slots(self) -> Slots:
        """The cheapest cut for about a million hashes: values looked at, and what lies there."""
        length = BITS[self.hash]
        fewest = -(-length // _WIDEST)
        cuts = (
            Slots(length, max(fewest, self.bits // (flips + 1) + 1), flips)
            for flips in range(min(self.bits, _FLIPS) + 1)
        )
        return min(cuts, key=_cost)


def _cost(slots: Slots) -> float:
    return sum(
        sum(comb(width, count) for count in range(slots.flips + 1))
        * (_LOOK_UP + _TYPICAL / 2**width)
        for width in slots.widths
    )


def load(text: str) -> Radius:
    """A hash, with a radius where it is not the usual one: "pdq", "phash:6". Raises RadiusError."""
    name, colon, bits = text.partition(":")
    if name not in BITS:
        raise RadiusError(f"'{name}' is no hash of pictures: give {', '.join(BITS)}, as in phash:6")
    if not colon:
        return Radius(name, USUAL[name])
    most = BITS[name] // MOST_SHARE - 1
    if not bits.isdecimal() or int(bits) > most:
        raise RadiusError(f"'{text}': the bits that may differ are a number from 0 to {most}")
    return Radius(name, int(bits))


def words_of(hashes: list[str], bits: int) -> np.ndarray:
    """Hexadecimal hashes of one kind -> uint64 (n, bits / 64), the first bits highest."""
    packed = np.frombuffer(bytes.fromhex("".join(hashes)), ">u8")
    return packed.astype(np.uint64).reshape(-1, bits // 64)


def nodes_of(words: np.ndarray) -> np.ndarray:
    """A number for each hash. uint64 (n, w) -> int64 (n,)

    Of 64 bits each hash has its own; of 256, two of a billion fall together with probability 0.03.
    """
    mixed = np.zeros(len(words), np.uint64)
    for column in range(words.shape[1]):
        mixed = (mixed ^ words[:, column]) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
    return mixed.view(np.int64)
