"""Decode a small JPEG, PNG or WebP whole, without the objects and threads of libvips.

Decoders see a file without its metadata. What is odd or broken in any way is left to libvips,
and so is the word that is said of it.
"""

import io
from typing import Any

from pipeline.pictures import png
from pipeline.pictures.segments import BrokenError, Segments, segments

MODES = ("L", "RGB", "RGBA")


def pixels(data: bytes, format_: str) -> tuple[Segments, Any] | None:
    """What the file says, and its pixels: uint8 (height, width, channels), not yet turned.

    None where libvips has to look. Channels are gray, RGB or RGBA. Several times as much is held
    as the pixels take: the caller has seen to it that this is little.
    """
    try:
        found = segments(data, format_)
    except BrokenError:
        return None
    if not found.plain or not _is_framed(found, format_):
        return None
    shown = png.pixels(found.clean) if format_ == "png" else _by_pillow(found.clean, format_)
    if shown is None or shown.shape[1::-1] != (found.width, found.height):
        return None
    return found, shown


def _is_framed(found: Segments, format_: str) -> bool:
    """A WebP's canvas may be larger than the picture in it, and is held twice."""
    if format_ != "webp" or found.clean[12:16] != b"VP8X":
        return True
    sides = [1 + int.from_bytes(found.clean[at : at + 3], "little") for at in (24, 27)]
    return sides == [found.width, found.height]


def _by_pillow(clean: bytes, format_: str) -> Any:
    import numpy as np
    from PIL import Image, JpegImagePlugin, WebPImagePlugin

    assert JpegImagePlugin  # both are there to be found by `open`, and no others
    assert WebPImagePlugin
    try:
        picture = Image.open(io.BytesIO(clean), formats=[format_.upper()])
        picture.load()
    except OSError:
        return None
    if picture.mode not in MODES:
        return None
    return np.array(picture).reshape(picture.height, picture.width, -1)
