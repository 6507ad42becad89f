"""Signals are measured where a recipe or a run asks, and the books hold in any case."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from filters import measures, recipes
from filters.rules import Recipe, RecipeError, Rule
from jobs.commands import recut
from jobs.curate import Request, Where, curate
from jobs.decisions.ledger import Ledger
from jobs.inputs.sources import sources
from jobs.store import Store, StoreError
from jobs.store_tables import Tables
from pipeline.web.downloads import Policy


def columns(
    files: list[Path], store: Path, recipe: str, *asked: str, last: str = "text"
) -> tuple[set[str], set[str]]:
    """Names of a document's columns and of a node's, after the text rules."""
    from dataclasses import replace

    loaded = recipes.load(recipe)
    request = Request(
        recipe=replace(loaded, signals=(*loaded.signals, *asked)),
        inputs=sources(list(map(str, files)), None),
        web=Policy(),
        last=last,
    )
    assert curate(Store(str(store)), request, Where("local", 1))
    schema = pq.read_schema(next((store / "good").glob("*.parquet")))
    receipts = Tables(Store(str(store))).documents.receipts()
    assert all(receipt.books["records"].taken for receipt in receipts)
    nodes = {field.name for field in schema.field("nodes").type.value_type}
    return set(schema.names), nodes


def test_a_recipe_measures_what_it_reads(crawl_files: list[Path], tmp_path: Path) -> None:
    document, node = columns(crawl_files[:1], tmp_path / "a", "obelics")
    assert "stopwords" in document & node
    assert not {"gopher_words", "rps_words", "emails"} & (document | node)
    document, node = columns(crawl_files[:1], tmp_path / "b", "fineweb_blog")
    assert {"gopher_words", "c4_lines"} < document
    assert "c4_lines" in node
    assert not {"rps_words", "emails"} & (document | node)


def test_all_of_them(crawl_files: list[Path], tmp_path: Path) -> None:
    document, node = columns(crawl_files[:1], tmp_path / "a", "obelics", "all")
    for each in measures.chosen(measures.NAMES):
        assert {s.name for s in each.sums} <= document
        assert {s.name for m in each.document for s in m.gives} <= document
        assert {s.name for m in each.node for s in m.gives} <= node


def test_the_ledger_decides_by_every_set(crawl_files: list[Path], tmp_path: Path) -> None:
    """A store that measured all answers for another recipe what a run of that recipe says."""
    columns(crawl_files[:1], tmp_path / "all", "obelics", "all")
    ledger = Ledger(Store(str(tmp_path / "all")))
    for name in ("fineweb_script", "gopher", "dclm_refinedweb"):
        columns(crawl_files[:1], tmp_path / name, name)
        told = {
            row["doc_id"]
            for file in sorted((tmp_path / name / "good").glob("*.parquet"))
            for row in pq.read_table(file, columns=["doc_id"]).to_pylist()
        }
        kept = ledger.decide(recipes.load(name)).kept
        ids = ledger.documents["doc_id"].to_pylist()
        assert {doc_id for doc_id, keep in zip(ids, kept, strict=True) if keep} == told
    shallow = Rule("shallow", "page_url_depth", at_most=1)
    kept = ledger.decide(Recipe("shallow", document=(shallow,))).kept
    assert 0 < kept.sum() < len(kept)


def test_what_was_not_measured_is_said(crawl_files: list[Path], tmp_path: Path) -> None:
    columns(crawl_files[:1], tmp_path / "a", "obelics")
    store = Store(str(tmp_path / "a"))
    with pytest.raises(RecipeError, match="measure them with: interleaf run --signals quality"):
        Ledger(store).decide(recipes.load("gopher"))
    asked = recut.Request(recipes.load("gopher"), Policy())
    with pytest.raises((RecipeError, StoreError), match="--signals quality"):
        recut.recut(store, Store(str(tmp_path / "b")), asked, Where("local", 1))


def test_all_signals_reach_the_documents_that_are_fetched_for(
    crawl_files: list[Path], tmp_path: Path
) -> None:
    columns(crawl_files, tmp_path / "a", "obelics", "all", last="lines")
    schema = pq.read_schema(next((tmp_path / "a" / "lines").glob("*.parquet")))
    assert {"gopher_words", "rps_words", "emails", "page_url_depth"} < set(schema.names)


def test_a_set_that_is_not_there(crawl_files: list[Path], tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no signals are called 'qualty'"):
        columns(crawl_files[:1], tmp_path / "a", "obelics", "qualty")
    with pytest.raises(RecipeError, match=r"x.toml:3: no signals are called 'qualty'; did you"):
        recipes.parse('[recipe]\nname = "x"\nsignals = ["qualty"]', "x.toml")
