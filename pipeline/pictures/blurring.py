"""Make parts of a picture unrecognisable: faces, plates, or what a function of the user's finds."""

from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any

from filters.pictures.detectors import DETECTORS, Box, detected

# A detector's box is grown by this share of its longer side each way: it cuts hair and frames off.
MARGIN = 0.15
_SMOOTH = 1 / 6  # deviation of the blur, of the longer side: no feature is left
_LEAST_PX = 2.0

Boxes = Callable[[bytes], list[Box]]


def boxes(what: str, data: bytes) -> dict[str, list[Box]]:
    """What is to be blurred in an encoded picture, by word of DETECTORS; a function's under "".

    `what`: words joined by commas, or "module:name".
    """
    if ":" in what:
        function: Boxes = resolve_name(what)
        return {"": function(data)}
    found = detected([word for word in DETECTORS if word in what.split(",")], data)
    return {word: [_grown(box) for box in areas] for word, areas in found.items()}


def _grown(box: Box) -> Box:
    left, top, width, height = box
    margin = round(MARGIN * max(width, height))
    return left - margin, top - margin, width + 2 * margin, height + 2 * margin


def blurred(image: Any, areas: list[Box]) -> Any:
    """The pyvips image, in memory, with these boxes blurred; what lies outside it is left out."""
    for left, top, width, height in areas:
        x, y = max(0, left), max(0, top)
        right, bottom = min(left + width, image.width), min(top + height, image.height)
        if x < right and y < bottom:
            piece = image.crop(x, y, right - x, bottom - y)
            piece = piece.gaussblur(max(_LEAST_PX, _SMOOTH * max(right - x, bottom - y)))
            image = image.insert(piece.cast("uchar"), x, y).copy_memory()
    return image
