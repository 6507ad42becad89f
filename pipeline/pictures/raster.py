"""Small pictures, held whole: shrunk or stretched, turned and squared.

libvips builds objects and starts threads for every step; of a small picture that costs more than
its pixels do. So the decoder gives all lines at once, compiled passes settle alpha and weight
them, and Pillow does the rest. Larger and odd ones stay with libvips, which holds a few lines at
a time (pipeline/pictures/resize.py). Nothing here reads a file: no stranger's bytes but pixels and
the profile.
"""

import io
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

from filters.pictures.pixels import GAP, vips

MAX_PX = 4 << 20
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
FULL_COLOUR = 90  # from this quality on colours are kept as fine as brightness, as libvips does
_WHITE, _OPAQUE = 255, 255


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
    rgb = seen.bands in (3, 4)
    return (
        plain
        and seen.bands in MODES
        and (wanted.profile is None or rgb)
        and max(wanted.width * wanted.height, (wanted.square or 0) ** 2) <= MAX_PX
        and (seen.width * seen.height <= MAX_PX or _shrunk_by_lines(seen, wanted))
    )


def _shrunk_by_lines(seen: Facts, wanted: Wanted) -> bool:
    return seen.bands in (1, 3) and wanted.width * wanted.height <= seen.width * seen.height


def held(image: Any, seen: Facts, wanted: Wanted) -> Any:
    """A Pillow image of the size wanted, upright, in sRGB or gray. Raises pyvips.Error."""
    import numpy as np

    if seen.width * seen.height > MAX_PX:
        scale = (wanted.width / seen.width, wanted.height / seen.height)
        image = image.resize(scale[0], vscale=scale[1], gap=GAP)
        seen = seen._replace(width=wanted.width, height=wanted.height)
    pixels = np.frombuffer(image.write_to_memory(), np.uint8)
    return finished(pixels.reshape(seen.height, seen.width, seen.bands), wanted)


def finished(pixels: Any, wanted: Wanted) -> Any:
    """As `held`, of decoded pixels: uint8 (height, width, channels), which may be written to."""
    from PIL import Image

    size = (wanted.width, wanted.height)
    channels = pixels.shape[2]
    same = size == pixels.shape[1::-1]
    if channels in (2, 4) and not _alpha_settled(pixels, wanted.on_white):
        picture = _pillow(pixels, channels)
        if not same:
            picture = picture.resize(size, Image.Resampling.LANCZOS)
    elif same and channels in (1, 3):
        picture = _pillow(pixels, channels)
    else:
        from pipeline.pictures.lanczos import resampled

        kept = channels - 1 if channels in (2, 4) else channels
        picture = _pillow(resampled(pixels, size, kept), kept)
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


def _alpha_settled(pixels: Any, on_white: bool) -> bool:
    """Is alpha to be forgotten: all is opaque, or was laid on white here?"""
    import numpy as np

    colours, alpha = pixels[:, :, :-1], pixels[:, :, -1:]
    if on_white and pixels.shape[2] == len("RGBA"):
        from pipeline.pictures.png_lines import lay_on_white

        lay_on_white(pixels.view("<u4").ravel())
    elif on_white:
        mixed = alpha * colours.astype(np.uint32) + (_WHITE * (_WHITE - alpha.astype(int)) + 128)
        colours[:] = (mixed + (mixed >> 8)) >> 8
    return on_white or bool(alpha.min() == _OPAQUE)


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
    except (ImageCms.PyCMSError, OSError):
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


def _pillow(pixels: Any, channels: int) -> Any:
    from PIL import Image

    mode = MODES[channels]
    height, width = pixels.shape[:2]
    return Image.frombuffer(mode, (width, height), pixels, "raw", mode, 0, 1)


def _vips(picture: Any) -> Any:
    bands = len(picture.getbands())
    return vips().Image.new_from_memory(picture.tobytes(), *picture.size, bands, "uchar")


def image_of(picture: Any) -> Any:
    """A Pillow image as one of pyvips, for its other encoders."""
    gray = picture.mode in ("L", "LA")
    return _vips(picture).copy(interpretation="b-w" if gray else "srgb")
