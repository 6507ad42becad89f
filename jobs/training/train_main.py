"""Train the model of main content from pages that people marked, and say how good it is.

    python -m jobs.training.train_main WARC... --gold GOLD.jsonl.gz [--folds 5] [--write MODEL.npz]

`--folds` trains that many models, each without a part of the registered domains, and scores every
page by the one that never saw its domain. `--write` trains on all pages. Needs lightgbm.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np

from filters.main.content import features, smoothing, verdicts
from filters.main.trees import Trees, scores
from jobs.training.forest import Growth, binned, laid_out, trained
from jobs.training.gold import MARKED, Example, agreement, examples
from jobs.training.rows import Gathered, gathered
from jobs.training.votes import Votes, values

FIRST = Growth(120, 31, 0.1)
SECOND = Growth(60, 15, 0.1)
SEARCH = Growth(60, 31, 0.15)
COLUMNS, AGAIN = 110, 40
"""Features that the first step reads, and those of them that the second reads too."""

INNER_FOLDS = 4
LOWS, HIGHS = (0.3, 0.35, 0.4), (0.5, 0.55, 0.6)


class Steps(NamedTuple):
    """What is trained: the trees of both steps, and the columns that they read."""

    first: Trees
    second: Trees
    columns: np.ndarray
    again: np.ndarray


def fold_of(domain: str, folds: int, salt: str = "") -> int:
    """The part that a registered domain is in: the same on every machine."""
    digest = blake2b(f"{salt}{domain}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % folds


def weights_of(batch: Gathered, pages: Sequence[Example]) -> np.ndarray:
    """What each unit counts: with the root of its words, and of those of its page. float64 (u,)"""
    weights = np.sqrt(np.maximum(batch.tokens, 1)) * batch.known
    total = np.bincount(batch.page, weights, len(pages))
    kinds = np.array([page.weight for page in pages])
    weights *= (kinds / np.sqrt(np.maximum(total, 1e-9)))[batch.page]
    return weights / weights[batch.known].mean()


def steps(
    batch: Gathered, rows: np.ndarray, alike: np.ndarray, weights: np.ndarray, use: np.ndarray
) -> Steps:
    """Train both steps on the pages that `use`, int64 (p,), gives a part of INNER_FOLDS; -1: none.

    The second step sees scores that the first gave to pages that it was not trained on.
    """
    part = np.where(batch.known, use[batch.page], -1)
    every = np.flatnonzero(part >= 0)
    shares, weights, part = batch.shares[every], weights[every], part[every]
    found = trained(binned(rows[every], shares, weights), SEARCH)
    columns = np.argsort(-found.feature_importance("gain"), kind="stable")[:COLUMNS]
    rows = np.ascontiguousarray(rows[:, columns])
    data = binned(rows[every], shares, weights)
    seen = np.zeros(len(rows), np.float32)
    for fold in range(INNER_FOLDS):
        model = laid_out(trained(data, FIRST, part != fold))
        held_out = use[batch.page] == fold
        seen[held_out] = scores(rows[held_out], np.arange(COLUMNS), model)
    first = laid_out(trained(data, FIRST))
    again = np.arange(AGAIN)
    context = smoothing(batch.pages, batch.units, alike, seen, (rows, again))
    second = trained(binned(context[every], shares, weights), SECOND)
    return Steps(first, laid_out(second), columns, again)


def scored(batch: Gathered, rows: np.ndarray, alike: np.ndarray, known: Steps) -> np.ndarray:
    """What both steps give every unit. float32 (u,)"""
    first = scores(rows, known.columns, known.first)
    more = rows, known.columns[known.again]
    context = smoothing(batch.pages, batch.units, alike, first, more)
    return scores(context, np.arange(context.shape[1]), known.second)


def limits_for(batch: Gathered, given: np.ndarray, of: np.ndarray) -> tuple[float, float]:
    """The least and the highest bound of a page that are best for the pages `of`, bool (p,).

    By F1 over words, as the shares of the units say it.
    """
    best = (-1.0, 0.0, 0.0)
    good, count = np.nan_to_num(batch.shares) * batch.tokens, len(of)
    gold = np.bincount(batch.page, good, count)
    for low in LOWS:
        for high in HIGHS:
            kept = kept_of(batch, given, np.tile(np.array([low, high], np.float32), (count, 1)))
            right = np.bincount(batch.page, good * kept, count)
            all_ = np.bincount(batch.page, batch.tokens * kept, count) + gold
            f1 = float((2 * right / np.maximum(all_, 1e-9))[of].mean())
            best = max(best, (f1, low, high))
    return best[1], best[2]


def kept_of(batch: Gathered, given: np.ndarray, limits: np.ndarray) -> np.ndarray:
    """Which units are main content; `limits` float32 (p, 2). bool (u,)"""
    return verdicts(batch.pages, batch.units, batch.said, given, limits)


def chosen_texts(batch: Gathered, pages: Sequence[Example], kept: np.ndarray) -> list[str]:
    """The main content of each page; `kept` bool (u,)."""
    starts, of_nodes = batch.pages.nodes, kept[batch.units.of]
    return [
        "\n\n".join(t for t, k in zip(page.texts, of_nodes[a:b], strict=True) if k)
        for page, a, b in zip(pages, starts[:-1], starts[1:], strict=True)
    ]


class Validated(NamedTuple):
    """What models that never saw a page's domain say of it."""

    given: np.ndarray  # float32 (u,) scores
    kept: np.ndarray  # bool (u,) what is main, by bounds chosen on other domains
    limits: tuple[float, float]  # the bounds that are best for all pages


def cross_validated(batch: Gathered, pages: Sequence[Example], folds: int) -> Validated:
    """Scores of pages by models that never saw their domain."""
    domains = [page.gold["domain"] for page in pages]
    part = np.array([fold_of(domain, folds) for domain in domains])
    inner = inner_parts(pages)
    weights = weights_of(batch, pages)
    given = np.zeros(len(batch.shares), np.float32)
    for fold in range(folds):
        started = time.perf_counter()
        rows, _, alike = features(batch.told(*batch.votes(part != fold)))
        known = steps(batch, rows, alike, weights, np.where(part == fold, -1, inner))
        held_out = (part == fold)[batch.page]
        given[held_out] = scored(batch, rows, alike, known)[held_out]
        print(f"fold {fold + 1} of {folds}: {time.perf_counter() - started:.0f} s", flush=True)
    marked = np.array([page.gold["kind"] in MARKED for page in pages])
    limits = np.zeros((len(pages), 2), np.float32)
    for fold in range(folds):
        limits[part == fold] = limits_for(batch, given, marked & (part != fold))
        print("bounds", limits[part == fold][0].tolist())
    return Validated(given, kept_of(batch, given, limits), limits_for(batch, given, marked))


def inner_parts(pages: Sequence[Example]) -> np.ndarray:
    """The part of INNER_FOLDS that each page's domain is in. int64 (p,)"""
    return np.array([fold_of(page.gold["domain"], INNER_FOLDS, "inner ") for page in pages])


def shipped(batch: Gathered, pages: Sequence[Example], limits: tuple[float, float]) -> bytes:
    """The file of a model that is trained on all pages."""
    words, names = batch.votes(np.ones(len(pages), np.bool_))
    rows, _, alike = features(batch.told(words, names))
    known = steps(batch, rows, alike, weights_of(batch, pages), inner_parts(pages))
    return file_of(known, words, names, limits)


def file_of(known: Steps, words: Votes, names: Votes, limits: tuple[float, float]) -> bytes:
    """The model's file: the same bytes for the same model."""
    arrays = {
        f"{step}_{name}": array
        for step, trees in (("first", known.first), ("second", known.second))
        for name, array in zip(Trees._fields, trees, strict=True)
    }
    for name, each in (("word", words), ("name", names)):
        value = values(each)
        arrays |= {f"{name}_keys": each.keys[value != 0], f"{name}_values": value[value != 0]}
    arrays |= {"columns": known.columns, "again": known.again}
    out = BytesIO()
    np.savez_compressed(out, **arrays, limits=np.array(limits))  # type: ignore[arg-type]
    return out.getvalue()


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m jobs.training.train_main", description=__doc__)
    parser.add_argument("warc", nargs="+", help="crawl files with the pages")
    parser.add_argument("--gold", type=Path, required=True, help="JSON lines, gzip")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate")
    parser.add_argument(
        "--limits", type=float, nargs=2, default=(0.35, 0.6), help="bounds without --folds"
    )
    parser.add_argument("--write", type=Path, help="the model's file")
    asked = parser.parse_args(arguments)
    pages = list(examples(asked.warc, asked.gold))
    batch = gathered(pages)
    print(f"{len(pages)} pages, {len(batch.shares)} units", flush=True)
    limits = tuple(asked.limits)
    if asked.folds:
        found = cross_validated(batch, pages, asked.folds)
        texts, limits = chosen_texts(batch, pages, found.kept), found.limits
        print(json.dumps(asdict(agreement([page.gold for page in pages], texts)), indent=1))
    if asked.write:
        asked.write.write_bytes(shipped(batch, pages, limits))
        print(f"{asked.write}: {asked.write.stat().st_size:,} bytes, bounds {limits}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
