"""How near pictures come to those of benchmarks."""

import pyarrow as pa
import pytest

from filters.pictures.benchmark_images import Pictures, measure

ZERO = "0" * 64
ONES = "f" * 64


def near(bits: int) -> str:
    return f"{(1 << bits) - 1:064x}"


@pytest.mark.parametrize(
    ("hash_", "quality", "expected"),
    [
        (ZERO, 100, (0, "black")),
        (near(31), 50, (31, "black")),
        (near(32), 100, (32, None)),
        (near(200), 100, (56, None)),
        (near(240), 100, (16, "white")),
        (ZERO, 49, (None, None)),
        (None, None, (None, None)),
    ],
)
def test_rows(hash_, quality, expected) -> None:
    known = Pictures.of([(ONES, "white"), (ZERO, "later"), (ZERO, "black")])
    assert Pictures.of(line.split(",") for line in known.lines()).names == ("black", "white")
    columns = measure(lambda: known).compute(
        pa.array([hash_], pa.string()), pa.array([quality], pa.int16())
    )
    assert tuple(column[0].as_py() for column in columns) == expected


def test_without_benchmarks_nothing_is_said() -> None:
    columns = measure().compute(pa.array([ZERO]), pa.array([100], pa.int16()))
    assert [column.null_count for column in columns] == [1, 1]
    empty = measure().compute(pa.array([], pa.string()), pa.array([], pa.int16()))
    assert [len(column) for column in empty] == [0, 0]
