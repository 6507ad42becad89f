"""Small pictures, held whole: shrunk or stretched, turned and squared by Pillow.

libvips builds objects and starts threads for every step; of a small picture that costs more than
its pixels do. So libvips decodes and shrinks, and Pillow does the rest to pictures of a few
megapixels. Larger and odd ones stay with libvips, which holds a few lines at a time
(pipeline/resize.py). Nothing here reads a file: no stranger's bytes but pixels and the profile.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from filters.pixels import GAP, vips

MAX_PX = 4 << 20
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
FULL_COLOUR = 90  # from this quality on colours are kept as fine as brightness, as libvips does
_OPAQUE = 255
_WHITE = 255


class Facts(NamedTuple):
    """What pyvips says of an image, read once: each look costs as much as a hundred pixels."""

    width: int
    height: int
    bands: int
    format: str
    interpretation: str


@dataclass(frozen=True)
class Wanted:
    """What is to become of a picture: its size before turning, and the rest by its policy.

    `orientation` is EXIF's. `square`: the side to fill up to or cut down to, in px. `profile`:
    colours to turn to sRGB.
    """

    width: int
    height: int
    orientation: int
    square: int | None
    on_white: bool
    profile: bytes | None


def facts(image: Any) -> Facts:
    """The facts of a pyvips image."""
    return Facts(*(getattr(image, name) for name in Facts._fields))


def taken(seen: Facts, wanted: Wanted) -> bool:
    """Is it for `held`: 8 bits, sRGB or gray, small enough where it must be held?"""
    plain = seen.format == "uchar" and seen.interpretation in ("srgb", "b-w")
    shrinks = wanted.width * wanted.height <= seen.width * seen.height
    whole = not shrinks or seen.bands in (2, 4)
    rgb = seen.bands in (3, 4)
    return (
        plain
        and seen.bands in MODES
        and (wanted.profile is None or rgb)
        and max(wanted.width * wanted.height, (wanted.square or 0) ** 2) <= MAX_PX
        and (not whole or seen.width * seen.height <= MAX_PX)
    )


def held(image: Any, seen: Facts, wanted: Wanted) -> Any:
    """A Pillow image of the size wanted, upright, in sRGB or gray. Raises pyvips.Error."""
    from PIL import Image

    size = (wanted.width, wanted.height)
    shrinks = size != seen[:2] and size[0] * size[1] <= seen.width * seen.height
    picture = None
    if seen.bands in (2, 4) or not shrinks:
        picture = _pillow(image, *seen[:3])
    if seen.bands in (2, 4):
        picture = _alpha_settled(picture, wanted.on_white)
    if picture is None or (shrinks and picture.mode in ("L", "RGB")):
        image = image if picture is None else _vips(picture)
        bands = seen.bands if picture is None else len(picture.getbands())
        image = image.resize(size[0] / seen.width, vscale=size[1] / seen.height, gap=GAP)
        picture = _pillow(image, *size, bands)
    elif size != seen[:2]:
        picture = picture.resize(size, Image.Resampling.LANCZOS)
    if wanted.profile is not None:
        picture = _in_srgb(picture, wanted.profile)
    picture = _turned(picture, wanted.orientation)
    return picture if wanted.square is None else _squared(picture, wanted.square)


def jpeg(picture: Any, quality: int) -> bytes:
    """A baseline JPEG without metadata."""
    out = io.BytesIO()
    fine = 0 if quality >= FULL_COLOUR else 2
    picture.save(out, "JPEG", quality=quality, subsampling=fine)
    return out.getvalue()


def _alpha_settled(picture: Any, on_white: bool) -> Any:
    """Without alpha where all is opaque, or else laid on white; as it is where neither."""
    from PIL import Image

    alpha = picture.getchannel("A")
    opaque = alpha.getextrema()[0] == _OPAQUE
    if not opaque and not on_white:
        return picture
    colours = picture.convert(picture.mode[:-1])
    if opaque:
        return colours
    white = Image.new(colours.mode, colours.size, (_WHITE,) * len(colours.getbands()))
    white.paste(colours, mask=alpha)
    return white


def _in_srgb(picture: Any, profile: bytes) -> Any:
    """As it is where the profile is not one of RGB."""
    from PIL import ImageCms

    change = _change(profile)
    if change is None:
        return picture
    if picture.mode == "RGB":
        return ImageCms.applyTransform(picture, change)
    alpha = picture.getchannel("A")
    picture = ImageCms.applyTransform(picture.convert("RGB"), change)
    picture.putalpha(alpha)
    return picture


@lru_cache(maxsize=64)
def _change(profile: bytes) -> Any:
    """Relative colorimetric, as libvips has it. A site repeats a profile in many pictures."""
    from PIL import ImageCms

    try:
        return ImageCms.buildTransform(
            ImageCms.ImageCmsProfile(io.BytesIO(profile)),
            ImageCms.createProfile("sRGB"),
            "RGB",
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
        )
    except ImageCms.PyCMSError:
        return None


def _turned(picture: Any, orientation: int) -> Any:
    """Upright, where EXIF says that the camera was not."""
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    turn = turns.get(orientation)
    return picture if turn is None else picture.transpose(turn)


def _squared(picture: Any, side: int) -> Any:
    """The middle of a square of white, or a square of its middle, as it is small or large."""
    from PIL import Image

    bands = len(picture.getbands())
    square = Image.new(picture.mode, (side, side), (_WHITE,) * bands if bands > 1 else _WHITE)
    square.paste(picture, (int((side - picture.width) / 2), int((side - picture.height) / 2)))
    return square


def _pillow(image: Any, width: int, height: int, bands: int) -> Any:
    from PIL import Image

    mode = MODES[bands]
    return Image.frombuffer(mode, (width, height), image.write_to_memory(), "raw", mode, 0, 1)


def _vips(picture: Any) -> Any:
    bands = len(picture.getbands())
    return vips().Image.new_from_memory(picture.tobytes(), *picture.size, bands, "uchar")


def image_of(picture: Any) -> Any:
    """A Pillow image as one of pyvips, for its other encoders."""
    gray = picture.mode in ("L", "LA")
    return _vips(picture).copy(interpretation="b-w" if gray else "srgb")
