"""A forest in an array of parents: the root of a place, compiled.

Importing this module imports numba.
"""

from typing import Any

from filters.compiled.compiling import borrowing


@borrowing
def root(place: Any, parents: Any) -> Any:
    """The place that is its own parent, on the way from `place`; the way there gets shorter."""
    while parents[place] != place:
        parents[place] = parents[parents[place]]
        place = parents[place]
    return place
