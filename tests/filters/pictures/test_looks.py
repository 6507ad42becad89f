"""What a picture looks like: each signal on pictures that should have much or little of it."""

import io

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image, ImageDraw, ImageFilter

from filters.pictures.image_hashes import PDQ_NEAR, distance
from filters.pictures.looks import LOOKS, brightness, entropy, look, looks, sharpness, text_area
from tests.filters.pictures.test_image_hashes import scene


def saved(picture, kind="PNG", **options):
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def page():
    picture = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(picture)
    for line in range(20):
        draw.text((5, 5 + 14 * line), "the quick brown fox jumps over the lazy dog " * 2, "black")
    return picture


def soft():
    x, y = np.meshgrid(np.linspace(0, 255, 400), np.linspace(0, 255, 300))
    return Image.fromarray(np.stack([x, y, np.full_like(x, 90)], 2).astype(np.uint8))


def noise():
    return Image.fromarray(np.random.default_rng(2).integers(0, 255, (300, 400, 3), np.uint8))


def test_lettering():
    shares = {name: look(saved(made())).text_area for name, made in MADE.items()}
    assert shares["page"] > 0.4
    assert shares["soft"] == 0
    assert shares["noise"] < 0.2


MADE = {"page": page, "soft": soft, "noise": noise}


def test_sharpness_falls_where_blurred():
    seen = [
        look(saved(page().filter(ImageFilter.GaussianBlur(radius)))).sharpness
        for radius in (0, 1, 3)
    ]
    assert seen[0] > 4 * seen[1] > 16 * seen[2]
    assert sharpness(np.zeros((2, 2))) == 0


@pytest.mark.parametrize(
    "luma, bits",
    [(np.zeros((4, 4)), 0), (np.arange(256.0).reshape(16, 16), 8), (np.eye(2) * 255, 1)],
)
def test_entropy(luma, bits):
    assert entropy(luma) == pytest.approx(bits)


def test_text_area_of_little():
    assert text_area(np.zeros((3, 900))) == 0


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF"])
def test_every_format_is_seen_alike(kind):
    picture = Image.fromarray(scene().astype(np.uint8)).convert("RGB")
    one, other = look(saved(picture)), look(saved(picture, kind))
    assert one.entropy == pytest.approx(other.entropy, abs=0.3)
    assert distance(one.phash, other.phash) <= 4
    assert distance(one.pdq, other.pdq) <= PDQ_NEAR


def test_alpha_is_on_white_and_large_is_small():
    clear = Image.new("RGBA", (20, 10), (0, 0, 0, 0))
    assert np.allclose(brightness(saved(clear)), 255)
    assert brightness(saved(soft().resize((1500, 300)))).shape[1] == 512
    assert brightness(saved(soft().resize((1500, 300)), "JPEG")).shape[1] == 512


def test_columns():
    arrays = looks(pa.array([saved(soft()), None, b"no picture", b""], pa.large_binary()))
    assert [array.type for array in arrays] == [signal.type for signal in LOOKS]
    assert all(array.null_count == 3 for array in arrays)
    assert look(saved(soft())[:200]) is None
