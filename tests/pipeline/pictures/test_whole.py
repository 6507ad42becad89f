"""Small JPEGs and WebPs are decoded whole, and come out as libvips has them."""

import numpy as np
import pytest

from filters.pictures.pixels import decoded
from pipeline.pictures import whole
from tests.pipeline.pictures.test_resize import animated, exif, image, saved, transparent

TALL = image((37, 61))


@pytest.mark.parametrize(
    "kind, picture, options",
    [
        ("JPEG", TALL, {}),
        ("JPEG", TALL, {"progressive": True, "quality": 95}),
        ("JPEG", TALL, {"exif": exif(6)}),
        ("JPEG", TALL.convert("L"), {}),
        ("WEBP", TALL, {}),
        ("WEBP", TALL, {"lossless": True}),
        ("WEBP", transparent((37, 61)), {"lossless": True}),
    ],
)
def test_pixels_are_those_of_libvips(kind, picture, options):
    data = saved(picture, kind, **options)
    found, pixels = whole.pixels(data, kind.lower())
    theirs = decoded(data, kind.lower())
    theirs = np.frombuffer(theirs.write_to_memory(), np.uint8).reshape(pixels.shape)
    assert (found.width, found.height) == picture.size
    assert np.array_equal(pixels, theirs)


def on_canvas(width, height):
    """A WebP that says its canvas is this large, whatever the picture in it."""
    data = bytearray(saved(transparent((37, 61)), "WEBP"))
    assert data[12:16] == b"VP8X"
    data[24:30] = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    return bytes(data)


@pytest.mark.parametrize(
    "kind, data",
    [
        ("jpeg", saved(TALL.convert("CMYK"), "JPEG")),
        ("jpeg", saved(TALL, "JPEG")[:-400]),
        ("webp", animated("WEBP")),
        ("webp", saved(TALL, "WEBP")[:-40]),
        ("webp", on_canvas(16_000, 16_000)),
        ("webp", on_canvas(37, 62)),
        ("gif", saved(TALL, "GIF")),
    ],
)
def test_what_is_odd_is_left_to_libvips(kind, data):
    assert whole.pixels(data, kind) is None
