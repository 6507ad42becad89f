"""Modes, formats and policies of Resize, each with pictures made here."""

import io

import numpy as np
import pytest
from PIL import Image

from pipeline.pictures.decoding import Decoders
from pipeline.pictures.resize import Picture, Resize, passed, resize
from tests.pipeline.pictures.test_resize import exif, image, saved, transparent

WIDE = saved(image((200, 100)), "JPEG", quality=95)
SMALL = saved(image((40, 20)), "JPEG", quality=95)


def seen(picture):
    return Image.open(io.BytesIO(picture.bytes))


@pytest.mark.parametrize(
    "mode, wide, small, enlarged",
    [
        ("no", (200, 100), (40, 20), (40, 20)),
        ("keep_ratio_largest", (64, 32), (40, 20), (64, 32)),
        ("keep_ratio", (128, 64), (40, 20), (128, 64)),
        ("border", (64, 64), (40, 20), (64, 64)),
        ("center_crop", (64, 64), (40, 20), (64, 64)),
    ],
)
def test_modes(mode, wide, small, enlarged):
    assert seen(resize(WIDE, Resize(64, mode))[1]).size == wide
    assert seen(resize(SMALL, Resize(64, mode))[1]).size == small
    assert seen(resize(SMALL, Resize(64, mode, only_if_bigger=False))[1]).size == enlarged
    turned = saved(image((100, 200)), "JPEG", exif=exif(6))
    assert seen(resize(turned, Resize(64, mode))[1]).size == wide


def test_a_border_is_white_and_a_crop_is_of_the_middle():
    bordered = np.asarray(seen(resize(WIDE, Resize(64, "border", format="png"))[1]))
    assert (bordered[:16] == 255).all()
    assert (bordered[-16:] == 255).all()
    assert (bordered[16:48, :, 2] < 200).all()
    cut = np.asarray(seen(resize(WIDE, Resize(64, "center_crop", format="png"))[1]), int)
    assert abs(cut[:, 0, 0].mean() - 64) < 8
    assert abs(cut[:, -1, 0].mean() - 191) < 8


@pytest.mark.parametrize("format_", ["jpeg", "png", "webp", "avif"])
def test_formats(format_):
    for data in (WIDE, saved(transparent((200, 100)), "PNG")):
        picture = resize(data, Resize(64, format=format_))[1]
        assert picture.format == format_
        assert seen(picture).format.lower() == format_
        assert seen(picture).size == (64, 32)
    assert (seen(picture).mode == "RGBA") == (format_ != "jpeg")


def test_quality():
    low, high = (len(resize(WIDE, Resize(150, quality=q))[1].bytes) for q in (30, 95))
    assert low < high / 2


def test_on_white_where_jpeg_is_asked_for():
    clear = saved(transparent((200, 100), 0), "PNG")
    assert (np.asarray(seen(resize(clear, Resize(64, format="jpeg"))[1])) >= 254).all()


@pytest.mark.parametrize(
    "data, policy, passes",
    [
        (SMALL, Resize(64), True),
        (SMALL, Resize(64, skip_reencode=False), False),
        (SMALL, Resize(64, format="jpeg"), True),
        (SMALL, Resize(64, format="webp"), False),
        (SMALL, Resize(64, only_if_bigger=False), False),
        (WIDE, Resize(64, "no"), True),
        (WIDE, Resize(100, "keep_ratio"), True),
        (WIDE, Resize(100, "keep_ratio_largest"), False),
        (WIDE, Resize(200, "border", only_if_bigger=False), False),
        (saved(image(), "JPEG", exif=exif(6)), Resize(64), False),
        (saved(image(), "JPEG", exif=exif(1)), Resize(64), True),
    ],
)
def test_what_passes_through(data, policy, passes):
    sent, picture = passed(data, policy)
    assert isinstance(picture, Picture) == passes
    if passes:
        assert np.array_equal(np.asarray(seen(picture)), np.asarray(Image.open(io.BytesIO(data))))
        assert not seen(picture).getexif()
        assert sent.bytes == len(data)


def boxes(data):
    """What a user's function might say: one box, partly outside, and one far out."""
    assert Image.open(io.BytesIO(data)).width
    return [(-5, -5, 30, 30), (5000, 5000, 4, 4)]


def no_boxes(_):
    return []


def test_boxes_are_blurred():
    noise = np.random.default_rng(1).integers(0, 255, (60, 60, 3), np.uint8)
    data = saved(Image.fromarray(noise), "PNG")
    plain = resize(data, Resize(64, format="png"))[1]
    for name, blurred in (("boxes", True), ("no_boxes", False)):
        policy = Resize(64, format="png", blur=f"tests.pipeline.pictures.test_resize_modes:{name}")
        after = np.asarray(seen(resize(data, policy)[1]), float)
        before = np.asarray(seen(plain), float)
        assert (after[:25, :25].std() < before[:25, :25].std() / 2) == blurred
        assert np.array_equal(after[25:, 25:], before[25:, 25:])


def test_the_same_apart_as_here():
    broken = saved(image((300, 200)), "PNG").replace(b"IDAT", b"IDAt")
    with Decoders(1) as decoders:
        for data in (WIDE, SMALL, saved(transparent((200, 100)), "PNG"), broken, b"<svg/>"):
            assert decoders.resized(data, Resize(64)) == resize(data, Resize(64))


MAX_GIF_PX = 65_535


@pytest.mark.parametrize(
    "size, policy, becomes",
    [
        ((17_000, 10), {"format": "webp"}, "unwritable"),
        ((17_000, 10), {"format": "avif"}, "unwritable"),
        ((10, 17_000), {"format": "webp"}, "unwritable"),
        ((17_000, 10), {}, "jpeg"),
        ((70_000, 1), {"format": "jpeg"}, "unwritable"),
        ((70_000, 1), {}, "png"),
        ((70_000, 1), {"format": "png"}, "png"),
        ((17_000, 10), {"format": "webp", "mode": "keep_ratio_largest"}, "webp"),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_sides_that_a_format_does_not_take(size, policy, becomes, kind):
    """A reason where it cannot be written; nothing raises, whoever decodes."""
    if max(size) > MAX_GIF_PX:
        kind = "PNG"
    data = saved(Image.new("L", size, 128), kind)
    policy = Resize(**{"mode": "no", "skip_reencode": False} | policy)
    picture = resize(data, policy)[1]
    assert (picture if isinstance(picture, str) else picture.format) == becomes
