"""Small pictures come out alike whether they are held whole or go line by line."""

import io

import numpy as np
import pytest
from PIL import Image

from pipeline.pictures import raster
from pipeline.pictures.resize import Resize, resize
from tests.pipeline.pictures.test_resize import exif, image, saved, swapped_profile, transparent

DOWN, UP = Resize(64, format="png"), Resize(64, format="png", only_if_bigger=False)
TALL, TINY = image((90, 160)), image((20, 12))


def pixels(picture):
    return np.asarray(Image.open(io.BytesIO(picture.bytes)), float)


@pytest.mark.parametrize(
    "data, policy",
    [
        (saved(TALL, "PNG"), DOWN),
        (saved(TINY, "PNG"), UP),
        (saved(TALL.convert("L"), "PNG"), DOWN),
        (saved(TINY.convert("L"), "PNG"), UP),
        (saved(TALL.convert("P"), "PNG"), DOWN),
        (saved(transparent((90, 160)), "PNG"), DOWN),
        (saved(transparent((20, 12)), "PNG"), UP),
        (saved(transparent((90, 160)), "WEBP", lossless=True), DOWN),
        (saved(transparent((90, 160), 255), "PNG"), DOWN),
        (saved(TALL, "PNG", icc_profile=swapped_profile()), DOWN),
        (saved(transparent((90, 160)), "PNG", icc_profile=swapped_profile()), DOWN),
        (saved(TALL, "JPEG"), Resize(64, "border", format="png")),
        (saved(TALL, "JPEG"), Resize(64, "center_crop", format="png")),
        (saved(TALL, "JPEG"), Resize(160, format="png")),
        *((saved(TALL, "JPEG", exif=exif(turn)), DOWN) for turn in range(2, 9)),
        *((saved(TINY, "JPEG", exif=exif(turn)), UP) for turn in (3, 6)),
    ],
)
def test_both_ways_give_one_picture(data, policy, monkeypatch):
    sent, held = resize(data, policy)
    monkeypatch.setattr(raster, "MAX_PX", 0)
    sent_again, streamed = resize(data, policy)
    assert sent == sent_again
    assert (held.format, held.width, held.height) == (
        streamed.format, streamed.width, streamed.height
    )  # fmt: skip
    assert pixels(held).shape == pixels(streamed).shape
    # libvips stretches by cubic curves, Pillow by Lanczos: a few steps of brightness.
    assert np.abs(pixels(held) - pixels(streamed)).mean() < 4


def test_on_white_both_ways(monkeypatch):
    data, policy = saved(transparent((90, 160), 0), "PNG"), Resize(64, format="jpeg")
    assert pixels(resize(data, policy)[1]).min() > 250
    monkeypatch.setattr(raster, "MAX_PX", 0)
    assert pixels(resize(data, policy)[1]).min() > 250


def test_a_picture_grows_by_lanczos():
    wanted = np.asarray(TINY.resize((64, 38), Image.Resampling.LANCZOS), float)
    found = pixels(resize(saved(TINY, "PNG"), UP)[1])
    assert np.abs(found - wanted).max() <= 2  # Pillow rounds after each way, ours turned about


def test_a_profile_of_another_kind_is_passed_over():
    plain = resize(saved(TALL, "PNG"), DOWN)[1]
    assert resize(saved(TALL, "PNG", icc_profile=b"no profile"), DOWN)[1] == plain


def test_no_picture_grows_beyond_the_cap():
    line = saved(image((2, 400)), "PNG")
    policy = Resize(256, "keep_ratio", only_if_bigger=False, max_pixels=1_000_000)
    assert resize(line, policy)[1] == "too_many_pixels"


@pytest.mark.parametrize("quality, sampling", [(89, 2), (90, 1)])
def test_colours_are_as_fine_as_the_quality(quality, sampling):
    """As in libvips; seen in the frame's header: samples of brightness to one of colour."""
    written = raster.jpeg(TALL, quality)
    frame = written.index(b"\xff\xc0")
    assert written[frame + 11] == sampling << 4 | sampling
