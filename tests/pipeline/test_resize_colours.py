"""Colours, turns and sharpness of what is written anew, beside other decoders."""

import io

import numpy as np
import pytest
from PIL import Image, ImageOps

from filters.pictures.pixels import vips
from pipeline.pictures.resize import Picture, Resize, resize
from tests.pipeline.pictures.test_resize import exif, saved

COLOUR = (200, 60, 30)
LEAST_DB = 50.0
SAMPLE = 60


def flat():
    image = (vips().Image.black(64, 64) + list(COLOUR)).cast("uchar")
    return image.copy(interpretation="srgb")


def middle(data, **policy):
    picture = resize(data, Resize(format="png", skip_reencode=False, **policy))[1]
    return np.asarray(Image.open(io.BytesIO(picture.bytes)).convert("RGB"), int)[20, 20]


@pytest.mark.parametrize(
    "kind, profile, off",
    [
        ("jpg[Q=98,profile=cmyk]", "cmyk", 12),
        ("jpg[Q=98,profile=p3]", "p3", 4),
        ("png[profile=p3]", "p3", 3),
        ("webp[Q=98,profile=p3]", "p3", 6),
        ("avif[Q=90,effort=0,profile=p3]", "p3", 6),
    ],
)
@pytest.mark.parametrize("size", [32, 1024])
def test_a_profile_gives_the_colours_that_were_meant(kind, profile, off, size):
    image = flat().icc_transform(profile, input_profile="srgb")
    assert np.abs(np.array(image(0, 0)[:3]) - COLOUR).max() > off  # other numbers are stored
    data = image.write_to_buffer(f".{kind}")
    assert np.abs(middle(data, size_px=size) - COLOUR).max() <= off


def test_cmyk_is_turned_by_exif():
    image = Image.new("CMYK", (40, 20), (0, 0, 0, 0))
    image.paste((0, 255, 255, 0), (0, 0, 20, 10))
    picture = resize(saved(image, "JPEG", exif=exif(6), quality=95), Resize(format="png"))[1]
    seen = np.asarray(Image.open(io.BytesIO(picture.bytes)).convert("RGB"), int)
    assert (picture.width, picture.height) == (20, 40)
    assert seen[2, 17, 0] - seen[2, 17, 2] > 150  # red at the top right
    assert min(seen[2, 2]) > 200


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("kind", ["AVIF", "WEBP", "PNG"])
def test_turned_as_others_turn_it(kind, turn):
    image = Image.new("RGB", (64, 32), (250, 0, 0))
    image.paste((0, 250, 0), (0, 0, 32, 16))
    data = saved(image, kind, exif=exif(turn), quality=95)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(io.BytesIO(data))), int)
    picture = resize(data, Resize(format="png"))[1]
    seen = np.asarray(Image.open(io.BytesIO(picture.bytes)).convert("RGB"), int)
    assert seen.shape == expected.shape
    assert np.abs(seen - expected)[4:-4:8, 4:-4:8].max() < 40


def test_shrunk_as_a_lanczos_over_all_pixels(realweb):
    """Mean squared error over pictures of the real web, as tests/bench/images.py has it."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    policy, errors = Resize(256, skip_reencode=False, format="png"), []
    with (realweb / "sites-open-images.warc.gz").open("rb") as crawl:
        for record in ArchiveIterator(crawl, record_types=WarcRecordType.response):
            body = record.reader.read()
            sent, picture = resize(body, policy)
            if not isinstance(picture, Picture) or sent.format != "jpeg":
                continue
            whole = Image.open(io.BytesIO(body))
            plain = whole.mode == "RGB" and "icc_profile" not in whole.info
            if max(whole.size) <= policy.size_px or not plain or sent.orientation != 1:
                continue
            size = (picture.width, picture.height)
            wanted = np.asarray(whole.resize(size, Image.Resampling.LANCZOS), float)
            ours = np.asarray(Image.open(io.BytesIO(picture.bytes)).convert("RGB"), float)
            errors.append(((wanted - ours) ** 2).mean())
            if len(errors) == SAMPLE:
                break
    assert len(errors) == SAMPLE
    assert 10 * np.log10(255**2 / np.mean(errors)) >= LEAST_DB
