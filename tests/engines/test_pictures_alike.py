"""Pictures and documents alike: the same answer on every engine, for any parts and any order."""

import hashlib
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from filters.pictures.hash_slots import BITS, Radius
from filters.pictures.image_hashes import distance
from filters.rules import Rule
from jobs import runs
from jobs.plan import Flow, Pass, check, part_name
from jobs.steps import picture_duplicates
from jobs.steps.picture_duplicates import Alike
from jobs.store import Store
from jobs.store_tables import Tables
from jobs.work import write_part
from tests.engines.conftest import local

pytestmark = pytest.mark.timeout(300)

PDQ, PHASH = Alike(), Alike(Radius("phash", 8))
LARGE = (Rule("large", "original_width", at_least=100),)
CHAIN, GIANT, EQUAL = 60, 100, 80
WORDS = ["".join(random.Random(n).choices("bcdfgaeiou", k=2 + n % 7)) + str(n) for n in range(900)]
TEXT = " ".join(WORDS[:200])

Row = dict[str, Any]


def name(*what: object) -> str:
    return hashlib.sha256(repr(what).encode()).hexdigest()


def hexadecimal(kind: str, bits: int) -> str:
    return f"{bits:0{BITS[kind] // 4}x}"


def walk(kind: str, count: int, step: int) -> list[int]:
    """Each hash `step` bits from the one before."""
    draw = random.Random(step)
    words = [draw.getrandbits(BITS[kind])]
    while len(words) < count:
        word = words[-1]
        for bit in draw.sample(range(BITS[kind]), step):
            word ^= 1 << bit
        words.append(word)
    return words


def picture(bits: dict[str, int], file: str, width: int = 200, **other: Any) -> Row:
    """A picture of these hashes; `file` names its bytes."""
    hashes = {kind: hexadecimal(kind, bits[kind]) for kind in bits}
    row = {"sha256": name(file), "original_width": width, "original_height": 100, "dropped": None}
    return row | {"pdq_quality": 100, "broken": None, "dhash": "0" * 16} | hashes | other


def document(key: str, pictures: list[Row], text: str, **other: Any) -> Row:
    doc_id = name("document", key)[:32]
    links = [f"{key} {n}" for n in range(len(pictures))]
    day = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(days=len(key) % 9)
    row = {
        "doc_id": doc_id,
        "fetched_at": day,
        "quality": float(len(text.split())),
        "copy_of": None,
    }
    images = [
        {"image_id": name(link)[:32], **picture}
        for link, picture in zip(links, pictures, strict=True)
    ]
    return row | {"nodes": [{"kind": "text", "text": text}], "images": images} | other


def varied(seed: int, share: float) -> str:
    draw = random.Random(seed)
    return " ".join(draw.choice(WORDS) if draw.random() < share else w for w in TEXT.split())


@cache
def corpus() -> dict[str, list[Row]]:
    """Trap -> its documents."""
    draw = random.Random(5)
    hashes = {kind: [draw.getrandbits(BITS[kind]) for _ in range(200)] for kind in ("pdq", "phash")}
    words = iter(zip(*hashes.values(), strict=True))

    def new() -> dict[str, int]:
        return dict(zip(hashes, next(words), strict=True))

    def one(trap: str, pictures: list[Row]) -> list[Row]:
        return [
            document(f"{trap} {n}", [each], f"{trap} {n} " * 9) for n, each in enumerate(pictures)
        ]

    steps = zip(walk("pdq", CHAIN, 24), walk("phash", CHAIN, 6), strict=True)
    links = [dict(zip(hashes, both, strict=True)) for both in steps]
    base, same, shown = new(), new(), [new() for _ in range(5)]
    near = [{kind: base[kind] ^ 1 << n % 60 ^ 1 << n // 60 for kind in base} for n in range(GIANT)]
    alone = [picture(new(), f"alone {n}") for n in range(30)]
    broken = picture(base, "gray", pdq_quality=3)
    shared = [picture(each, f"shown {n}", 300 + n) for n, each in enumerate(shown)]
    other = [each | {"sha256": name("other", n)} for n, each in enumerate(shared)]
    return {
        "giant": one("giant", [picture(w, f"giant {n}", 900 - n) for n, w in enumerate(near)]),
        "chain": one("chain", [picture(bits, f"chain {n}") for n, bits in enumerate(links)]),
        "equal": one("equal", [picture(same, "equal")] * EQUAL),
        "alone": one("alone", alone),
        "no hash": one("no hash", [broken, broken, broken | {"sha256": name("another")}]),
        "no picture": [
            document("none", [], "nothing to see"),
            document("lost", [picture(same, "equal", dropped="dns")], "lost"),
            document("broken", [picture(same, "equal", broken="decode_failed")], "broken"),
            document("copy", [picture(same, "equal")], "copy", copy_of="another"),
            document("small", [picture(same, "equal", 90)], "small"),
        ],
        "both": [
            document("both", shared[:4], TEXT),
            document("both'", other[:3] + alone[:1], varied(1, 0.03)),
            document("text only", alone[1:3], varied(2, 0.03)),
            document("pictures only", shared[:4], " ".join(WORDS[500:])),
            document("one of many", [*shared[:1], *alone[3:8]], TEXT),
        ],
        "same set": [
            document("set", shared[3:], "a set")
            | {
                "doc_id": name(n)[:32],
                "quality": float(n % 3),
                "nodes": [{"kind": "text", "text": str(n)}],
            }
            for n in range(6)
        ],
    }  # fmt: skip


def everyone() -> list[Row]:
    return [row for rows in corpus().values() for row in rows]


def written(store: Store, rows: list[Row], parts: int) -> dict[str, Any]:
    """The tables that the steps read."""
    at = Tables(store, ())
    scores = pa.schema(at.judged.schema.field("scores").type.value_type).names
    for index in range(parts):
        mine = sorted(rows[index::parts], key=lambda row: row["doc_id"])
        judged = [
            {
                "doc_id": row["doc_id"],
                "scores": [{n: image.get(n) for n in scores} for image in row["images"]],
            }
            for row in mine
        ]
        lines = [{**row, "part": index} for row in mine]
        copies = [row for row in lines if row["copy_of"]]
        for table, content in (
            (at.lines, lines), (at.images, mine), (at.judged, judged), (at.clusters, copies)
        ):  # fmt: skip
            batches = pa.Table.from_pylist(content, table.schema).to_batches()
            step = Pass("made", table.rows(), (), table, unit=None)
            write_part(step, part_name(index), iter(batches), started=0.0)
    return {each: getattr(at, each) for each in ("lines", "images", "judged", "clusters")}


def found(
    folder: Path, engine: Any, rows: list[Row], parts: int, alike: Alike = PDQ
) -> tuple[list[Row], list[Row]]:
    """Run the steps; pictures and documents with their numbers, by their keys, parts left out."""
    store = Store(str(folder))
    made = written(store, rows, parts)
    at = Tables(store, ())
    tables = {each: getattr(at, each) for each in picture_duplicates.SHAPES}
    read = made["lines"].beside(made["images"], made["judged"]).marked(made["clusters"], "copy_of")
    flow = Flow(picture_duplicates.steps(read, tables, alike, LARGE))
    check(flow)
    assert runs.execute(flow, engine, lambda _: None) == []
    out = []
    for table in (tables["picture_clusters"], tables["together"]):
        told = []
        for index in range(parts):
            ids = {row["doc_id"] for row in rows[index::parts]}
            for batch in table.read(part_name(index)):
                assert set(batch["doc_id"].to_pylist()) <= ids
                told += batch.drop_columns(["part"]).to_pylist()
        out.append(sorted(told, key=lambda row: (row["doc_id"], row.get("image_id", ""))))
    return out[0], out[1]


@cache
def expected(alike: Alike, folder: str) -> tuple[list[Row], list[Row]]:
    return found(Path(folder), local(), everyone(), 3, alike)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("expected")


def of(trap: str, told: list[Row]) -> list[Row]:
    ids = {row["doc_id"] for row in corpus()[trap]}
    return [row for row in told if row["doc_id"] in ids]


@pytest.mark.parametrize("alike", [PDQ, PHASH], ids=lambda alike: alike.radius.hash)
def test_traps(alike: Alike, folder: Path) -> None:
    pictures, _ = expected(alike, str(folder / alike.radius.hash))
    for trap, size, uses in (
        ("giant", GIANT, GIANT), ("chain", CHAIN, CHAIN), ("equal", 1, EQUAL), ("alone", 1, None)
    ):  # fmt: skip
        told = of(trap, pictures)
        assert len(told) == len(corpus()[trap])
        assert {row["cluster_size"] for row in told} == {size}, trap
        if uses:
            assert len({row["cluster_id"] for row in told}) == 1
            assert {row["cluster_uses"] for row in told} == {uses}
            assert sorted(row["cluster_place"] for row in told) == list(range(1, uses + 1))
    assert {row["bytes_uses"] for row in of("equal", pictures)} == {EQUAL}
    assert {row["bytes_uses"] for row in of("giant", pictures)} == {1}
    # Links of the chain are near each other, its ends are not.
    kind = alike.radius.hash
    chain = [row["images"][0][kind] for row in corpus()["chain"]]
    assert distance(chain[0], chain[1]) <= alike.radius.bits < distance(chain[0], chain[-1])
    # Without a hash, a picture is known by its bytes; without a picture there is no row.
    assert sorted(row["cluster_uses"] for row in of("no hash", pictures)) == [1, 2, 2]
    assert of("no picture", pictures) == []


def test_the_best_copy_is_the_largest_then_the_smallest_sha256(folder: Path) -> None:
    pictures, _ = expected(PDQ, str(folder / "pdq"))
    rows = {image["image_id"]: (row, image) for row in everyone() for image in row["images"]}
    clusters: dict[str, list[Row]] = {}
    for row in pictures:
        clusters.setdefault(row["cluster_id"], []).append(row)
    for cluster_id, cluster in clusters.items():

        def rank(row: Row) -> tuple[Any, ...]:
            image = rows[row["image_id"]][1]
            return -image["original_width"], image["sha256"], row["doc_id"], row["image_id"]

        ordered = sorted(cluster, key=rank)
        assert [row["cluster_place"] for row in ordered] == list(range(1, len(cluster) + 1))
        best = ordered[0]
        assert {(row["best_doc_id"], row["best_image_id"]) for row in cluster} == {
            (best["doc_id"], best["image_id"])
        }
        files = {rows[row["image_id"]][1]["sha256"] for row in cluster}
        assert cluster_id == min(files)
        assert {row["cluster_size"] for row in cluster} == {len(files)}


def test_documents_alike_in_text_and_pictures(folder: Path) -> None:
    _, documents = expected(PDQ, str(folder / "pdq"))
    both = {row["doc_id"]: row for row in of("both", documents)}
    ids = [row["doc_id"] for row in corpus()["both"]]
    assert [both[doc_id]["interleaved_size"] for doc_id in ids] == [2, 2, 1, 1, 1]
    assert both[ids[0]]["interleaved_id"] == both[ids[1]]["interleaved_id"] == min(ids[:2])
    words = {row["doc_id"]: row["quality"] for row in corpus()["both"]}
    best = min(ids[:2], key=lambda doc_id: (-words[doc_id], doc_id))
    assert both[best]["interleaved_place"] == 1
    assert both[ids[0]]["interleaved_best"] == both[ids[1]]["interleaved_best"] == best


def test_the_same_set_of_links(folder: Path) -> None:
    _, documents = expected(PDQ, str(folder / "pdq"))
    told = of("same set", documents)
    assert {row["image_set_uses"] for row in told} == {6}
    assert sorted(row["image_set_place"] for row in told) == [1, 2, 3, 4, 5, 6]
    words = {row["doc_id"]: row["quality"] for row in corpus()["same set"]}
    best = min(words, key=lambda doc_id: (-words[doc_id], doc_id))
    assert {row["image_set_best"] for row in told} == {best}
    assert {row["image_set_uses"] for row in of("giant", documents)} == {1}


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_any_order_any_parts(parts: int, folder: Path, tmp_path: Path) -> None:
    rows = everyone()
    random.Random(parts).shuffle(rows)
    assert found(tmp_path, local(), rows, parts) == expected(PDQ, str(folder / "pdq"))


@pytest.fixture(scope="module")
def halves(tmp_path_factory: pytest.TempPathFactory) -> tuple[Alike, list[Row], list[Row]]:
    """A store of every other document, who compares with it, and the pictures it finds new."""
    root, folder = tmp_path_factory.mktemp("old"), tmp_path_factory.mktemp("new")
    found(root, local(), everyone()[::2], 2, PHASH)
    against = replace(PHASH, against=(str(root),))
    return against, *found(folder, local(), everyone()[1::2], 3, against)


def test_against_an_old_store(halves: tuple[Alike, list[Row], list[Row]], folder: Path) -> None:
    """All is as if both were one crawl, but that what is old comes first."""
    whole, _ = expected(PHASH, str(folder / "phash"))
    old = {row["doc_id"] for row in everyone()[::2]}
    new = {(row["doc_id"], row["image_id"]): row for row in halves[1]}
    theirs = {(row["doc_id"], row["image_id"]) for row in whole if row["doc_id"] not in old}
    assert set(new) == theirs
    assert len(new) > 100
    clusters: dict[str, list[Row]] = {}
    for row in whole:
        clusters.setdefault(row["cluster_id"], []).append(row)
    for cluster in clusters.values():
        cluster.sort(key=lambda row: (row["doc_id"] not in old, row["cluster_place"]))
        for place, row in enumerate(cluster, 1):
            if row["doc_id"] not in old:
                told = new[row["doc_id"], row["image_id"]]
                assert told["cluster_place"] == place
                assert told["best_image_id"] == cluster[0]["image_id"]
                for name_ in ("cluster_id", "cluster_size", "cluster_uses", "bytes_uses"):
                    assert told[name_] == row[name_]
    bytes_first = [row for row in halves[1] if row["bytes_place"] == 1]
    assert not {row["image_id"] for row in of("equal", bytes_first)}


def test_a_run_without_pictures(tmp_path: Path) -> None:
    assert found(tmp_path, local(), corpus()["no picture"], 2) == ([], [])


def test_slots_in_shards(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a web of pictures would need: many parts of a slot, and rows that visit others'."""
    monkeypatch.setattr(picture_duplicates, "ROWS_PER_PART", 6)
    assert found(tmp_path, local(), everyone(), 2, PHASH) == expected(PHASH, str(folder / "phash"))
    parts = Store(str(tmp_path)).names("receipts/hash_slots")
    assert len(parts) >= 32 * PHASH.radius.slots.count, "32 shards of a slot"


@pytest.mark.parametrize(
    ("engine", "parts", "alike"),
    [("spark", 2, PHASH), ("on_ray", 7, PDQ)],
    ids=["spark", "ray"],
)
def test_engines(
    engine: str, parts: int, alike: Alike, folder: Path, tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:  # fmt: skip
    rows = everyone()
    random.Random(parts).shuffle(rows)
    there = request.getfixturevalue(engine)
    told = found(tmp_path, there, rows, parts, alike)
    assert told == expected(alike, str(folder / alike.radius.hash))


def test_against_an_old_store_on_spark(
    spark: Any, halves: tuple[Alike, list[Row], list[Row]], tmp_path: Path
) -> None:
    assert found(tmp_path, spark, everyone()[1::2], 3, halves[0]) == halves[1:]
