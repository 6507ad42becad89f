"""What becomes a row of `pictures`, and what is put beside scores."""

from typing import Any

import pyarrow as pa

from filters import alike
from filters.pictures.hash_slots import Radius, words_of
from filters.rules import Rule
from pipeline.copies.pictures_alike import BesideAlike, Pictures
from pipeline.judge import JUDGED
from schemas.columns import missing

FIELDS = tuple(JUDGED.field("scores").type.value_type)
STAGE = Pictures(Radius("phash", 4), (Rule("large", "shorter_side", at_least=100),), FIELDS)
PRESENT = {"dropped": None, "sha256": "ab" * 32, "original_width": 300, "original_height": 200}
SCORE = {"broken": None, "shorter_side": 200, "pdq_quality": 99, "phash": "0123456789abcdef"}

Row = dict[str, Any]


def document(*pictures: Row, copy_of: str | None = None) -> Row:
    named = [{"image_id": f"{n:032x}", **PRESENT, **SCORE, **row} for n, row in enumerate(pictures)]
    return {"part": 3, "doc_id": "d", "copy_of": copy_of, "images": named, "scores": named}


def pictures(*documents: Row) -> list[Row]:
    table = pa.Table.from_pylist(list(documents), STAGE.reads)
    return pa.Table.from_batches(STAGE.stream(iter(table.to_batches())), STAGE.adds).to_pylist()


def test_only_pictures_that_pass_are_rows() -> None:
    rows = pictures(
        document({}, {"dropped": "dns", "sha256": None, "original_width": None}),
        document({}, copy_of="other"),
        document({"broken": "decode_failed"}, {"shorter_side": 99}, {"shorter_side": 100}),
        document(),
    )
    assert [int(row["image_id"], 16) for row in rows] == [0, 2]
    assert rows[0]["area"] == 60_000
    assert rows[0]["hash"] == bytes.fromhex(SCORE["phash"])
    assert rows[0]["node"] == rows[1]["node"]
    assert rows[0]["part"] == 3


def test_a_flat_picture_is_known_by_its_bytes() -> None:
    flat, other, unhashed = pictures(
        document({"pdq_quality": 49}, {"pdq_quality": 49, "sha256": "cd" * 32}, {"phash": None})
    )
    assert flat["hash"] is other["hash"] is unhashed["hash"] is None
    assert flat["slot_0"] is None
    assert flat["node"] == unhashed["node"] != other["node"]


def test_documents_of_which_no_picture_came() -> None:
    assert pictures(document({"dropped": "dns"}), document()) == []
    assert pictures() == []
    slots = STAGE.radius.slots
    assert slots.values(words_of([], 64)).shape == (0, slots.count)


def test_reads_no_bytes() -> None:
    names = [field.name for field in STAGE.reads.field("images").type.value_type]
    assert "bytes" not in names
    assert "original" not in names


def test_beside_scores() -> None:
    told = dict.fromkeys(alike.SHOWN, 7) | {"cluster_id": "c", "image_id": "b"}
    row = {
        "scores": [{"image_id": "a"}, {"image_id": "b"}],
        "picture_clusters": [told],
        "image_set_uses": 4,
    }
    stage = BesideAlike()
    batches = pa.Table.from_pylist([row, {"scores": []}], stage.reads).to_batches()
    first, second = pa.Table.from_batches(stage.stream(iter(batches))).to_pylist()
    one, two = first["scores"]
    assert (one["image_id"], one["cluster_place"], one["cluster_id"]) == ("a", 1, None)
    assert (two["image_id"], two["cluster_place"], two["cluster_id"]) == ("b", 7, "c")
    assert (first["image_set_uses"], first["image_set_place"]) == (4, 1)
    assert second["interleaved_size"] == 1
    schema = next(stage.stream(iter(batches))).schema
    assert missing(schema, stage.adds) == []
