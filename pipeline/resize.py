"""Bytes of strangers to a picture of known format and bounded size, or to a reason why not.

The policy is img2dataset's `keep_ratio_largest` with `resize_only_if_bigger`: the longer side
shrinks to `max_side_px`, nothing is ever enlarged, and what needs no change is kept as sent.

What is sent        what is kept
opaque              jpeg, quality 90
real transparency   png: lossless edges, and every trainer's library reads it
animated            the first frame
CMYK, 16 bits, a    sRGB with 8 bits
colour profile
turned by EXIF      upright; metadata go wherever the picture is written anew
SVG, PDF, TIFF...   not_image: never given to a decoder
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from filters.pixels import decoded, sniffed, vips

KEPT = frozenset(("jpeg", "png", "webp"))
OPAQUE = 255
UPRIGHT = 1  # EXIF's words for how a camera was held
TURNED = (2, 3, 4)
SIDEWAYS = (5, 6, 7, 8)
PNG_END = b"IEND\xaeB`\x82"
# Bytes a pixel beyond which a picture carries more than pixels: hidden payloads, huge metadata.
MAX_BYTES_A_PX = 4
FREE_BYTES = 1 << 16


@dataclass(frozen=True)
class Resize:
    """How large a picture may be. `max_pixels` is checked in the header, before decoding."""

    max_side_px: int = 1024
    max_pixels: int = 100_000_000
    jpeg_quality: int = 90


@dataclass(frozen=True)
class Sent:
    """What a server sent: its length and digest, and format and size as far as known.

    Width and height are those of the upright picture, in px.
    """

    bytes: int
    sha256: str
    format: str | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True)
class Picture:
    """A picture as it will be released: size in px."""

    bytes: bytes
    format: str
    width: int
    height: int


def resize(data: bytes, policy: Resize) -> tuple[Sent, Picture | str]:
    """The picture in `data`, or why there is none: a word of `schemas.image.DROPPED`."""
    sent = Sent(len(data), hashlib.sha256(data).hexdigest())
    format_ = sniffed(data)
    if format_ is None:
        return sent, "not_image"
    sent = Sent(sent.bytes, sent.sha256, format_)
    if format_ == "png" and PNG_END not in data:
        return sent, "decode_failed"  # its decoder stops at the last line and misses no more
    try:
        header = decoded(data, format_)
        sideways = _orientation(header) in SIDEWAYS
        sides = (header.height, header.width) if sideways else (header.width, header.height)
        sent = Sent(sent.bytes, sent.sha256, format_, *sides)
        if header.width * header.height > policy.max_pixels:
            return sent, "too_many_pixels"
        if format_ in KEPT and max(sides) <= policy.max_side_px and _is_plain(data, header):
            decoded(data, format_).avg()  # decodes every line, so that a broken one is found
            return sent, Picture(data, format_, *sides)
        return sent, _written(_shrunk(data, format_, max(sides), policy), policy)
    except vips().Error:
        return sent, "decode_failed"


def is_image(head: bytes) -> bool:
    """True where these first bytes of a body are worth reading on."""
    return sniffed(head) is not None


def _orientation(image: Any) -> int:
    value = int(image.get("orientation")) if image.get_typeof("orientation") else UPRIGHT
    return value if value in (*TURNED, *SIDEWAYS) else UPRIGHT


def _is_plain(data: bytes, image: Any) -> bool:
    """True for an upright, still picture of 8 bits a channel in gray or sRGB, and nothing else."""
    still = not image.get_typeof("n-pages") or image.get("n-pages") == 1
    plain_png = b"acTL" not in data[:4096] if data.startswith(b"\x89PNG") else True
    lean = len(data) <= MAX_BYTES_A_PX * image.width * image.height + FREE_BYTES
    colours = image.format == "uchar" and image.interpretation in ("srgb", "b-w")
    upright = _orientation(image) == UPRIGHT
    return still and plain_png and lean and colours and upright and _is_srgb(image)


def _is_srgb(image: Any) -> bool:
    """True without a colour profile, or with one that calls itself sRGB."""
    if not image.get_typeof("icc-profile-data"):
        return True
    profile = bytes(image.get("icc-profile-data"))
    return b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile


def _shrunk(data: bytes, format_: str, side_px: int, policy: Resize) -> Any:
    """The picture upright in 8-bit sRGB or gray, its longer side within bounds."""
    options = {}
    if format_ == "jpeg":
        # The decoder may average blocks, as long as a factor of two is left to a better filter.
        ratio = side_px / policy.max_side_px
        options["shrink"] = next((n for n in (8, 4, 2) if ratio >= 2 * n), 1)
    image = decoded(data, format_, **options)
    box: dict[str, Any] = {"height": policy.max_side_px, "size": "down", "no_rotate": True}
    if image.interpretation == "cmyk" or not _is_srgb(image):
        box["export_profile"] = "srgb"  # ten times the work of shrinking alone
    image = image.thumbnail_image(policy.max_side_px, **box)
    # Lines come once, from the top; turning, and looking at alpha apart, need all of them.
    image = image.copy_memory().autorot()
    return image if image.format == "uchar" else image.cast("uchar")


def _written(image: Any, policy: Resize) -> Picture:
    """The picture in jpeg where it is opaque, else in png; without metadata."""
    if image.hasalpha():
        colours, alpha = image[: image.bands - 1], image[image.bands - 1]
        if alpha.min() < OPAQUE:
            return Picture(image.pngsave_buffer(keep="none"), "png", image.width, image.height)
        image = colours
    data = image.jpegsave_buffer(Q=policy.jpeg_quality, keep="none")
    return Picture(data, "jpeg", image.width, image.height)
