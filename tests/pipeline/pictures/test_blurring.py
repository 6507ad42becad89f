"""What is blurred is gone, and nothing else is; no byte as sent goes past it."""

import io

import numpy as np
import pytest
from PIL import Image

from filters.pictures.models import ModelError
from pipeline.pictures.blurring import MARGIN, blurred, boxes
from pipeline.pictures.decoding import Decoders
from pipeline.pictures.resize import Resize, passed, resize
from tests.attacks.server import picture


def one_box(_data):
    return [(20, 20, 40, 20)]


def outside(_data):
    return [(-500, -500, 20, 20), (-5, 60, 20, 30), (90, 70, 500, 500)]


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(float)


@pytest.mark.parametrize("where", [one_box, outside])
def test_only_the_boxes_change(where):
    import pyvips

    before = pixels(picture(100, 80))
    image = pyvips.Image.new_from_array(before.astype(np.uint8)).copy(interpretation="srgb")
    after = blurred(image.copy_memory(), where(b"")).numpy().astype(float)
    changed = np.zeros(before.shape[:2], bool)
    for left, top, width, height in where(b""):
        changed[max(0, top) : max(0, top + height), max(0, left) : max(0, left + width)] = True
    assert np.array_equal(after[~changed], before[~changed])
    assert after[changed].std() < before[changed].std() / 2


def test_a_picture_that_fits_does_not_pass_as_sent():
    data = picture(100, 80)
    policy = Resize(format="png", blur="tests.pipeline.pictures.test_blurring:one_box")
    assert passed(data, Resize(format="png"))[1] is not None
    assert passed(data, policy)[1] is None
    _, found = resize(data, policy)
    assert found.found == ()
    assert pixels(found.bytes)[25:35, 25:55].std() < pixels(data)[25:35, 25:55].std() / 2


def test_a_detector_that_is_not_there_costs_the_picture(monkeypatch):
    from filters.pictures import detectors

    def none(_):
        raise ModelError("not installed")

    assert boxes("tests.pipeline.pictures.test_blurring:one_box", b"") == {"": [(20, 20, 40, 20)]}
    monkeypatch.setitem(detectors.DETECTORS, "faces", (detectors.CENTERFACE, none))
    with pytest.raises(ModelError):
        resize(picture(100, 80), Resize(blur="faces"))
    with Decoders(1) as decoders:  # there the child ends: no picture, rather than one unblurred
        sent, found = decoders.resized(picture(100, 80), Resize(blur="no.such.module:boxes"))
    assert found == "decode_failed"
    assert sent.format == "png"


def test_counts_come_with_the_picture(monkeypatch):
    from filters.pictures import detectors

    def some(_):
        return np.array([[20, 20, 60, 40, 0.9], [70, 20, 90, 40, 0.8]])

    monkeypatch.setitem(detectors.DETECTORS, "faces", (detectors.CENTERFACE, some))
    _, found = resize(picture(100, 80), Resize(blur="faces"))
    assert found.found == (("faces", 2),)
    margin = round(MARGIN * 40)
    first = boxes("faces", picture(100, 80))["faces"][0]
    assert first == (20 - margin, 20 - margin, 40 + 2 * margin, 20 + 2 * margin)
