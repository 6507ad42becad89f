"""What a decoder holds at once of a picture, reckoned from its header before it decodes.

Bytes a pixel were measured as peak memory of a process, less what it has without a picture:
`python -m tests.attacks` does so for the worst of each kind that is let through.
"""

from typing import Any

GIF = 5
AVIF, DEEP_AVIF = 16, 26  # of 8 bits a channel and of more, with alpha and fine colours
# Of the pixels that webp's decoder shrinks to while decoding, and of all that are coded.
WEBP, WEBP_ALPHA, WEBP_LOSSLESS = 6, 8, 4
WHOLE_ALPHA, WHOLE_LOSSLESS = 1, 3
COEFFICIENT = 2


def held_bytes(data: bytes, sent: Any, image: Any, scale: float) -> float:
    """Bytes for a picture, beside what `segments` has counted of those it could read.

    `sent` is the `Sent` that it filled in, `image` the pyvips header, `scale` what webp's decoder
    shrinks its sides to, at most 1.
    """
    return _of_pixels(data, sent, image, scale) + file_bytes(data, sent.format)


def file_bytes(data: bytes, format_: str) -> int:
    """What the file itself takes: webp's decoder copies it."""
    return len(data) * (2 if format_ == "webp" else 1)


def _of_pixels(data: bytes, sent: Any, image: Any, scale: float) -> float:
    pixels = image.width * image.height
    deep = image.format != "uchar"
    if sent.format == "webp":
        return float(pixels * _webp(b"VP8L" in data, image.hasalpha(), scale**2))
    if sent.format == "gif":
        return float(pixels * GIF)
    if sent.format == "avif":
        return float(pixels * (DEEP_AVIF if deep else AVIF))
    if sent.width is not None:
        return 0.0
    # Not read, yet a decoder may forgive it: a progressive jpeg, or an interlaced png.
    return float(pixels * image.bands * (COEFFICIENT if sent.format == "jpeg" else 1 + deep))


def _webp(lossless: bool, alpha: bool, scale: float) -> float:
    """Bytes a pixel coded. A lossless part may be any frame of an animation."""
    if lossless:
        return WHOLE_LOSSLESS + WEBP_LOSSLESS * scale
    return WHOLE_ALPHA + WEBP_ALPHA * scale if alpha else WEBP * scale
