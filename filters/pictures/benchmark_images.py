"""Pictures of benchmarks: how near a picture of the crawl comes to one, by PDQ hashes.

The distance is kept and the rule decides: two PDQ hashes within 31 bits count as one picture
("The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook 2019), so
`value = "benchmark_distance"`, `at_least = 32`, `missing = "keep"` drops what a benchmark shows. A
picture with too little to hash is near to any other such: it has no distance.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from filters.pictures.image_hashes import PDQ_MIN_QUALITY, PDQ_NEAR
from filters.signals import Measure, Signal

_PDQ = "Facebook, PDQ image hashing, 2019"
SIGNALS = (
    Signal(
        "benchmark_distance",
        pa.int16(),
        "bits in which the PDQ hash differs from the nearest of the benchmarks' pictures",
        "bits",
        _PDQ,
    ),
    Signal(
        "benchmark_picture",
        pa.string(),
        f"name of that picture where it is within {PDQ_NEAR} bits, else null",
        "name",
        _PDQ,
    ),
)


@dataclass(frozen=True)
class Pictures:
    """PDQ hashes of benchmarks' pictures, ascending: uint64 (n, 4); and the name of each."""

    hashes: np.ndarray
    names: tuple[str, ...]

    @classmethod
    def of(cls, pairs: Iterable[tuple[str, str]]) -> "Pictures":
        """Of pairs (64 hex digits, name); of one hash, the first name stays."""
        known: dict[str, str] = {}
        for hash_, name in sorted(pairs):
            known.setdefault(hash_, name)
        packed = b"".join(map(bytes.fromhex, known))
        return cls(np.frombuffer(packed, np.uint64).reshape(-1, 4), tuple(known.values()))

    def lines(self) -> list[str]:
        """As text: hash, comma, name."""
        return [
            f"{row.tobytes().hex()},{name}"
            for row, name in zip(self.hashes, self.names, strict=True)
        ]

    def nearest(self, hash_: str) -> tuple[int, str]:
        """Distance to the nearest, and its name; the first of equals."""
        bits = np.bitwise_count(self.hashes ^ np.frombuffer(bytes.fromhex(hash_), np.uint64))
        distances = bits.sum(axis=1)
        best = int(distances.argmin())
        return int(distances[best]), self.names[best]


Opener = Callable[[], Pictures]


def scores(opener: Opener | None, pdq: pa.Array, quality: pa.Array) -> tuple[pa.Array, ...]:
    """SIGNALS of pictures. string (n,), int16 (n,) -> int16 (n,), string (n,)."""
    known = opener() if opener is not None else None
    found: list[tuple[int, str | None] | tuple[None, None]] = []
    for hash_, score in zip(pdq.to_pylist(), quality.to_pylist(), strict=True):
        if known is None or not known.names or hash_ is None or score < PDQ_MIN_QUALITY:
            found.append((None, None))
            continue
        bits, name = known.nearest(hash_)
        found.append((bits, name if bits <= PDQ_NEAR else None))
    distances, names = zip(*found, strict=True) if found else ((), ())
    return pa.array(distances, pa.int16()), pa.array(names, pa.string())


def measure(opener: Opener | None = None) -> Measure:
    """The measure of pictures that were looked at; without benchmarks it gives nulls."""
    return Measure(_Against(opener), ("pdq", "pdq_quality"), SIGNALS)


@dataclass(frozen=True)
class _Against:
    """`scores` against what an opener gives: unlike a partial, equal after it has travelled."""

    opener: Opener | None

    def __call__(self, pdq: pa.Array, quality: pa.Array) -> tuple[pa.Array, ...]:
        return scores(self.opener, pdq, quality)
