"""Wrong requests: one line that tells the next move, the right exit code, nothing half-written."""

import gzip
from pathlib import Path

import pytest

from jobs.run import main
from jobs.status import accounts, unbalanced
from jobs.store import Store

RECIPE = """
[recipe]
name = "mine"
description = "a test"
source = "here"

[[document]]
name = "words"
value = "{value}"
{bound}
"""


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str]:
    """Exit code and standard error of one command."""
    try:
        code = main(argv)
    except SystemExit as stop:
        code = int(stop.code or 0)
    return code, capsys.readouterr().err


def recipe(folder: Path, value: str = "words", bound: str = "at_least = 1") -> str:
    path = folder / "mine.toml"
    path.write_text(RECIPE.format(value=value, bound=bound))
    return str(path)


@pytest.fixture
def warc(crawl_files: list[Path]) -> str:
    return str(crawl_files[0])


@pytest.mark.parametrize(
    ("value", "bound", "says"),
    [
        ("wrods", "at_least = 1", "did you mean 'words'"),
        ("words", "at_least = 9\nat_most = 3", "nothing passes"),
        ("words", "", "bound"),
        ("words", "at_leest = 1", "at_leest"),
        ("words", "at_least = ", "mine.toml:"),
        ("(SELECT 1)", "at_least = 1", "subquery"),
    ],
)
def test_recipes(value: str, bound: str, says: str, tmp_path, warc, capsys) -> None:
    store = tmp_path / "store"
    mine = recipe(tmp_path, value, bound)
    code, said = run(capsys, "run", mine, "--input", warc, "--store", str(store))
    assert (code, said.count("\n")) == (2, 1), said
    assert says in said
    assert not store.exists()


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (
            ["run", "obelics", "--input", "{tmp}/absent.warc.gz", "--store", "{tmp}/s"],
            "absent.warc",
        ),
        (["run", "obelisk", "--input", "{warc}", "--store", "{tmp}/s"], "obelics"),
        (["run", "obelics", "--input", "{warc}", "--store", "{warc}/s"], "--store"),
        (["run", "obelics", "--input", "{warc}", "--store", "{tmp}/s", "--to", "fech"], "fetch"),
        (
            ["run", "obelics", "--input", "{warc}", "--store", "{tmp}/s", "--from", "fetch"],
            "--from",
        ),
        (["run", "obelics", "--crawl", "2024-10", "--store", "{tmp}/s"], "CC-MAIN-"),
        (["status", "{tmp}/none"], "there is no run in"),
        (["report", "{tmp}/none"], "there is no run in"),
        (["explain", "{tmp}/none", "http://a.example/"], "there is no run in"),
    ],
)
def test_requests(argv: list[str], says: str, tmp_path, warc, capsys) -> None:
    filled = [each.format(tmp=tmp_path, warc=warc) for each in argv]
    code, said = run(capsys, *filled)
    assert (code, said.count("\n")) == (2, 1), said
    assert says in said


@pytest.mark.parametrize("command", ["run", "retry"])
@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--proxy", "foo", "an HTTP proxy, like"),
        ("--proxy", "socks5://127.0.0.1:1080", "an HTTP proxy, like"),
        ("--proxy", "http://127.0.0.1:99999", "an HTTP proxy, like"),
        ("--proxy", "http://127.0.0.1:1", "does not answer"),
        ("--dns", "notanip", "address of a name server"),
        ("--dns", "1.1.1.1:99999", "address of a name server"),
        ("--dns", "1.1.1.1:0", "address of a name server"),
        ("--allow", "10.0.0.0/99", "a network, an address or a host"),
        ("--allow", "a host", "a network, an address or a host"),
        ("--contact", "me\r\nX-Other: 1", "one line"),
        ("--link-mib", "0", "at least 1"),
    ],
)
def test_how_the_web_is_asked(command, option, value, says, tmp_path, capsys) -> None:
    store = tmp_path / "s"
    (tmp_path / "a.warc").write_bytes(b"")
    begun = ["run", "obelics", "--input", str(tmp_path / "a.warc"), "--store", str(store)]
    if command == "retry":
        assert run(capsys, *begun, "--to", "read", "--workers", "1")[0] == 0
        begun = ["retry", str(store)]
    code, said = run(capsys, *begun, option, value)
    assert code == 2
    last = said.splitlines()[-1]
    assert last.startswith("interleaf")
    assert says in last
    assert command == "retry" or not store.exists()


@pytest.mark.parametrize(
    ("options", "asks"),
    [
        ((), True),
        (("--contact", "https://a.example/robot"), False),
        (("--to", "read"), False),
    ],
)
def test_who_asks_the_web_without_a_name_is_told(options, asks, tmp_path, capsys) -> None:
    (tmp_path / "a.warc").write_bytes(b"")
    begun = ["run", "obelics", "--input", str(tmp_path / "a.warc"), "--workers", "1"]
    code, said = run(capsys, *begun, "--store", str(tmp_path / "s"), *options)
    assert code == 0
    assert sum("--contact" in line for line in said.splitlines()) == asks


def test_a_store_of_another_recipe(tmp_path, warc, capsys) -> None:
    store = str(tmp_path / "s")
    assert run(capsys, "run", "obelics", "--input", warc, "--store", store, "--to", "read")[0] == 0
    code, said = run(capsys, "run", recipe(tmp_path), "--input", warc, "--store", store)
    assert (code, said.count("\n")) == (2, 1), said
    assert "another --store" in said


def test_a_folder_that_is_no_store(tmp_path, warc, capsys) -> None:
    (tmp_path / ".tmp").mkdir()
    (tmp_path / ".tmp" / "precious.txt").write_text("x")
    (tmp_path / "mine").mkdir()
    code, said = run(capsys, "run", "obelics", "--input", warc, "--store", str(tmp_path))
    assert (code, said.count("\n")) == (2, 1), said
    assert "no store of ours" in said
    assert (tmp_path / ".tmp" / "precious.txt").read_text() == "x"
    assert sorted(path.name for path in tmp_path.iterdir()) == [".tmp", "mine"]


def damaged(name: str, warc: str, folder: Path) -> Path:
    whole = Path(warc).read_bytes()
    path = folder / f"{name}.warc.gz"
    path.write_bytes(
        {
            "truncated": whole[: len(whole) * 2 // 3],
            "empty": b"",
            "no records": gzip.compress(b""),
            "garbage": b"this is not a WARC file\n" * 50,
        }[name]
    )
    return path


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("truncated", ""),
        ("empty", "holds no WARC record"),
        ("no records", "holds no WARC record"),
        ("garbage", "no readable record"),
    ],
)
def test_damaged_files(name: str, says: str, tmp_path, warc, capsys) -> None:
    store = str(tmp_path / "store")
    path = damaged(name, warc, tmp_path)
    code, said = run(
        capsys, "run", "obelics", "--input", str(path), "--store", store, "--to", "text"
    )
    assert code == 0, said
    assert says in said
    found = accounts(Store(store))
    assert unbalanced(found) == []
    if name in ("truncated", "garbage"):
        assert sum(found[0].books["records"].quarantined.values()) == 1
