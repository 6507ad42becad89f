"""The second model of unsafe pictures: its layers by numpy, its file, its scores."""

import json
from importlib import resources

import numpy as np
import pyarrow as pa
import pytest

from filters.pictures.nsfw_mobilenet import (
    CLASSES,
    FILE,
    SIDE_PX,
    SIGNALS,
    digest,
    scores,
    seen,
    session,
)
from filters.pictures.onnx_graph import Graph
from filters.pictures.views import VIEWS, answered
from tests.filters.pictures.test_models import PICTURES, scene


def views(*pictures):
    return pa.array([seen(each) for each in pictures], pa.large_binary())


def rows(*pictures):
    return np.stack([column.to_numpy(False) for column in scores(views(*pictures))], axis=1)


def test_scores_are_probabilities_and_depend_on_the_picture_only():
    found = rows(*PICTURES)
    assert found.shape == (len(PICTURES), len(CLASSES))
    assert np.allclose(found.sum(axis=1), 1, atol=1e-5)
    again = rows(*reversed(PICTURES), *PICTURES)
    assert np.array_equal(again[: len(PICTURES)][::-1], found)
    assert [signal.name for signal in SIGNALS] == [f"nsfw_{name}" for name in CLASSES]


def test_no_picture_has_no_score():
    assert seen(b"<svg/>") is None
    assert seen(PICTURES[1][:200]) is None
    columns = scores(pa.array([None, seen(PICTURES[0])], pa.large_binary()))
    assert [column.null_count for column in columns] == [1] * len(CLASSES)


def test_the_file_is_the_one_that_was_measured():
    assert digest() == "bf376a4ada5c341da68c763e63c9dd04f546f7dbad51620157ac76b49a7d3df1"
    held = np.load(str(resources.files("filters.pictures").joinpath(FILE)))
    about = json.loads(bytes(held["about"]))
    assert len(held.files) == len(about["tensors"]) + 1
    assert sum(held[name].size for name in held.files if name != "about") == 4_300_773


def test_size_of_a_picture_matters_little():
    one, other = rows(scene(1, (300, 220)), scene(1, (900, 660)))
    assert np.abs(one - other).max() < 0.1


def by_numpy(image, kernel, bias, stride, depthwise):
    """A convolution as TensorFlow pads it (SAME). (h, w, c) -> (h / stride, w / stride, o)"""
    side = -(-image.shape[0] // stride)
    over = max((side - 1) * stride + kernel.shape[0] - image.shape[0], 0)
    image = np.pad(image, ((over // 2, over - over // 2),) * 2 + ((0, 0),))
    size = kernel.shape[0]
    out = np.empty((side, side, len(bias)), np.float32)
    for y in range(side):
        for x in range(side):
            piece = image[y * stride : y * stride + size, x * stride : x * stride + size]
            how = "hwc,hwc->c" if depthwise else "hwc,hwco->o"
            out[y, x] = np.einsum(how, piece, kernel[..., 0] if depthwise else kernel) + bias
    return out


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("depthwise", [True, False])
def test_layers_are_those_of_tensorflow(stride, depthwise):
    import onnxruntime

    dice = np.random.default_rng(3)
    image = dice.normal(size=(8, 8, 4)).astype(np.float32)
    kernel = dice.normal(size=(3, 3, 4, 1 if depthwise else 6)).astype(np.float32)
    bias = dice.normal(size=4 if depthwise else 6).astype(np.float32)
    graph = Graph()
    given = graph.add("Transpose", ["x"], perm=[0, 3, 1, 2])
    turned = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
    out = graph.add(
        "Conv",
        [given, graph.constant(turned), graph.constant(bias)],
        auto_pad="SAME_UPPER",
        group=4 if depthwise else 1,
        strides=[stride, stride],
    )
    model = graph.model({"x": ("n", 8, 8, 4)}, {out: ("n", len(bias), "h", "w")})
    (found,) = onnxruntime.InferenceSession(model).run(None, {"x": image[None]})
    expected = by_numpy(image, kernel, bias, stride, depthwise)
    assert np.allclose(found[0].transpose(1, 2, 0), expected, atol=1e-4)


def test_the_session_takes_any_number():
    assert session().get_inputs()[0].shape[1:] == [SIDE_PX, SIDE_PX, 3]


def test_views_come_with_the_look():
    names = [view.name for view in VIEWS]
    facts, data = answered(PICTURES[0], {"views": names})
    assert facts["pdq"]
    assert len(data) == sum(view.size for view in VIEWS)
    assert data == b"".join(view.make(PICTURES[0]) for view in VIEWS)
    assert answered(PICTURES[0], {"views": []})[1] == b""
    assert answered(b"no picture", {"views": names}) == ({}, b"")
