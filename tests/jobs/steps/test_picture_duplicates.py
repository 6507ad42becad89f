"""Duplicate pictures through the whole flow: a recipe keeps the best copy, and all say so."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from filters import recipes
from filters.rules import Recipe, RecipeError, Rule
from jobs import curate, flows, report, status
from jobs.commands import explain, retry
from jobs.inputs import sources
from jobs.miniweb import web
from jobs.report_page import copies
from jobs.run import main
from jobs.settings import Settings
from jobs.steps.picture_duplicates import Alike, with_known
from jobs.store import RUN, Store, read_run
from jobs.store_tables import Tables
from jobs.table import Table
from pipeline.web.downloads import Policy

CODE = recipes.load("obelics")
BEST = replace(
    CODE,
    name="best",
    image=(*CODE.image, Rule("best_copy", "cluster_place", at_most=1)),
    document=(
        *CODE.document,
        Rule("in_both", "interleaved_place", at_most=1),
    ),
)

Row = dict[str, Any]


@pytest.fixture(scope="module")
def store(crawl_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    made = Store(str(tmp_path_factory.mktemp("best") / "store"))
    inputs = sources.sources([str(file) for file in crawl_files], None)
    with web.serve() as address:
        settings = Settings(part_rows=25)
        request = curate.Request(BEST, inputs, Policy(proxy=address), settings=settings)
        assert curate.curate(made, request, curate.Where("local", 1))
    return made


def rows(table: Table) -> list[Row]:
    return [row for part in table.parts() for b in table.read(part) for row in b.to_pylist()]


def test_the_best_copy_alone_is_released(store: Store) -> None:
    at = Tables(store)
    places = {(r["doc_id"], r["image_id"]): r["cluster_place"] for r in rows(at.picture_clusters)}
    assert sorted(set(places.values()))[:2] == [1, 2]
    for choice in rows(at.choices):
        for link in choice["links"]:
            place = places.get((choice["doc_id"], link["image_id"]), 1)
            assert ("best_copy" in link["failed"]) == (place > 1)
    released = [each for row in rows(at.release) for each in row["picture_metadata"]]
    ids = [each["cluster_id"] for each in released]
    assert ids
    assert len(ids) == len(set(ids))
    assert max(each["cluster_size"] for each in released) > 1
    # A document without its own copies may be left with no picture; it is dropped for that.
    reasons = {row["dropped"] for row in rows(at.choices)}
    assert "no_image_left" in reasons


def test_parts_lie_as_those_of_the_documents(store: Store) -> None:
    at = Tables(store)
    for table in (at.picture_clusters, at.together):
        assert table.parts() == at.lines.parts()
        for part in table.parts():
            ids = {row["doc_id"] for batch in at.lines.read(part) for row in batch.to_pylist()}
            assert {r["doc_id"] for b in table.read(part) for r in b.to_pylist()} <= ids


def test_explain_names_the_better_copy(store: Store) -> None:
    at = Tables(store)
    copy = next(row for row in rows(at.picture_clusters) if row["cluster_place"] > 1)
    document = next(row for row in rows(at.documents) if row["doc_id"] == copy["doc_id"])
    (found,) = (e for e in explain.explained(store, document["url"]) if copy["doc_id"] in e.place)
    reasons = [reason for piece in found.pictures for reason in piece.reasons]
    assert any(r.startswith("best_copy: cluster_place = 2, at most 1") for r in reasons), reasons
    best = f"{copy['best_image_id']} of document {copy['best_doc_id']}"
    assert any(reason.endswith(best) for reason in reasons)
    assert {str(rule) for rule in found.rules if rule.rule.name == "image_set"}


def test_report_and_status_tell(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    at = Tables(store)
    report.write(store)
    page = store.read_text("report.html")
    assert page.count("best_copy") >= 2
    assert "Documents with pictures" in page
    section = page[page.index("<h2>Copies") :].partition("</section>")[0]
    assert "pictures compared, pictures alike within 31 bits of pdq" in section
    # Of every group the best copy alone is released, and so shown.
    clusters = {row["cluster_id"]: row["cluster_size"] for row in rows(at.picture_clusters)}
    groups = copies.largest(at.release)
    assert groups
    assert section.count("<figure>") == sum(len(group.pictures) for group in groups)
    for group in groups:
        assert group.size == clusters[group.cluster_id] > 1
        assert len(group.pictures) == 1
        assert f"<code>{group.cluster_id[:12]}</code>" in section
    assert status.show(store)
    said = capsys.readouterr().out
    assert "pictures compared, pictures alike within 31 bits of pdq" in said
    assert "look like a better one" in said


def test_pictures_of_an_old_store_are_known(
    store: Store, crawl_files: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = with_known(Alike(), (store.root,))
    assert known.against == (store.root,)
    assert Alike.from_json(known.as_json()) == known
    assert with_known(Alike(), (str(tmp_path),)).against == ()
    asked = ["run", "obelics", "--input", str(crawl_files[0]), "--store", str(tmp_path / "new")]
    assert main([*asked, "--against", store.root, "--images-alike", "phash"]) == 2
    said = capsys.readouterr().err
    assert "give the same --images-alike" in said
    assert said.count("\n") == 1


def test_another_picture_makes_all_of_it_undone(store: Store) -> None:
    """Kept last: it takes receipts away. One new picture may be the best of any cluster."""
    at = Tables(store)
    assert len(at.images.parts()) > 1
    again, _ = retry.reopen(at, retry.wish(None, now=True), Policy())
    assert again
    for table in (at.hash_slots, at.picture_clusters, at.together, at.release, at.shards):
        assert table.parts() == []
    assert at.images.parts() != []


@pytest.mark.parametrize(
    "image, document, says",
    [
        ((Rule("best", "cluster_place", at_most=-1),), (), "lets nothing pass"),
        ((), (Rule("best", "cluster_place", at_most=1),), "which nothing measures"),
    ],
)
def test_rules_are_checked_before_the_run(
    image: tuple[Rule, ...], document: tuple[Rule, ...], says: str
) -> None:
    with pytest.raises(RecipeError, match=says):
        flows.check_recipe(Recipe("wrong", image=image, document=document))


def test_the_radius_is_part_of_the_run(
    store: Store, crawl_files: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert read_run(store)["alike"]["radius"] == {"hash": "pdq", "bits": 31}
    asked = ["run", "obelics", "--input", str(crawl_files[0]), "--store", store.root]
    assert main([*asked, "--images-alike", "phash:99"]) == 2
    assert "a number from 0 to 15" in capsys.readouterr().err
    assert store.exists(RUN)
