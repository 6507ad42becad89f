"""Our decoder of PNG says what others say, or leaves the word to libvips."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image

from filters.pictures.pixels import decoded
from pipeline.pictures import whole
from pipeline.pictures.resize import Resize, resize
from tests.pipeline.pictures.test_resize import image, saved, transparent

TALL = image((37, 61))
NOISE = Image.fromarray(np.random.default_rng(1).integers(0, 256, (61, 37, 4), np.uint8))


def chunk(kind, data):
    return len(data).to_bytes(4) + kind + data + zlib.crc32(kind + data).to_bytes(4)


def file(size, bits, colour, coded, *more):
    """A PNG of these compressed lines."""
    head = size[0].to_bytes(4) + size[1].to_bytes(4) + bytes((bits, colour, 0, 0, 0))
    chunks = (chunk(b"IHDR", head), *more, chunk(b"IDAT", coded), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def few(colours):
    return TALL.quantize(colours)


@pytest.mark.parametrize(
    "picture, options",
    [
        (TALL, {}),
        (TALL.convert("L"), {}),
        (NOISE, {}),
        (NOISE.convert("RGB"), {}),
        (NOISE.convert("L"), {}),
        (few(200), {}),
        (few(200), {"transparency": bytes(range(100))}),
        *((few(1 << bits), {"bits": bits}) for bits in (1, 2, 4)),
    ],
)
def test_pixels_are_those_of_libvips(picture, options):
    data = saved(picture, "PNG", **options)
    found, pixels = whole.pixels(data, "png")
    theirs = decoded(data, "png")
    theirs = np.frombuffer(theirs.write_to_memory(), np.uint8).reshape(
        theirs.height, theirs.width, theirs.bands
    )
    assert (found.width, found.height) == picture.size
    assert np.array_equal(pixels[:, :, : theirs.shape[2]], theirs)


@pytest.mark.parametrize("colour, channels", [(0, 1), (2, 3), (6, 4)])
def test_every_filter_in_every_order(colour, channels):
    """Filters chosen at random, undone as the standard has it."""
    rng = np.random.default_rng(channels)
    for width, height in ((1, 40), (2, 40), (19, 40), (64, 40)):
        lines = rng.integers(0, 256, (height, 1 + width * channels), np.uint8)
        lines[:, 0] = rng.integers(0, 5, height)
        data = file((width, height), 8, colour, zlib.compress(lines.tobytes()))
        _, pixels = whole.pixels(data, "png")
        wanted = np.asarray(Image.open(io.BytesIO(data))).reshape(pixels.shape)
        assert np.array_equal(pixels, wanted)


LINES = zlib.compress(b"\0\x10\x20\0\x30\x40")


@pytest.mark.parametrize(
    "data",
    [
        file((2, 2), 8, 0, zlib.compress(b"\5\x10\x20\0\x30\x40")),  # no such filter
        file((2, 2), 8, 0, zlib.compress(b"\0\x10\x20\0\x30")),  # too few pixels
        file((2, 2), 8, 0, zlib.compress(b"\0\x10\x20\0\x30\x40\0")),  # too many
        file((2, 2), 8, 0, LINES[:-1] + b"\0"),  # a checksum that does not fit
        file((2, 2), 8, 0, LINES[:-1]),
        file((2, 2), 8, 0, b"no zlib"),
        file((2, 2), 8, 3, LINES, chunk(b"PLTE", b"abcdef")),  # behind the palette's end
        file((2, 2), 8, 3, LINES),
        file((1, 2), 16, 0, LINES),
        file((2, 2), 8, 4, zlib.compress(b"\0\x10\x20\x10\x20\0\x30\x40\x30\x40")),
        file((2, 2), 8, 0, LINES, chunk(b"tRNS", b"\0\x10")),
        file((2, 2), 8, 9, LINES),
        b"\x89PNG\r\n\x1a\n",
    ],
)
def test_what_is_odd_is_left_to_libvips(data):
    assert whole.pixels(data, "png") is None


def test_a_small_png_needs_no_libvips(monkeypatch):
    monkeypatch.setattr("pipeline.pictures.resize.decoded", None)
    _, picture = resize(saved(TALL, "PNG"), Resize(16))
    assert (picture.width, picture.height) == (10, 16)
    _, picture = resize(saved(transparent((30, 40)), "PNG"), Resize(16, format="jpeg"))
    assert picture.format == "jpeg"
