"""What a worker does with the memory that it frees: it keeps some of it for the next batch."""

import ctypes
from functools import cache

import pyarrow as pa

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # of malloc.h
KEPT = 256 << 20
"""Most free memory that is kept at the end of the heap. [bytes]"""

_LARGEST = 32 << 20
"""Larger pieces come from the system each time: the most that glibc allows. [bytes]"""


@cache
def keep_freed() -> None:
    """Have this process keep what it frees, as far as the C library can be asked to.

    Every batch wants the same large arrays. Given back to the system and asked for again, each of
    their pages is cleared and mapped anew. Nothing happens where the library is not glibc.
    """
    try:
        adjust = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    adjust(_TRIM_THRESHOLD, KEPT)
    adjust(_MMAP_THRESHOLD, _LARGEST)
    pa.set_memory_pool(pa.system_memory_pool())
