"""Make parts of a picture unrecognisable: faces, plates, or what a function of the user's finds."""

from collections.abc import Callable
from pkgutil import resolve_name
from typing import Any

from filters.detectors import DETECTORS, Box, detected

# A box is grown by this share of its longer side each way: detectors cut hair and frames off.
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
    return detected([word for word in DETECTORS if word in what.split(",")], data)


def blurred(image: Any, areas: list[Box]) -> Any:
    """The pyvips image, in memory, with these boxes blurred; what lies outside it is left out."""
    for left, top, width, height in areas:
        margin = round(MARGIN * max(width, height))
        x, y = max(0, left - margin), max(0, top - margin)
        right = min(left + width + margin, image.width)
        bottom = min(top + height + margin, image.height)
        if x < right and y < bottom:
            piece = image.crop(x, y, right - x, bottom - y)
            piece = piece.gaussblur(max(_LEAST_PX, _SMOOTH * max(right - x, bottom - y)))
            image = image.insert(piece.cast("uchar"), x, y).copy_memory()
    return image
