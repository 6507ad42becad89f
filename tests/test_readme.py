"""What the README tells a visitor to type works."""

import re
from pathlib import Path

import pytest

from jobs.commands.demo import demo
from jobs.curate import Where
from jobs.run import parser
from jobs.store import Store
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("line", re.findall(r"^(interleaf .+?)(?: +#.*)?$", README, re.MULTILINE))
def test_commands_parse(line: str) -> None:
    words = line.replace("'", "").split()[1:]
    parser().parse_args(words)


@pytest.mark.parametrize("target", re.findall(r"make (\w+)", README))
def test_targets_are_there(target: str) -> None:
    assert re.search(rf"^{target}:.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_trainer_opens_the_release(tmp_path: Path, monkeypatch, capsys) -> None:
    """The demo, and then the README's own lines over what it wrote."""
    import duckdb

    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    assert demo(Store("out"), Where("local", 1))
    said = capsys.readouterr().out
    assert re.search(r"From \d+ pages of \d+ small sites, \d+ interleaved documents", said)
    assert all(Path(line.split()[-1]).exists() for line in said.strip().splitlines()[-3:])
    python = re.search(r"```python\n(.+?)```", README, re.DOTALL)
    sql = re.search(r"```sql\n(.+?);", README, re.DOTALL)
    assert python is not None
    assert sql is not None
    exec(compile(python[1], "README.md", "exec"), {})
    assert duckdb.sql(sql[1]).fetchall()
