"""Open the bytes of an image without letting them choose who reads them."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

# The only decoders that ever see a stranger's bytes, by the name of the format.
LOADERS = {
    "jpeg": "jpegload_buffer",
    "png": "pngload_buffer",
    "webp": "webpload_buffer",
    "gif": "gifload_buffer",
    "avif": "heifload_buffer",
}
# A decoder may average pixels, as long as this factor is left to a better filter. Against a
# Lanczos over all pixels 3 costs half a decibel and 2 costs three (tests/bench/images.py).
GAP = 3.0
_STARTS = {
    "jpeg": re.compile(rb"\xff\xd8\xff"),
    "png": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "webp": re.compile(rb"RIFF....WEBP", re.DOTALL),
    "gif": re.compile(rb"GIF8[79]a"),
    "avif": re.compile(rb"....ftyp.{0,48}?avi[fs]", re.DOTALL),
}


def sniffed(head: bytes) -> str | None:
    """The format that the first bytes are of (64 are enough); None for all that is not taken."""
    return next((name for name, start in _STARTS.items() if start.match(head)), None)


@cache
def vips() -> Any:
    """Pyvips, set to one thread and no memory of finished work: parts run side by side."""
    import pyvips

    pyvips.cache_set_max(0)
    pyvips.concurrency_set(1)
    return pyvips


def decoded(data: bytes, format_: str, **options: Any) -> Any:
    """The first frame as a pyvips image, line by line on demand.

    Broken bytes raise pyvips.Error here or where the lines are read; truncated ones too.
    """
    load: Callable[..., Any] = getattr(vips().Image, LOADERS[format_])
    return load(data, access="sequential", fail_on="truncated", **options)


def shrunk_on_load(format_: str, ratio: float) -> dict[str, Any]:
    """Options of `decoded` for a picture that is to be `ratio` times smaller."""
    if format_ == "jpeg":
        shrink = next((n for n in (8, 4, 2) if ratio >= GAP * n), 1)
        return {"shrink": shrink} if shrink > 1 else {}
    if format_ == "webp" and ratio > GAP:
        return {"scale": GAP / ratio}
    return {}
