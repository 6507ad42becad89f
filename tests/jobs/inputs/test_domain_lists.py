"""`--domains`: a run measures by the user's lists, a recut has them too, bad ones get one line."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from filters import recipes
from filters.rules import Recipe, Rule
from jobs.commands.recut import Request as Recut
from jobs.commands.recut import recut
from jobs.curate import Where
from jobs.decisions.ledger import Ledger
from jobs.run import main
from jobs.store import Store, read_run
from pipeline.web.downloads import Policy

ALL = Recipe("all", signals=("domains",))
LISTED = Recipe(
    "listed",
    node=(Rule("words", "words", at_least=30),),
    document=(Rule("list", "contains(page_domain_lists, ',some,')", at_most=0),),
)


@pytest.fixture(scope="module")
def recipe(tmp_path_factory) -> str:
    file = tmp_path_factory.mktemp("recipe") / "all.toml"
    file.write_text(recipes.to_toml(ALL))
    return str(file)


def hosts(store: Path) -> list[tuple[str, str]]:
    table = pq.read_table(store / "documents", columns=["host", "page_domain_lists"])
    return [(row["host"], row["page_domain_lists"]) for row in table.to_pylist()]


def test_a_run_and_its_recut(recipe, crawl_files, tmp_path, capsys) -> None:
    first = tmp_path / "first"
    command = ["run", recipe, "--input", str(crawl_files[0]), "--workers", "1", "--to", "text"]
    assert main([*command, "--store", str(first)]) == 0
    assert {lists for _, lists in hosts(first)} == {None}
    host = hosts(first)[0][0]
    ut1 = tmp_path / "ut1"
    (ut1 / "some").mkdir(parents=True)
    (ut1 / "some" / "domains").write_text(f"# mine\n{host.upper()}\n\nother.example\n")
    (ut1 / "LICENSE").write_text("a folder may hold more")
    (tmp_path / "none.txt").write_text("nobody.example\n")
    store = tmp_path / "store"
    command += ["--store", str(store)]
    given = ["--domains", str(ut1), f"none={tmp_path / 'none.txt'}"]
    assert main([*command, *given]) == 0
    assert all((lists == ",some,") == (name == host) for name, lists in hosts(store))
    assert sorted(read_run(Store(str(store)))["domain_lists"]) == ["none", "some"]
    assert main(command) == 2
    assert "lists of domains none, some, this run has lists of domains none" in (
        capsys.readouterr().err
    )
    again = tmp_path / "again"
    request = Recut(LISTED, Policy(), last="text")
    assert recut(Store(str(store)), Store(str(again)), request, Where("local", 1))
    verdicts = pq.read_table(again / "verdicts", columns=["dropped"])["dropped"].to_pylist()
    assert verdicts == ["list" if name == host else None for name, _ in hosts(store)]
    assert Ledger(Store(str(store)), 1).decide(LISTED).kept.tolist() == [
        v is None for v in verdicts
    ]
    with pytest.raises(Exception, match="the run has none; give it with: .*--domains"):
        recut(Store(str(first)), Store(str(tmp_path / "no")), request, Where("local", 1))


@pytest.fixture
def inside(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("adult", "--domains adult: no folder of lists; write NAME=FILE"),
        ("Adult=x", "'Adult' cannot name a list"),
        ("adult=absent.txt", "cannot read the list absent.txt"),
        ("adult=bad.txt", "bad.txt:2: 'http://x.example/' is no domain"),
        ("adult=empty.txt", "empty.txt holds no domain"),
        ("adult=latin.txt", "cannot read the list latin.txt"),
        (("a=good.txt", "a=good.txt"), "two lists of domains are called 'a'"),
    ],
)
def test_bad_lists(given, says, recipe, crawl_files, capsys, inside) -> None:
    Path("bad.txt").write_text("x.example\nhttp://x.example/\n")
    Path("empty.txt").write_text("# nothing\n")
    Path("latin.txt").write_bytes(b"caf\xe9.example\n")
    Path("good.txt").write_text("x.example\n")
    names = [given] if isinstance(given, str) else list(given)
    command = ["run", recipe, "--input", str(crawl_files[0]), "--store", "out"]
    assert main([*command, "--domains", *names]) == 2
    said = capsys.readouterr().err
    assert (said.count("\n"), says in said) == (1, True), said
    assert not Path("out").exists()
