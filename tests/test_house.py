"""The rules of the house: imports run down, stages know no engine, importing does nothing."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("schemas", "filters", "pipeline", "jobs", "notebooks")
FILES = [file for floor in FLOORS for file in sorted((ROOT / floor).rglob("*.py"))]
# Below jobs/ nobody knows an engine or opens a table; models and codecs load where first used.
ENGINES = {"ray", "pyspark"}
HEAVY = {"torch", "onnxruntime", "fasttext", "numba", "pyvips", "aiohttp", "duckdb", "wordfreq"}


# Compiled passes: their importers import them at first use.
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def name(file: Path) -> str:
    return str(file.relative_to(ROOT))


def imported(tree: ast.AST) -> set[str]:
    """Top-level packages that the statements under `tree` import."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").split(".")[0])
        elif isinstance(node, ast.ImportFrom):
            found.add("a relative import")
    return found


def at_import(file: Path) -> set[str]:
    """Packages that importing the file itself imports: functions' bodies left out."""
    tree = ast.parse(file.read_text())
    tree.body = [node for node in tree.body if not isinstance(node, FUNCTIONS)]
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            node.body = [each for each in node.body if not isinstance(each, FUNCTIONS)]
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            node.body = []
    return imported(tree)


@pytest.mark.parametrize("file", FILES, ids=name)
def test_imports_run_down(file: Path) -> None:
    floor = FLOORS.index(file.relative_to(ROOT).parts[0])
    above = set(FLOORS[floor + 1 :])
    if FLOORS[floor] == "jobs":
        above = {"notebooks"}
    assert not imported(ast.parse(file.read_text())) & (above | {"a relative import", "tests"})


@pytest.mark.parametrize("file", [f for f in FILES if f.parts[-2] != "jobs"], ids=name)
def test_no_engine_below_jobs(file: Path) -> None:
    if file.relative_to(ROOT).parts[0] in ("schemas", "filters", "pipeline"):
        assert not imported(ast.parse(file.read_text())) & ENGINES


@pytest.mark.parametrize("file", FILES, ids=name)
def test_heavy_libraries_load_where_first_used(file: Path) -> None:
    says = ast.get_docstring(ast.parse(file.read_text())) or ""
    allowed = {lib for lib in ("aiohttp", "numba") if f"imports {lib}" in " ".join(says.split())}
    assert not at_import(file) & (HEAVY | ENGINES) - allowed


@pytest.mark.parametrize("file", FILES, ids=name)
def test_no_file_bears_a_standard_name(file: Path) -> None:
    assert file.stem == "__init__" or file.stem not in sys.stdlib_module_names


@pytest.mark.parametrize("file", FILES, ids=name)
def test_no_basement(file: Path) -> None:
    assert file.stem not in {"utils", "helpers", "common", "misc", "manager", "base"}
    assert len(file.read_text().splitlines()) <= 320, "look for two rooms in one"


@pytest.mark.parametrize("file", [f for f in FILES if f.stem == "__init__"], ids=name)
def test_init_files_hold_a_docstring_at_most(file: Path) -> None:
    body = ast.parse(file.read_text()).body
    assert all(isinstance(node, ast.Expr) for node in body)


def test_the_command_starts_without_heavy_libraries() -> None:
    code = "import sys, jobs.run; jobs.run.parser(); print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {module.split(".")[0] for module in done.stdout.split()}
    assert not loaded & (HEAVY | ENGINES | {"pyarrow", "numpy"})
