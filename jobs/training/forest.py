"""LightGBM, as far as it is used: trees trained, and laid out for `filters.main.trees`."""

from typing import Any, NamedTuple

import numpy as np

from filters.main.trees import MOST_LEAVES, Trees

ALWAYS = {
    "objective": "cross_entropy",
    "min_data_in_leaf": 40,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "max_bin": 127,
    "seed": 1,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbose": -1,
}


def binned(rows: np.ndarray, shares: np.ndarray, weights: np.ndarray) -> Any:
    """A LightGBM data set: float32 (n, features), float64 (n,) in 0 to 1, float64 (n,)."""
    import lightgbm

    options = {"max_bin": ALWAYS["max_bin"], "verbose": -1}
    return lightgbm.Dataset(rows, shares, weight=weights, params=options).construct()


class Growth(NamedTuple):
    """How trees are grown."""

    number: int
    leaves: int
    rate: float


def trained(data: Any, growth: Growth, of: np.ndarray | None = None) -> Any:
    """A LightGBM model, trained on all rows of `binned` or on those that `of`, bool (n,), says."""
    import lightgbm

    part = data if of is None else data.subset(np.flatnonzero(of))
    more = {"num_leaves": growth.leaves, "learning_rate": growth.rate}
    return lightgbm.train({**ALWAYS, **more}, part, growth.number)


def laid_out(model: Any) -> Trees:
    """The trees of a LightGBM model as arrays."""
    features: list[int] = []
    bounds: list[np.float32] = []
    masks: list[int] = []
    splits_at = [0]
    trees = model.dump_model()["tree_info"]
    leaves = np.zeros((len(trees), MOST_LEAVES), np.float32)
    for number, tree in enumerate(trees):
        held: list[float] = []

        def walk(node: dict[str, Any], held: list[float]) -> None:
            if "split_feature" not in node:
                held.append(node["leaf_value"])
                return
            first = len(held)
            walk(node["left_child"], held)
            features.append(node["split_feature"])
            bounds.append(_below(node["threshold"]))
            masks.append(~((1 << len(held)) - (1 << first)) & 0xFFFFFFFF)
            walk(node["right_child"], held)

        walk(tree["tree_structure"], held)
        leaves[number, : len(held)] = held
        splits_at.append(len(features))
    return Trees(
        np.array(features, np.int16),
        np.array(bounds, np.float32),
        np.array(masks, np.uint32),
        np.array(splits_at, np.int32),
        leaves,
    )


def _below(bound: float) -> np.float32:
    """The greatest float32 that is not above: no float32 lies between the two."""
    near = np.float32(bound)
    return near if float(near) <= bound else np.nextafter(near, np.float32(-np.inf))
