from importlib.util import find_spec

import numpy as np

from filters.main.trees import scores
from jobs.training.forest import Growth, binned, laid_out, trained
from tests.conftest import must_have


def test_the_trees_laid_out_score_as_lightgbm_does():
    must_have(find_spec("lightgbm"), "lightgbm (pip install 'interleaf[train]')")
    rng = np.random.default_rng(3)
    rows = rng.normal(size=(3000, 5)).astype(np.float32)
    shares = (rows[:, 0] + rows[:, 1] ** 2 > 1).astype(np.float64)
    data = binned(rows, shares, np.ones(len(rows)))
    model = trained(data, Growth(20, 15, 0.1))
    found = scores(rows, np.arange(5), laid_out(model))
    np.testing.assert_allclose(found, model.predict(rows), atol=1.1e-4)
    again = laid_out(trained(data, Growth(20, 15, 0.1)))
    assert all(np.array_equal(a, b) for a, b in zip(again, laid_out(model), strict=True))
    half = laid_out(trained(data, Growth(20, 15, 0.1), np.arange(len(rows)) % 2 == 0))
    assert not np.array_equal(half.leaves, again.leaves)
