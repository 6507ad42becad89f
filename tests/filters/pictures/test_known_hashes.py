"""A list of PDQ hashes: every hash within the bound is found, and none beyond it."""

import time

import numpy as np
import pytest

from filters.pictures.image_hashes import PDQ_MIN_QUALITY, PDQ_NEAR, distance
from filters.pictures.known_hashes import KnownHashes, Match

DICE = np.random.default_rng(7)


def some(count):
    return [each.tobytes().hex() for each in DICE.integers(0, 256, (count, 32), np.uint8)]


def changed(hash_, bits):
    """The hash with `bits` bits turned, at places that chance chooses."""
    turned = sum(1 << int(at) for at in DICE.choice(256, bits, replace=False))
    return f"{int(hash_, 16) ^ turned:064x}"


LISTED = some(3000)
KNOWN = KnownHashes(LISTED)


@pytest.mark.parametrize("bits", [0, 1, 2, 15, 16, 17, 30, PDQ_NEAR, PDQ_NEAR + 1, 60])
def test_all_within_the_bound_are_found(bits):
    for hash_ in LISTED[:40]:
        found = KNOWN.near([changed(hash_, bits)], 100)
        assert found == (Match(hash_, bits) if bits <= PDQ_NEAR else None)


def test_the_worst_spread_of_bits_is_found():
    # Two bits in each of 15 words and one in the last: only that one leads there.
    for word in range(16):
        turned = sum((1 if at == word else 3) << (16 * at) for at in range(16))
        assert KNOWN.near([f"{int(LISTED[5], 16) ^ turned:064x}"], 100) == Match(LISTED[5], 31)


def test_as_a_plain_search_would():
    near = [changed(hash_, int(DICE.integers(0, 45))) for hash_ in LISTED[:60]]
    for one, other in zip(near[:30], near[30:], strict=True):
        best = min((distance(a, b), b) for a in (one, other) for b in KNOWN.hashes)
        expected = Match(best[1], best[0]) if best[0] <= PDQ_NEAR else None
        assert KNOWN.near([one, other], 100) == expected


def test_too_little_to_hash_is_near_nothing():
    assert KNOWN.near(LISTED[:1], PDQ_MIN_QUALITY) == Match(LISTED[0], 0)
    assert KNOWN.near(LISTED[:1], PDQ_MIN_QUALITY - 1) is None


def test_lists():
    one = LISTED[0]
    assert KnownHashes([one.upper(), one]).hashes == [one]
    assert KnownHashes([]).near([one], 100) is None
    for wrong in ("beef", "", "z" * 64, one + "0"):
        with pytest.raises(ValueError, match="is no PDQ hash"):
            KnownHashes([wrong])


def test_a_long_list_is_searched_by_words_not_by_lines():
    known = KnownHashes(some(100_000))
    asked = [changed(hash_, 31) for hash_ in known.hashes[:20]]
    begun = time.process_time()
    found = [known.near([each] * 8, 100) for each in asked]
    assert [each.hash for each in found] == known.hashes[:20]
    assert (time.process_time() - begun) / len(asked) < 0.1
