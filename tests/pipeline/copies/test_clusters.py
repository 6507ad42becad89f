"""Near-duplicates against every pair compared, and what large buckets leave out."""

from itertools import combinations
from pathlib import Path

import pytest

from filters.banding import PRESETS, SHINGLES, Banding, load
from jobs.on_local import Local
from jobs.plan import Query
from jobs.store import Store
from jobs.table import Table
from jobs.work import write_part
from pipeline.copies import clusters, near
from tests.bench import truth
from tests.engines.test_clusters import document, written


@pytest.fixture(scope="module")
def texts(realweb: Path) -> list[str]:
    return truth.mutations(truth.texts_of([str(realweb / "pages-open-00003.warc.gz")], 150))


@pytest.fixture(scope="module")
def similarities(texts: list[str]) -> truth.Pairs:
    return truth.similarities(texts)


def test_verified_by_shingles(texts: list[str], similarities: truth.Pairs) -> None:
    score = truth.score(texts, load("0.8", SHINGLES), similarities)
    assert score.true > 500
    assert score.recall >= 0.98
    assert score.precision >= 0.98


def test_the_bands_follow_the_s_curve(texts: list[str], similarities: truth.Pairs) -> None:
    rows = truth.curve(texts, PRESETS["fineweb"], similarities, bins=10)
    # Pairs of one family of texts fall together, so a bin of few pairs may lie far off.
    off = sum(pairs * abs(share - theory) for _, share, theory, pairs in rows)
    assert off / sum(pairs for *_, pairs in rows) < 0.05


BANDS = Banding("one", bands=1, rows=8, verify=SHINGLES)


@pytest.mark.parametrize("size", [2, 16, 17, 18, 40])
def test_what_a_large_bucket_leaves_out_is_told(size: int, tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    hosts = written(store, [document("d", i, "all the same words here") for i in range(size)], 1)
    table = Table(store, "signatures", near.signature_columns(BANDS))
    rows = near.Signatures(BANDS).stream(hosts.read("part-00000"))
    made = Query("sign", (), "", table)
    write_part(made, "part-00000", rows, started=0.0)
    inputs = (("signatures", table),)
    pairs = Table(store, "pairs", near.PAIR)
    hot = Table(store, "hot", near.HOT)
    steps = (
        Query("pairs", inputs, clusters.candidate_pairs(BANDS), pairs, ("u", "v"), hosts),
        Query("hot", inputs, clusters.hot_buckets(BANDS), hot, ("band", "band_key"), hosts),
    )
    counts = [sum(receipt.rows for receipt in Local(1).query(step)) for step in steps]
    left = [row["not_compared"] for b in hot.read("part-00000") for row in b.to_pylist()]
    assert counts[0] + sum(left) == len(list(combinations(range(size), 2)))
    assert counts[1] == (size > clusters.NEIGHBOURS + 2)
