"""Sizes of images."""

import pyarrow as pa
import pytest

from filters.pictures import images
from filters.signals import measured


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [
        (300, 150, (150, 300, 2.0)),
        (150, 300, (150, 300, 0.5)),
        (1, 1, (1, 1, 1.0)),
        (20_000, 10_001, (10_001, 20_000, pytest.approx(1.9998, abs=1e-5))),
        (0, 10, (None, None, None)),
        (10, 0, (None, None, None)),
        (-5, 10, (None, None, None)),
        (None, 10, (None, None, None)),
        (10, None, (None, None, None)),
    ],
)
def test_sizes(width: int | None, height: int | None, expected: tuple[object, ...]) -> None:
    columns = {
        "original_width": pa.array([width], pa.int32()),
        "original_height": pa.array([height], pa.int32()),
    }
    found = measured(images.IMAGE, columns)
    assert tuple(array[0].as_py() for array in found.values()) == expected
    assert [array.type for array in found.values()] == [pa.int32(), pa.int32(), pa.float32()]


def test_no_images_no_rows() -> None:
    none = pa.array([], pa.int32())
    found = measured(images.IMAGE, {"original_width": none, "original_height": none})
    assert list(map(len, found.values())) == [0, 0, 0]
