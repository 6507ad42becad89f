"""The pictures of the mini-web, drawn when they are asked for; nothing binary lies in the tree.

A picture's name is kind/words.ext, perhaps with a size: `hills/winter-dawn-480x320.webp`. The
kind says which painter, the words choose among its palettes and seed it, so that a name gives
the same bytes at every request, and another size of a name the same picture.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import numpy as np

from jobs.miniweb.canvas import Canvas, Rng
from jobs.miniweb.painters import (
    birds,
    crafts,
    dishes,
    flowers,
    greenery,
    hills,
    nights,
    sea,
    sheets,
    signs,
    towns,
    vessels,
)

_NAME = re.compile(r"([a-z]+)/([a-z0-9-]+?)(?:-(\d{1,4})x(\d{1,4}))?\.(jpe?g|png|webp|gif|svg)")
TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp",
         "gif": "image/gif", "svg": "image/svg+xml"}  # fmt: skip
MAX_SIDE, MAX_GRAIN_SIDE = 6000, 2000  # px; grain on a huge picture is only weight
WIDE, PHOTO, SQUARE, TALL, STRIP = (1280, 720), (1080, 720), (900, 900), (720, 1000), (728, 90)


@dataclass(frozen=True)
class Painter:
    """How a kind of picture comes about: a texture (uint8 array), shapes before it, or both."""

    front: Callable[[Rng, str, Canvas], None] | None = None
    back: Callable[[Rng, str, Canvas], Any] | None = None
    sizes: tuple[tuple[int, int], ...] = (PHOTO, WIDE, PHOTO)
    grain: float = 3.0


PAINTERS = {
    "hills": Painter(hills.hills, sizes=(PHOTO, WIDE, WIDE)),
    "sea": Painter(sea.sea),
    "forest": Painter(greenery.forest, sizes=(PHOTO, TALL)),
    "garden": Painter(greenery.garden),
    "town": Painter(towns.town),
    "railway": Painter(towns.railway, sizes=(WIDE, PHOTO)),
    "night": Painter(nights.night_front, nights.night, (PHOTO,)),
    "flower": Painter(flowers.flower, sizes=(PHOTO, SQUARE)),
    "bird": Painter(birds.bird, sizes=(PHOTO, SQUARE)),
    "vessel": Painter(vessels.vessel, sizes=(SQUARE, PHOTO)),
    "dish": Painter(dishes.dish, sizes=(PHOTO,)),
    "weave": Painter(None, crafts.weave, (SQUARE,), 0),
    "timber": Painter(crafts.timber_front, crafts.timber, (PHOTO,), 2),
    "map": Painter(sheets.relief_front, sheets.relief, (PHOTO, SQUARE), 0),
    "chart": Painter(sheets.chart, sizes=((960, 640),), grain=0),
    "diagram": Painter(sheets.diagram, sizes=((1000, 560), (900, 640)), grain=0),
    "banner": Painter(signs.burst, sizes=(STRIP,), grain=0),
    "offer": Painter(signs.burst, sizes=(PHOTO, (600, 500)), grain=0),
    "emblem": Painter(signs.emblem, sizes=((64, 64),), grain=0),
    "icon": Painter(signs.emblem, sizes=((48, 48),), grain=0),
    "button": Painter(signs.emblem, sizes=((120, 32),), grain=0),
    "logo": Painter(signs.emblem, sizes=((240, 80),), grain=0),
}


class NoSuchPictureError(Exception):
    """The name is none that can be drawn."""


def size(name: str) -> tuple[int, int]:
    """Width and height of the picture of this name. [px]"""
    kind, words, wide, tall, _ = _parts(name)
    if wide:
        return int(wide), int(tall)
    sizes = PAINTERS[kind].sizes
    return sizes[_digest(kind, words)[0] % len(sizes)]


def resized(name: str, width: int) -> str:
    """The name of the same picture `width` pixels wide."""
    full_width, full_height = size(name)
    kind, words, _, _, extension = _parts(name)
    return f"{kind}/{words}-{width}x{round(full_height * width / full_width)}.{extension}"


@lru_cache(maxsize=256)
def draw(name: str) -> bytes:
    """The bytes of the picture of this name; raises NoSuchPictureError."""
    kind, words, _, _, extension = _parts(name)
    full = size(f"{kind}/{words}.{extension}")
    digest = _digest(kind, words)
    seed, painter = int.from_bytes(digest[1:9], "big"), PAINTERS[kind]
    if extension == "svg":
        return _canvas(painter, seed, words, full).svg(*full)
    if extension == "gif":
        return _animation(painter, seed, words, size(name))
    image = _painted(painter, seed, words, full, size(name))
    save = {"jpg": "jpegsave_buffer", "jpeg": "jpegsave_buffer", "png": "pngsave_buffer",
            "webp": "webpsave_buffer"}[extension]  # fmt: skip
    options: dict[str, Any] = {"png": {"compression": 6}, "webp": {"Q": 80, "effort": 1}}.get(
        extension, {"Q": 84}
    )
    return bytes(getattr(image, save)(**options, keep="none"))


def _parts(name: str) -> tuple[str, str, str | None, str, str]:
    found = _NAME.fullmatch(name)
    if (
        not found
        or found[1] not in PAINTERS
        or max(int(found[3] or 1), int(found[4] or 1)) > MAX_SIDE
    ):
        raise NoSuchPictureError(name)
    return found[1], found[2], found[3], found[4] or "", found[5]


def _digest(kind: str, words: str) -> bytes:
    return hashlib.sha256(f"{kind}/{words}".encode()).digest()


def _canvas(painter: Painter, seed: int, words: str, full: tuple[int, int]) -> Canvas:
    canvas = Canvas(*full)
    if painter.front:
        painter.front(np.random.default_rng([seed, 1]), words, canvas)
    return canvas


def _painted(
    painter: Painter, seed: int, words: str, full: tuple[int, int], out: tuple[int, int]
) -> Any:
    """The picture composed at `full`, as a pyvips image of size `out`, sRGB without alpha."""
    import pyvips

    # Shapes alone are rendered at the size asked for; a texture is made at full size and scaled,
    # and a huge picture is a small one enlarged.
    if painter.back:
        image = _textured(painter, seed, words, full)
    else:
        at = full if max(out) > MAX_GRAIN_SIDE else out
        shapes: Any = pyvips.Image.svgload_buffer(_canvas(painter, seed, words, full).svg(*at))
        image = shapes.flatten(background=[255, 255, 255])
    if (image.width, image.height) != out:
        kernel = "linear" if out[0] > image.width else "lanczos3"
        image = image.resize(out[0] / image.width, vscale=out[1] / image.height, kernel=kernel)
    if painter.grain and max(out) <= MAX_GRAIN_SIDE:
        tiles = _grain(painter.grain).replicate(out[0] // 512 + 1, out[1] // 512 + 1)
        image = image + tiles.crop(0, 0, *out)
    return image.cast("uchar").copy(interpretation="srgb").copy_memory()


@lru_cache(maxsize=16)
def _textured(painter: Painter, seed: int, words: str, full: tuple[int, int]) -> Any:
    """Texture and what stands before it; kept a while, for other sizes of it are asked for soon."""
    import pyvips

    assert painter.back, "only a painter with a texture comes here"
    texture = painter.back(np.random.default_rng([seed, 2]), words, Canvas(*full))
    image: Any = pyvips.Image.new_from_array(texture, interpretation="srgb")
    if painter.front:
        shapes = pyvips.Image.svgload_buffer(_canvas(painter, seed, words, full).svg(*full))
        image = image.composite2(shapes, "over").flatten()
    return image.copy_memory()


@cache
def _grain(strength: float) -> Any:
    """Film grain to lay over a picture: its flat areas look and compress as a photograph's."""
    import pyvips

    noise = np.random.default_rng(7).standard_normal((512, 512)).astype(np.float32) * strength
    image: Any = pyvips.Image.new_from_array(noise)
    return image.gaussblur(0.6).rint().cast("char").copy_memory()


def _animation(painter: Painter, seed: int, words: str, out: tuple[int, int]) -> bytes:
    """Four frames of a GIF, each another seed of the same painter."""
    import pyvips

    plain = replace(painter, grain=0)
    frames = [_painted(plain, seed + k, words, out, out) for k in range(4)]
    strip = pyvips.Image.arrayjoin(frames, across=1).copy()
    strip.set_type(pyvips.GValue.gint_type, "page-height", out[1])
    strip.set_type(pyvips.GValue.array_int_type, "delay", [400] * 4)
    return bytes(strip.gifsave_buffer(effort=1))
