"""Train the model of main content from pages that people marked, and say how good it is.

    python -m jobs.train_main WARC... --gold GOLD.jsonl.gz [--folds 5] [--write MODEL.npz]

`--folds` trains that many models, each without a part of the registered domains, and scores every
page by the one that never saw its domain. `--write` trains on all pages. Needs lightgbm.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from filters.main_content import features, smoothing
from filters.main_smoothing import chosen
from filters.main_trees import Trees, scores
from jobs.training.forest import laid_out, trained
from jobs.training.gold import MARKED, Example, agreement, examples
from jobs.training.rows import Gathered, gathered
from jobs.training.votes import Votes, values

FIRST = {"number": 120, "num_leaves": 31, "learning_rate": 0.1}
SECOND = {"number": 60, "num_leaves": 15, "learning_rate": 0.1}
SEARCH = {"number": 60, "num_leaves": 31, "learning_rate": 0.15}
COLUMNS, AGAIN = 110, 40
"""Features that the first step reads, and those of them that the second reads too."""

INNER_FOLDS = 4
LOWS, HIGHS = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4), (0.45, 0.5, 0.55, 0.6, 0.65)


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
    every = part >= 0
    fit = fitted(batch, weights)
    found = fit(rows, every, **SEARCH)
    columns = np.argsort(-found.feature_importance("gain"), kind="stable")[:COLUMNS]
    rows = np.ascontiguousarray(rows[:, columns])
    seen = np.zeros(len(rows), np.float32)
    for fold in range(INNER_FOLDS):
        model = laid_out(fit(rows, every & (part != fold), **FIRST))
        held_out = use[batch.page] == fold
        seen[held_out] = scores(columns_of(rows[held_out]), model)
    first = laid_out(fit(rows, every, **FIRST))
    again = np.arange(AGAIN)
    context = smoothing(batch.pages, batch.units, alike, seen, rows[:, again].T)
    return Steps(first, laid_out(fit(context.T, every, **SECOND)), columns, again)


def fitted(batch: Gathered, weights: np.ndarray) -> Callable[..., Any]:
    """Trees trained on some of the rows."""

    def fit(rows: np.ndarray, of: np.ndarray, **options: float) -> Any:
        return trained(rows[of], batch.shares[of], weights[of], **options)  # type: ignore[arg-type]

    return fit


def scored(batch: Gathered, rows: np.ndarray, alike: np.ndarray, known: Steps) -> np.ndarray:
    """What both steps give every unit. float32 (u,)"""
    columns = columns_of(rows[:, known.columns])
    first = scores(columns, known.first)
    context = smoothing(batch.pages, batch.units, alike, first, columns[known.again])
    return scores(context, known.second)


def columns_of(rows: np.ndarray) -> np.ndarray:
    """Rows as filters.main_trees reads them: float32 (n, features) -> (features, n)."""
    return np.ascontiguousarray(rows.T)


def limits_for(batch: Gathered, given: np.ndarray, of: np.ndarray) -> tuple[float, float]:
    """The least and the highest bound of a page that are best for the pages `of`, bool (p,).

    By F1 over words, as the shares of the units say it.
    """
    best = (-1.0, 0.0, 0.0)
    units, good = batch.units, np.nan_to_num(batch.shares) * batch.tokens
    count = len(of)
    gold = np.bincount(batch.page, good, count)
    for low in LOWS:
        for high in HIGHS:
            kept = chosen(given, units.starts, units.mass, np.float32(low), np.float32(high))
            right = np.bincount(batch.page, good * kept, count)
            all_ = np.bincount(batch.page, batch.tokens * kept, count) + gold
            f1 = float((2 * right / np.maximum(all_, 1e-9))[of].mean())
            best = max(best, (f1, low, high))
    return best[1], best[2]


def chosen_texts(
    batch: Gathered, pages: Sequence[Example], given: np.ndarray, limits: np.ndarray
) -> list[str]:
    """The main content of each page; `limits` float32 (p, 2)."""
    starts, out = batch.units.starts, []
    for place, page in enumerate(pages):
        first, last = starts[place], starts[place + 1]
        a, b = batch.pages.nodes[place], batch.pages.nodes[place + 1]
        kept = chosen(
            given[first:last],
            np.array([0, last - first]),
            batch.units.mass[first:last],
            *limits[place],
        )
        of = batch.units.of[a:b] - first
        out.append("\n\n".join(t for t, k in zip(page.texts, kept[of], strict=True) if k))
    return out


def cross_validated(batch: Gathered, pages: Sequence[Example], folds: int) -> dict[str, Any]:
    """Scores of pages by models that never saw their domain."""
    domains = [page.gold["domain"] for page in pages]
    part = np.array([fold_of(domain, folds) for domain in domains])
    inner = np.array([fold_of(domain, INNER_FOLDS, "inner ") for domain in domains])
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
        print("limits", limits[part == fold][0])
    texts = chosen_texts(batch, pages, given, limits)
    result = asdict(agreement([page.gold for page in pages], texts))
    return result | {"limits": limits_for(batch, given, marked)}


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
    parser = argparse.ArgumentParser(prog="python -m jobs.train_main", description=__doc__)
    parser.add_argument("warc", nargs="+", help="crawl files with the pages")
    parser.add_argument("--gold", type=Path, required=True, help="JSON lines, gzip")
    parser.add_argument("--folds", type=int, default=0, help="cross-validate")
    parser.add_argument("--limits", type=float, nargs=2, help="bounds, where not cross-validated")
    parser.add_argument("--write", type=Path, help="the model's file")
    asked = parser.parse_args(arguments)
    pages = list(examples(asked.warc, asked.gold))
    batch = gathered(pages)
    print(f"{len(pages)} pages, {len(batch.shares)} units", flush=True)
    limits = tuple(asked.limits or (0.3, 0.55))
    if asked.folds:
        result = cross_validated(batch, pages, asked.folds)
        limits = result["limits"]
        print(json.dumps(result, indent=1))
    if asked.write:
        words, names = batch.votes(np.ones(len(pages), np.bool_))
        rows, _, alike = features(batch.told(words, names))
        inner = np.array([fold_of(page.gold["domain"], INNER_FOLDS, "inner ") for page in pages])
        known = steps(batch, rows, alike, weights_of(batch, pages), inner)
        asked.write.write_bytes(file_of(known, words, names, limits))
        print(f"{asked.write}: {asked.write.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
