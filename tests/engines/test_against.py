"""A new crawl against stores of old ones: what they hold, what they refuse, what is verified."""

import json
from pathlib import Path

import pytest

from filters.banding import SHINGLES, SIGNATURE, Banding
from jobs.steps import duplicates
from jobs.steps.duplicates import Duplicates
from jobs.store import RUN, Store, StoreError
from tests.engines.conftest import local
from tests.engines.test_clusters import COARSE, WORDS, Row, clusters, document

TEXT = " ".join(WORDS[:80])
NEARLY = " ".join([*WORDS[:76], *WORDS[200:204]])
HALF = " ".join([*WORDS[:58], *WORDS[300:322]])
OTHER = " ".join(WORDS[400:480])
MANY = {"words": 5, "bands": 32, "rows": 4}
UNCHECKED = Banding("many", **MANY)
TRUE = Banding("many", **MANY, verify=SHINGLES, threshold=0.7)
GUESSED = Banding("many", **MANY, verify=SIGNATURE, threshold=0.7)


def run(folder: Path, rows: list[Row], banding: Banding, *against: Path) -> list[Row]:
    """A store as a run leaves it, as far as others compare with it."""
    near = Duplicates(banding, tuple(map(str, against)))
    duplicates.check(near)
    found = clusters(folder, local(), rows, 2, near)
    Store(str(folder)).write_text(RUN, json.dumps({"duplicates": near.as_json()}))
    return found


def copies(found: list[Row]) -> dict[str, str]:
    return {row["doc_id"]: row["copy_of"] for row in found if row["copy_of"]}


@pytest.mark.parametrize("banding", [TRUE, GUESSED, UNCHECKED], ids=["true", "guessed", "not"])
def test_verified_against_an_old_store(banding: Banding, tmp_path: Path) -> None:
    old = [document("old", 0, TEXT), document("old", 1, OTHER)]
    new = [document("new", 0, NEARLY + " and more"), document("new", 1, HALF)]
    new += [document("new", 2, OTHER), document("new", 3, "alone " + " ".join(WORDS[500:560]))]
    run(tmp_path / "old", old, banding)
    found = copies(run(tmp_path / "new", new, banding, tmp_path / "old"))
    expected = {new[0]["doc_id"]: old[0]["doc_id"], new[2]["doc_id"]: old[1]["doc_id"]}
    if not banding.verify:
        expected[new[1]["doc_id"]] = old[0]["doc_id"]
    assert found == expected


@pytest.mark.parametrize("banding", [TRUE, UNCHECKED], ids=["true", "not"])
def test_a_chain_through_the_old_store(banding: Banding, tmp_path: Path) -> None:
    """Two new ones are like an old one, and unlike each other: both are its copies."""
    first = " ".join(WORDS[:80])
    middle = " ".join(WORDS[7:87])
    last = " ".join(WORDS[14:94])
    old = document("old", 0, middle)
    new = [document("new", 0, first + " longer"), document("new", 1, last)]
    alone = copies(run(tmp_path / "alone", new, Banding("few", bands=2, rows=30)))
    assert alone == {}
    run(tmp_path / "old", [old], banding)
    found = run(tmp_path / "new", new, banding, tmp_path / "old")
    assert copies(found) == {row["doc_id"]: old["doc_id"] for row in new}
    assert {row["cluster_size"] for row in found} == {3}
    # And a third crawl against both stores.
    third = document("third", 0, " ".join(WORDS[21:101]))
    found = run(tmp_path / "third", [third], banding, tmp_path / "new", tmp_path / "old")
    assert copies(found)[third["doc_id"]] in {row["doc_id"] for row in (old, *new)}


@pytest.mark.parametrize("banding", [COARSE, TRUE], ids=["coarse", "true"])
def test_an_empty_old_store_changes_nothing(banding: Banding, tmp_path: Path) -> None:
    new = [document("new", 0, TEXT), document("new", 1, TEXT), document("new", 2, OTHER)]
    run(tmp_path / "empty", [], banding)
    expected = run(tmp_path / "a", new, banding)
    assert len(copies(expected)) == 1
    assert run(tmp_path / "b", new, banding, tmp_path / "empty") == expected
    assert run(tmp_path / "c", [], banding, tmp_path / "a") == []
    held = duplicates.held(Store(str(tmp_path / "empty")), Duplicates(banding))
    assert held.startswith(f"signatures of 0 documents, {banding.name} (5-grams, ")


@pytest.mark.parametrize(
    "theirs",
    [
        Banding("many", words=6, bands=32, rows=4),
        Banding("many", words=5, bands=16, rows=4),
        TRUE,
        Banding("many", **MANY, verify=SHINGLES, threshold=0.8),
    ],
    ids=["words", "bands", "verified", "threshold"],
)
def test_another_way_of_signing_is_refused(theirs: Banding, tmp_path: Path) -> None:
    run(tmp_path / "old", [document("old", 0, TEXT)], theirs)
    ours = UNCHECKED if theirs != UNCHECKED else TRUE
    with pytest.raises(StoreError, match="were signed as .*, this run signs as .*; give") as error:
        duplicates.check(Duplicates(ours, (str(tmp_path / "old"),)))
    assert "\n" not in str(error.value)


def test_what_is_no_store_is_refused(tmp_path: Path) -> None:
    near = Duplicates(UNCHECKED, (str(tmp_path / "none"),))
    with pytest.raises(StoreError, match="there is no run in it"):
        duplicates.check(near)
    unsigned = Duplicates(UNCHECKED).as_json()
    Store(near.against[0]).write_text(RUN, json.dumps({"duplicates": unsigned}))
    with pytest.raises(StoreError, match="no signatures yet; finish that run first"):
        duplicates.check(near)


def test_the_store_says_what_it_holds(tmp_path: Path) -> None:
    rows = [document("a", index, "the same five words here") for index in range(40)]
    run(tmp_path / "old", rows, TRUE)
    near = Duplicates(TRUE, (str(tmp_path / "old"),))
    run(tmp_path / "new", rows[:3], TRUE, tmp_path / "old")
    said = duplicates.held(Store(str(tmp_path / "old")), Duplicates(TRUE))
    assert said.startswith(
        "signatures of 40 documents, many (5-grams, 32x4, verified by shingles at 0.7); 32 buckets "
    )
    assert said.endswith(" pairs left out")
    said = duplicates.held(Store(str(tmp_path / "new")), near)
    assert said.startswith("signatures of 3 documents, many (5-grams, 32x4, verified by shingles")
    assert f"made against {tmp_path / 'old'}" in said
