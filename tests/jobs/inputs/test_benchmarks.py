"""Decontamination end to end, and benchmarks that cannot be read."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from filters import contamination
from jobs.inputs import benchmark_files, benchmarks
from jobs.inputs.sources import SourceError
from jobs.run import main
from jobs.store import Store, read_run
from jobs.store_tables import Tables
from jobs.table import Table
from tests.attacks.server import PNG

RULES = """
[[document]]
name = "benchmark"
value = "contaminated_ngrams"
at_most = 0

[[image]]
name = "benchmark_picture"
value = "benchmark_distance"
at_least = 32
missing = "keep"
"""


def rows(table: Table) -> list[dict]:
    return [row for part in table.parts() for b in table.read(part) for row in b.to_pylist()]


def recipe(folder: Path, rules: str, capsys: pytest.CaptureFixture[str]) -> str:
    main(["recipe", "show", "obelics"])
    path = folder / "mine.toml"
    path.write_text(capsys.readouterr().out + rules)
    return str(path)


def run(recipe: str, store: Path, files: list[Path], proxy: str, *more: str) -> int:
    inputs = ["--input", *map(str, files), "--workers", "1", "--proxy", proxy]
    return main(["run", recipe, *inputs, "--store", str(store), *more])


@pytest.fixture(scope="module")
def plain(crawl_files, tmp_path_factory) -> Tables:
    """The mini-web curated without benchmarks."""
    from jobs.miniweb import web

    store = tmp_path_factory.mktemp("plain") / "store"
    with web.serve() as proxy:
        assert run("obelics", store, crawl_files[:1], proxy) == 0
    return Tables(Store(str(store)))


def test_what_a_benchmark_holds_is_left_out(plain, crawl_files, mini_web, tmp_path, capsys) -> None:
    released = rows(plain.release)
    texts = [t for t in released[0]["texts"] if t and len(t.split()) >= 20]
    picture = next(picture for row in released[1:] for picture in row["pictures"])
    url = next(m["url"] for row in released[1:] for m in row["picture_metadata"])
    (tmp_path / "quiz.jsonl").write_text(
        json.dumps({"question": f"Complete: {texts[0][:400]}", "answer": ["yes", {"b": ["no"]}]})
    )
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "seen.jpg").write_bytes(picture["bytes"])
    (folder / "notes.txt").write_text("no picture")
    mine = recipe(tmp_path, RULES, capsys)
    given = ["--benchmarks", str(tmp_path / "quiz.jsonl"), "--benchmark-fields", "question"]
    given += ["--benchmark-images", str(folder)]
    store = tmp_path / "store"
    assert run(mine, store, crawl_files[:1], mini_web, *given) == 0
    at = Tables(Store(str(store)))
    verdicts = {row["doc_id"]: row for row in rows(at.verdicts)}
    hit = verdicts[released[0]["doc_id"]]
    assert hit["contaminated_by"] == "quiz"
    assert hit["contaminated_ngrams"] >= hit["contaminated_words"] - 12 > 0
    assert hit["failed"] == ["benchmark"]
    index = benchmarks.openers_of(at.store).index()
    for row in rows(at.hosts):
        text = "\n\n".join(n["text"] for n in row["nodes"] if n["kind"] == "text")
        assert row["contaminated_ngrams"] == index.counts(pa.array([text]))[0, 0] == 0
    again = {row["doc_id"]: row for row in rows(at.release)}
    assert released[0]["doc_id"] not in again
    images = [i for row in rows(at.choices) for i in row["links"] or ()]
    dropped = [i for i in images if i["dropped"] == "benchmark_picture"]
    assert url in {i["url"] for i in dropped}
    judged = [score for row in rows(at.judged) for score in row["scores"]]
    assert {s["benchmark_picture"] for s in judged} == {None, "seen.jpg"}
    capsys.readouterr()
    assert main(["explain", str(store), released[0]["url"]]) == 0
    assert "quiz, item 1: " in capsys.readouterr().out
    assert main(["status", str(store)]) == 0
    said = capsys.readouterr().out
    assert "13-grams of quiz (1 items, 0 too short to look for); 1 pictures" in said
    # A recut carries the benchmarks along; without the rules it is as if nobody had asked.
    assert main(["recut", str(store), "--recipe", "obelics", "--proxy", mini_web]) == 0
    recut = Tables(Store(f"{store}-obelics_code"))
    assert benchmarks.openers_of(recut.store).index().digest() == index.digest()
    assert [r["doc_id"] for r in rows(recut.release)] == [r["doc_id"] for r in released]
    assert run(mine, store, crawl_files[:1], mini_web) == 2
    assert "benchmarks: 1" not in capsys.readouterr().out


def test_a_rule_without_benchmarks_is_refused(
    plain, crawl_files, mini_web, tmp_path, capsys
) -> None:
    mine = recipe(tmp_path, RULES, capsys)
    assert run(mine, tmp_path / "store", crawl_files, mini_web) == 2
    said = capsys.readouterr().err
    assert "give it with: interleaf run --benchmark" in said
    assert said.count("\n") == 1
    root = plain.store.root
    assert main(["recut", root, "--recipe", mine, "--store", str(tmp_path / "b")]) == 2
    assert "give it with: interleaf run --benchmark" in capsys.readouterr().err
    assert read_run(plain.store)["benchmarks"] is None


def test_forms_of_a_benchmark(tmp_path) -> None:
    items = ["one item\nof two lines", "another"]
    rows_ = [{"text": item, "n": 1} for item in items]
    pq.write_table(pa.Table.from_pylist(rows_), tmp_path / "a.parquet")
    (tmp_path / "b.jsonl").write_text("".join(json.dumps(row) + "\n\n" for row in rows_))
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress((tmp_path / "b.jsonl").read_bytes()))
    (tmp_path / "d.txt").write_text("one item\n \nanother\n")
    files = sorted(map(str, tmp_path.iterdir()), reverse=True)
    found = {
        name: [i.strip() for i in a.to_pylist()] for name, a in benchmark_files.texts(files, ())
    }
    assert found == {"a": items, "b": items, "c": items, "d": ["one item", "another"]}
    one = benchmarks.read([files[0]], (), 13, ()).said["texts"]
    assert (one["items"], one["too_short"], one["ngrams"]) == ({"d": 2}, {"d": 2}, 0)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.jsonl", b'{"question": "x"}\n', "has no field text but question; name what"),
        ("a.jsonl", b'{"text": "x"}\n{"text": \n', "a.jsonl:2: is no JSON"),
        ("a.jsonl", b"[1]\n", "a.jsonl:1: is no JSON object"),
        ("a.jsonl", b"", "has no item"),
        ("a.parquet", b"PAR1 and no more", "cannot read the benchmark"),
        ("a.jsonl.gz", b"no gzip", "cannot read the benchmark"),
        ("a.txt", b"\xff\xfe\xff", "cannot read the benchmark"),
        ("a.txt", None, "cannot read the benchmark"),
    ],
)
def test_broken_benchmarks(name, data, says, tmp_path) -> None:
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(SourceError, match=says) as error:
        benchmarks.read([str(path)], (), 13, ())
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.png", PNG[:60], "is a broken picture"),
        ("a.txt", b"0123\n", "a.txt:1: '0123' is no PDQ hash"),
        ("a.bin", b"\xff\xfe\xff", "neither a picture nor a text"),
        ("folder", None, "cannot read|holds no picture"),
    ],
)
def test_broken_pictures(name, data, says, tmp_path) -> None:
    path = tmp_path / name
    if data is None:
        path.mkdir()
    else:
        path.write_bytes(data)
    with pytest.raises(SourceError, match=says):
        benchmarks.read((), (), 13, [str(path)])


def test_two_benchmarks_of_one_name(tmp_path) -> None:
    (tmp_path / "a.txt").write_text("x")
    with pytest.raises(SourceError, match="two benchmarks are called 'a'"):
        benchmark_files.texts([str(tmp_path / "a.txt")] * 2, ())


def test_hashes_are_read_with_their_names(tmp_path) -> None:
    path = tmp_path / "known.txt"
    path.write_text(f"# PDQ\n{'0' * 64},a cat, black\n{'F' * 64}\n")
    found, flat = benchmark_files.pictures([str(path)])
    assert (found, flat) == ([("0" * 64, "a cat, black"), ("f" * 64, "known.txt:3")], 0)


def test_names_of_signals_are_the_set() -> None:
    from filters.measures import chosen

    (each,) = (s for s in chosen(["benchmarks"]) if s.name == "benchmarks")
    assert each.document[0].gives == contamination.SIGNALS
