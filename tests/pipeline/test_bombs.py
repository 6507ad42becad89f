"""Attacks: all links and answers are refused; pictures that take much memory take it in bounds."""

import sys

import pytest

from tests.attacks import __main__ as attacks
from tests.attacks.pictures import BOMBS, met

if sys.platform != "linux":
    pytest.skip("peak memory is read from /proc", allow_module_level=True)


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
def test_memory_of_many_pixels(bomb):
    """Peak memory of a whole decoder: the largest picture that may pass, and a larger one."""
    became = met(bomb.make(bomb.side))
    assert became.dropped == bomb.dropped
    assert became.peak_mib < attacks.MOST_MIB


def test_the_battery_is_refused():
    refused = sum(bomb.dropped is not None for bomb in BOMBS)
    for good, count in (attacks.links(), attacks.answers()):
        assert good
        refused += count
    assert refused >= attacks.LEAST_CASES
