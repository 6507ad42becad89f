"""A crawl of a few pages with pictures of every released format, and its release."""

import hashlib
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from filters.rules import Recipe, Rule
from jobs.release.shards import write_release, write_tar
from jobs.store import Store
from pipeline.export import Assemble, Choose
from pipeline.stage import chain
from schemas.columns import merged
from schemas.receipt import Book, Receipt
from schemas.shard import SHARD

SCORE = {
    "image_id": pa.string(),
    "unsafe": pa.float32(),
    "shorter_side": pa.int32(),
    "longer_side": pa.int32(),
    "aspect": pa.float32(),
}
FORMATS = ("jpeg", "png", "webp")

SMALL = Rule("small_image", "least(original_width, original_height)", at_least=10)
UNSAFE = Rule("unsafe_image", "unsafe", at_most=0.85)
RECIPE = Recipe(
    name="tiny",
    description="Rules for pages of a test.",
    source="",
    node=(),
    image=(SMALL, UNSAFE),
    document=(Rule("few_words", "words", at_least=2),),
)

JUDGED = pa.schema([pa.field("scores", pa.list_(pa.struct(SCORE)))])
INPUT = pa.schema(
    [
        field
        for field in merged(merged(Choose().reads, Assemble.reads), JUDGED)
        if field.name != "dropped"
    ]
)


def picture(number: int, kind: str, side: int = 16) -> bytes:
    """A picture of one colour, another for every number. Encoded."""
    file = io.BytesIO()
    colour = (number * 37 % 256, number * 91 % 256, 90)
    Image.new("RGB", (side, side + number % 3), colour).save(file, kind.upper())
    return file.getvalue()


def image(number: int, **changes: Any) -> dict[str, Any]:
    """A fetched image as schemas.image has it, with the judge's members."""
    kind = FORMATS[number % 3]
    data = picture(number, kind)
    known = {
        "image_id": f"image{number}",
        "url": f"https://pictures.example/{number}/Blue_Bird-{number}.{kind}?w=1",
        "bytes": data,
        "format": kind,
        "width": 16,
        "height": 16 + number % 3,
        "original_format": kind,
        "original_width": 160,
        "original_height": 160,
        "original_bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "http_status": 200,
        "attempts": 1,
        "dropped": None,
        "unsafe": 0.1,
        "shorter_side": 160,
        "longer_side": 160,
        "aspect": 1.0,
    }
    if changes.get("dropped"):
        known |= dict.fromkeys(("bytes", "format", "width", "height", "unsafe"))
    return known | changes


def text(words: str, tag: str = "p") -> dict[str, Any]:
    """A text node."""
    return {"kind": "text", "tag": tag, "text": words}


def shows(number: int, **changes: Any) -> dict[str, Any]:
    """An image node."""
    about = {
        "alt": f"bird {number}",
        "caption": None,
        "width_attr": "50%",
        "height_attr": "20px",
    }
    node = {"kind": "image", "tag": "img", "image_id": f"image{number}"}
    url = f"https://pictures.example/{number}"
    return node | {"image_url": url} | about | changes


def document(
    number: int,
    nodes: list[dict[str, Any]],
    images: list[dict[str, Any]],
    **changes: Any,
) -> dict[str, Any]:
    """A row as the export pass reads it: a document, its images and their scores."""
    key = hashlib.blake2b(str(number).encode(), digest_size=16).hexdigest()
    scores = [{name: one[name] for name in SCORE} for one in images]
    known = {
        "doc_id": key,
        "url": f"https://site{number % 3}.example/page/{number}",
        "host": f"site{number % 3}.example",
        "fetched_at": datetime(2024, 3, 1, tzinfo=UTC) + timedelta(hours=number),
        "warc_file": "crawl/00000.warc.gz",
        "warc_offset": 1000 * number,
        "title": f"Page {number}" if number % 2 else None,
        "language": "en" if number % 4 else "fr",
        "language_score": 0.9,
        "words": 10 + number,
        "nodes": nodes,
        "images": images,
        "scores": scores,
        "copy_of": None,
    }
    return known | changes


def page(number: int, pictures: int) -> dict[str, Any]:
    """A page with `pictures` pictures between its paragraphs."""
    nodes = [text(f"Title {number}", "h1"), text("Début of the “page”.")]
    images = []
    for place in range(pictures):
        each = 10 * number + place
        images.append(image(each))
        nodes += [shows(each), text(f"What picture {each} shows.")]
    return document(number, nodes, images)


def batch(rows: list[dict[str, Any]]) -> pa.RecordBatch:
    """Rows as one batch with the export pass's columns."""
    return pa.RecordBatch.from_pylist(rows, schema=INPUT)


def released(rows: list[dict[str, Any]], batch_rows: int = 1000) -> pa.Table:
    """The SHARD rows of these documents."""
    cut = [batch(rows[n : n + batch_rows]) for n in range(0, len(rows), batch_rows)]
    stages = (Choose(RECIPE.image, RECIPE.document), Assemble())
    table = pa.Table.from_batches(chain(stages, iter(cut)), Assemble.adds)
    return table.filter(table["dropped"].is_null()).select(SHARD.names).combine_chunks()


def pages(parts: int = 2, rows: int = 7) -> list[list[dict[str, Any]]]:
    """Parts of pages in key order, with one to four pictures each; the last part is empty."""
    made = [
        [page(part * rows + n, 1 + (part + n) % 4) for n in range(rows)] for part in range(parts)
    ]
    return [sorted(part, key=lambda row: row["doc_id"]) for part in made] + [[]]


RECEIPTS = (
    Receipt(
        "read",
        "part-00000",
        books={"records": Book(30, 20, {"not_html": 8}, {"broken_gzip": 2})},
    ),
    Receipt("read", "part-00001", books={"records": Book(5, 5)}),
    Receipt(
        "export",
        "part-00000",
        books={"documents": Book(25, 14, {"near_duplicate": 11})},
    ),
)


def write_parquet(table: pa.Table, path: Path) -> None:
    """Row groups of three; none for no rows: `datasets` stumbles over a group of no rows."""
    with pq.ParquetWriter(path, table.schema) as writer:
        for start in range(0, table.num_rows, 3):
            writer.write_table(table.slice(start, 3).combine_chunks())


def write(folder: Path, parts: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """A whole release of these parts under `folder`/release; gives its manifest."""
    store = Store(str(folder))
    for number, rows in enumerate(parts):
        table = released(rows)
        name = f"part-{number:05d}"
        with store.writing(f"release/parquet/{name}.parquet") as path:
            write_parquet(table, path)
        with (
            store.writing(f"release/webdataset/{name}.tar") as path,
            path.open("wb") as file,
        ):
            write_tar(table.to_batches(), file)
    return write_release(store, RECIPE, {"crawl": "CC-MAIN-2024-10", "host": "x"}, RECEIPTS)
