"""Documents and their pictures as trainers read them: rows of schemas.shard."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import obelics
from pipeline.choose import VERDICT, scores
from pipeline.nested import Opened, opened
from pipeline.stage import Batches, with_columns
from schemas.columns import column
from schemas.document import NODE, nodes_with
from schemas.image import IMAGES
from schemas.shard import EXTENSIONS, LINK, PICTURE, PICTURE_METADATA, ROWS_PER_GROUP, SHARD

# An image that was good but whose document was not.
DOCUMENT_DROPPED = "document_dropped"

_LINKS = column("links", pa.list_(pa.struct(list(LINK))), "every image link and its verdict")

_READ_NODE = (
    "kind", "tag", "text", "image_id", "alt", "caption", "width_attr", "height_attr",
)  # fmt: skip
_READ_DOCUMENT = (
    "doc_id", "url", "host", "fetched_at", "warc_file", "warc_offset", "title",
    "language", "language_score", "words",
)  # fmt: skip


@dataclass(frozen=True)
class Assemble:
    """Documents with their pictures, as released.

    A kept document's row has all of SHARD, its image nodes whose picture was dropped gone, its
    pictures in the order of the nodes. A dropped one's has only its flat columns. `links` lists
    every image link with its verdict. Rows keep their order.
    """

    reads = pa.schema(
        [
            *(SHARD.field(name) for name in _READ_DOCUMENT),
            nodes_with(*(NODE.field(name) for name in _READ_NODE)).field(0),
            IMAGES.field("images"),
            scores(pa.field("unsafe", pa.float32())),
            VERDICT,
        ]
    )
    adds = pa.schema([*SHARD, VERDICT, _LINKS], SHARD.metadata)
    replaces = True

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            # Small enough that no column of the slice reaches the 2 GiB of a binary array.
            for start in range(0, batch.num_rows, ROWS_PER_GROUP):
                yield _assembled(batch.slice(start, ROWS_PER_GROUP))


@dataclass(frozen=True)
class _Content:
    """One document's lists; `order` (pictures,): where each lies among the batch's images."""

    columns: dict[str, Any]
    order: list[int]


_NOTHING = _Content(
    {"texts": [], "images": [], "metadata": "[]", "nodes": [], "picture_metadata": []},
    [],
)


def _assembled(batch: pa.RecordBatch) -> pa.RecordBatch:
    images, nodes = opened(batch["images"]), opened(batch["nodes"])
    documents = batch.select([*_READ_DOCUMENT, "dropped"]).to_pylist()
    flat_nodes = nodes.flat.select(list(_READ_NODE)).to_pylist()
    shown = [name for name in images.flat.schema.names if name != "bytes"]
    flat_images = with_columns(
        images.flat.select(shown), {"unsafe": opened(batch["scores"]).flat["unsafe"]}
    ).to_pylist()
    node_ends, image_ends = np.cumsum(nodes.lengths), np.cumsum(images.lengths)
    contents = []
    for row, document in enumerate(documents):
        of_nodes = slice(node_ends[row] - nodes.lengths[row], node_ends[row])
        kept = {
            flat_images[index]["image_id"]: index
            for index in range(image_ends[row] - images.lengths[row], image_ends[row])
            if flat_images[index]["dropped"] is None
        }
        if document["dropped"] is None:
            contents.append(_content(document, flat_nodes[of_nodes], kept, flat_images))
        else:
            contents.append(_NOTHING)
    columns = {name: batch[name] for name in _READ_DOCUMENT}
    columns |= {
        name: pa.array([content.columns[name] for content in contents], SHARD.field(name).type)
        for name in _NOTHING.columns
    }
    page = [obelics.as_json(obelics.page_facts(document)) for document in documents]
    columns["general_metadata"] = pa.array(page, pa.string())
    columns["pictures"] = _pictures(batch["doc_id"].to_pylist(), contents, images)
    columns["links"] = _links(images, batch["dropped"])
    columns["dropped"] = batch["dropped"]
    arrays = [columns[field.name].cast(field.type) for field in Assemble.adds]
    return pa.RecordBatch.from_arrays(arrays, schema=Assemble.adds)


def _content(
    document: Mapping[str, Any],
    nodes: Sequence[Mapping[str, Any]],
    kept: Mapping[str, int],
    images: Sequence[Mapping[str, Any]],
) -> _Content:
    """Everything of one document but the bytes; `kept` leads from image_id into `images`."""
    places: dict[str, int] = {}
    released, facts, about = [], [], []
    for node in nodes:
        place = None
        if node["kind"] == "image":
            image_id = node["image_id"]
            if image_id not in kept:
                continue
            image = images[kept[image_id]]
            if image_id not in places:
                places[image_id] = len(places)
                facts.append(obelics.image_facts(document["url"], node, image))
                known = image | {"alt": node["alt"], "caption": node["caption"]}
                about.append({name: known[name] for name in PICTURE_METADATA.names})
            place = places[image_id]
        elif not node["text"]:
            continue
        text = None if place is not None else node["text"]
        released.append({"kind": node["kind"], "tag": node["tag"], "text": text, "image": place})
    texts, addresses, metadata = obelics.interleaved(released, facts)
    columns = {
        "texts": texts,
        "images": addresses,
        "metadata": obelics.as_json(metadata),
        "nodes": released,
        "picture_metadata": about,
    }
    return _Content(columns, [kept[image_id] for image_id in places])


def _pictures(keys: list[str], contents: list[_Content], images: Opened) -> pa.ListArray:
    order = [index for content in contents for index in content.order]
    data = images.flat["bytes"].take(pa.array(order, pa.int64())).cast(pa.binary())
    names = [
        f"{key}.{place}.{EXTENSIONS.get(about['format'], about['format'])}"
        for key, content in zip(keys, contents, strict=True)
        for place, about in enumerate(content.columns["picture_metadata"])
    ]
    flat = pa.RecordBatch.from_arrays([data, pa.array(names, pa.string())], schema=PICTURE)
    lengths = np.array([len(content.order) for content in contents], np.int32)
    return Opened(flat, lengths).closed()


def _links(images: Opened, dropped: pa.StringArray) -> pa.ListArray:
    gone = pc.is_valid(dropped).to_numpy(zero_copy_only=False)[images.rows]
    none = pa.nulls(len(gone), pa.string())
    implied = pc.if_else(pa.array(gone), DOCUMENT_DROPPED, none)
    flat = with_columns(
        images.flat.select(LINK.names),
        {"dropped": pc.coalesce(images.flat["dropped"], implied)},
    )
    return Opened(flat, images.lengths).closed()
