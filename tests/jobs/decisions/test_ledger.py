"""The ledger decides as the step `text` does, from signals alone."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from filters import measures, recipes
from filters.rules import Recipe, RecipeError, Rule
from jobs.commands import verdicts as verdicts_of
from jobs.commands.recut import Request as Recut
from jobs.commands.recut import recut
from jobs.curate import Request, Where, curate
from jobs.decisions.ledger import Ledger
from jobs.inputs import sources
from jobs.run import main
from jobs.store import Store, StoreError
from pipeline.web.downloads import Policy
from tests.jobs.commands.test_recut import CODE, RECIPES, SIGNALS

HERE = Where("local", 1)
MORE = {
    "text of nodes": Recipe(
        "long",
        node=(Rule("letters", "length(text)", at_least=30), Rule("tag", "tag = 'p'", at_least=1)),
        image=(Rule("alt", "length(coalesce(alt, ''))", at_least=1),),
        document=(Rule("share", "least(words, 100) / tokens", 0.3), *CODE.document[3:5]),
    ),
    "nothing asked": Recipe("all"),
}


@pytest.fixture(scope="module")
def store(crawl_files: list[Path], tmp_path_factory) -> Store:
    made = Store(str(tmp_path_factory.mktemp("ledger") / "store"))
    inputs = sources.sources([str(file) for file in crawl_files], None)
    recipe = measures.with_signals(CODE, SIGNALS)
    assert curate(made, Request(recipe, inputs, Policy(), last="text"), HERE)
    return made


@pytest.fixture(scope="module")
def ledger(store: Store) -> Ledger:
    return Ledger(store, 2)


def verdicts(store: Path) -> pa.Table:
    return pa.concat_tables(pq.read_table(f) for f in sorted((store / "verdicts").iterdir()))


@pytest.mark.parametrize("name", [*RECIPES, *MORE])
def test_decides_as_a_recut(name, store, ledger, tmp_path) -> None:
    recipe = (RECIPES | MORE)[name]
    again = tmp_path / "again"
    assert recut(store, Store(str(again)), Recut(recipe, Policy(), last="text"), HERE)
    expected = verdicts(again)
    assert ledger.documents["doc_id"].to_pylist() == expected["doc_id"].to_pylist()
    kept = [dropped is None for dropped in expected["dropped"].to_pylist()]
    fresh = Ledger(store, 1)
    assert fresh.decide(recipe).kept.tolist() == kept
    fresh.decide(recipe, "none")
    for each in (ledger, fresh):
        found = each.decide(recipe, "every")
        names = [rule.name for rule in found.recipe.document]
        failed = [[names[n] for n in row.nonzero()[0]] for row in found.broken]
        assert failed == expected["failed"].to_pylist()
        assert not found.unmeasured.any()
    verdicts_of.write(fresh, fresh.decide(recipe, "every"), str(tmp_path / "verdicts.parquet"))
    written = pq.read_table(tmp_path / "verdicts.parquet")
    assert written.schema == verdicts_of.VERDICTS
    assert written.to_pylist() == expected.select(written.schema.names).to_pylist()
    nodes = expected["nodes"].combine_chunks().flatten().field("dropped").to_pylist()
    dropped = len(nodes) - nodes.count(None)
    assert sum(first for first, _ in ledger.nodes(recipe).values()) == dropped


def test_a_bound_that_moves_is_asked_alone(ledger) -> None:
    strict = Recipe("s", node=CODE.node, image=CODE.image, document=(Rule("w", "words", 10**6),))
    assert not ledger.decide(strict).kept.any()
    loose = Recipe("l", node=CODE.node, image=CODE.image, document=(Rule("w", "words", 0),))
    assert ledger.decide(loose).kept.all()
    assert ledger.decide(loose).funnel() == {"w": (0, 0)}


def test_wrong_requests(ledger, tmp_path) -> None:
    with pytest.raises(RecipeError, match="did you mean 'words'"):
        ledger.decide(Recipe("r", document=(Rule("w", "wrods", 1),)))
    many = tuple(Rule(f"r{n}", "words", n) for n in range(65))
    with pytest.raises(RecipeError, match="at most 64"):
        ledger.decide(Recipe("r", node=many))
    with pytest.raises(StoreError, match="'text' of .* is not done"):
        Ledger(Store(str(tmp_path)))


def test_compare(store, tmp_path, capsys) -> None:
    out, mine = tmp_path / "out", tmp_path / "mine.toml"
    strict = replace(CODE, name="strict", document=(*CODE.document, Rule("long", "words", 150)))
    mine.write_text(recipes.to_toml(strict))
    command = ["recipe", "compare", store.root, "obelics", str(mine), "--out", str(out)]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "obelics_code: keeps " in said
    assert "wait for the pictures: image format, image shorter_side" in said
    again = tmp_path / "strict"
    assert recut(store, Store(str(again)), Recut(strict, Policy(), last="text"), HERE)
    kept = [
        {r["doc_id"] for r in verdicts(Path(place)).to_pylist() if r["dropped"] is None}
        for place in (store.root, again)
    ]
    flips = pq.read_table(out / "flips.parquet")
    assert set(flips["doc_id"].to_pylist()) == kept[0] - kept[1]
    assert flips["failed"].to_pylist() == [["long"]] * len(flips)
    assert f"{len(flips)} documents flip: only obelics_code keeps {len(flips)}," in said
    assert len(flips) > 1, "two recipes that keep the same pages show little"
    page = (out / "compare.html").read_text()
    assert "<script" not in page
    assert flips["url"][0].as_py() in page


def test_recut_verdicts(store, ledger, tmp_path, capsys) -> None:
    out = tmp_path / "verdicts.parquet"
    command = ["recut", store.root, "--verdicts", str(out), "--recipe"]
    assert main([*command, "obelics"]) == 0
    kept = int(ledger.decide(CODE).kept.sum())
    assert f"obelics_code: keeps {kept} of " in capsys.readouterr().out
    assert pq.read_table(out)["dropped"].null_count == kept
    assert not Path(f"{store.root}-obelics_code").exists()
    assert main([*command, "gopher"]) == 2
    assert "interleaf run --signals quality" in capsys.readouterr().err
    for wrong in (str(tmp_path), str(tmp_path / "none" / "v.parquet")):
        assert main(["recut", store.root, "--recipe", "obelics", "--verdicts", wrong]) == 2
        assert f"--verdicts {wrong}: " in capsys.readouterr().err
    for more in ("--store", "--from", "--to"):
        assert main([*command, "obelics", more, "text"]) == 2
        assert "--verdicts makes no store" in capsys.readouterr().err


def test_explain(store, tmp_path, capsys) -> None:
    rows = pa.concat_tables(
        pq.read_table(f) for f in sorted((Path(store.root) / "documents").iterdir())
    )
    url = rows["url"][len(rows) // 2].as_py()
    page = tmp_path / "page.html"
    assert main(["explain", store.root, url]) == 0
    said = capsys.readouterr().out
    assert "outcome: " in said
    assert "words = " in said
    assert "recipe obelics_code, fingerprint " in said
    assert "ok words " in said, "what a kept node was asked"
    assert main(["explain", store.root, url, "--html", str(page)]) == 0
    assert "<del>" in page.read_text()
    assert "<script" not in page.read_text()


def test_words_of_the_web_are_never_obeyed(capsys) -> None:
    from jobs.commands.explain import Explained, Piece
    from jobs.commands.explain_page import to_html, to_terminal

    evil = "<script>alert(1)</script> [bold]x[/bold] \x1b]0;owned\x07 \u202egnp"
    piece = Piece("text", "p", evil, True, [f"rule: {evil}"])
    found = [Explained(evil, evil, evil, evil, [], [piece], [piece])]
    assert "<script>" not in to_html(found)
    assert "&lt;script&gt;" in to_html(found)
    to_terminal(found)
    said = capsys.readouterr().out
    assert not {"\x1b", "\x07", "\u202e"} & set(said)
    assert "[bold]x[/bold]" in said
