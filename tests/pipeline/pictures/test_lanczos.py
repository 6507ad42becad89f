"""Importing this module imports numba. Our weighting is that of Pillow, but for its rounding."""

import numpy as np
import pytest
from PIL import Image

from pipeline.pictures.lanczos import resampled


def smooth(width, height, channels):
    noise = np.random.default_rng(0).integers(0, 256, (9, 12, 4), np.uint8)
    large = Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)
    return np.ascontiguousarray(np.asarray(large)[:, :, :channels])


@pytest.mark.parametrize("channels, kept", [(1, 1), (2, 1), (3, 3), (4, 3), (4, 4)])
@pytest.mark.parametrize(
    "given, wanted",
    [
        ((200, 150), (64, 48)),
        ((200, 150), (200, 20)),
        ((64, 48), (200, 150)),
        ((64, 48), (63, 47)),
        ((3, 2), (50, 40)),
        ((1, 1), (4, 3)),
        ((300, 1), (5, 1)),
    ],
)
def test_as_pillow_has_it(given, wanted, channels, kept):
    pixels = smooth(*given, channels) // 2 + 60
    found = resampled(pixels, wanted, kept)
    assert found.shape == (wanted[1], wanted[0], kept)
    for channel in range(kept):
        one = Image.fromarray(pixels[:, :, channel])
        theirs = np.asarray(one.resize(wanted, Image.Resampling.LANCZOS), int)
        assert np.abs(found[:, :, channel] - theirs).max() <= 3


def test_what_has_the_size_stays():
    pixels = smooth(20, 10, 4)
    assert np.array_equal(resampled(pixels, (20, 10), 3), pixels[:, :, :3])


@pytest.mark.parametrize("value", [0, 1, 128, 255])
def test_a_flat_picture_stays_flat(value):
    assert (resampled(np.full((90, 70, 3), value, np.uint8), (13, 31), 3) == value).all()
