"""Lanczos over all pixels, compiled: the lines are weighted, turned on their side, weighted again.

Weights are whole numbers, so that every machine finds the same bytes.
Source: Duchon (1979), Lanczos filtering in one and two dimensions, with three lobes.

Importing this module imports numba.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np

from filters.compiled.compiling import borrowing

LOBES = 3
BITS = 14  # of a weight's fraction
_AT_ONCE = 4  # lines that are weighted in one go
_BLOCK = 16
_LEAST, _MOST = 0, 255
_TINY = 1e-9


def resampled(pixels: Any, size: tuple[int, int], kept: int) -> Any:
    """A picture of another size; `size`: width and height, each at least 1.

    `pixels`: uint8 (height, width, channels). So is the result, of the first `kept` channels.
    """
    height, width, channels = pixels.shape
    if (width, height) == size:
        return np.ascontiguousarray(pixels[:, :, :kept])
    flat = _weighted(pixels.reshape(height, -1), _weights(height, size[1]))
    upended = np.empty((width, size[1] * kept), np.uint8)
    _upend(flat, channels, upended, kept)
    flat = _weighted(upended, _weights(width, size[0]))
    out = np.empty((size[1], size[0] * kept), np.uint8)
    _upend(flat, kept, out, kept)
    return out.reshape(size[1], size[0], kept)


def _weighted(lines: Any, weights: tuple[Any, Any] | None) -> Any:
    if weights is None:
        return lines
    starts, shares = weights
    out = np.empty((len(starts), lines.shape[1]), np.uint8)
    _weigh(lines, starts, shares, np.empty(lines.shape[1], np.int32), out)
    return out


@lru_cache(maxsize=256)
def _weights(given: int, wanted: int) -> tuple[Any, Any] | None:
    """For each line wanted the first that counts, and what each from there on counts.

    None where all stays as it is. The weights of a line sum to 1 << BITS.
    """
    if given == wanted:
        return None
    wide = max(given / wanted, 1.0)
    taps = -(-(math.ceil(2 * LOBES * wide) + 1) // _AT_ONCE) * _AT_ONCE
    starts, shares = np.empty(wanted, np.int64), np.zeros((wanted, taps), np.int32)
    _fill(given, wide, starts, shares, np.empty(taps))
    return starts, shares


@borrowing
def _fill(given, wide, starts, shares, exact):  # type: ignore[no-untyped-def]
    """sinc(3 t) * sinc(t) of the distances, with sin(3 t) = 3 sin(t) - 4 sin(t) ** 3.

    From one line to the next the angle grows by one step, so its sine is turned, not asked for.
    """
    wanted, taps = shares.shape
    scale = given / wanted
    step = math.pi / (LOBES * wide)
    sin_step, cos_step = math.sin(step), math.cos(step)
    for y in range(wanted):
        middle = (y + 0.5) * scale
        first = min(max(math.floor(middle - LOBES * wide), 0), max(given - taps, 0))
        angle = (first + 0.5 - middle) * step
        sine, cosine = math.sin(angle), math.cos(angle)
        total = 0.0
        for tap in range(min(taps, given - first)):
            at = angle + tap * step
            square = sine * sine
            share = 1.0 if abs(at) < _TINY else square * (1 - 4 / 3 * square) / (at * at)
            exact[tap] = share if abs(at) < math.pi else 0.0
            total += exact[tap]
            sine, cosine = sine * cos_step + cosine * sin_step, cosine * cos_step - sine * sin_step
        heaviest, left = 0, 1 << BITS
        for tap in range(min(taps, given - first)):
            shares[y, tap] = round(exact[tap] * ((1 << BITS) / total))
            left -= shares[y, tap]
            if shares[y, tap] > shares[y, heaviest]:
                heaviest = tap
        shares[y, heaviest] += left
        starts[y] = first


@borrowing
def _weigh(lines, starts, shares, sums, out):  # type: ignore[no-untyped-def]
    """Each line of `out` from those of `lines` that its shares speak of; `sums` is scratch."""
    last = len(lines) - 1
    for y in range(len(out)):
        first, share, line = starts[y], shares[y], out[y]
        for x in range(len(sums)):
            sums[x] = 1 << (BITS - 1)
        for at in range(0, len(share), _AT_ONCE):
            a, b = lines[min(first + at, last)], lines[min(first + at + 1, last)]
            c, d = lines[min(first + at + 2, last)], lines[min(first + at + 3, last)]
            of_a, of_b, of_c, of_d = share[at], share[at + 1], share[at + 2], share[at + 3]
            for x in range(len(sums)):
                sums[x] += of_a * a[x] + of_b * b[x] + of_c * c[x] + of_d * d[x]
        for x in range(len(sums)):
            line[x] = min(max(sums[x] >> BITS, _LEAST), _MOST)


@borrowing
def _upend(lines, channels, out, kept):  # type: ignore[no-untyped-def]
    """Columns become lines, with the first `kept` channels of each pixel."""
    height = len(lines)
    for low in range(0, height, _BLOCK):
        for x in range(len(out)):
            column = out[x]
            for y in range(low, min(low + _BLOCK, height)):
                at, to = x * channels, y * kept
                column[to] = lines[y, at]
                if kept >= 3:
                    column[to + 1] = lines[y, at + 1]
                    column[to + 2] = lines[y, at + 2]
                if kept == 4:
                    column[to + 3] = lines[y, at + 3]
