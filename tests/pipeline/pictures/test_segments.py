"""What a file says of itself, and that nothing but the picture comes through."""

import io
import random
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from pipeline.pictures.segments import BrokenError, segments

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
SECRET = b"taken at 52.5163, 13.3777"


def picture(size=(40, 30)):
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    return Image.fromarray(np.stack([x, y, np.full_like(x, 90)], 2).astype(np.uint8))


def saved(kind, image=None, **options):
    out = io.BytesIO()
    (image or picture()).save(out, kind, **options)
    return out.getvalue()


def exif(orientation=1):
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010E] = SECRET.decode()
    tags.get_ifd(0x8825)[2] = (52.0, 30.0, 58.0)
    return tags.tobytes()


def jpeg(orientation=1, extra=b"", **options):
    """With EXIF, a comment, IPTC, XMP, a second file behind the end; `extra` segments first."""
    data = saved("JPEG", exif=exif(orientation), comment=SECRET, icc_profile=SRGB, **options)
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + SECRET
    xmp = b"http://ns.adobe.com/xap/1.0/\0" + SECRET
    more = b"".join(
        bytes((0xFF, kind)) + struct.pack(">H", len(body) + 2) + body
        for kind, body in ((0xED, iptc), (0xE1, xmp), (0xEB, b"JP" + SECRET), (0xE5, SECRET))
    )
    return data[:2] + more + extra + data[2:] + SECRET


def png(orientation=1, **options):
    about = PngImagePlugin.PngInfo()
    about.add_text("Comment", SECRET.decode())
    about.add_itxt("XML:com.adobe.xmp", SECRET.decode())
    about.add(b"prVt", SECRET)
    data = saved("PNG", exif=exif(orientation), pnginfo=about, icc_profile=SRGB, **options)
    return data + SECRET


def webp(orientation=1, **options):
    data = saved("WEBP", exif=exif(orientation), xmp=SECRET, icc_profile=SRGB, **options)
    return data + SECRET


MADE = {"jpeg": jpeg, "png": png, "webp": webp}


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_metadata_go_and_pixels_and_profile_stay(kind, orientation):
    data = MADE[kind](orientation)
    found = segments(data, kind)
    assert (found.width, found.height, found.orientation) == (40, 30, orientation)
    assert found.plain
    assert found.exif
    assert found.iptc == (kind == "jpeg")
    assert found.profile == SRGB
    assert SECRET in data
    assert SECRET not in found.clean
    assert b"Exif" not in found.clean
    before, after = (Image.open(io.BytesIO(each)) for each in (data, found.clean))
    assert np.array_equal(np.asarray(before), np.asarray(after))
    assert after.info["icc_profile"] == SRGB
    assert not after.getexif()
    assert "xmp" not in after.info
    assert segments(found.clean, kind).clean == found.clean


@pytest.mark.parametrize(
    "data, kind, plain, held",
    [
        (saved("JPEG"), "jpeg", True, 0),
        (saved("JPEG", progressive=True), "jpeg", True, 2 * 1.5 * 1200),
        (saved("JPEG", progressive=True, subsampling=0), "jpeg", True, 2 * 3 * 1200),
        (saved("JPEG", picture().convert("L")), "jpeg", True, 0),
        (saved("JPEG", picture().convert("CMYK")), "jpeg", False, 0),
        (saved("PNG", picture().convert("P")), "png", True, 0),
        (saved("PNG", picture().convert("I;16")), "png", False, 0),
        (saved("PNG", save_all=True, append_images=[picture().rotate(9)]), "png", False, 0),
        (saved("WEBP", lossless=True), "webp", True, 0),
        (saved("WEBP", picture().convert("RGBA")), "webp", True, 0),
        (saved("WEBP", save_all=True, append_images=[picture().rotate(9)]), "webp", False, 0),
    ],
)
def test_what_is_plain_and_what_a_decoder_holds(data, kind, plain, held):
    found = segments(data, kind)
    assert (found.width, found.height) == (40, 30)
    assert (found.plain, found.held_bytes) == (plain, held)


def test_a_thumbnail_goes():
    data = saved("JPEG")
    thumb = b"\xff\xe0" + struct.pack(">H", 16 + 27) + data[6:18] + b"\x03\x03" + SECRET + b"\0\0"
    found = segments(data[:2] + thumb + data[20:], "jpeg")
    assert SECRET not in found.clean
    assert Image.open(io.BytesIO(found.clean)).size == (40, 30)


@pytest.mark.parametrize(
    "data, kind",
    [
        (b"", "jpeg"),
        (saved("JPEG")[:-2], "jpeg"),
        (b"\xff\xd8\xff\xd9", "jpeg"),
        (saved("JPEG")[:2] + b"junk" + saved("JPEG")[2:], "jpeg"),
        (saved("PNG")[:-12], "png"),
        (saved("PNG").replace(b"IDAT", b"IDAt"), "png"),
        (saved("PNG")[:-20] + b"\0" + saved("PNG")[-19:], "png"),
        (saved("PNG")[:8] + b"\0\0\0\0NEWC" + struct.pack(">I", zlib.crc32(b"NEWC")), "png"),
        (saved("WEBP")[:-9], "webp"),
        (b"RIFF\x04\0\0\0WEBP", "webp"),
        (saved("GIF"), "gif"),
    ],
)
def test_what_is_broken(data, kind):
    with pytest.raises(BrokenError):
        segments(data, kind)


@pytest.mark.parametrize("kind", MADE)
def test_anything_may_be_changed_anywhere(kind):
    """No other exception, and whatever comes through says nothing that was to be cut."""
    dice, data = random.Random(kind), MADE[kind]()
    for _ in range(1500):
        spoilt = bytearray(data)
        for _ in range(dice.randrange(1, 4)):
            at = dice.randrange(len(spoilt))
            choice = dice.randrange(3)
            if choice == 0:
                spoilt[at] = dice.randrange(256)
            elif choice == 1:
                del spoilt[at : at + dice.randrange(1, 40)]
            else:
                spoilt[at:at] = dice.randbytes(dice.randrange(1, 9))
        try:
            found = segments(bytes(spoilt), kind)
        except BrokenError:
            continue
        assert len(found.clean) <= len(spoilt)
        assert min(found.width, found.height) > 0
        assert segments(found.clean, kind).clean == found.clean


@pytest.mark.parametrize("kind", MADE)
def test_a_cut_is_broken(kind):
    whole = segments(MADE[kind](), kind).clean
    for cut in range(0, len(whole), 7):
        with pytest.raises(BrokenError):
            segments(whole[:cut], kind)
