"""`python -m tests.bench.known_hashes`: how long it takes to search a list of PDQ."""

import time

import numpy as np

from filters.pictures.image_hashes import pdq_turned
from filters.pictures.known_hashes import KnownHashes
from tests.filters.pictures.test_image_hashes import scene

ASKED = 50


def main() -> None:
    """Print processor seconds for lists of three lengths; every list is of chance hashes."""
    dice = np.random.default_rng(1)
    luma = scene(size=(384, 512))
    begun = time.process_time()
    for _ in range(ASKED):
        turned, _ = pdq_turned(luma)
    print(f"eight hashes of a picture: {_ms(begun):.1f} ms")
    for count in (1_000, 100_000, 1_000_000):
        rows = dice.integers(0, 256, (count, 32), np.uint8)
        hashes = [row.tobytes().hex() for row in rows]
        begun = time.process_time()
        known = KnownHashes(hashes)
        ready_s = time.process_time() - begun
        begun = time.process_time()
        for _ in range(ASKED):
            known.near(turned, 100)
        print(f"{count:>9,} listed: ready in {ready_s:.2f} s, a picture in {_ms(begun):.1f} ms")


def _ms(begun: float) -> float:
    return (time.process_time() - begun) / ASKED * 1000


if __name__ == "__main__":
    main()
