"""Decode a PNG of eight bits or fewer without libvips, which takes twice as long.

ISA-L inflates and compiled passes do the rest. What is odd or broken in any way is left to
libvips, and so is the word that is said of it. Source: W3C PNG third edition.
"""

import struct
from typing import Any, NamedTuple

_GRAY, _RGB, _PALETTE, _RGBA = 0, 2, 3, 6
_CHANNELS = {_GRAY: 1, _RGB: 3, _PALETTE: 1, _RGBA: 4}
_COLOURS = 256
_BYTE = 8


class _Header(NamedTuple):
    width: int
    height: int
    bits: int
    colour: int
    compression: int
    filter: int
    interlaced: int


def pixels(clean: bytes) -> Any:
    """The pixels of a file that `segments` has read: uint8 (height, width, channels).

    None where libvips has to look. Channels are gray, RGB or RGBA.
    """
    chunks = _chunks(clean)
    header = _Header(*struct.unpack(">IIBBBBB", chunks[b"IHDR"]))
    if header.colour not in _CHANNELS or header[4:] != (0, 0, 0):
        return None
    if header.colour != _PALETTE and (header.bits != _BYTE or b"tRNS" in chunks):
        return None
    lines = _lines(chunks[b"IDAT"], header)
    if lines is None or header.colour != _PALETTE:
        return None if lines is None else lines.reshape(header.height, header.width, -1)
    colours = chunks.get(b"PLTE", b"")
    palette = _palette(colours, chunks.get(b"tRNS", b""))
    return _painted(_unpacked(lines, header), palette, len(colours) // 3)


def _chunks(clean: bytes) -> dict[bytes, bytes]:
    """By name; the parts of the pixels joined, of all else the last. `clean` has been checked."""
    chunks: dict[bytes, bytes] = {}
    coded = []
    at = 8
    while at < len(clean):
        length, name = struct.unpack_from(">I4s", clean, at)
        chunks[name] = clean[at + 8 : at + 8 + length]
        if name == b"IDAT":
            coded.append(chunks[name])
        at += 12 + length
    return chunks | {b"IDAT": b"".join(coded)}


def _lines(coded: bytes, header: _Header) -> Any:
    """Uint8 (height, bytes a line); None where there are too few or too many, or broken ones."""
    import numpy as np
    from isal import isal_zlib

    from pipeline.pictures.png_lines import unfiltered

    bits = _CHANNELS[header.colour] * header.bits
    line_bytes = -(-bits * header.width // _BYTE)
    size = header.height * (1 + line_bytes)
    inflating = isal_zlib.decompressobj()
    try:
        raw = inflating.decompress(coded, size)
        more = inflating.decompress(inflating.unconsumed_tail, 1)  # reads the checksum
    except isal_zlib.IsalError:  # type: ignore[misc]
        return None
    if len(raw) != size or more or not inflating.eof:
        return None
    lines = np.empty((header.height, line_bytes), np.uint8)
    filtered = np.frombuffer(raw, np.uint8).reshape(header.height, -1)
    return lines if unfiltered(filtered, lines, max(1, bits // _BYTE)) else None


def _palette(colours: bytes, alpha: bytes) -> Any:
    """Uint32 (256,) of RGBA."""
    import numpy as np

    palette = np.full((_COLOURS, 4), 255, np.uint8)
    given = np.frombuffer(colours[: len(colours) // 3 * 3], np.uint8).reshape(-1, 3)[:_COLOURS]
    palette[: len(given), :3] = given
    shares = np.frombuffer(alpha, np.uint8)[: len(given)]
    palette[: len(shares), 3] = shares
    return palette.view(np.uint32).ravel()


def _unpacked(lines: Any, header: _Header) -> Any:
    """A byte a pixel."""
    import numpy as np

    if header.bits == _BYTE:
        return lines
    shifts = np.arange(_BYTE - header.bits, -1, -header.bits, dtype=np.uint8)
    spread = (lines[:, :, None] >> shifts) & np.uint8((1 << header.bits) - 1)
    return np.ascontiguousarray(spread.reshape(len(lines), -1)[:, : header.width])


def _painted(places: Any, palette: Any, known: int) -> Any:
    """None where a place is behind the palette's end."""
    import numpy as np

    from pipeline.pictures.png_lines import painted

    if int(places.max()) >= known:
        return None
    pixels = np.empty(places.size, np.uint32)
    painted(places.ravel(), palette, pixels)
    return pixels.view(np.uint8).reshape(*places.shape, 4)
