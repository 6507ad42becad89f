import numpy as np
import pytest

from filters.main.likeness import GRAM, _echoes, _groups, _signatures


def told(*units):
    words = np.array([word for unit in units for word in unit], np.uint64)
    out = np.zeros((len(units), 4), np.float32)
    _echoes(out, 0, np.cumsum([0, *map(len, units)]), words)
    return out.tolist()


def plain(*units):
    """The same by sets of tuples."""
    grams = [{tuple(u[i : i + GRAM]) for i in range(len(u) - GRAM + 1)} for u in units]
    rows = []
    for at, unit in enumerate(units):
        own = [tuple(unit[i : i + GRAM]) for i in range(len(unit) - GRAM + 1)]
        row = [
            sum(any(gram in other for other in others) for gram in own) / max(len(own), 1)
            for others in (grams[:at], grams[at + 1 :])
        ]
        same = [place for place, other in enumerate(units) if other == unit]
        rows.append([*row, len(same), same[0] < at])
    return rows


def test_echoes_are_those_of_the_plain_reference():
    rng = np.random.default_rng(5)
    base = rng.integers(0, 2**63, 40).tolist()
    units = [base[:20], base[10:30], base[:20], base[35:38], [], base[35:38], base[:7], []]
    assert np.array(told(*units)) == pytest.approx(np.array(plain(*units)))


def test_elements_of_one_path_are_one_group():
    parents, tags = np.array([-1, 0, 0, 0], np.int32), np.array([1, 4, 4, 4], np.uint8)
    names = np.array([7, 8, 8, 9], np.uint64)
    path, shape = _signatures(parents, tags, names)
    elements = np.array([1, 2, 3, -1], np.int32)
    assert _groups(path, elements).tolist() == [0, 0, 1, 2]
    assert _groups(shape, elements).tolist() == [0, 0, 0, 1]
