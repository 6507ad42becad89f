"""LightGBM as far as it is used: trees trained, laid out as `filters.main_trees` reads them."""

from typing import Any

import numpy as np

from filters.main_trees import MOST_LEAVES, Trees

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


def trained(
    rows: np.ndarray, shares: np.ndarray, weights: np.ndarray, number: int, **more: float
) -> Any:
    """A LightGBM model: float32 (n, features), float64 (n,) in 0 to 1, float64 (n,)."""
    import lightgbm

    data = lightgbm.Dataset(rows, shares, weight=weights)
    return lightgbm.train({**ALWAYS, **more}, data, number)


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
