"""A rule over what a run was never given is refused by every command that would apply it."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from jobs.run import main

RECIPE = """[recipe]
name = "mine"
{head}
[[{scope}]]
name = "asked"
value = "{value}"
at_least = 0
"""
PERPLEXITY = "power(10, -lm_log10 / 1000000 / lm_tokens)"


@pytest.fixture(scope="module")
def store(crawl_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> str:
    root = str(tmp_path_factory.mktemp("prerequisites") / "s")
    command = ["run", "obelics", "--input", str(crawl_files[0]), "--store", root]
    command += ["--signals", "all", "--workers", "1", "--to", "text"]
    assert main(command) == 0
    return root


def written(folder: Path, value: str, scope: str = "document", head: str = "") -> str:
    path = folder / "mine.toml"
    path.write_text(RECIPE.format(value=value, scope=scope, head=head))
    return str(path)


REFUSED = [
    ("document", PERPLEXITY, "--lm MODEL"),
    ("node", "lm_tokens", "--lm MODEL"),
    ("document", "page_domain_listed", "--domains NAME=FILE"),
    ("document", "contaminated_words", "--benchmarks FILE"),
    ("image", "benchmark_distance", "--benchmark-images PATH"),
]


@pytest.mark.parametrize("rule", REFUSED, ids=str)
@pytest.mark.parametrize(
    "command",
    [
        "run {mine} --input {warc} --store {new}",
        "plan {mine} --input {warc} --store {new}",
        "recut {store} --recipe {mine} --store {new}",
        "recut {store} --recipe {mine} --verdicts {new}",
        "recipe compare {store} obelics {mine}",
    ],
)
def test_refused(command, rule, store, crawl_files, tmp_path, capsys) -> None:
    scope, value, option = rule
    mine, new = written(tmp_path, value, scope), tmp_path / "new"
    filled = command.format(mine=mine, warc=crawl_files[0], store=store, new=new)
    capsys.readouterr()
    assert main(filled.split()) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    assert f"mine.toml:6: {scope} rule 'asked' reads" in said
    assert said.rstrip().endswith(f"interleaf run {option}")
    assert not new.exists()


def test_the_survivor_too(store, tmp_path, capsys) -> None:
    mine = written(tmp_path, "words", head='survivor = "-lm_log10"')
    assert main(["recut", store, "--recipe", mine, "--verdicts", str(tmp_path / "v")]) == 2
    assert "'survivor' reads 'lm_log10'" in capsys.readouterr().err


def test_kept_where_it_is_missing(store, tmp_path) -> None:
    """A rule may say what becomes of rows without a model: in a recut and in verdicts alike."""
    mine = written(tmp_path, "lm_tokens")
    text = Path(mine).read_text().replace("at_least = 0", 'at_least = 10\nmissing = "keep"')
    Path(mine).write_text(text)
    again, file = tmp_path / "again", tmp_path / "verdicts.parquet"
    assert main(["recut", store, "--recipe", mine, "--verdicts", str(file)]) == 0
    command = ["recut", store, "--recipe", mine, "--store", str(again), "--to", "text"]
    assert main([*command, "--workers", "1"]) == 0
    for place in (file, again / "verdicts"):
        dropped = pq.read_table(place, columns=["dropped"])["dropped"]
        assert dropped.null_count == len(dropped) > 0


def test_what_nobody_measured_is_null(store) -> None:
    table = pq.read_table(Path(store, "documents"), columns=["lm_log10", "lm_tokens", "words"])
    assert table["lm_log10"].null_count == table["lm_tokens"].null_count == len(table) > 0
    assert table["words"].null_count == 0


@pytest.mark.parametrize("option", ["--lm-pieces", "--lm-text"])
def test_options_of_a_model_want_one(option, crawl_files, tmp_path, capsys) -> None:
    command = ["run", "obelics", "--input", str(crawl_files[0]), "--store", str(tmp_path / "s")]
    assert main([*command, option, "none"]) == 2
    assert f"{option} none: there is no model for it; give one with --lm" in capsys.readouterr().err
