"""Slots of hashes: whoever is within the radius is near in a slot, whatever the radius."""

import random

import numpy as np
import pytest

from filters.pictures.hash_slots import (
    BITS,
    Radius,
    RadiusError,
    Slots,
    flipped,
    load,
    nodes_of,
    words_of,
)
from filters.pictures.image_hashes import PDQ_NEAR, distance


@pytest.mark.parametrize("name", BITS)
def test_every_radius_is_cut_so_that_no_pair_is_missed(name: str) -> None:
    for bits in range(BITS[name] // 4):
        slots = Radius(name, bits).slots
        assert slots.count * (slots.flips + 1) > bits, slots
        assert sum(slots.widths) == BITS[name]
        assert max(slots.widths) <= 22


def test_pdq_is_cut_as_its_publishers_do() -> None:
    assert Radius("pdq", 31).slots == Slots(256, count=16, flips=1)
    assert Radius().bits == PDQ_NEAR


@pytest.mark.parametrize("name, bits", [("pdq", 31), ("pdq", 5), ("phash", 8), ("dhash", 0)])
def test_a_pair_at_the_radius_is_near_in_a_slot(name: str, bits: int) -> None:
    draw = random.Random(bits)
    slots = Radius(name, bits).slots
    for _ in range(200):
        one = draw.getrandbits(BITS[name])
        other = one
        for bit in draw.sample(range(BITS[name]), bits):
            other ^= 1 << bit
        digits = [f"{each:0{BITS[name] // 4}x}" for each in (one, other)]
        assert distance(*digits) == bits
        values = slots.values(words_of(digits, BITS[name]))
        differing = values[0] ^ values[1]
        assert any(differing[n] in slots.masks(n) for n in range(slots.count))


def test_slots_are_runs_of_the_bits() -> None:
    word = "123456789abcdef0"
    slots = Slots(64, count=3, flips=0)
    (values,) = slots.values(words_of([word], 64)).tolist()
    bits = f"{int(word, 16):064b}"
    starts = (0, *slots.ends)
    assert [f"{v:0{w}b}" for v, w in zip(values, slots.widths, strict=True)] == [
        bits[start : start + width] for start, width in zip(starts, slots.widths, strict=False)
    ]


def test_flipped() -> None:
    assert flipped(3, 0).tolist() == [0]
    assert flipped(3, 1).tolist() == [0, 1, 2, 4]
    assert sorted(flipped(3, 3).tolist()) == list(range(8))


def test_a_hash_of_64_bits_has_a_number_of_its_own() -> None:
    words = np.arange(10_000, dtype=np.uint64)[:, None] << np.uint64(40)
    assert len(set(nodes_of(words).tolist())) == len(words)
    assert nodes_of(np.zeros((0, 4), np.uint64)).tolist() == []


@pytest.mark.parametrize(
    "text, radius",
    [("pdq", Radius("pdq", 31)), ("phash:4", Radius("phash", 4)), ("dhash:0", Radius("dhash", 0))],
)
def test_load(text: str, radius: Radius) -> None:
    assert load(text) == radius


@pytest.mark.parametrize("text", ["", "ahash", "pdq:", "pdq:64", "phash:16", "phash:-1", "phash:²"])
def test_what_is_no_radius(text: str) -> None:
    with pytest.raises(RadiusError, match="give pdq, phash, dhash|a number from 0 to") as caught:
        load(text)
    assert "\n" not in str(caught.value)
