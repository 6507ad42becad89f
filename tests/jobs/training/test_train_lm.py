"""Training a language model, and a run that uses it."""

import json
from importlib.util import find_spec
from pathlib import Path

import pytest

from jobs.run import main
from jobs.store import Store
from jobs.store_tables import Tables
from jobs.training import train_lm
from tests.conftest import must_have

LINES = "the cat sat on the mat .\nthe dog sat on the cat .\n" * 60


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text(LINES)
    return path


def trained(text: Path) -> Path:
    must_have(find_spec("kenlm"), "kenlm (pip install 'interleaf[perplexity]')")
    try:
        train_lm._program()
    except train_lm.LanguageModelError as missing:
        must_have(None, str(missing))
    out = text.with_name("m") / "model.arpa"
    assert main(["train-lm", "--text", str(text), "--out", str(out), "--order", "3"]) == 0
    return out


def test_train_and_run(text: Path, tmp_path: Path, crawl_files: list[Path], capsys) -> None:
    model = trained(text)
    card = json.loads(Path(f"{model}.card.json").read_text())
    assert card["order"] == 3
    assert card["held_out"]["lines"] == 2
    assert 1 < card["held_out"]["perplexity"] < 10
    assert sorted(path.name for path in model.parent.iterdir()) == [
        "model.arpa",
        "model.arpa.card.json",
    ]
    command = ["run", "obelics", "--input", str(crawl_files[0]), "--store", str(tmp_path / "s")]
    command += ["--workers", "1", "--to", "text"]
    assert main([*command, "--lm", str(model)]) == 0
    table = Tables(Store(str(tmp_path / "s"))).documents
    rows = [
        row for part in table.parts() for batch in table.read(part) for row in batch.to_pylist()
    ]
    assert rows
    for row in rows:
        nodes = [node for node in row["nodes"] if node["kind"] == "text"]
        assert row["lm_tokens"] == sum(node["lm_tokens"] for node in nodes)
        assert row["lm_log10"] == sum(node["lm_log10"] for node in nodes)
        assert row["marker_refusal"] == sum(node["marker_refusal"] for node in nodes)
    capsys.readouterr()
    assert main(command) == 2
    assert "language model" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options, says",
    [
        (["--text", "none.txt"], "there is no text"),
        (["--order", "9"], "--order 9 should be 2 to 6"),
        (["--lm-text", "odd"], "no normalisation 'odd'"),
    ],
)
def test_wrong_requests(text: Path, tmp_path: Path, capsys, options: list[str], says: str) -> None:
    command = ["train-lm", "--text", str(text), "--out", str(tmp_path / "m"), *options]
    assert main(command) == 2
    assert says in capsys.readouterr().err
    assert not (tmp_path / "m").exists()


def test_no_program(text: Path, tmp_path: Path, capsys, monkeypatch) -> None:
    monkeypatch.setattr(train_lm, "_TLM", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["train-lm", "--text", str(text), "--out", str(tmp_path / "m")]) == 2
    assert "apt-get install irstlm" in capsys.readouterr().err
