"""Strangers' images: what is kept, what is written anew, what is refused."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms

from pipeline.pictures.resize import Resize, is_image, resize
from tests.attacks.server import PNG

SMALL = Resize(64)


def image(size=(40, 30), mode="RGB"):
    """A smooth picture: red grows to the right, green downwards."""
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    pixels = np.stack([x, y, np.full_like(x, 90)], 2).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def saved(picture, kind, **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def exif(orientation):
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def animated(kind):
    frames = [image(), image().rotate(180)]
    return saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)


def transparent(size=(40, 30), alpha=128):
    picture = image(size, "RGBA")
    picture.putalpha(alpha)
    return picture


def head_of_png(width, height):
    """A tiny file that promises many pixels."""

    def chunk(kind, data):
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    size = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + body


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("mode", ["RGB", "L", "RGBA", "P"])
def test_what_needs_no_change_is_kept_as_sent(kind, mode):
    if (kind, mode) in [("JPEG", "RGBA"), ("JPEG", "P"), ("WEBP", "P")]:
        return
    data = saved(transparent() if mode == "RGBA" else image(mode=mode), kind)
    sent, picture = resize(data, SMALL)
    assert picture.bytes == data
    assert (picture.format, picture.width, picture.height) == (kind.lower(), 40, 30)
    assert (sent.format, sent.width, sent.height, sent.bytes) == (kind.lower(), 40, 30, len(data))


SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.mark.parametrize(
    "data, format_, size, original",
    [
        (saved(image((200, 100)), "PNG"), "jpeg", (64, 32), ("png", 200, 100)),
        (saved(image((100, 200)), "JPEG"), "jpeg", (32, 64), ("jpeg", 100, 200)),
        (saved(image((2000, 1000)), "JPEG"), "jpeg", (64, 32), ("jpeg", 2000, 1000)),
        (saved(image((200, 100)), "WEBP"), "jpeg", (64, 32), ("webp", 200, 100)),
        (saved(image((200, 100)), "AVIF"), "jpeg", (64, 32), ("avif", 200, 100)),
        (saved(image(), "AVIF"), "jpeg", (40, 30), ("avif", 40, 30)),
        (saved(image(), "GIF"), "jpeg", (40, 30), ("gif", 40, 30)),
        (animated("GIF"), "jpeg", (40, 30), ("gif", 40, 30)),
        (animated("WEBP"), "jpeg", (40, 30), ("webp", 40, 30)),
        (animated("PNG"), "jpeg", (40, 30), ("png", 40, 30)),
        (saved(image(mode="CMYK"), "JPEG"), "jpeg", (40, 30), ("jpeg", 40, 30)),
        (saved(image(mode="I;16"), "PNG"), "jpeg", (40, 30), ("png", 40, 30)),
        (saved(image(), "JPEG", exif=exif(6)), "jpeg", (30, 40), ("jpeg", 30, 40)),
        (saved(image((200, 100)), "JPEG", exif=exif(8)), "jpeg", (32, 64), ("jpeg", 100, 200)),
        (saved(image(), "JPEG", exif=exif(3)), "jpeg", (40, 30), ("jpeg", 40, 30)),
        (saved(transparent((200, 100)), "PNG"), "png", (64, 32), ("png", 200, 100)),
        (saved(transparent((200, 100), 255), "PNG"), "jpeg", (64, 32), ("png", 200, 100)),
        (saved(transparent((200, 100)), "WEBP"), "png", (64, 32), ("webp", 200, 100)),
        (saved(image((3000, 1)), "PNG"), "jpeg", (64, 1), ("png", 3000, 1)),
    ],
)
def test_what_is_written_anew(data, format_, size, original):
    sent, picture = resize(data, SMALL)
    assert (picture.format, (picture.width, picture.height)) == (format_, size)
    assert (sent.format, sent.width, sent.height) == original
    with Image.open(io.BytesIO(picture.bytes)) as seen:
        seen.load()
        assert seen.size == size
        assert seen.format == format_.upper()
        assert seen.mode in ("RGB", "RGBA", "L")
        assert not seen.getexif()
        assert "icc_profile" not in seen.info


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "not_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>", "not_image"),
        (b"%PDF-1.4 whatever", "not_image"),
        (b"<html>404</html>", "not_image"),
        (saved(image(), "TIFF"), "not_image"),
        (saved(image(), "BMP"), "not_image"),
        (saved(image(), "ICO"), "not_image"),
        (saved(image(), "AVIF").replace(b"avif", b"heic"), "not_image"),
        (b"\xff\xd8\xff", "decode_failed"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "decode_failed"),
        (b"GIF89a" + b"<svg/>" * 20, "decode_failed"),
        (b"RIFF\x10\0\0\0WEBP" + bytes(16), "decode_failed"),
        (saved(image(), "JPEG")[:-2], "decode_failed"),
        (saved(image(), "JPEG")[:-150], "decode_failed"),
        (saved(image((900, 900)), "JPEG")[:-150], "decode_failed"),
        (saved(image(), "PNG")[:-60], "decode_failed"),
        (saved(image(), "WEBP")[:-20], "decode_failed"),
        (saved(image(), "GIF")[:-40], "decode_failed"),
        (saved(image(), "AVIF")[:-40], "decode_failed"),
        (head_of_png(30_000, 30_000), "too_many_pixels"),
        (head_of_png(900_000, 900), "too_many_pixels"),
        (head_of_png(300, 300), "decode_failed"),
        (head_of_png(0, 10), "decode_failed"),
    ],
)
def test_what_is_refused(data, reason):
    assert resize(data, SMALL)[1] == reason


def test_colours_survive():
    """Turning, shrinking and CMYK leave red on the right and green below."""
    for data in (
        saved(image((400, 300)), "JPEG"),
        saved(image((400, 300)), "PNG"),
        saved(image((400, 300)).transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif(6)),
        saved(image((400, 300)), "AVIF"),
    ):
        seen = Image.open(io.BytesIO(resize(data, SMALL)[1].bytes)).convert("RGB")
        expected = image((64, 48))
        difference = np.abs(np.asarray(seen, int) - np.asarray(expected, int))
        assert difference.mean() < 12


def swapped_profile():
    """A profile that takes red for blue: a picture is the other colour until it is applied."""
    profile = bytearray(SRGB)
    for tag, other in ((b"rXYZ", b"bXYZ"),):
        first, second = profile.index(tag), profile.index(other)
        profile[first : first + 4], profile[second : second + 4] = other, tag
    return bytes(profile).replace(b"s\0R\0G\0B", b"x\0R\0G\0B").replace(b"sRGB", b"xRGB")


def test_a_profile_is_applied_unless_it_is_srgb():
    data = saved(image(), "PNG", icc_profile=SRGB)
    assert resize(data, SMALL)[1].bytes == data
    picture = resize(saved(image(), "PNG", icc_profile=swapped_profile()), SMALL)[1]
    red, _, blue = Image.open(io.BytesIO(picture.bytes)).getpixel((38, 1))
    assert blue > red


def test_gray_stays_gray():
    for mode in ("L", "I;16"):
        picture = resize(saved(image((200, 100), mode), "PNG"), SMALL)[1]
        assert Image.open(io.BytesIO(picture.bytes)).mode == "L"


def test_the_same_bytes_every_time():
    data = saved(image((900, 700)), "JPEG", exif=exif(6))
    assert len({resize(data, SMALL)[1].bytes for _ in range(3)}) == 1


@pytest.mark.parametrize("cut", range(0, len(PNG), 97))
def test_a_cut_anywhere_is_a_reason(cut):
    assert isinstance(resize(PNG[:cut], SMALL)[1], str)


def test_heads():
    assert is_image(PNG[:64])
    assert not is_image(b"\0\0\0\x20ftypheic" + b"\0" * 20 + b"mif1heic")
    assert is_image(b"\0\0\0\x20ftypmif1" + b"\0" * 4 + b"mif1avifmiaf")
