"""Bytes of strangers to a picture of known format and bounded size, or to a reason why not.

What is done is told by `Resize`, in img2dataset's words; docs/images.md says what becomes of
alpha, CMYK, 16 bits, animations, profiles, EXIF. A picture that needs no change passes through
as it was sent, less its metadata: `passed` finds that out in Python alone. All others are
`rewritten`, which hands them to a decoder: a flow calls it in a process that may die of it
(pipeline/pictures/apart.py).
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Any

from filters.pictures.pixels import GAP, decoded, shrunk_on_load, sniffed, vips
from pipeline.pictures import raster, whole
from pipeline.pictures.formats import chosen, encoded, takes
from pipeline.pictures.held import file_bytes, held_bytes
from pipeline.pictures.segments import UPRIGHT, BrokenError, Segments, segments

KEPT = ("jpeg", "png", "webp")  # what passes as sent where the format is "auto"
BY_SHORTER_SIDE = ("keep_ratio", "center_crop")
SQUARE = ("border", "center_crop")
OPAQUE = 255
WHITE = 255
TURNED = (2, 3, 4)  # EXIF's words for how a camera was held
SIDEWAYS = (5, 6, 7, 8)
PNG_END = b"IEND\xaeB`\x82"
# Bytes a pixel beyond which a picture carries more than pixels: hidden payloads, huge profiles.
MAX_BYTES_A_PX = 4
FREE_BYTES = 1 << 16
PROFILE = "icc-profile-data"


@dataclass(frozen=True)
class Resize:
    """How large pictures may be and how they are written; the words are img2dataset's.

    `mode`: "no" leaves the size; "keep_ratio_largest" brings the longer side to `size_px`,
    "keep_ratio" the shorter; "border" is the first and fills up with white to a square,
    "center_crop" the second and cuts the middle out. `only_if_bigger`: such pictures only.
    `skip_reencode`: what needs no other change keeps the bytes of its pixels as sent.

    `format` "auto" writes jpeg, or png where a picture is transparent. `quality`: of jpeg, webp
    and avif. `keep_original`: the bytes as sent are kept too, metadata and all.

    `max_pixels` and, where a decoder must hold the whole picture, `max_held_bytes` are checked in
    the header, before decoding. `blur`: words of filters.pictures.detectors, joined by commas, or
    a function "module:name" that gives the boxes (left, top, width, height in px) of an encoded
    picture.
    """

    size_px: int = 1024
    mode: str = "keep_ratio_largest"
    only_if_bigger: bool = True
    skip_reencode: bool = True
    format: str = "auto"
    quality: int = 90
    keep_original: bool = False
    max_pixels: int = 100_000_000
    max_held_bytes: int = 76 << 20
    blur: str | None = None


@dataclass(frozen=True)
class Sent:
    """What a server sent: its length and digest, and what is known of the picture.

    Width and height are those of the upright picture, in px. `orientation` is EXIF's.
    """

    bytes: int
    sha256: str
    format: str | None = None
    width: int | None = None
    height: int | None = None
    orientation: int | None = None
    exif: bool | None = None
    iptc: bool | None = None


@dataclass(frozen=True)
class Picture:
    """A picture as it will be released: size in px. `found`: how many of what was blurred."""

    bytes: bytes
    format: str
    width: int
    height: int
    found: tuple[tuple[str, int], ...] = ()


def resize(data: bytes, policy: Resize) -> tuple[Sent, Picture | str]:
    """The picture in `data`, or why there is none: a word of `schemas.image.DROPPED`."""
    sent, picture = passed(data, policy)
    return (sent, picture) if picture is not None else rewritten(data, sent, policy)


def is_image(head: bytes) -> bool:
    """True where these first bytes of a body are worth reading on."""
    return sniffed(head) is not None


def passed(data: bytes, policy: Resize) -> tuple[Sent, Picture | str | None]:
    """What can be said without a decoder: the picture as sent, or a reason; None where not."""
    format_ = sniffed(data)
    sent = Sent(len(data), hashlib.sha256(data).hexdigest(), format_)
    if format_ is None:
        return sent, "not_image"
    if format_ == "png" and PNG_END not in data:
        return sent, "decode_failed"  # its decoder stops at the last line and misses no more
    try:
        found = segments(data, format_)
    except BrokenError:
        return sent, None  # decoders forgive some of what we do not
    sent = _described(sent, found)
    pixels = found.width * found.height
    held = found.held_bytes and found.held_bytes + file_bytes(data, format_)
    if pixels > policy.max_pixels or held > policy.max_held_bytes:
        return sent, "too_many_pixels"
    kept = KEPT if policy.format == "auto" else (policy.format,)
    same = policy.skip_reencode and policy.blur is None and format_ in kept
    lean = len(found.clean) <= MAX_BYTES_A_PX * pixels + FREE_BYTES
    upright = found.orientation == UPRIGHT
    if same and lean and upright and found.plain and _is_srgb(found.profile):
        sides = (found.width, found.height)
        if _target(sides, policy) == sides and not _squared(sides, policy):
            return sent, Picture(found.clean, format_, *sides)
    return sent, "unwritable" if _too_wide((found.width, found.height), policy) else None


def rewritten(data: bytes, sent: Sent, policy: Resize) -> tuple[Sent, Picture | str]:
    """The picture written anew, by a decoder of C. `sent` is what `passed` said of it."""
    format_ = sent.format
    if format_ is None:
        return sent, "not_image"
    try:
        picture = _small(data, sent, policy)
        if picture is not None:
            return sent, picture if policy.blur is None else _blurred(picture, policy)
        image = decoded(data, format_)
        seen = raster.facts(image)
        turn = _orientation(image)
        sides = (seen.width, seen.height)
        upright = sides[::-1] if turn in SIDEWAYS else sides
        less = shrunk_on_load(format_, _ratio(upright, policy))
        held = held_bytes(data, sent, image, less.get("scale", 1.0))
        sent = replace(sent, width=upright[0], height=upright[1], orientation=turn)
        pixels = max(sides[0] * sides[1], _pixels_after(upright, policy))
        if pixels > policy.max_pixels or held > policy.max_held_bytes:
            return sent, "too_many_pixels"
        if _too_wide(upright, policy):
            return sent, "unwritable"
        if less:
            image = decoded(data, format_, **less)
            seen = raster.facts(image)
        profile = image.get(PROFILE) if image.get_typeof(PROFILE) else None
        wanted = _wanted(upright, turn, None if _is_srgb(profile) else profile, policy)
        if raster.taken(seen, wanted):
            picture = _saved(raster.held(image, seen, wanted), policy)
        else:
            picture = _written(_resized(image, wanted), policy)
        if policy.blur is not None:
            picture = _blurred(picture, policy)
    except vips().Error:
        return sent, "decode_failed"
    return sent, picture


def _small(data: bytes, sent: Sent, policy: Resize) -> Picture | None:
    """A small picture written anew; None where libvips has to look."""
    sides, format_ = (sent.width or 0, sent.height or 0), sent.format or ""
    most = max(sides[0] * sides[1], _pixels_after(sides, policy) if min(sides) else 0)
    if format_ not in KEPT or not 0 < most <= min(raster.MAX_PX, policy.max_pixels):
        return None
    if format_ == "jpeg" and shrunk_on_load(format_, _ratio(sides, policy)):
        return None
    read = whole.pixels(data, format_)
    if read is None:
        return None
    found, pixels = read
    profile = None if _is_srgb(found.profile) else found.profile
    wanted = _wanted(sides, found.orientation, profile, policy)
    seen = raster.Facts(found.width, found.height, pixels.shape[2], "uchar", "srgb")
    if not raster.taken(seen, wanted):
        return None
    return _saved(raster.finished(pixels, wanted), policy)


def _described(sent: Sent, found: Segments) -> Sent:
    sides = (found.width, found.height)
    width, height = sides[::-1] if found.orientation in SIDEWAYS else sides
    return replace(
        sent,
        width=width,
        height=height,
        orientation=found.orientation,
        exif=found.exif,
        iptc=found.iptc,
    )


def _is_srgb(profile: bytes | None) -> bool:
    """True without a colour profile, or with one that calls itself sRGB."""
    return profile is None or b"sRGB" in profile or "sRGB".encode("utf-16-be") in profile


def _orientation(image: Any) -> int:
    value = int(image.get("orientation")) if image.get_typeof("orientation") else UPRIGHT
    return value if value in (*TURNED, *SIDEWAYS) else UPRIGHT


def _is_bounded(sides: tuple[int, int], policy: Resize) -> bool:
    """Does the mode change pictures of this size?"""
    side = min(sides) if policy.mode in BY_SHORTER_SIDE else max(sides)
    return policy.mode != "no" and (side > policy.size_px or not policy.only_if_bigger)


def _target(sides: tuple[int, int], policy: Resize) -> tuple[int, int]:
    """Width and height to shrink or stretch to, in px, before any border or cut."""
    if not _is_bounded(sides, policy):
        return sides
    side = min(sides) if policy.mode in BY_SHORTER_SIDE else max(sides)
    scale = policy.size_px / side
    return max(1, round(sides[0] * scale)), max(1, round(sides[1] * scale))


def _ratio(sides: tuple[int, int], policy: Resize) -> float:
    """How many times smaller it will be; below 1 where it grows."""
    return max(sides) / max(_target(sides, policy))


def _squared(sides: tuple[int, int], policy: Resize) -> bool:
    """Does a picture of this size get a border or lose its edges?"""
    square = (policy.size_px, policy.size_px)
    return policy.mode in SQUARE and _is_bounded(sides, policy) and _target(sides, policy) != square


def _pixels_after(sides: tuple[int, int], policy: Resize) -> int:
    """A long narrow picture can grow out of all proportion."""
    width, height = _target(sides, policy)
    return width * height


def _too_wide(sides: tuple[int, int], policy: Resize) -> bool:
    square = policy.size_px if _squared(sides, policy) else 0
    return not takes(policy.format, max(square, *_target(sides, policy)))


def _wanted(
    upright: tuple[int, int], turn: int, profile: bytes | None, policy: Resize
) -> raster.Wanted:
    width, height = _target(upright, policy)
    if turn in SIDEWAYS:
        width, height = height, width
    square = policy.size_px if _squared(upright, policy) else None
    return raster.Wanted(width, height, turn, square, policy.format == "jpeg", profile)


def _resized(image: Any, wanted: raster.Wanted) -> Any:
    """The picture upright in 8-bit sRGB or gray, line by line, of the size wanted."""
    if wanted.on_white and image.hasalpha() and image.format == "uchar":
        image = image.flatten(background=WHITE)
    foreign = image.interpretation == "cmyk" or wanted.profile is not None
    if foreign or image.format != "uchar" or image.hasalpha():
        box: dict[str, Any] = {"height": wanted.height, "size": "force", "no_rotate": True}
        if foreign:
            box["export_profile"] = "srgb"
        image = image.thumbnail_image(wanted.width, **box)
    elif (image.width, image.height) != (wanted.width, wanted.height):
        scale = (wanted.width / image.width, wanted.height / image.height)
        image = image.resize(scale[0], vscale=scale[1], gap=GAP)
    if wanted.orientation != UPRIGHT or image.hasalpha():
        # Lines come once, from the top; turning, and looking at alpha apart, need all of them.
        image = image.copy_memory().autorot()
    image = image if image.format == "uchar" else image.cast("uchar")
    if wanted.square is not None:
        square = (wanted.square, wanted.square)
        image = image.gravity("centre", *square, extend="background", background=WHITE)
    return image


def _saved(held: Any, policy: Resize) -> Picture:
    """A Pillow picture as its policy's format."""
    format_ = chosen(policy.format, held.size, alpha=held.mode in ("LA", "RGBA"))
    if format_ == "jpeg":
        return Picture(raster.jpeg(held, policy.quality), format_, *held.size)
    return Picture(encoded(raster.image_of(held), format_, policy.quality), format_, *held.size)


def _written(image: Any, policy: Resize) -> Picture:
    """The picture as its policy's format, without metadata."""
    if image.hasalpha():
        if policy.format == "jpeg":
            image = image.flatten(background=WHITE)
        elif image.extract_band(image.bands - 1).min() == OPAQUE:
            image = image.extract_band(0, n=image.bands - 1)
    format_ = chosen(policy.format, (image.width, image.height), alpha=image.hasalpha())
    return Picture(encoded(image, format_, policy.quality), format_, image.width, image.height)


def _blurred(picture: Picture, policy: Resize) -> Picture:
    """With what the policy says made unrecognisable, and how much of it there was."""
    from pipeline.pictures.blurring import blurred, boxes  # it loads pyarrow

    found = boxes(policy.blur or "", picture.bytes)
    counts = tuple((word, len(areas)) for word, areas in found.items() if word)
    areas = [area for each in found.values() for area in each]
    if areas:
        image = blurred(decoded(picture.bytes, picture.format).copy_memory(), areas)
        picture = _written(image, replace(policy, format=picture.format))
    return replace(picture, found=counts)
