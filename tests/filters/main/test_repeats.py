import numpy as np
import pytest

from filters.main.repeats import without_repeats

TEXT, OTHER, SHORT = range(100, 112), range(200, 220), range(300, 303)


@pytest.mark.parametrize(
    "units, kept, expected",
    [
        ([TEXT, OTHER], "11", "11"),
        ([TEXT, TEXT], "11", "10"),  # of equals the first
        ([[*TEXT, *OTHER], OTHER, TEXT], "111", "011"),  # all of it in smaller ones
        ([[*TEXT, *OTHER], TEXT], "11", "11"),  # only a part is said twice
        ([TEXT, TEXT], "01", "01"),  # what is not main repeats nothing
        ([SHORT, SHORT, SHORT], "111", "111"),  # too short to be known again
        ([[], [], TEXT], "111", "111"),
    ],
)
def test_what_is_said_twice_is_main_once(units, kept, expected):
    words = np.array([word for unit in units for word in unit], np.uint64) * np.uint64(2**61 - 1)
    begin = np.cumsum([0, *map(len, units)])
    flags = np.array([flag == "1" for flag in kept])
    said = np.ones(len(units), np.float32)
    starts = np.array([0, len(units)])
    found = without_repeats(flags, starts, begin, words, said)
    assert found.tolist() == [flag == "1" for flag in expected]
    twice = without_repeats(
        np.tile(flags, 2),
        np.array([0, len(units), 2 * len(units)]),
        np.concatenate([begin[:-1], begin + begin[-1]]),
        np.tile(words, 2),
        np.tile(said, 2),
    )
    assert twice.tolist() == found.tolist() * 2  # pages know nothing of each other


def test_pages_where_nothing_is_said_twice_are_passed_over():
    words = np.tile(np.arange(1, 13, dtype=np.uint64), 2)
    flags = np.ones(2, np.bool_)
    arguments = np.array([0, 2]), np.array([0, 12, 24]), words
    assert without_repeats(flags, *arguments, np.zeros(2, np.float32)).all()
