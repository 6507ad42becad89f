"""Hashes of what a picture looks like: near pictures have near hashes, by the Hamming distance.

All start from brightness, float64 (height, width) in 0 to 255, and give hexadecimal. Every step
is a product with a small matrix, and values are rounded before they are compared, so that the
last digit of a sum, which differs between machines, decides no bit.

PDQ: "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm", Facebook 2019.
pHash and dHash: as the Python package imagehash defines them.
"""

from functools import lru_cache
from typing import Any

PDQ_NEAR = 31  # Hamming distance up to which two PDQ hashes count as one picture
PDQ_MIN_QUALITY = 50  # below, a picture has too little to hash: its publishers' advice
PDQ_SIDE_PX = 512  # larger pictures are to be shrunk to this before
_BUFFER = 64
_WAVES = 16
_LOBES = 3
_DIGITS = 4  # after the point: coefficients are of the size of 1 to 1000


@lru_cache(maxsize=256)
def _smoothed(length: int) -> Any:
    """Two passes of a box filter, then 64 samples: float64 (64, length). PDQ's first step."""
    import numpy as np

    box = np.zeros((length, length))
    window = (length + 2 * _BUFFER - 1) // (2 * _BUFFER)
    half = (window + 2) // 2
    for at in range(length):
        first, last = max(0, at + half - window), min(length, at + half)
        box[at, first:last] = 1 / (last - first)
    samples = ((np.arange(_BUFFER) + 0.5) * length / _BUFFER).astype(int)
    return (box @ box)[samples]


@lru_cache(maxsize=256)
def _shrunk(length: int, count: int) -> Any:
    """Lanczos weights that bring `length` pixels to `count`: float64 (count, length)."""
    import numpy as np

    scale = max(length / count, 1.0)
    centres = (np.arange(count) + 0.5) * length / count - 0.5
    away = (np.arange(length)[None, :] - centres[:, None]) / scale
    weights = np.where(np.abs(away) < _LOBES, np.sinc(away) * np.sinc(away / _LOBES), 0.0)
    return weights / weights.sum(axis=1, keepdims=True)


def _thumbnail(luma: Any, rows: int, columns: int) -> Any:
    """Brightness in whole steps, shrunk or stretched; rounded after each way, as Pillow does."""
    import numpy as np

    height, width = luma.shape
    across = np.rint(np.round(np.rint(luma) @ _shrunk(width, columns).T, _DIGITS)).clip(0, 255)
    return np.rint(np.round(_shrunk(height, rows) @ across, _DIGITS)).clip(0, 255)


@lru_cache(maxsize=8)
def _cosines(rows: int, length: int, first: int) -> Any:
    """Waves `first` to `first + rows` of a cosine transform: float64 (rows, length)."""
    import numpy as np

    waves = np.arange(first, first + rows)[:, None]
    return np.sqrt(2 / length) * np.cos(
        np.pi / (2 * length) * waves * (2 * np.arange(length)[None, :] + 1)
    )


def pdq(luma: Any) -> tuple[str, int]:
    """PDQ hash, 64 hex digits, and its quality in 0 to 100. (height, width) -> (hash, quality)

    The picture should be at most 512 px a side. The last bit of the first row comes last, as in
    Facebook's own programs.
    """
    found, small = _pdq_waves(luma)
    return _pdq_bits(found), _pdq_quality(small)


def pdq_turned(luma: Any) -> tuple[tuple[str, ...], int]:
    """PDQ hashes of a picture as it is, turned and mirrored, all eight ways, and its quality.

    The first is that of `pdq`. A picture that is turned over its diagonal has its waves turned
    so; a mirrored one is sampled at other pixels, so its waves are taken from the mirror.
    """
    _, small = _pdq_waves(luma)
    views = (luma, luma[:, ::-1], luma[::-1], luma[::-1, ::-1])
    waves = [_pdq_waves(view)[0] for view in views]
    hashes = tuple(_pdq_bits(each) for found in waves for each in (found, found.T))
    return hashes, _pdq_quality(small)


def _pdq_waves(luma: Any) -> tuple[Any, Any]:
    """Waves 1 to 16 each way, (16, 16), and the 64 by 64 samples that they are of."""
    import numpy as np

    height, width = luma.shape
    small = _smoothed(height) @ luma @ _smoothed(width).T
    waves = _cosines(_WAVES, _BUFFER, 1)
    return np.round(waves @ small @ waves.T, _DIGITS), small


def _pdq_bits(found: Any) -> str:
    import numpy as np

    return np.packbits((found > np.median(found)).ravel()[::-1]).tobytes().hex()


def _pdq_quality(small: Any) -> int:
    """Sum of the steps between neighbours, each in whole hundredths of the range, over 90."""
    import numpy as np

    steps = sum(
        int(np.abs(np.trunc(np.round(np.diff(small, axis=axis) * 100 / 255, _DIGITS))).sum())
        for axis in (0, 1)
    )
    return min(steps // 90, 100)


def phash(luma: Any) -> str:
    """The lowest 8x8 waves of 32x32 pixels, each above their median or not: 16 hex digits."""
    import numpy as np

    waves = _cosines(8, 32, 0)
    found = np.round(waves @ _thumbnail(luma, 32, 32) @ waves.T, _DIGITS)
    return np.packbits(found > np.median(found)).tobytes().hex()


def dhash(luma: Any) -> str:
    """Of 8 rows of 9 pixels: is each brighter than its left neighbour? 16 hex digits."""
    import numpy as np

    small = _thumbnail(luma, 8, 9)
    return np.packbits(small[:, 1:] > small[:, :-1]).tobytes().hex()


def distance(one: str, other: str) -> int:
    """Bits in which two hashes of one kind differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()
