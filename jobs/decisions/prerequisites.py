"""Signals that are null unless a run was given something: a rule over them drops everything."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from filters import contamination, perplexity
from filters.domains import NEED_LISTS
from filters.pictures import benchmark_images
from filters.rules import KEEP, SCOPES, Recipe, RecipeError
from jobs.inputs.domain_lists import KEY


class Prerequisite(NamedTuple):
    """`signals` are measured where run.json has something at `path`, which `option` gives."""

    signals: frozenset[str]
    path: tuple[str, ...]
    said: str
    option: str


PREREQUISITES = (
    Prerequisite(
        frozenset(signal.name for signal in perplexity.COUNTS),
        ("language_model",),
        "is measured by a language model",
        "--lm MODEL",
    ),
    Prerequisite(frozenset(NEED_LISTS), (KEY,), "asks lists of domains", "--domains NAME=FILE"),
    Prerequisite(
        frozenset(signal.name for signal in contamination.SIGNALS),
        ("benchmarks", "texts"),
        "is measured against benchmarks",
        "--benchmarks FILE",
    ),
    Prerequisite(
        frozenset(signal.name for signal in benchmark_images.SIGNALS),
        ("benchmarks", "pictures"),
        "is measured against benchmarks",
        "--benchmark-images PATH",
    ),
)


def check(recipe: Recipe, run: Mapping[str, Any]) -> None:
    """Raise RecipeError where a rule reads what the run, as run.json says it, was not given.

    A rule that keeps what is missing says itself what then becomes of a row.
    """
    scopes = (recipe.node, recipe.image, (*recipe.document, recipe.better))
    for scope, rules in zip(SCOPES, scopes, strict=True):
        for rule in rules:
            if rule.missing == KEEP:
                continue
            for each in PREREQUISITES:
                read = rule.columns & each.signals
                if read and not _given(run, each.path):
                    raise RecipeError(
                        f"{rule.place or recipe.name}: {scope} rule {rule.name!r} reads "
                        f"{min(read)!r}, which {each.said}, and the run has none; give it with: "
                        f"interleaf run {each.option}"
                    )


def _given(run: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    found: Any = run
    for key in path:
        found = (found or {}).get(key)
    return bool(found)
