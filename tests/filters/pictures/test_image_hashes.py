"""Hashes of pictures: the published definition, what they bear, and a user's list of them."""

import numpy as np
import pytest

from filters.pictures.image_hashes import dhash, distance, pdq, pdq_turned, phash


def scene(seed=3, size=(200, 300)):
    """Soft blobs, as photographs have."""
    dice = np.random.default_rng(seed)
    rows, columns = np.mgrid[: size[0], : size[1]] / max(size)
    luma = np.full(size, 90.0)
    for _ in range(60):
        y, x, r, light = dice.random(4)
        spread = 0.01 + 0.06 * r
        luma += (light - 0.5) * 300 * np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / spread**2)
    return luma.clip(0, 255)


def by_definition(luma):
    """PDQ step by step, as its paper tells them: no matrix, no shortcut."""

    def boxed(line, window):
        half = (window + 2) // 2
        spans = ((max(0, i + half - window), min(len(line), i + half)) for i in range(len(line)))
        return np.array([line[first:last].mean() for first, last in spans])

    height, width = luma.shape
    for _ in range(2):
        luma = np.apply_along_axis(boxed, 1, luma, (width + 127) // 128)
        luma = np.apply_along_axis(boxed, 0, luma, (height + 127) // 128)
    at = [[int((i + 0.5) * side / 64) for i in range(64)] for side in (height, width)]
    small = luma[np.ix_(*at)]
    wave = np.array(
        [[np.cos(np.pi / 128 * k * (2 * j + 1)) for j in range(64)] for k in range(1, 17)]
    )
    found = wave @ small @ wave.T / 32
    bits = (found > np.median(found)).ravel()
    return f"{sum(1 << i for i, bit in enumerate(bits.tolist()) if bit):064x}"


@pytest.mark.parametrize("size", [(200, 300), (64, 64), (97, 41), (512, 20)])
def test_pdq_is_what_its_paper_says(size):
    luma = scene(size=size)
    assert pdq(luma)[0] == by_definition(luma)


def test_quality():
    assert pdq(np.full((90, 80), 77.0)) == ("0" * 64, 0)
    assert pdq(np.random.default_rng(1).integers(0, 255, (64, 64)).astype(float))[1] == 100
    assert 0 < pdq(scene())[1] <= 100


@pytest.mark.parametrize("hashed, near", [(lambda x: pdq(x)[0], 31), (phash, 8), (dhash, 8)])
def test_near_pictures_have_near_hashes(hashed, near):
    one = scene()
    noise = np.random.default_rng(5).normal(0, 2, one.shape)
    for changed in ((one + noise).clip(0, 255), one * 0.9 + 10, one[::2, ::2]):
        assert distance(hashed(one), hashed(changed)) <= near
    assert distance(hashed(one), hashed(scene(4))) > near


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (3, 2), (8, 9), (32, 32)])
def test_any_size(size):
    luma = np.arange(size[0] * size[1], dtype=float).reshape(size) % 256
    assert len(pdq(luma)[0]) == 64
    assert len(phash(luma)) == len(dhash(luma)) == 16


def test_dhash_bits():
    rising = np.tile(np.arange(9.0) * 10, (8, 1))
    assert dhash(rising) == "f" * 16
    assert dhash(rising[:, ::-1]) == "0" * 16


def test_turned_and_mirrored_pictures_have_near_hashes():
    luma = scene()
    hashes, quality = pdq_turned(luma)
    assert (hashes[0], quality) == pdq(luma)
    assert len(set(hashes)) == 8
    for turns in range(4):
        for view in (np.rot90(luma, turns), np.rot90(luma, turns)[:, ::-1]):
            assert min(distance(pdq(view)[0], each) for each in hashes) <= 1
