"""`interleaf markers` over a small store."""

import json
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from filters import markers
from filters.marker_rates import Tally
from jobs.commands import marker_page
from jobs.run import main


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, crawl_files: list[Path]) -> str:
    root = str(tmp_path_factory.mktemp("store") / "s")
    files = [str(file) for file in crawl_files]
    command = ["run", "obelics", "--input", *files, "--store", root]
    assert main([*command, "--workers", "1", "--to", "text"]) == 0
    return root


def test_baseline_score_drift(store: str, tmp_path: Path, capsys) -> None:
    rates, scores, drift = (tmp_path / name for name in ("r.json", "s.parquet", "d.html"))
    command = ["markers", "baseline", store, "--before", "2030-01-01", "--out", str(rates)]
    assert main(command) == 0
    known = json.loads(rates.read_text())
    assert known["languages"]["en"]["words"] > 10_000
    command = ["markers", "score", store, "--baseline", str(rates), "--out", str(scores)]
    assert main(command) == 0
    rows = pq.read_table(scores).to_pylist()
    assert {row["log_lift"] is None for row in rows if row["language"] == "en"} == {False}
    capsys.readouterr()
    assert main(["markers", "drift", store, "--baseline", str(rates), "--out", str(drift)]) == 0
    said = capsys.readouterr().out
    # Against itself the whole store has no lift.
    assert any("log-lift +0.00" in line for line in said.splitlines() if line.startswith("en"))
    text = drift.read_text()
    assert "<script" not in text
    assert "GPT-4o and after" in text
    for since in markers.eras():
        assert f"excess words {since}" in text
        assert f"excess words {since}" in said
    assert main(["markers", "drift", store]) == 0
    assert Path(store, "markers.html").is_file()


def test_a_few_documents_are_no_peak() -> None:
    tallies = {}
    for crawl, documents, hits in (("2020-01", 40, 4), ("2021-01", 1, 90), ("2024-01", 50, 8)):
        found = Counter({"en/excess_vocabulary/delve": hits})
        tallies["en", crawl] = Tally(documents, 1000 * documents, found)
    tallies["de", "2020-01"] = Tally(1, 300)
    text = marker_page.page(tallies, {})
    assert text.count("<svg") == 1, "one month is no drift"
    assert "1 of fewer than 10 documents left out of the drawing" in text
    assert "1 crawl or month, 1 document, 300 words; not drawn" in text
    assert ">0.16</text>" in text, "the highest that is drawn"
    assert "<title>2020-01: 0.10 hits per 1,000 words in 40 documents, excess words " in text
    # Each line and its sample in the legend have the same dashes.
    for dashes in ("6 3", "1 3"):
        assert text.count(f'stroke-dasharray="{dashes}"') == 2
    assert ">90.000</td>" in text, "the table has all"


def test_excess_vocabulary_by_the_time_of_its_models() -> None:
    """Every marker of the class has one era, and the eras add up to the class."""
    tally = Tally()
    tally.add(1000, [marker.name for marker in markers.markers()])
    parts = [line.per_1000(tally) for line in marker_page.by_era()]
    assert len(parts) > 1
    assert all(parts)
    assert sum(parts) == tally.per_1000(markers.EXCESS)


@pytest.mark.parametrize(
    "options, says",
    [
        (["baseline"], "give --out"),
        (["baseline", "--out", "x", "--before", "1990-01-01"], "no document from before"),
        (["baseline", "--out", "x", "--before", "then"], "--before then: it should be a day"),
        (["drift", "--before", "2022"], "--before 2022: it should be a day"),
        (["score"], "needs --baseline"),
        (["drift", "--baseline", "none.json"], "cannot be read as a baseline"),
    ],
)
def test_wrong_requests(store: str, capsys, options: list[str], says: str) -> None:
    assert main(["markers", options[0], store, *options[1:]]) == 2
    assert says in capsys.readouterr().err


def test_no_store(tmp_path: Path, capsys) -> None:
    assert main(["markers", "drift", str(tmp_path)]) == 2
    assert "there is no run" in capsys.readouterr().err
