"""Values and bounds in words: what is shown tells which side of a bound a value lies on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.rules import Rule
from jobs.decisions.explained import Asked, bounds, number


@pytest.mark.parametrize(
    ("value", "bound", "said"),
    [
        (12_345, 35, "12,345"),
        (0.10003, 0.1, "0.10003"),
        (0.1, 0.1, "0.1"),
        (0.0999996, 0.1, "0.0999996"),
        (1 / 3, 0.1, "0.3333"),
        (12_345.678, None, "12,345.7"),
        (2.5, None, "2.5"),
        (-3, None, "-3"),
        (0.1 + 0.2, 0.3, "0.30000000000000004"),
        (1e-9, 0, "1e-09"),
        (1e300, None, "1e+300"),
        (0.0, 0.0, "0"),
    ],
)
def test_numbers(value: float, bound: float | None, said: str) -> None:
    assert number(value, bound) == said


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(-1e6, 1e6))
def test_the_side_of_a_bound_shows(value: float, bound: float) -> None:
    shown = float(number(value, bound).replace(",", ""))
    assert (shown > bound, shown < bound) == (value > bound, value < bound)


def test_a_rule() -> None:
    rule = Rule("words", "words", at_least=35, at_most=100_000, when="words > 0")
    assert bounds(rule) == "at least 35 and at most 100,000"
    said = "words: words = 12,345, at least 35 and at most 100,000, when words > 0"
    assert str(Asked(rule, 12_345, False)) == said
    assert Asked(rule, None, True).brief == "words missing (at least 35 and at most 100,000)"
