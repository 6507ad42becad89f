"""Five classes of pictures by the model that OBELICS asked: drawing, hentai, neutral, porn, sexy.

GantMan's nsfw_mobilenet_v2 (MobileNetV2 of width 1.4 at 224 px), as the npm package nsfwjs carries
it: weights in 8 bits, MIT (nsfw_mobilenet.txt). `python -m jobs.training.nsfw_weights` made the
file beside this one from that package. OBELICS dropped documents with porn above 0.85 or hentai
above 0.9; its weights had 32 bits and its pictures were shrunk otherwise, so scores near a bound
may differ.
"""

import json
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any

import pyarrow as pa

from filters.pictures.models import opened, squeezed
from filters.pictures.onnx_graph import Graph
from filters.pictures.pixels import decoded, shrunk_on_load, sniffed, vips
from filters.signals import Measure, Signal

FILE = "nsfw_mobilenet.npz"
SIDE_PX = 224
PIXELS = "nsfw_mobilenet_pixels"
"""The view that the model is given: uint8 (224, 224, 3) RGB, stretched to a square."""

CLASSES = ("drawing", "hentai", "neutral", "porn", "sexy")
_SOURCE = "GantMan nsfw_model, mobilenet_v2_140_224, as in nsfwjs 4.3.0"
SIGNALS = tuple(
    Signal(
        f"nsfw_{name}", pa.float32(), f"how likely the picture is {said}", "probability", _SOURCE
    )
    for name, said in zip(
        CLASSES,
        ("a harmless drawing", "a pornographic drawing", "harmless", "pornographic", "suggestive"),
        strict=True,
    )
)
BATCH_IMAGES = 16  # bounds memory only


def built(layers: list[dict[str, Any]], tensors: list[Any]) -> bytes:
    """The model as ONNX; layers name those before them by their number, -1 being the input.

    Images (n, 224, 224, 3) in 0 to 255 in, (n, 5) probabilities out.
    """
    import numpy as np

    graph = Graph()
    scaled = graph.add("Mul", ["pixels", graph.constant(np.array(2 / 255, np.float32))])
    start = graph.add("Sub", [scaled, graph.constant(np.array(1, np.float32))])
    made = [graph.add("Transpose", [start], perm=[0, 3, 1, 2])]
    zero, six = (graph.constant(np.array(bound, np.float32)) for bound in (0, 6))
    for layer in layers:
        given = [made[at + 1] for at in layer["inputs"]]
        weights = [tensors[at] for at in layer["tensors"]]
        kind = layer["kind"]
        if kind == "conv":  # height, width, in, out -> out, in, height, width
            kernel = weights[0].transpose(3, 2, 0, 1)
            group = 1
        elif kind == "depthwise":  # height, width, channels, 1 -> channels, 1, height, width
            kernel = weights[0].transpose(2, 3, 0, 1)
            group = kernel.shape[0]
        if kind in ("conv", "depthwise"):
            names = [*given, graph.constant(kernel), graph.constant(weights[1])]
            strides = [layer["stride"]] * 2
            out = graph.add("Conv", names, auto_pad="SAME_UPPER", group=group, strides=strides)
        elif kind == "dense":
            out = graph.add("Gemm", [*given, *map(graph.constant, weights)])
        elif kind == "mean":
            out = graph.add("Flatten", [graph.add("GlobalAveragePool", given)])
        else:
            out = graph.add({"add": "Add", "softmax": "Softmax"}[kind], given)
        made.append(graph.add("Clip", [out, zero, six]) if layer["relu6"] else out)
    return graph.model({"pixels": ("n", SIDE_PX, SIDE_PX, 3)}, {made[-1]: ("n", len(CLASSES))})


@cache
def session() -> Any:
    """The model in onnxruntime on one thread of the processor, loaded once a process."""
    import numpy as np
    import onnxruntime

    with resources.files("filters.pictures").joinpath(FILE).open("rb") as file:
        held = np.load(file)
        about = json.loads(bytes(held["about"]))
        tensors = [
            held[f"t{at}"].astype(np.float32) * np.float32(each["scale"])
            + np.float32(each["least"])
            for at, each in enumerate(about["tensors"])
        ]
    options = onnxruntime.SessionOptions()
    # Sums are split between threads, so that more of them would give other last digits.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    model = built(about["layers"], tensors)
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def digest() -> str:
    """sha256 of the file of weights."""
    return sha256(resources.files("filters.pictures").joinpath(FILE).read_bytes()).hexdigest()


def seen(data: bytes) -> bytes | None:
    """A picture as the model is shown it: see PIXELS. Alpha is ignored; None for no picture."""
    format_ = sniffed(data)
    if format_ is None:
        return None
    try:
        header = decoded(data, format_)
        ratio = min(header.width, header.height) / SIDE_PX
        image = opened(data, **shrunk_on_load(format_, ratio))
        return bytes(squeezed(image, SIDE_PX).numpy().tobytes())
    except vips().Error:
        return None


def scores(pixels: pa.Array) -> tuple[pa.Array, ...]:
    """SIGNALS of pictures: views, large_binary (n,) -> 5 of float32 (n,), null for null."""
    import numpy as np

    rows = pixels.to_pylist()
    found = np.zeros((len(rows), len(CLASSES)), np.float32)
    there = [at for at, row in enumerate(rows) if row is not None]
    for begin in range(0, len(there), BATCH_IMAGES):
        some = there[begin : begin + BATCH_IMAGES]
        seen = np.frombuffer(b"".join(rows[at] for at in some), np.uint8)
        shaped = seen.reshape(-1, SIDE_PX, SIDE_PX, 3).astype(np.float32)
        found[some] = session().run(None, {"pixels": shaped})[0]
    absent = np.array([row is None for row in rows], bool)
    return tuple(pa.array(found[:, at], pa.float32(), mask=absent) for at in range(len(CLASSES)))


MODELS = (Measure(scores, (PIXELS,), SIGNALS),)
