"""How compiled functions that make no arrays are compiled: without counting references.

numba counts references to every array that a function takes out of a tuple or hands on, each an
atomic step of the processor, and a pass that does so a word spends much of its time on it. Who
makes no array and gives none back needs none of that: its caller holds them. A function that does
make one is refused when it is first compiled, so none can go wrong unseen. `_nrt` is numba's own
switch for it, not a documented one.

Importing this module imports numba.
"""

from collections.abc import Callable
from typing import Any

import numba


def borrowing(function: Callable[..., Any]) -> Any:
    """numba.njit for a function that makes no arrays."""
    return numba.njit(cache=True, nogil=True, _nrt=False)(function)  # type: ignore[call-overload]


def inlined(function: Callable[..., Any]) -> Any:
    """As borrowing; the function becomes a part of those that call it."""
    compiled = numba.njit(cache=True, nogil=True, _nrt=False, inline="always")  # type: ignore[call-overload]
    return compiled(function)
