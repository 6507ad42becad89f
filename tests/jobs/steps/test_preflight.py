"""A step that would drop too much as duplicates ends the run with one line that says what next."""

from pathlib import Path

import pytest

from filters.banding import load
from filters.rules import Rule
from jobs import runs
from jobs.on_local import Local
from jobs.plan import Flow, Pass, PlanError
from jobs.run import main
from jobs.steps import duplicates, preflight
from jobs.steps.duplicates import Duplicates
from jobs.store import Store
from jobs.store_tables import Tables
from jobs.table import Table
from pipeline.export import Choose
from schemas.receipt import Book, Receipt
from tests.engines.test_clusters import document, written


def flow(folder: Path) -> Flow:
    """Ten documents, nine of them copies."""
    store = Store(str(folder))
    tables = {name: Table(store, name, shape) for name, (shape, _) in duplicates.SHAPES.items()}
    hosts = written(store, [document("d", i, "one and the same text") for i in range(10)], 2)
    return Flow(duplicates.steps(hosts.rows(), tables, Duplicates()))


def test_refused_until_told(tmp_path: Path) -> None:
    steps = flow(tmp_path)
    for _ in range(2):  # a finished step is asked again
        with pytest.raises(PlanError, match=r"9 of 10 documents .* --allow-drop 0.91") as error:
            runs.execute(steps, Local(1), lambda _: None, 0.5)
        assert "\n" not in str(error.value)
    assert runs.execute(steps, Local(1), lambda _: None, 0.91) == []


def test_what_was_capped_is_told(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    tables = {name: Table(store, name, shape) for name, (shape, _) in duplicates.SHAPES.items()}
    hosts = written(store, [document("d", i, "one and the same text") for i in range(20)], 1)
    near = Duplicates(load("0.9", "shingles"))
    steps = duplicates.steps(hosts.rows(), tables, near)
    assert runs.execute(Flow(steps), Local(1), lambda _: None) == []
    bands = near.banding.bands
    # Of the 190 pairs of a bucket, 180 are with a neighbour and 4 more with the first.
    said = f"{bands} buckets compared in part, {bands * (190 - 180 - 4)} pairs left out"
    assert said in duplicates.held(store, near)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--alike", "finweb"], "is no near-duplicate preset"),
        (["--against", "nowhere"], "there is no run in it"),
    ],
)
def test_wrong_requests(
    options: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    warc = tmp_path / "a.warc.gz"
    warc.write_bytes(b"")
    store = str(tmp_path / "store")
    assert main(["run", "obelics", "--input", str(warc), "--store", store, *options]) == 2
    error = capsys.readouterr().err
    assert says in error
    assert error.count("\n") == 1


def test_a_share_is_a_share(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["run", "obelics", "--input", "x", "--store", "y", "--allow-drop", "2"])
    assert "between 0 and 1" in capsys.readouterr().err


def test_rules_over_copies_are_checked_before_the_shards_are_packed(tmp_path: Path) -> None:
    """Three of four pictures of a document are copies by the recipe; one is small."""
    store = Store(str(tmp_path))
    rules = (Rule("large", "shorter_side", at_least=9), Rule("best", "cluster_place", at_most=1))
    at = Tables(store, ())
    export = Pass("export", at.lines.rows(), (Choose(rules),), at.release, also=(at.choices,))
    book = Book(6, 1, {"best": 3, "large": 1, "dns": 1})
    receipt = Receipt("export", "part-00000", books={"images": book, "documents": Book(1, 1)})
    store.write_text(f"receipts/{at.release.name}/part-00000.json", receipt.to_json())
    with pytest.raises(PlanError, match=r"'export' drops 3 of 4 images .* --allow-drop 0.76"):
        preflight.check(export, 0.5)
    preflight.check(export, 0.75)
