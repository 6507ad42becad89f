"""Paragraphs that a site repeats are dropped from all its documents; nothing else moves."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from filters.paragraphs import paragraph_keys
from jobs.on_local import Local
from jobs.plan import Pass, Query
from jobs.store import Store
from jobs.store_tables import scores, shapes
from jobs.table import Table
from jobs.work import write_part
from pipeline import lines
from pipeline.dedup import PART

SCORE_NODES, SCORE_DOCUMENTS = scores(())
SCHEMA = shapes(())["good"][0].append(PART).append(pa.field("copy_of", pa.string()))
MENU, SHORT = "Home About Contact", "Read more"

# host, texts (None: an image), copy_of
PAGES: list[tuple[str, list[str | None], str | None]] = [
    ("a.example", [MENU, None, "First story.", SHORT], None),
    ("a.example", ["home about contact ", "Second story.", None], None),
    ("a.example", [MENU, "Third story.", SHORT, SHORT, SHORT], None),
    ("a.example", [MENU, "First story.", SHORT], "p0"),
    ("b.example", [MENU, "Elsewhere."], None),
    ("b.example", ["Elsewhere, again.", None, MENU], None),
    ("c.example", [], None),
]


def documents() -> pa.RecordBatch:
    rows = []
    for index, (host, texts, copy_of) in enumerate(PAGES):
        nodes = [
            {"kind": "image", "image_id": "i"} if text is None else {"kind": "text", "text": text}
            for text in texts
        ]
        rows.append(
            {"doc_id": f"p{index}", "host": host, "nodes": nodes, "copy_of": copy_of, "part": 0}
        )
    batch = pa.RecordBatch.from_pylist(rows, SCHEMA)
    (scored,) = SCORE_NODES.stream(iter([batch]))
    (scored,) = SCORE_DOCUMENTS.stream(iter([scored]))
    return scored


def repeated(folder: Path, most: int) -> dict[str, list[int]]:
    """doc_id -> paragraphs of it that more than `most` documents of its host hold."""
    store = Store(str(folder))
    table = Table(store, "paragraphs", lines.PARAGRAPH)
    step = Pass("paragraphs", table.rows(), (), table, unit=None)
    rows = lines.Paragraphs().stream(iter([documents()]))
    write_part(step, "part-00000", rows, started=0.0)
    out = Table(store, "repeated", lines.PARAGRAPH)
    sql = lines.REPEATED.replace("{most}", str(most))
    query = Query("repeats", (("paragraphs", table),), sql, out, ("doc_id", "paragraph"), table)
    assert sum(receipt.rows for receipt in Local(1).query(query))
    found: dict[str, list[int]] = {}
    for batch in out.read("part-00000"):
        for row in batch.to_pylist():
            found.setdefault(row["doc_id"], []).append(row["paragraph"])
    return found


def marked(folder: Path, most: int) -> list[dict[str, Any]]:
    found, batch = repeated(folder, most), documents()
    lists = [found.get(doc_id) for doc_id in batch["doc_id"].to_pylist()]
    batch = batch.append_column("repeated_paragraphs", pa.array(lists, pa.list_(pa.int64())))
    (out,) = lines.DropRepeated(SCORE_DOCUMENTS).stream(iter([batch]))
    return out.to_pylist()


@pytest.mark.parametrize(
    ("most", "left"),
    [
        # The menu is in three documents of a.example, "Read more" in two that are no copies.
        (2, [[None, "First story.", SHORT], ["Second story.", None]]),
        (1, [[None, "First story."], ["Second story.", None]]),
    ],
)
def test_what_is_left(most: int, left: list[list[str | None]], tmp_path: Path) -> None:
    rows = marked(tmp_path, most)
    kept = [[n["text"] for n in row["nodes"] if n["dropped"] is None] for row in rows]
    assert kept[:2] == left
    others = [MENU, "Elsewhere."] if most == 2 else ["Elsewhere."]
    assert kept[4] == others
    assert kept[6] == []
    for row, (_, texts, _) in zip(rows, PAGES, strict=True):
        assert [node["text"] for node in row["nodes"]] == texts, "no text is rewritten"
        assert {node["dropped"] for node in row["nodes"]} <= {None, "repeated_paragraph"}


def test_signals_are_those_of_what_is_left(tmp_path: Path) -> None:
    rows = marked(tmp_path, 2)
    assert [row["words"] for row in rows[:2]] == [4, 2]
    assert [(row["text_nodes"], row["image_nodes"]) for row in rows[:2]] == [(2, 1), (1, 1)]


def test_a_copy_repeats_nothing(tmp_path: Path) -> None:
    """ "First story." is in two documents, one of them a copy: it stays with most = 1."""
    assert "First story." in [
        n["text"] for n in marked(tmp_path, 1)[0]["nodes"] if not n["dropped"]
    ]


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (("Read more", "a.example"), ("read more ", "a.example"), True),
        (("Read more", "a.example"), ("Read more", "b.example"), False),
        (("a.example", "b.example"), ("b.example", "a.example"), False),
        (("x", None), ("x", ""), True),
    ],
)
def test_keys(a: tuple[str, str | None], b: tuple[str, str | None], same: bool) -> None:
    texts, hosts = (pa.array(each, pa.string()) for each in zip(a, b, strict=True))
    keys = paragraph_keys(texts, hosts).to_pylist()
    assert (keys[0] == keys[1]) == same


@pytest.mark.parametrize("text", [None, "", " \n\u00a0"])
def test_nothing_has_no_key(text: str | None) -> None:
    texts = pa.array([text], pa.string())
    assert paragraph_keys(texts, pa.array(["h"])).to_pylist() == [None]
