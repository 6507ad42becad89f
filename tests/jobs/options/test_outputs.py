"""Where nothing can be written a command says so before it works; a closed pipe ends it quietly."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.run import main
from jobs.store import RUN


@pytest.fixture
def store(tmp_path: Path) -> str:
    """Looks like a store, so that whoever reads it before the output is checked falls over it."""
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / RUN).write_text("{}")
    (tmp_path / "file").write_text("")
    return str(tmp_path / "store")


@pytest.mark.parametrize(
    "command",
    [
        "recut {store} --recipe c4 --verdicts {path}",
        "explain {store} http://a.example/ --html {path}",
        "markers baseline {store} --out {path}",
        "markers score {store} --baseline none --out {path}",
        "markers drift {store} --out {path}",
        "recipe compare {store} c4 gopher --out {path}",
    ],
)
def test_wrong_paths(command: str, store: str, tmp_path: Path, capsys) -> None:
    folder = "compare" in command
    places = ("file", "file/x") if folder else ("", "none/x", "file/x")
    for place in places:
        path = str(tmp_path / place)
        assert main(command.format(store=store, path=path).split()) == 2
        said = capsys.readouterr().err
        assert said.count("\n") == 1
        assert path in said
        assert "give a" in said or "make it first" in said


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_nobody_reads(unbuffered: str) -> None:
    source, sink = os.pipe()
    os.close(source)
    command = [sys.executable, "-m", "jobs.run", "recipe", "show", "c4"]
    mine = os.environ | {"PYTHONUNBUFFERED": unbuffered}
    done = subprocess.run(
        command, stdout=sink, stderr=subprocess.PIPE, check=False, timeout=60, env=mine
    )
    os.close(sink)
    assert (done.returncode, done.stderr) == (141, b"")
