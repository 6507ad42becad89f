"""Formats that pictures are written in: which one, how wide a picture it takes, the writing."""

from typing import Any

WIDEST = {"jpeg": 65_500, "webp": 16_383, "avif": 16_384}
"""Longest side that the encoders take. A png takes all that is let through. [px]"""


def takes(format_: str, side: int) -> bool:
    """Can a picture with this longest side be written? "auto" has png for those that are wide."""
    return side <= WIDEST.get(format_, side)


def chosen(format_: str, sides: tuple[int, int], *, alpha: bool) -> str:
    """The format itself, or what "auto" means for a picture: jpeg where that can be, else png."""
    if format_ != "auto":
        return format_
    return "png" if alpha or not takes("jpeg", max(sides)) else "jpeg"


def encoded(image: Any, format_: str, quality: int) -> bytes:
    """A picture of libvips in this format, without metadata. `quality`: 1 to 100, not of png."""
    if format_ == "jpeg":
        return image.jpegsave_buffer(Q=quality, keep="none")
    if format_ == "png":
        return image.pngsave_buffer(keep="none")
    if format_ == "webp":
        return image.webpsave_buffer(Q=quality, keep="none")
    return image.heifsave_buffer(Q=quality, compression="av1", keep="none")
