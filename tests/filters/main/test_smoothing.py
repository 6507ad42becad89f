import numpy as np
import pytest

from filters.main.smoothing import best_bound, chosen


def column(values):
    return np.array(values, np.float32)


@pytest.mark.parametrize(
    "scores, limits, expected",
    [
        ([0.9, 0.8, 0.1], (0.3, 0.6), [True, True, False]),
        ([0.2, 0.2, 0.1], (0.3, 0.6), [False, False, False]),  # never below the least bound
        ([0.97, 0.65, 0.1], (0.3, 0.6), [True, True, False]),  # never above the highest
        ([], (0.3, 0.6), []),
    ],
)
def test_what_is_chosen_of_a_page(scores, limits, expected):
    starts, mass = np.array([0, len(scores)]), column([20] * len(scores))
    low, high = (column([limit]) for limit in limits)
    assert chosen(column(scores), starts, mass, low, high).tolist() == expected


def test_each_page_has_its_bounds():
    starts, scores = np.array([0, 1, 1, 2]), column([0.4, 0.4])
    low = high = column([0.3, 0.3, 0.5])
    assert chosen(scores, starts, column([5, 5]), low, high).tolist() == [True, False]


def test_the_best_bound_of_certain_scores_takes_them_all():
    bound, expected = best_bound(column([1, 1, 0]), column([3, 4, 100]))
    assert (bound, expected) == (1, 1)
