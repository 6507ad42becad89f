"""MinHash: the share of equal rows estimates Jaccard similarity; datasketch is the yardstick."""

import random

import datasketch
import numpy as np
import pyarrow as pa
import pytest

from filters.minhash import band_keys

WORDS = [f"{a}{b}{c}" for a in "bdklmn" for b in "aeiou" for c in ("r", "st", "nd", "lf")]


def text_of(seed: int, words: int) -> str:
    return " ".join(random.Random(seed).choices(WORDS, k=words))


def edited(text: str, share: float, seed: int) -> str:
    rng = random.Random(seed)
    return " ".join(rng.choice(WORDS) if rng.random() < share else w for w in text.split())


def shingles(text: str) -> set[str]:
    words = text.lower().split()
    return {" ".join(words[i : i + 5]) for i in range(len(words) - 4)}


@pytest.mark.parametrize("share", [0.0, 0.01, 0.03, 0.1, 0.5])
def test_equal_rows_estimate_jaccard_as_datasketch_does(share: float) -> None:
    estimates, truths, theirs = [], [], []
    for seed in range(30):
        a = text_of(seed, 300)
        b = edited(a, share, seed + 1000)
        keys = band_keys(pa.array([a, b]), words=5, bands=256, rows=1)
        estimates.append(float((keys[0] == keys[1]).mean()))
        sa, sb = shingles(a), shingles(b)
        truths.append(len(sa & sb) / len(sa | sb))
        hashes = [datasketch.MinHash(256, seed=7) for _ in range(2)]
        for each, found in zip(hashes, (sa, sb), strict=True):
            each.update_batch([s.encode() for s in found])
        theirs.append(hashes[0].jaccard(hashes[1]))
    ours = np.abs(np.array(estimates) - truths).mean()
    yardstick = np.abs(np.array(theirs) - truths).mean()
    assert ours <= max(0.03, 1.5 * yardstick)
    assert abs(np.mean(estimates) - np.mean(truths)) < 0.02


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("One two, three.", "one TWO three", True),
        ("one two three four five six", "one two three four five seven", False),
        ("日本語のテキスト", "日本語のテキスト。", True),
        ("a b", "b a", False),
    ],
)
def test_case_and_punctuation_do_not_matter_but_order_does(a: str, b: str, same: bool) -> None:
    keys = band_keys(pa.array([a, b]))
    assert (keys[0] == keys[1]).all() == same


@pytest.mark.parametrize("text", ["", None, " \n", "…!?"])
def test_text_without_words_has_no_keys(text: str | None) -> None:
    assert (band_keys(pa.array([text], pa.string())) == -1).all()


def test_keys_do_not_depend_on_the_batch() -> None:
    texts = [text_of(seed, 40 + seed) for seed in range(20)] + ["", "x"]
    whole = band_keys(pa.array(texts))
    alone = np.concatenate([band_keys(pa.array([text])) for text in texts])
    cut = band_keys(pa.array(["skip", *texts]).slice(1))
    assert (whole == alone).all()
    assert (whole == cut).all()


def test_pinned_keys() -> None:
    """Stored bands of old crawls stay comparable: a change here is a new version."""
    keys = band_keys(pa.array(["the quick brown fox jumps over the lazy dog"]))
    assert keys[0, :2].tolist() == PINNED


PINNED = [5737232667532728102, 345031056392273209]
