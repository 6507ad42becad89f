"""What models see of a picture, and what it looks like: all that needs a decoder, in one go.

A view is a small array of bytes, the same length for every picture; models read nothing else, so
that no decoder runs in the process that holds them.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from filters.pictures import models, nsfw_mobilenet
from filters.pictures.looks import look


@dataclass(frozen=True)
class View:
    """`make` gives the bytes of an encoded picture, uint8 (side_px, side_px, 3), or None."""

    name: str
    side_px: int
    make: Callable[[bytes], bytes | None]

    @property
    def size(self) -> int:
        """Length. [bytes]"""
        return self.side_px * self.side_px * 3


VIEWS = (
    View(models.PIXELS, models.CROP_PX, models.seen),
    View(nsfw_mobilenet.PIXELS, nsfw_mobilenet.SIDE_PX, nsfw_mobilenet.seen),
)


def answered(data: bytes, facts: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """A picture's look and those views that `facts` name, one behind the other; or nothing.

    What a process apart is asked (pipeline/pictures/apart.py).
    """
    found = look(data)
    if found is None:
        return {}, b""
    seen = [view.make(data) for view in VIEWS if view.name in facts["views"]]
    whole = [each for each in seen if each is not None]
    return (asdict(found), b"".join(whole)) if len(whole) == len(seen) else ({}, b"")
