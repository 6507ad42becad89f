"""Files of a few KB to hold much of memory: the largest that are let through, and larger ones.

Each is asked of a decoder of its own, which says how much it held at most.
"""

import io
import math
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from PIL import Image

from filters.pictures.pixels import GAP, vips
from pipeline.pictures import decoding, held, raster
from pipeline.pictures.apart import CrashedError
from pipeline.pictures.resize import Resize, passed

HELD = Resize().max_held_bytes - (1 << 20)  # the files are smaller than that
SHRUNK = int(GAP * Resize().size_px)
MANY = 9_990
Image.MAX_IMAGE_PIXELS = None


class Bomb(NamedTuple):
    """`make` gives a file of `side` px squared; `dropped` is what must become of it."""

    name: str
    make: Callable[[int], bytes]
    side: int
    dropped: str | None


class Met(NamedTuple):
    """What became of a picture, and the most that its decoder held; None where it died."""

    dropped: str | None
    peak_mib: float | None


def flat(
    kind: str, bands: int = 3, *, deep: bool = False, **options: Any
) -> Callable[[int], bytes]:
    """A maker of pictures of one colour, by pyvips."""

    def made(side: int) -> bytes:
        image = (vips().Image.black(side, side, bands=bands) + [10, 200, 30, 100][:bands]).cast(
            "uchar"
        )
        image = image.copy(interpretation="srgb")
        if deep:
            image = (image * 257).cast("ushort").copy(interpretation="rgb16")
        return bytes(image.write_to_buffer(f".{kind}", **options))

    return made


def pillow(kind: str, mode: str, *, frames: int = 1, **options: Any) -> Callable[[int], bytes]:
    """A maker of pictures of one colour, by Pillow; of `frames` colours, one a frame."""

    def made(side: int) -> bytes:
        size, bands = (side, side), len(Image.new(mode, (1, 1)).getbands())
        stills = [Image.new(mode, size, (50 * n + 1, 9, 9, 128)[:bands]) for n in range(frames)]
        more = {"save_all": True, "append_images": stills[1:]} if frames > 1 else {}
        out = io.BytesIO()
        stills[0].save(out, kind, **more, **options)
        return out.getvalue()

    return made


def unread(side: int) -> bytes:
    """A progressive jpeg with junk between segments, which its decoder skips."""
    data = flat("jpg", interlace=True)(side)
    end = 4 + int.from_bytes(data[4:6], "big")  # of the first
    return data[:end] + b"junk" + data[end:]


def in_scans(side: int) -> bytes:
    """A baseline jpeg whose components come one after the other; black, so all blocks are alike."""
    data = pillow("JPEG", "RGB", subsampling=0)(8)
    tables = data[20 : data.index(b"\xff\xc0")]
    rest = data[data.index(b"\xff\xc4") : data.index(b"\xff\xda")]
    frame = struct.pack(">BBHBHHB", 0xFF, 0xC0, 17, 8, side, side, 3)
    frame += bytes((1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1))
    scans = []
    for component, table in ((1, 0), (2, 0x11), (3, 0x11)):
        # Nothing has changed, and no more of this block: 00 and 1010, or 00 and 00 of colour.
        block = "001010" if component == 1 else "0000"
        bits = block * 12
        unit = int(bits, 2).to_bytes(len(bits) // 8, "big")
        blocks = (-(-side // 8)) ** 2
        body = unit * (blocks // 12) + (unit if blocks % 12 else b"")
        scans.append(struct.pack(">BBHBBBBBB", 0xFF, 0xDA, 8, 1, component, table, 0, 63, 0) + body)
    return b"\xff\xd8" + tables + frame + rest + b"".join(scans) + b"\xff\xd9"


def flat_png(side: int, *, interlaced: bool) -> bytes:
    """A black square of one bit a pixel; interlaced, its lines are too few, as nobody counts."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    squeeze = zlib.compressobj(9)
    line = bytes(1 + -(-side // 8))
    lines = b"".join([*(squeeze.compress(line) for _ in range(side)), squeeze.flush()])
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, interlaced)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", lines), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def side_of(bytes_a_px: float) -> int:
    """The largest square that may hold so much."""
    return math.isqrt(int(HELD / bytes_a_px))


def scaled_side(whole: int, scaled: int) -> int:
    """The same of a webp, which is shrunk to three times the size wanted, and no further."""
    if (whole + scaled) * SHRUNK**2 > HELD:
        return side_of(whole + scaled)
    return math.isqrt(int((HELD - scaled * SHRUNK**2) / whole))


_AVIF = {"effort": 0, "Q": 50}
_FINE = _AVIF | {"subsample_mode": "off"}
_DEEP = _FINE | {"deep": True, "bitdepth": 12}
_INTERLACED = {"interlace": True, "compression": 1}
_SIDE_8, _SIDE_12 = side_of(held.AVIF), side_of(held.DEEP_AVIF)
_LOSSLESS = scaled_side(held.WHOLE_LOSSLESS, held.WEBP_LOSSLESS)
_ALPHA = scaled_side(held.WHOLE_ALPHA, held.WEBP_ALPHA)
_PLAIN_WEBP = flat("webp", effort=0)
_LOSSLESS_WEBP = flat("webp", 4, lossless=True, effort=0)
_KINDS: tuple[tuple[str, Callable[[int], bytes], int], ...] = (
    ("avif", flat("avif", **_AVIF), _SIDE_8),
    ("avif of fine colours", flat("avif", **_FINE), _SIDE_8),
    ("avif with alpha", flat("avif", 4, **_FINE), _SIDE_8),
    ("avif of 12 bits", flat("avif", **_DEEP), _SIDE_12),
    ("avif of 12 bits with alpha", flat("avif", 4, **_DEEP), _SIDE_12),
    ("avif animated", pillow("AVIF", "RGBA", frames=3, speed=10), _SIDE_8),
    ("png interlaced", flat("png", 4, **_INTERLACED), side_of(4)),
    ("png interlaced of 16 bits", flat("png", deep=True, **_INTERLACED), side_of(8)),
    ("png interlaced of 16 bits with alpha", flat("png", 4, deep=True, **_INTERLACED), side_of(8)),
    ("webp lossless", _LOSSLESS_WEBP, _LOSSLESS),
    ("webp with alpha", flat("webp", 4, effort=0), _ALPHA),
    ("webp animated", pillow("WEBP", "RGBA", frames=3, method=0), _ALPHA),
    ("gif", pillow("GIF", "P"), side_of(held.GIF)),
    ("gif animated", pillow("GIF", "P", frames=3), side_of(held.GIF)),
    ("jpeg progressive", flat("jpg", interlace=True, subsample_mode="off"), side_of(6)),
    ("jpeg progressive of CMYK", pillow("JPEG", "CMYK", progressive=True), side_of(8)),
    ("jpeg progressive that is not read", unread, side_of(6)),
    ("jpeg a component after the other", in_scans, side_of(6)),
)  # fmt: skip
_AT_ONCE = math.isqrt(raster.MAX_PX)  # up to this, all lines are decoded at once
BOMBS = (
    *(Bomb(f"{kind} decoded whole", flat(kind, bands), _AT_ONCE, None)
      for kind, bands in (("png", 4), ("webp", 4), ("jpg", 3))),
    *(Bomb(name, make, side, None) for name, make, side in _KINDS),
    *(Bomb(f"{name}, larger", make, side + side // 4, "too_many_pixels")
      for name, make, side in _KINDS),
    Bomb("webp, large", _PLAIN_WEBP, MANY, None),
    Bomb("png with alpha, large", flat("png", 4, compression=1), MANY, None),
    Bomb("jpeg, large", flat("jpg"), MANY, None),
    Bomb("jpeg of CMYK, turned, large", pillow("JPEG", "CMYK", exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0"
         b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"), MANY, None),
)  # fmt: skip


def met(data: bytes) -> Met:
    """Ask a decoder that has seen nothing else."""
    sent, picture = passed(data, Resize())
    if isinstance(picture, str):
        return Met(picture, 0.0)
    with patch.object(decoding, "_REWRITE", f"{__name__}:answered"):
        decoders = decoding.Decoders(1)
    with decoders:
        try:
            facts, _ = decoders._apart.ask(data, {"sent": vars(sent), "policy": vars(Resize())})
        except CrashedError:
            return Met("decode_failed", None)
    return Met(facts["dropped"], facts["peak_mib"])


def answered(data: bytes, facts: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """`pipeline.pictures.decoding.answered`, with the most memory that this process has held.
    [MiB]"""
    told, body = decoding.answered(data, facts)
    peak = Path("/proc/self/status").read_text().split("VmHWM:")[1]
    return told | {"peak_mib": int(peak.split()[0]) / 1024}, body


def small() -> bytes:
    """A picture that a decoder must look at, and that takes no memory."""
    return pillow("GIF", "P")(1)
