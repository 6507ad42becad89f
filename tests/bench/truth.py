"""Near-duplicates found, against every pair compared: recall, precision, and the S-curve.

python -m tests.bench.truth [WARC ...]     writes docs/s-curve.svg

Real pages and seeded mutations of them: words edited, paragraphs moved, boilerplate swapped. The
truth is the Jaccard similarity of word 5-grams, by sets of strings, over all pairs.
"""

import random
import sys
import tempfile
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pyarrow as pa

from filters.banding import PRESETS, SHINGLES, SIGNATURE, Banding, load
from filters.minhash import UNSPACED, keys_of_bands, signatures
from jobs import runs
from jobs.inputs.sources import open_source, sources
from jobs.on_local import Local
from jobs.plan import Flow
from jobs.steps import duplicates
from jobs.steps.duplicates import Duplicates
from jobs.store import Store
from jobs.table import Table
from pipeline.copies.near import nodes_of
from pipeline.interleave import Interleave
from pipeline.nested import opened
from pipeline.score import joined_text
from pipeline.warc import ReadWarc
from tests.bench import plot
from tests.engines.test_clusters import document, written

PAGES = Path(__file__).parents[3] / "shared" / "realweb" / "pages-open-00003.warc.gz"
PLOT = Path(__file__).parents[2] / "docs" / "s-curve.svg"
THRESHOLD = 0.8
EDITS = (0.0, 0.002, 0.005, 0.01, 0.015, 0.02, 0.03, 0.04, 0.06, 0.1)

Pairs = dict[tuple[int, int], float]


def texts_of(files: list[str], most: int) -> list[str]:
    """The texts of the first `most` pages with at least 50 words."""
    found: list[str] = []
    pages = ReadWarc(open_source).stream(iter(sources(files, None).to_batches()))
    kept = (batch.filter(batch["dropped"].is_null()) for batch in pages)
    for batch in Interleave().stream(kept):
        texts = joined_text(opened(batch["nodes"])).to_pylist()
        found += [text for text in texts if text and len(text.split()) >= 50]
        if len(found) >= most:
            break
    return found[:most]


def mutations(texts: list[str], seed: int = 5) -> list[str]:
    """Each text with three mutants: edited, moved, swapped; how much of it is drawn."""
    draw = random.Random(seed)
    words = " ".join(texts).split()
    boilerplate = [p for text in texts for p in (text.split("\n\n")[0], text.split("\n\n")[-1])]
    out = []
    for text in texts:
        share = draw.choice(EDITS)
        edited = [draw.choice(words) if draw.random() < share else w for w in text.split(" ")]
        moved = text.split("\n\n")
        for _ in range(draw.randint(1, 3)):
            moved.insert(draw.randrange(len(moved)), moved.pop(draw.randrange(len(moved))))
        inner = text.split("\n\n")[1:-1] or [text]
        swapped = [draw.choice(boilerplate), *inner, draw.choice(boilerplate)]
        out += [text, " ".join(edited), "\n\n".join(moved), "\n\n".join(swapped)]
    return out


@cache
def kind(letter: str) -> int:
    """0 no letter, 1 part of a word, 2 a word by itself."""
    if any(first <= ord(letter) <= last for first, last in UNSPACED):
        return 2 * (unicodedata.category(letter)[0] in "LNM")
    return int(unicodedata.category(letter)[0] in "LNM" and ord(letter) < 0x30000)


def shingles(text: str, words: int = 5) -> set[tuple[str, ...]]:
    """The reference: word n-grams, as filters.minhash defines words."""
    spaced = "".join(c if kind(c) == 1 else f" {c} " if kind(c) else " " for c in text.lower())
    split = spaced.split()
    if len(split) < words:
        return {tuple(split)} if split else set()
    return {tuple(split[i : i + words]) for i in range(len(split) - words + 1)}


def similarities(texts: list[str]) -> Pairs:
    """Jaccard similarity of every pair that shares a shingle."""
    sets = [shingles(text) for text in texts]
    holders = defaultdict(list)
    for index, found in enumerate(sets):
        for shingle in found:
            holders[shingle].append(index)
    both: Counter[tuple[int, int]] = Counter()
    for indexes in holders.values():
        both.update(combinations(indexes, 2))
    return {(a, b): n / (len(sets[a]) + len(sets[b]) - n) for (a, b), n in both.items()}


def edges(texts: list[str], banding: Banding) -> set[tuple[int, int]]:
    """Pairs that pass verification, by the steps of the flow."""
    rows = [document("truth", index, text) for index, text in enumerate(texts)]
    nodes = nodes_of(pa.array([row["doc_id"] for row in rows])).tolist()
    places = {node: index for index, node in enumerate(nodes)}
    found = set()
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        tables = {name: Table(store, name, shape) for name, (shape, _) in duplicates.SHAPES.items()}
        hosts = written(store, rows, 1)
        steps = duplicates.steps(hosts.rows(), tables, Duplicates(banding))
        assert runs.execute(Flow(steps), Local(1), lambda _: None) == []
        for part in tables["edges"].parts():
            for batch in tables["edges"].read(part):
                for row in batch.to_pylist():
                    found.add(tuple(sorted((places[row["u"]], places[row["v"]]))))
    return found


@dataclass(frozen=True)
class Score:
    """Of the true pairs, how many were found; of the found, how many are true."""

    true: int
    found: int
    right: int

    @property
    def recall(self) -> float:
        return self.right / self.true

    @property
    def precision(self) -> float:
        return self.right / self.found


def score(texts: list[str], banding: Banding, truth: Pairs) -> Score:
    """Found pairs against those of at least THRESHOLD."""
    true = {pair for pair, similarity in truth.items() if similarity >= THRESHOLD}
    found = edges(texts, banding)
    return Score(len(true), len(found), len(true & found))


def curve(texts: list[str], banding: Banding, truth: Pairs, bins: int = 20) -> list[list[float]]:
    """Per bin of true similarity: its mean, the share of pairs that met in a band, and theory's."""
    values = signatures(pa.array(texts), banding.words, banding.permutations)
    keys = keys_of_bands(values, banding.bands)
    met: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for (a, b), similarity in truth.items():
        if similarity < 1:
            met[int(similarity * bins)].append((similarity, bool(np.any(keys[a] == keys[b]))))
    return [
        [
            float(np.mean([s for s, _ in pairs])),
            float(np.mean([m for _, m in pairs])),
            float(np.mean([banding.meets(s) for s, _ in pairs])),
            len(pairs),
        ]
        for _, pairs in sorted(met.items())
    ]


def main(files: list[str]) -> None:
    texts = mutations(texts_of(files, 500))
    truth = similarities(texts)
    print(f"{len(texts):,} texts, {len(truth):,} pairs that share a shingle")
    for verify in (SHINGLES, SIGNATURE):
        banding = load(str(THRESHOLD), verify)
        result = score(texts, banding, truth)
        print(
            f"verified by {verify:10} {banding.bands}x{banding.rows}: {result.true:,} true pairs, "
            f"{result.found:,} found: recall {result.recall:.4f}, precision {result.precision:.4f}"
        )
    banding = PRESETS["fineweb"]
    rows = curve(texts, banding, truth)
    print(f"S-curve of {banding.name}: similarity, share that met, theory, pairs")
    for similarity, share, theory, pairs in rows:
        print(f"  {similarity:.3f} {share:.3f} {theory:.3f} {pairs:>7,.0f}")
    plot.write(
        PLOT,
        f"Pairs that meet in a band, {banding.name} {banding.bands}x{banding.rows}",
        ("Jaccard similarity of word 5-grams", "share of pairs"),
        {
            "theory": [(s / 100, banding.meets(s / 100)) for s in range(101)],
            "real pages, mutated": [(row[0], row[1]) for row in rows],
        },
        marks="real pages, mutated",
    )
    print(f"written: {PLOT}")


if __name__ == "__main__":
    main(sys.argv[1:] or [str(PAGES)])
