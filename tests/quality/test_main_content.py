"""Main content on pages that people marked: pinned floors, which only rise.

The shipped model has seen these pages; docs/main-content.md has the figures for pages it has not.
So the floors guard the code: a change of walk, features or model that loses content is found here.
"""

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from jobs.inputs.opening import open_source
from jobs.inputs.sources import sources
from pipeline.interleave import Interleave
from pipeline.warc import ReadWarc
from tests.quality.images import name_of

F1, RECALL, PRECISION = 0.93, 0.945, 0.925
HAVE, LACK, IMAGES = 0.96, 0.955, 0.95
PAGES = "pages-open-00003.warc.gz"


@pytest.fixture(scope="module")
def pages(realweb: Path) -> list[pa.RecordBatch]:
    start = sources([str(realweb / PAGES)], None).to_batches()
    return list(ReadWarc(open_source).stream(iter(start)))


def documents(pages: list[pa.RecordBatch]) -> list[dict[str, Any]]:
    columns = ["url", "nodes", "dropped"]
    batches = Interleave().stream(iter(pages))
    rows = [row for batch in batches for row in batch.select(columns).to_pylist()]
    return [row for row in rows if row["dropped"] is None]


def shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return Counter(zip(*(words[at:] for at in range(4)), strict=False))


def main_text(document: dict[str, Any]) -> str:
    return "\n".join(n["text"] for n in document["nodes"] if n["main"] and n["kind"] == "text")


def words_of(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))


def marked(realweb: Path) -> dict[str, dict[str, Any]]:
    with gzip.open(realweb / "gold-open.jsonl.gz", "rt") as lines:
        return {page["url"]: page for page in map(json.loads, lines)}


def test_snippets_and_images(pages: list[pa.RecordBatch], realweb: Path) -> None:
    gold = marked(realweb)
    have, lack, images = [], [], []
    for document in documents(pages):
        page, text = gold.get(document["url"], {}), words_of(main_text(document))
        have += [words_of(each) in text for each in page.get("must_have") or ()]
        lack += [words_of(each) not in text for each in page.get("must_not") or ()]
        shown = [node for node in document["nodes"] if node["kind"] == "image"]
        links = [each["url"] for node in shown for each in node["candidates"] or ()]
        names = {name_of(link) for link in (*links, *(node["image_url"] for node in shown))}
        for image in page.get("images") or ():
            wanted = {name_of(link) for link in image["urls"]} - {""}
            images += [bool(wanted & names)] if wanted else []
    assert min(map(len, (have, lack, images))) > 50
    found = [sum(each) / len(each) for each in (have, lack, images)]
    print("must have {:.4f} must not {:.4f} images {:.4f}".format(*found))
    assert found[0] >= HAVE
    assert found[1] >= LACK
    assert found[2] >= IMAGES


def test_floors(pages: list[pa.RecordBatch], realweb: Path) -> None:
    gold = marked(realweb)
    scores = []
    for document in documents(pages):
        page = gold.get(document["url"], {})
        if page.get("text") and page["kind"] in ("human", "publisher-rules"):
            found, wanted = shingles(main_text(document)), shingles(page["text"])
            if wanted:
                same = (found & wanted).total()
                precision = same / max(found.total(), 1)
                recall = same / wanted.total()
                f1 = 2 * same / (found.total() + wanted.total())
                scores.append((precision, recall, f1))
    assert len(scores) > 100
    precision, recall, f1 = (sum(each) / len(scores) for each in zip(*scores, strict=True))
    print(f"precision {precision:.4f} recall {recall:.4f} F1 {f1:.4f} on {len(scores)} pages")
    assert precision >= PRECISION
    assert recall >= RECALL
    assert f1 >= F1


def test_a_page_is_scored_the_same_beside_any_others(pages: list[pa.RecordBatch]) -> None:
    whole = pages[0].slice(0, 60)
    together = documents([whole])
    alone = documents([whole.slice(at, 1) for at in range(whole.num_rows)])
    assert together == alone


def test_images_have_no_part_in_the_scores_of_text(pages: list[pa.RecordBatch]) -> None:
    batch = pages[0].slice(0, 60)
    bare = [re.sub(rb"(?i)<img\b", b"<nothing ", body or b"") for body in batch["body"].to_pylist()]
    at = batch.schema.get_field_index("body")
    without = batch.set_column(at, batch.schema.field(at), pa.array(bare, pa.large_binary()))
    same = 0
    for with_, other in zip(documents([batch]), documents([without]), strict=True):
        if any(node["kind"] == "image" for node in other["nodes"]):
            continue  # it had more than <img>
        ours = [(n["text"], n["main"]) for n in with_["nodes"] if n["kind"] == "text"]
        theirs = [(n["text"], n["main"]) for n in other["nodes"]]
        if [text for text, _ in ours] == [text for text, _ in theirs]:  # no image divided any
            assert ours == theirs
            same += 1
    assert same > 3
