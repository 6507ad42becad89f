"""A recut gives the bytes of a full run, and asks only for pictures that nobody asked for."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from filters import measures, recipes
from filters.rules import Recipe, Rule
from jobs.commands.recut import Request as Recut
from jobs.commands.recut import recut
from jobs.curate import Request, Where, curate
from jobs.inputs import sources
from jobs.miniweb import web
from jobs.run import main
from jobs.settings import Settings
from jobs.status import accounts, unbalanced
from jobs.store import Store
from pipeline.web.downloads import Downloader, Policy

HERE = Where("local", 1)
TWO = Where("local", 2)
CODE = recipes.load("obelics_code")
SIGNALS = ("node_language",)  # that one of the recipes reads
ASKS = {"no node rules", "looser nodes and images"}
RECIPES = {
    "the same": CODE,
    "obelics_paper": recipes.load("obelics_paper"),
    "no node rules": Recipe(
        "whole",
        document=(Rule("words", "words", at_least=50), Rule("images", "image_nodes", 1)),
        survivor="image_nodes - repeated_word_ngrams / word_ngrams",
        capture="best",
    ),
    "looser nodes and images": Recipe(
        "loose",
        node=(Rule("words", "words", at_least=2),),
        image=(Rule("side", "shorter_side", at_least=40),),
        document=(
            Rule("repetition", "repeated_word_ngrams / word_ngrams", at_most=0.3, missing="keep"),
            Rule("language", "language_score", at_least=0.3),
        ),
    ),
    "stricter links": Recipe(
        "strict",
        node=(*CODE.node, Rule("long", "chars", at_least=60)),
        image=(*CODE.image, Rule("secure", "image_url LIKE 'http:%'", at_least=1)),
        document=CODE.document[1:],
    ),
}


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with web.serve() as served:
        yield served


@pytest.fixture(scope="module")
def former(crawl_files: list[Path], address: str, tmp_path_factory) -> Path:
    return full(tmp_path_factory.mktemp("former") / "store", crawl_files[:1], CODE, address)


def full(store: Path, files: list[Path], recipe: Recipe, address: str) -> Path:
    inputs = sources.sources([str(file) for file in files], None)
    recipe = measures.with_signals(recipe, SIGNALS)
    request = Request(recipe, inputs, Policy(proxy=address), settings=Settings(part_rows=8))
    assert curate(Store(str(store)), request, HERE)
    return store


def digests(store: Path) -> dict[str, str]:
    """sha256 of every file of data, by name; what reading made left out."""
    kinds = ("run.json", "receipts", "inputs", "documents", "quarantine", "known", "log")
    files = sorted(file for file in store.rglob("*") if file.is_file())
    return {
        str(file.relative_to(store)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.relative_to(store).parts[0] not in kinds
    }


def links(store: Path) -> set[str]:
    """The image links that a run wanted: not too frequent ones, and those of no copies."""
    table = pa.concat_tables(pq.read_table(file) for file in sorted((store / "images").iterdir()))
    rows = table["images"].combine_chunks().flatten()
    wanted = pc.not_equal(pc.fill_null(rows.field("dropped"), ""), "repeated_link")
    return set(rows.field("url").filter(wanted).to_pylist())


@pytest.mark.parametrize("name", RECIPES)
def test_a_recut_equals_a_full_run(
    name, former, crawl_files, address, tmp_path, monkeypatch
) -> None:
    asked: list[str] = []
    get = Downloader.get

    def noted(self, target):
        asked.append(target.url)
        return get(self, target)

    again = tmp_path / "again"
    with monkeypatch.context() as patch:
        patch.setattr(Downloader, "get", noted)
        request = Recut(RECIPES[name], Policy(proxy=address))
        assert recut(Store(str(former)), Store(str(again)), request, HERE)
    expected = full(tmp_path / "full", crawl_files[:1], RECIPES[name], address)
    assert digests(again) == digests(expected)
    assert unbalanced(accounts(Store(str(again)))) == []
    assert not (again / "documents").exists()
    assert len(asked) <= len(links(again) - links(former))
    assert bool(asked) == (name in ASKS)


def test_two_processes_give_the_same(former, address, tmp_path) -> None:
    made = []
    for where in (HERE, TWO):
        again = tmp_path / f"again-{where.workers}"
        request = Recut(RECIPES["obelics_paper"], Policy(proxy=address))
        assert recut(Store(str(former)), Store(str(again)), request, where)
        made.append(digests(again))
    assert made[0] == made[1]


def test_wrong_requests(former, tmp_path, capsys) -> None:
    small = tmp_path / "small.toml"
    small.write_text('[recipe]\nname = "small"\n[images]\nsize = 64\n')
    for argv, says in (
        (["recut", str(former), "--recipe", str(small)], "small asks for pictures with size 64"),
        (["recut", str(former), "--recipe", "obelisk"], "did you mean"),
        (["recut", str(tmp_path), "--recipe", "obelics"], "there is no run in"),
        (["recut", str(former), "--recipe", "obelics", "--store", str(former)], "the store itself"),
        (["recut", str(former), "--recipe", "obelics", "--to", "fech"], "fetch"),
    ):
        assert main(argv) == 2
        said = capsys.readouterr().err
        assert (said.count("\n"), says in said) == (1, True), said
