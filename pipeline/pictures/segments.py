"""What a JPEG, PNG or WebP file says of itself, and the same picture without its metadata.

No pixel is decoded, and only Python and zlib see the bytes. Cut out are EXIF (with it where the
picture was taken), XMP, IPTC, C2PA, comments, thumbnails, makers' own segments and all that lies
behind the picture's end. Kept are pixels, colour profile and what says how to read the pixels.
Nothing is copied that is not understood: a second file hidden in this one does not come through.

Sources: ITU-T T.81 annex B (JPEG), W3C PNG third edition, RFC 9649 (WebP), EXIF 2.32 (TIFF).
"""

import re
import struct
import zlib
from dataclasses import dataclass
from typing import NamedTuple

UPRIGHT = 1  # EXIF's word for a camera held level
MAX_SCANS = 500  # a progressive JPEG has about ten
MAX_PROFILE_BYTES = 4 << 20


class BrokenError(ValueError):
    """The file is not whole, or not as its format says."""


@dataclass(frozen=True)
class Segments:
    """A picture file read without decoding. Width and height as stored, in px, before turning.

    `plain`: one frame of 8 bits a channel, gray or RGB, perhaps with alpha or a palette.
    `held_bytes`: what its decoder holds at once where it cannot go line by line; else 0.
    """

    clean: bytes
    width: int
    height: int
    plain: bool
    held_bytes: int
    orientation: int = UPRIGHT
    profile: bytes | None = None
    exif: bool = False
    iptc: bool = False


def segments(data: bytes, format_: str) -> Segments:
    """The parts of a "jpeg", "png" or "webp" file. Raises BrokenError, as for other formats."""
    read = {"jpeg": _jpeg, "png": _png, "webp": _webp}.get(format_)
    if read is None:
        raise BrokenError(f"{format_}: not read here")
    try:
        return read(data)
    except (struct.error, IndexError, zlib.error) as error:
        raise BrokenError(f"{format_}: {error}") from error


# JPEG ------------------------------------------------------------------------------------------

_SOI, _EOI, _SOS, _DHT, _DAC, _DQT, _DRI = 0xD8, 0xD9, 0xDA, 0xC4, 0xCC, 0xDB, 0xDD
_APP0, _APP1, _APP2, _APP13, _APP14 = 0xE0, 0xE1, 0xE2, 0xED, 0xEE
_FRAMES = frozenset(range(0xC0, 0xD0)) - {_DHT, 0xC8, _DAC}
_COMMON_FRAMES = (0xC0, 0xC1, 0xC2)
_CODED_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_KEPT_JPEG = frozenset((_DHT, _DAC, _DQT, _DRI))


def _jpeg(data: bytes) -> Segments:  # noqa: C901, PLR0912 - one loop, a branch a segment
    out: list[bytes] = [data[:2]]
    at, scans, samples, by_lines = 2, 0, 0.0, False
    frame: tuple[int, int, int, int, int] | None = None
    orientation, exif, iptc = UPRIGHT, False, False
    profile: list[bytes] = []
    while True:
        marker, at = _marker(data, at)
        if marker == _EOI:
            break
        (length,) = struct.unpack_from(">H", data, at)
        body = data[at + 2 : at + length]
        if length < 2 or len(body) != length - 2:  # noqa: PLR2004 - the length counts itself
            raise BrokenError("jpeg: a segment ends behind the file")
        at += length
        whole = bytes((0xFF, marker)) + struct.pack(">H", length) + body
        if marker in _FRAMES:
            if frame is not None:
                raise BrokenError("jpeg: a second frame")
            frame = (marker, *struct.unpack_from(">BHHB", body))
            samples = _samples(body)
            out.append(whole)
        elif marker == _SOS:
            scans += 1
            found = _CODED_END.search(data, at)
            if frame is None or found is None or scans > MAX_SCANS:
                raise BrokenError("jpeg: a scan without frame or end, or too many of them")
            # All components in the first scan: else a baseline jpeg is held whole, too.
            by_lines = by_lines or (scans == 1 and body[0] == frame[4])
            out += (whole, data[at : found.start()].rstrip(b"\xff"))
            at = found.start()
        elif marker == _APP0 and body.startswith(b"JFIF\0"):
            out.append(b"\xff\xe0\0\x10" + body[:12] + b"\0\0")  # without its thumbnail
        elif marker == _APP2 and body.startswith(b"ICC_PROFILE\0"):
            profile.append(body[14:])
            out.append(whole)
        elif marker in _KEPT_JPEG or (marker == _APP14 and body.startswith(b"Adobe")):
            out.append(whole)
        elif marker == _APP1 and body.startswith(b"Exif\0"):
            orientation, exif = _orientation(body[6:]), True
        elif marker == _APP13:
            iptc = iptc or b"8BIM\x04\x04" in body
    if frame is None or not scans:
        raise BrokenError("jpeg: no picture")
    kind, bits, height, width, channels = frame
    plain = kind in _COMMON_FRAMES and (bits, channels) in ((8, 1), (8, 3))
    return Segments(
        b"".join((*out, b"\xff\xd9")),
        *_sides(width, height),
        plain=plain,
        held_bytes=0
        if by_lines and kind in _COMMON_FRAMES[:2]
        else int(2 * samples * width * height),
        orientation=orientation,
        profile=b"".join(profile) or None,
        exif=exif,
        iptc=iptc,
    )


def _samples(frame: bytes) -> float:
    """Coefficients a pixel of a frame: 3 where colours are as fine as brightness, often 1.5."""
    factors = [(frame[at] >> 4) * (frame[at] & 15) for at in range(7, 6 + 3 * frame[5], 3)]
    most = max(factors, default=0)
    return sum(factors) / most if most else 0.0


def _marker(data: bytes, at: int) -> tuple[int, int]:
    """The marker at `at`, and where its segment begins. 0xff may be repeated before it."""
    if data[at] != 0xFF:  # noqa: PLR2004
        raise BrokenError("jpeg: no marker where one should be")
    while data[at] == 0xFF:  # noqa: PLR2004
        at += 1
    if data[at] <= 1 or 0xD0 <= data[at] <= _SOI:  # noqa: PLR2004 - markers without a segment
        raise BrokenError("jpeg: a marker out of place")
    return data[at], at + 1


def _orientation(tiff: bytes) -> int:
    """Tag 0x0112 of the first directory of a TIFF; UPRIGHT where there is none that makes sense."""
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return UPRIGHT
    try:
        (at,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, at)
        for entry in range(min(count, 512)):
            tag, kind, _, value = struct.unpack_from(order + "HHIH", tiff, at + 2 + 12 * entry)
            if (tag, kind) == (0x0112, 3):
                return value if 1 <= value <= 8 else UPRIGHT  # noqa: PLR2004
    except struct.error:
        return UPRIGHT
    return UPRIGHT


def _sides(width: int, height: int) -> tuple[int, int]:
    if not width or not height:
        raise BrokenError("a side of no length")
    return width, height


# PNG -------------------------------------------------------------------------------------------

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT_PNG = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT")
)
_DECODED = {0: 2, 2: 4, 3: 4, 4: 2, 6: 4}  # channels, with the alpha that a tRNS gives


class _Header(NamedTuple):
    width: int
    height: int
    bits: int
    colour: int
    compression: int
    filter: int
    interlaced: int


def _png(data: bytes) -> Segments:  # noqa: C901 - one loop, a branch a chunk
    out = [_SIGNATURE]
    at, kind, coded = 8, b"", False
    header: _Header | None = None
    orientation, exif, animated = UPRIGHT, False, False
    profile = None
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            raise BrokenError("png: a chunk ends behind the file")
        body = data[at + 8 : end - 4]
        if kind in _KEPT_PNG:
            if zlib.crc32(data[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
                raise BrokenError("png: a checksum does not fit")
            out.append(data[at:end])
        elif not kind[0] & 0x20:  # an upper-case first letter: not to be read without it
            raise BrokenError("png: an unknown critical chunk")
        if (kind == b"IHDR") != (header is None):
            raise BrokenError("png: no header, or two of them")
        if kind == b"IHDR":
            header = _Header(*struct.unpack(">IIBBBBB", body))
        elif kind == b"IDAT":
            coded = True
        elif kind == b"eXIf":
            orientation, exif = _orientation(body), True
        elif kind == b"iCCP":
            profile = zlib.decompressobj().decompress(
                body[body.index(b"\0") + 2 :] if b"\0" in body else b"", MAX_PROFILE_BYTES
            )
        animated = animated or kind == b"acTL"
        at = end
    if header is None or header.colour not in _DECODED or not coded:
        raise BrokenError("png: no picture")
    _sides(header.width, header.height)
    plain = header.bits <= 8 and not animated  # noqa: PLR2004
    pixel_bytes = _DECODED[header.colour] * max(1, header.bits // 8)
    return Segments(
        b"".join(out),
        header.width,
        header.height,
        plain=plain,
        held_bytes=pixel_bytes * header.width * header.height if header.interlaced else 0,
        orientation=orientation,
        profile=profile,
        exif=exif,
    )


# WebP ------------------------------------------------------------------------------------------

_ANIMATED, _XMP, _EXIF = 0x02, 0x04, 0x08
_KEPT_WEBP = frozenset((b"VP8X", b"ICCP", b"ALPH", b"VP8 ", b"VP8L"))


def _webp(data: bytes) -> Segments:  # noqa: C901 - one loop, a branch a chunk
    (size,) = struct.unpack_from("<I", data, 4)
    end = 8 + size
    if end > len(data):
        raise BrokenError("webp: it ends behind the file")
    out, at = [], 12
    sides, profile, orientation = None, None, UPRIGHT
    exif = animated = False
    while at + 8 <= end:
        kind, length = struct.unpack_from("<4sI", data, at)
        body = data[at + 8 : at + 8 + length]
        at += 8 + length + length % 2
        if len(body) != length or at > end + 1:
            raise BrokenError("webp: a chunk ends behind the file")
        if kind == b"VP8X":
            animated = bool(body[0] & _ANIMATED)
            body = bytes((body[0] & ~(_XMP | _EXIF),)) + body[1:]
        elif kind in (b"VP8 ", b"VP8L"):
            sides = sides or _webp_sides(kind, body)
        elif kind == b"ICCP":
            profile = body
        elif kind == b"EXIF":
            orientation, exif = _orientation(body.removeprefix(b"Exif\0\0")), True
        elif kind == b"ANMF":
            animated = True
        if kind in _KEPT_WEBP:
            out.append(kind + struct.pack("<I", length) + body + b"\0" * (length % 2))
    if animated and sides is None:
        sides = _canvas(data)
    if sides is None:
        raise BrokenError("webp: no picture")
    clean = b"WEBP" + b"".join(out)
    return Segments(
        b"RIFF" + struct.pack("<I", len(clean)) + clean,
        *_sides(*sides),
        plain=not animated,
        held_bytes=0,  # it can be shrunk while it is decoded
        orientation=orientation,
        profile=profile,
        exif=exif,
    )


def _webp_sides(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8 ":
        start, width, height = struct.unpack_from("<3sHH", body, 3)
        if start != b"\x9d\x01\x2a":
            raise BrokenError("webp: no key frame")
        return width & 0x3FFF, height & 0x3FFF
    sign, bits = struct.unpack_from("<BI", body)
    if sign != 0x2F:  # noqa: PLR2004
        raise BrokenError("webp: no lossless frame")
    return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1


def _canvas(data: bytes) -> tuple[int, int]:
    return tuple(1 + int.from_bytes(data[at : at + 3], "little") for at in (24, 27))  # type: ignore[return-value]
