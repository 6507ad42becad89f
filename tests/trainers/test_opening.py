"""The release opens in the tools trainers have, and nothing of ours is imported to read it."""

import gc
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import polars as pl
import pyarrow.parquet as pq
import pytest
from PIL import Image

# webdataset 1.0 leaves a shard's file to the garbage collector.
LEAVES_FILES_OPEN = (
    "ignore::ResourceWarning",
    "ignore::pytest.PytestUnraisableExceptionWarning",
)


@pytest.fixture(scope="module")
def rows(release: Path) -> list[dict[str, Any]]:
    """What is in the Parquet parts, read by pyarrow."""
    parts = sorted((release / "parquet").glob("*.parquet"))
    return [row for part in parts for row in pq.read_table(part).to_pylist()]


@pytest.fixture(scope="module")
def datasets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The library, offline, with its caches in a folder of the test."""
    patch = pytest.MonkeyPatch()
    home = str(tmp_path_factory.mktemp("hf"))
    for name in ("HF_HOME", "HF_DATASETS_CACHE"):
        patch.setenv(name, home)
    patch.setenv("HF_HUB_OFFLINE", "1")
    library = pytest.importorskip("datasets", reason="datasets is not installed")
    patch.setattr(library.config, "HF_DATASETS_CACHE", Path(home))
    yield library
    patch.undo()


def colour(data: bytes) -> tuple[int, ...]:
    return Image.open(io.BytesIO(data)).convert("RGB").getpixel((3, 3))


def near(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    return all(abs(a - b) <= 2 for a, b in zip(one, other, strict=True))


def test_pyarrow_rows_are_whole(rows: list[dict[str, Any]]) -> None:
    assert len(rows) == 14
    for row in rows:
        assert len(row["texts"]) == len(row["images"]) == len(json.loads(row["metadata"]))
        assert all(
            (text is None) != (image is None)
            for text, image in zip(row["texts"], row["images"], strict=True)
        )
        assert len(row["pictures"]) == len(row["picture_metadata"]) > 0
        shown = [node["image"] for node in row["nodes"] if node["kind"] == "image"]
        assert sorted(set(shown)) == list(range(len(row["pictures"])))


def test_pyarrow_resumes_at_any_row_group(release: Path, rows: list[dict[str, Any]]) -> None:
    def documents(
        parts: list[Path], rank: int = 0, world: int = 1, start: int = 0
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        groups = [(part, g) for part in parts for g in range(pq.ParquetFile(part).num_row_groups)]
        for n, (part, group) in enumerate(groups):
            if n % world == rank and n >= start:
                for row in pq.ParquetFile(part).read_row_group(group).to_pylist():
                    yield n, row

    parts = sorted((release / "parquet").glob("*.parquet"))
    assert [row["doc_id"] for _, row in documents(parts)] == [row["doc_id"] for row in rows]
    before = [n for n, _ in documents(parts, 1, 2)]
    for seen in range(len(before)):
        again = [row["doc_id"] for _, row in documents(parts, 1, 2, start=before[seen])]
        whole = [row["doc_id"] for n, row in documents(parts, 1, 2) if n >= before[seen]]
        assert again == whole


def test_every_row_group_is_one_array(release: Path) -> None:
    for part in (release / "parquet").glob("*.parquet"):
        file = pq.ParquetFile(part)
        for group in range(file.num_row_groups):
            table = file.read_row_group(group)
            assert all(column.num_chunks <= 1 for column in table.columns)


def test_duckdb(release: Path, rows: list[dict[str, Any]]) -> None:
    found = duckdb.sql(
        f"SELECT count(*), sum(words), sum(len(pictures)), sum(octet_length(pictures[1].bytes)) "
        f"FROM '{release}/parquet/*.parquet'"
    ).fetchall()
    assert found == [
        (
            len(rows),
            sum(row["words"] for row in rows),
            sum(len(row["pictures"]) for row in rows),
            sum(len(row["pictures"][0]["bytes"]) for row in rows),
        )
    ]


def test_polars(release: Path, rows: list[dict[str, Any]]) -> None:
    frame = pl.scan_parquet(f"{release}/parquet/*.parquet").sort("doc_id").collect()
    assert frame.height == len(rows)
    by_key = sorted(rows, key=lambda row: row["doc_id"])
    assert frame["texts"].to_list() == [row["texts"] for row in by_key]
    first = frame["pictures"].to_list()[0][0]["bytes"]
    assert first == by_key[0]["pictures"][0]["bytes"]


@pytest.mark.parametrize("streaming", [False, True])
@pytest.mark.parametrize("how", ["files", "folder"])
def test_datasets_parquet(
    datasets: Any, release: Path, rows: list[dict[str, Any]], how: str, streaming: bool
) -> None:
    if how == "files":
        files = f"{release}/parquet/*.parquet"
        found = datasets.load_dataset(
            "parquet", data_files=files, split="train", streaming=streaming
        )
    else:
        found = datasets.load_dataset(str(release), split="train", streaming=streaming)
    assert found.features["pictures"].feature == datasets.Image()
    seen = list(found)
    assert [one["doc_id"] for one in seen] == [row["doc_id"] for row in rows]
    assert [one["nodes"] for one in seen] == [row["nodes"] for row in rows]
    for one, row in zip(seen, rows, strict=True):
        for picture, kept in zip(one["pictures"], row["pictures"], strict=True):
            assert near(picture.convert("RGB").getpixel((3, 3)), colour(kept["bytes"]))


@pytest.mark.filterwarnings(*LEAVES_FILES_OPEN)
def test_webdataset(release: Path, rows: list[dict[str, Any]]) -> None:
    library = pytest.importorskip("webdataset", reason="webdataset is not installed")
    shards = [str(shard) for shard in sorted((release / "webdataset").glob("*.tar"))]
    samples = list(library.WebDataset(shards, shardshuffle=False).decode("pil"))
    assert [sample["__key__"] for sample in samples] == [row["doc_id"] for row in rows]
    for sample, row in zip(samples, rows, strict=True):
        assert sample["json"]["nodes"] == row["nodes"]
        assert sample["json"]["title"] == row["title"]
        for about, kept in zip(sample["json"]["pictures"], row["pictures"], strict=True):
            picture = sample[about["member"]]
            assert near(picture.convert("RGB").getpixel((3, 3)), colour(kept["bytes"]))
    gc.collect()  # here, where its warning is expected


@pytest.mark.parametrize("streaming", [False, True])
def test_datasets_webdataset_folder(
    datasets: Any, release: Path, rows: list[dict[str, Any]], streaming: bool
) -> None:
    found = datasets.load_dataset(str(release / "webdataset"), split="train", streaming=streaming)
    check_tar_samples(list(found), rows)


@pytest.mark.parametrize("streaming", [False, True])
def test_datasets_webdataset_files_with_features(
    datasets: Any, release: Path, rows: list[dict[str, Any]], streaming: bool
) -> None:
    features = datasets.load_dataset_builder(str(release / "webdataset")).info.features
    found = datasets.load_dataset(
        "webdataset",
        data_files=f"{release}/webdataset/*.tar",
        features=features,
        split="train",
        streaming=streaming,
    )
    check_tar_samples(list(found), rows)


def check_tar_samples(samples: list[dict[str, Any]], rows: list[dict[str, Any]]) -> None:
    assert [sample["__key__"] for sample in samples] == [row["doc_id"] for row in rows]
    for sample, row in zip(samples, rows, strict=True):
        members = [about["member"] for about in sample["json"]["pictures"]]
        assert sample["json"]["nodes"] == row["nodes"]
        present = {name for name, value in sample.items() if value is not None}
        assert present - {"json", "__key__", "__url__"} == set(members)
        for member, kept in zip(members, row["pictures"], strict=True):
            picture = sample[member].convert("RGB")
            assert near(picture.getpixel((3, 3)), colour(kept["bytes"]))


def test_tar_members_are_whole_and_adjacent(release: Path) -> None:
    for shard in (release / "webdataset").glob("*.tar"):
        with tarfile.open(shard) as tar:
            members = tar.getmembers()
        keys = [member.name.split(".", 1)[0] for member in members]
        changes = sum(1 for a, b in pairwise(keys) if a != b)
        assert changes == max(0, len(set(keys)) - 1)
        assert {(m.mtime, m.uid, m.gid, m.uname, m.mode) for m in members} <= {(0, 0, 0, "", 0o644)}


def test_manifest_tells_the_files(release: Path, rows: list[dict[str, Any]]) -> None:
    manifest = json.loads((release / "manifest.json").read_text())
    assert manifest["totals"]["documents"] == len(rows)
    for shard in (*manifest["parquet"], *manifest["webdataset"]):
        data = (release / shard["name"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (
            shard["bytes"],
            shard["sha256"],
        )
    for shard in manifest["parquet"]:
        file = pq.ParquetFile(release / shard["name"])
        assert file.metadata.num_rows == shard["rows"] == sum(shard["row_groups"])
        ids = file.read(["doc_id"])["doc_id"].to_pylist()
        assert (shard["first"], shard["last"]) == ((ids[0], ids[-1]) if ids else (None, None))


def test_the_code_on_the_card_runs(release: Path, tmp_path: Path) -> None:
    card = (release / "README.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", card, re.DOTALL)
    assert len(blocks) == 6
    end = f"""
rows = [row for _, row in documents(['parquet/part-00000.parquet'])]
assert len(rows) == len(list(remaining(rows))) == 7
seen = next(row for row in rows[1:] if row['picture_metadata'])
image = seen['picture_metadata'][0]['image_id']
file = pathlib.Path({str(tmp_path)!r}) / 'tombstones.json'
file.write_text(json.dumps({{'documents': [rows[0]['doc_id']], 'images': [image]}}))
left = list(remaining(rows, file))
assert [row['doc_id'] for row in left] == [row['doc_id'] for row in rows[1:]]
assert seen['pictures'][0] is None
"""
    environment = os.environ | {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks) + end],
        cwd=release,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    statement = re.search(r"```sql\n(.*?)```", card, re.DOTALL)
    assert statement is not None
    query = statement[1].replace("parquet/", f"{release}/parquet/")
    assert duckdb.sql(query).fetchall()
