"""The notebooks run over a real release: every cell of one, the loop of the other."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from jobs.commands.demo import demo
from jobs.curate import Where
from jobs.store import Store
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebooks") / "demo"
    assert demo(Store(str(folder)), Where("local", 1))
    return folder


def test_look(store: Path, tmp_path: Path) -> None:
    page = tmp_path / "look.html"
    marimo = [sys.executable, "-m", "marimo", "export", "html", "notebooks/look.py"]
    options = ["-o", str(page), "--", "--store", str(store)]
    command = [*marimo, *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "data:image/" in page.read_text()
    # A bound of the store's own recipe was moved by half.
    assert re.search(r"of \d+ documents in place of \d+; \S{0,40}\d+ flip", page.read_text())
    # The recipe with it can be saved.
    assert re.search(r"my_\w+\.toml", page.read_text())


def test_read(store: Path) -> None:
    command = [sys.executable, "notebooks/read.py", str(store)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert len(lines) > 20
    assert all(line.split()[-1] == "words" for line in lines)
