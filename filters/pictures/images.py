"""Signals of a fetched image, from the size that was sent."""

import pyarrow as pa
import pyarrow.compute as pc

from filters.signals import Measure, Signal

_OBELICS = "OBELICS, obelics/processors/web_document_filtering.py"

SIZES = (
    Signal("shorter_side", pa.int32(), "shorter side of the image as sent", "px", _OBELICS),
    Signal("longer_side", pa.int32(), "longer side of the image as sent", "px", _OBELICS),
    Signal("aspect", pa.float32(), "width / height of the image as sent", "ratio", _OBELICS),
)


def sizes(width: pa.Array, height: pa.Array) -> tuple[pa.Array, ...]:
    """SIZES of images. int32 px (n,) twice -> int32, int32, float32 (n,).

    Null where a side is unknown or not above 0.
    """
    real = pc.and_(pc.greater(width, 0), pc.greater(height, 0))
    width = pc.if_else(real, width, None)
    height = pc.if_else(real, height, None)
    shorter = pc.min_element_wise(width, height, skip_nulls=False)
    longer = pc.max_element_wise(width, height, skip_nulls=False)
    aspect = pc.divide(width.cast(pa.float64()), height.cast(pa.float64()))
    return shorter, longer, aspect.cast(pa.float32())


IMAGE = (Measure(sizes, ("original_width", "original_height"), SIZES),)
