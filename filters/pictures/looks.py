"""Signals of what a picture looks like, all from one small decode.

The picture is decoded no larger than needed, put on white, shrunk to 512 px a side at most and
turned to brightness (ITU-R BT.601, as in JPEG). Sharpness and text are of that size: a large
blurred photograph and a small sharp one may measure alike.
"""

from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from filters.pictures.image_hashes import PDQ_SIDE_PX, dhash, pdq, phash
from filters.pictures.pixels import decoded, shrunk_on_load, sniffed, vips
from filters.signals import Measure, Signal

_PDQ = "Facebook, PDQ image hashing, 2019"
_IMAGEHASH = "imagehash 4.3"
_OWN = "filters/pictures/looks.py"

LOOKS = (
    Signal("pdq", pa.string(), "PDQ hash, 256 bits", "hex", _PDQ),
    Signal("pdq_quality", pa.int16(), "how much there is to hash, 0 to 100", "score", _PDQ),
    Signal("phash", pa.string(), "pHash of low cosine waves, 64 bits", "hex", _IMAGEHASH),
    Signal("dhash", pa.string(), "dHash of steps in brightness, 64 bits", "hex", _IMAGEHASH),
    Signal(
        "sharpness",
        pa.float32(),
        "variance of the Laplacian of brightness; low where blurred",
        "brightness squared",
        "Pech-Pacheco et al., ICPR 2000",
    ),
    Signal("entropy", pa.float32(), "entropy of the histogram of brightness", "bits", "Shannon"),
    Signal("text_area", pa.float32(), "share of the picture that may be lettering", "ratio", _OWN),
)
CELL_PX = 16
_WHITE = 255
_LUMA = (0.299, 0.587, 0.114)
# A cell is lettering where its brightness has two levels, far apart, that alternate along rows.
_FAR_APART = 70
_AT_LEVELS = 0.65
_STEPS_A_ROW = 2.0


@dataclass(frozen=True)
class Look:
    """A value for each of LOOKS."""

    pdq: str
    pdq_quality: int
    phash: str
    dhash: str
    sharpness: float
    entropy: float
    text_area: float


def look(data: bytes) -> Look | None:
    """What an encoded picture looks like; None where no decoder reads it."""
    luma = brightness(data)
    if luma is None:
        return None
    hash_, quality = pdq(luma)
    return Look(
        hash_, quality, phash(luma), dhash(luma), sharpness(luma), entropy(luma), text_area(luma)
    )


def brightness(data: bytes) -> Any:
    """A picture's brightness, at most 512 px a side: float64 (height, width), 0 to 255; or None."""
    import numpy as np

    format_ = sniffed(data)
    if format_ is None:
        return None
    try:
        header = decoded(data, format_)
        ratio = max(header.width, header.height) / PDQ_SIDE_PX
        image = decoded(data, format_, **shrunk_on_load(format_, ratio))
        if max(image.width, image.height) > PDQ_SIDE_PX:
            image = image.thumbnail_image(PDQ_SIDE_PX, height=PDQ_SIDE_PX, no_rotate=True)
        if image.format != "uchar" or image.interpretation not in ("srgb", "b-w"):
            image = image.colourspace("srgb").cast("uchar")
        if image.hasalpha():
            image = image.flatten(background=_WHITE)
        pixels = image.numpy().astype(np.float64)
    except vips().Error:
        return None
    if pixels.ndim == 2 or pixels.shape[2] == 1:  # noqa: PLR2004 - gray
        return pixels.reshape(pixels.shape[:2])
    return pixels @ np.array(_LUMA)


def sharpness(luma: Any) -> float:
    """Variance of the Laplacian over inner pixels; 0 where there are none."""
    inner = luma[1:-1, 1:-1]
    if not inner.size:
        return 0.0
    sides = luma[:-2, 1:-1] + luma[2:, 1:-1] + luma[1:-1, :-2] + luma[1:-1, 2:]
    return float((sides - 4 * inner).var())


def entropy(luma: Any) -> float:
    """Bits a pixel of the histogram of brightness in 256 levels: 0 for one colour, 8 at most."""
    import numpy as np

    counts = np.bincount(np.rint(luma).astype(np.uint8).ravel(), minlength=256)
    shares = counts[counts > 0] / luma.size
    return float(abs(-(shares * np.log2(shares)).sum()))


def text_area(luma: Any) -> float:
    """Share of cells of 16 px that look like lettering, and have such a neighbour beside them.

    A hint, made to find screenshots and charts: fences, nets and hatching look alike to it.
    """
    import numpy as np

    rows, columns = luma.shape[0] // CELL_PX, luma.shape[1] // CELL_PX
    if not rows or not columns:
        return 0.0
    cells = luma[: rows * CELL_PX, : columns * CELL_PX].reshape(rows, CELL_PX, columns, CELL_PX)
    cells = cells.transpose(0, 2, 1, 3)
    low, high = cells.min(axis=(2, 3)), cells.max(axis=(2, 3))
    reach = high - low
    near = 0.25 * reach[:, :, None, None]
    dark = cells <= low[:, :, None, None] + near
    light = cells >= high[:, :, None, None] - near
    level = (dark | light).mean(axis=(2, 3))
    over = cells > ((low + high) / 2)[:, :, None, None]
    steps = (over[..., 1:] != over[..., :-1]).sum(axis=(2, 3)) / CELL_PX
    letters = (reach > _FAR_APART) & (level > _AT_LEVELS) & (steps > _STEPS_A_ROW)
    beside = np.zeros_like(letters)
    beside[:, 1:] |= letters[:, :-1]
    beside[:, :-1] |= letters[:, 1:]
    return float((letters & beside).mean())


def looks(images: pa.Array) -> tuple[pa.Array, ...]:
    """LOOKS of encoded pictures, in this process: large_binary (n,) -> 7 arrays (n,)."""
    return columns([look(data) if data is not None else None for data in images.to_pylist()])


def columns(seen: list[Look | None]) -> tuple[pa.Array, ...]:
    """An array for each of LOOKS; null where a picture was not seen."""
    rows = [asdict(each) if each is not None else {} for each in seen]
    return tuple(pa.array([row.get(signal.name) for row in rows], signal.type) for signal in LOOKS)


IMAGE = (Measure(looks, ("bytes",), LOOKS),)
