"""The tar, the manifest and the cards."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jobs.release import card
from jobs.release.shards import ReleaseError, write_release, write_tar
from jobs.store import Store
from schemas.receipt import Receipt
from schemas.shard import SHARD
from tests.trainers.tiny_release import RECEIPTS, RECIPE, page, pages, released, text, write


def tar_of(table: pa.Table, rows: int = 1000) -> bytes:
    file = io.BytesIO()
    assert write_tar(table.to_batches(max_chunksize=rows), file) == table.num_rows
    return file.getvalue()


def files(folder: Path) -> dict[str, bytes]:
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_tar_does_not_depend_on_batches() -> None:
    table = released([page(n, 1 + n % 4) for n in range(20)])
    assert tar_of(table, 1) == tar_of(table, 7) == tar_of(table)


def test_tar_holds_the_row() -> None:
    (row,) = released([page(3, 3)]).to_pylist()
    with tarfile.open(fileobj=io.BytesIO(tar_of(released([page(3, 3)])))) as tar:
        members = {member.name: tar.extractfile(member).read() for member in tar.getmembers()}
    key = row["doc_id"]
    assert list(members) == [f"{key}.json", *(picture["path"] for picture in row["pictures"])]
    assert [members[p["path"]] for p in row["pictures"]] == [p["bytes"] for p in row["pictures"]]
    sample = json.loads(members[f"{key}.json"])
    assert sample["fetched_at"] == "2024-03-01T03:00:00+00:00"
    assert sample["nodes"] == row["nodes"]
    assert sample["pictures"][0] == {"member": "0.jpg"} | row["picture_metadata"][0]
    assert b"D\xc3\xa9but" in members[f"{key}.json"]


def test_tar_of_nothing_is_a_tar() -> None:
    with tarfile.open(fileobj=io.BytesIO(tar_of(SHARD.empty_table()))) as tar:
        assert tar.getnames() == []


@pytest.mark.parametrize("key", ["a.b", "a/b", "", None])
def test_a_key_that_readers_would_cut_is_refused(key: str | None) -> None:
    row = page(1, 1) | {"doc_id": key}
    with pytest.raises(ValueError, match="cannot name a sample"):
        tar_of(released([row]))


def test_the_same_parts_give_the_same_release(tmp_path: Path) -> None:
    for name in ("one", "other"):
        write(tmp_path / name, pages())
    assert files(tmp_path / "one") == files(tmp_path / "other")
    assert list(files(tmp_path / "one" / "release")) == [
        "README.md",
        "croissant.json",
        "manifest.json",
        *(f"parquet/part-0000{n}.parquet" for n in range(3)),
        "webdataset/README.md",
        *(f"webdataset/part-0000{n}.tar" for n in range(3)),
    ]


def test_manifest(tmp_path: Path) -> None:
    manifest = write(tmp_path, pages())
    assert manifest == json.loads((tmp_path / "release" / "manifest.json").read_text())
    assert manifest["totals"]["documents"] == 14
    assert manifest["totals"]["pictures"] == sum(s["pictures"] for s in manifest["webdataset"])
    assert manifest["run"] == {"crawl": "CC-MAIN-2024-10"}  # and nothing of the machine
    assert manifest["newest_capture"] == "2024-03-01T13:00:00+00:00"
    assert manifest["languages"] == {"en": 10, "fr": 4}
    assert manifest["members"][:4] == ["0.jpg", "0.png", "0.webp", "1.jpg"]
    assert [shard["samples"] for shard in manifest["webdataset"]] == [7, 7, 0]
    assert [shard["row_groups"] for shard in manifest["parquet"]] == [[3, 3, 1], [3, 3, 1], []]
    assert manifest["parquet"][2]["first"] is None


def test_a_receipt_spares_the_hashing(tmp_path: Path) -> None:
    manifest = write(tmp_path, pages())
    store = Store(str(tmp_path))
    shard = manifest["webdataset"][0]
    receipt = Receipt("tar", "part-00000", shard["samples"], shard["bytes"], "from the receipt")
    store.write_text("receipts/release/webdataset/part-00000.json", receipt.to_json())
    again = write_release(store, RECIPE, {}, RECEIPTS)
    assert again["webdataset"][0]["sha256"] == "from the receipt"
    receipt.bytes += 1
    store.write_text("receipts/release/webdataset/part-00000.json", receipt.to_json())
    with pytest.raises(ReleaseError, match=r"webdataset/part-00000\.tar is not what its receipt"):
        write_release(store, RECIPE, {}, RECEIPTS)


def test_a_release_needs_shards(tmp_path: Path) -> None:
    with pytest.raises(ReleaseError, match="run the export first"):
        write_release(Store(str(tmp_path)), RECIPE, {}, RECEIPTS)
    write(tmp_path, pages())
    (tmp_path / "release/parquet/part-00001.parquet").unlink()
    with pytest.raises(ReleaseError, match="no Parquet part of its name"):
        write_release(Store(str(tmp_path)), RECIPE, {}, RECEIPTS)


def test_a_release_of_nothing_is_a_release(tmp_path: Path) -> None:
    manifest = write(tmp_path, [[], []])
    assert manifest["totals"]["documents"] == 0
    assert manifest["newest_capture"] is None
    card_ = (tmp_path / "release/README.md").read_text()
    assert "none recorded" in card_
    assert "\nlanguage:" not in card_


def test_parquet_alone_is_a_release(tmp_path: Path) -> None:
    write(tmp_path, pages())
    for shard in (tmp_path / "release/webdataset").iterdir():
        shard.unlink()
    manifest = write_release(Store(str(tmp_path)), RECIPE, {}, RECEIPTS)
    assert manifest["webdataset"] == []
    assert not (tmp_path / "release/webdataset/README.md").exists()
    croissant = json.loads((tmp_path / "release/croissant.json").read_text())
    assert {one["@id"] for one in croissant["distribution"] if one["@type"] == "cr:FileSet"} == {
        "parquet-files"
    }


def test_the_card_shows_the_funnel_and_the_rules(tmp_path: Path) -> None:
    write(tmp_path, pages())
    text_ = (tmp_path / "release/README.md").read_text()
    assert "| read | records | 35 | 25 | not_html 8, broken_gzip (unreadable) 2 |" in text_
    assert "| image | unsafe_image | `unsafe` |  | 0.85 |  |" in text_
    assert card.RIGHTS in text_
    assert "{" not in text_.split("```")[0].split("---")[2]  # no field left unfilled


def test_front_matter_is_yaml(tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML comes with datasets")
    write(tmp_path, pages())
    known = yaml.safe_load((tmp_path / "release/README.md").read_text().split("---")[1])
    assert known["license"] == "unknown"
    assert known["language"] == ["en", "fr"]
    assert known["size_categories"] == ["n<1K"]
    assert known["configs"] == [{"config_name": "default", "data_files": "parquet/*.parquet"}]


@pytest.mark.parametrize(
    ("documents", "category"),
    [(0, "n<1K"), (999, "n<1K"), (1000, "1K<n<10K"), (10**9, "n>1B"), (5 * 10**6, "1M<n<10M")],
)
def test_size_category(documents: int, category: str) -> None:
    assert card.size_category(documents) == category


def test_croissant_names_every_file_and_flat_column(tmp_path: Path) -> None:
    manifest = write(tmp_path, pages())
    known = json.loads((tmp_path / "release/croissant.json").read_text())
    assert known["conformsTo"] == "http://mlcommons.org/croissant/1.0"
    assert known["datePublished"] == "2024-03-01"
    hashes = {one["@id"]: one.get("sha256") for one in known["distribution"]}
    for shard in (*manifest["parquet"], *manifest["webdataset"]):
        assert hashes[shard["name"]] == shard["sha256"]
    (records,) = known["recordSet"]
    columns = [field["source"]["extract"]["column"] for field in records["field"]]
    assert columns == [
        name for name in SHARD.names if name not in ("nodes", "pictures", "picture_metadata")
    ]


def test_hostile_text_stays_text(tmp_path: Path) -> None:
    nasty = 'a\u2028"\\ \U0001f600 </script> --- {x} | \x00'
    row: dict[str, Any] = page(1, 1)
    row["title"] = nasty
    row["nodes"].append(text(nasty))
    table = released([row])
    with tarfile.open(fileobj=io.BytesIO(tar_of(table))) as tar:
        sample = json.loads(tar.extractfile(tar.getmembers()[0]).read())
    assert sample["title"] == nasty
    assert sample["nodes"][-1]["text"] == nasty
    assert json.loads(table["general_metadata"][0].as_py())["url"] == row["url"]
