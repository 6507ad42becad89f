"""The last choice, and the rows that trainers read.

`Choose` judges the pictures and the documents that they leave; `Assemble` lays out what stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters import alike
from filters.rules import Rule, failures
from pipeline import obelics
from pipeline.nested import Opened, opened, with_members
from pipeline.prune import verdict
from pipeline.stage import Batches, with_columns
from schemas.document import NODE, nodes_with
from schemas.image import DROPPED as WHY_NO_PICTURE
from schemas.image import IMAGE, IMAGES
from schemas.shard import (
    CHOICE,
    EXTENSIONS,
    LINK,
    MAX_DOCUMENT_BYTES,
    PICTURE,
    PICTURE_METADATA,
    ROWS_PER_GROUP,
    SHARD,
)

# The closed vocabulary of a document's `dropped` here, in the order in which it is asked; the
# names of the recipe's document rules come after it.
DROPPED = ("near_duplicate", "no_image_left", "no_text_left", "too_many_bytes")

# Of what was not looked at, no rule can say more.
_LAST = frozenset({"near_duplicate", *WHY_NO_PICTURE})

# An image that was good but whose document was not.
DOCUMENT_DROPPED = "document_dropped"

# The one signal of a document that the fetch changes: pictures that are not there count no more.
CHANGED = frozenset({"image_nodes"})


def _scores(*members: pa.Field) -> pa.Field:
    return pa.field("scores", pa.list_(pa.struct(members)))


def _with_scores(batch: pa.RecordBatch) -> Opened:
    """The images, each with the judge's scores of it. Raises ValueError where they do not match."""
    images, scores = opened(batch["images"]), opened(batch["scores"])
    ids = images.flat["image_id"]
    if not (np.array_equal(images.lengths, scores.lengths) and ids.equals(scores.flat["image_id"])):
        raise ValueError("scores do not lie beside their images; judge this part again")
    names = scores.flat.schema.names
    return with_members(images, dict(zip(names, scores.flat.columns, strict=True)))


@dataclass(frozen=True)
class Choose:
    """The verdict on each image and each document; every row comes out.

    `image` rules are asked of every image, over IMAGE's columns and its scores. One that fails
    gets the first failing rule's name in `dropped`; one with a reason keeps it. A document then
    gets in `dropped` one of DROPPED, or the name of the first `document` rule that fails now: of
    these only rules that read `image_nodes` are asked again, as the others saw all they read, and
    now for the first time those that read who else is like the document (filters.alike).
    `signals` are the document's columns that such rules may read.
    """

    image: tuple[Rule, ...] = ()
    document: tuple[Rule, ...] = ()
    signals: tuple[pa.Field, ...] = ()
    max_document_bytes: int = MAX_DOCUMENT_BYTES

    adds = pa.schema(
        [
            pa.field("images", pa.list_(pa.struct([*IMAGE, LINK.field("failed")]))),
            CHOICE.field("dropped"),
            CHOICE.field("failed"),
        ]
    )
    replaces = False

    @property
    def reads(self) -> pa.Schema:
        asked = {name for rule in self._again for name in rule.reads(f.name for f in self.signals)}
        return pa.schema(
            [
                nodes_with(*(NODE.field(name) for name in ("kind", "text", "image_id"))).field(0),
                IMAGES.field("images"),
                _scores(IMAGE.field("image_id")),
                pa.field("copy_of", pa.string()),
                *(field for field in self.signals if field.name in asked - CHANGED),
            ]
        )

    @property
    def _again(self) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.document if rule.reads(CHANGED | alike.NAMES))

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            images = self._judged(batch)
            verdicts = self._verdicts(batch, images)
            yield with_columns(batch, {"images": images.closed()} | verdicts)

    def _judged(self, batch: pa.RecordBatch) -> Opened:
        # No rule reads the bytes, and they are nearly all of the batch.
        facts = _with_scores(batch).flat.drop_columns(["bytes", "original"])
        unread = [facts["broken"]] if "broken" in facts.schema.names else []
        broken = verdict(_failed([facts["dropped"], *unread], failures(self.image, facts)))
        return with_members(opened(batch["images"]), broken)

    def _verdicts(self, batch: pa.RecordBatch, images: Opened) -> dict[str, pa.Array]:
        nodes = opened(batch["nodes"])
        kept = pc.is_null(images.flat["dropped"]).to_numpy(zero_copy_only=False)
        ids = Opened(images.flat.select(["image_id"]), images.lengths)
        sizes = pc.fill_null(pc.binary_length(images.flat["bytes"]), 0).to_numpy()
        counts = {
            "image_nodes": nodes.sums(_shown(nodes, ids.where(kept)).astype(np.int64)),
            "text_nodes": nodes.sums(_spoken(nodes).astype(np.int64)),
        }
        asked = (
            pc.is_valid(batch["copy_of"]).to_numpy(zero_copy_only=False),
            counts["image_nodes"] == 0,
            counts["text_nodes"] == 0,
            images.sums(np.where(kept, sizes, 0)) > self.max_document_bytes,
        )
        none = pa.nulls(batch.num_rows, pa.string())
        reasons = [
            pc.if_else(pa.array(fails), reason, none)
            for reason, fails in zip(DROPPED, asked, strict=True)
        ]
        if "dropped" in batch.schema.names:
            reasons.insert(0, batch["dropped"])
        flat = [field.name for field in batch.schema if not pa.types.is_nested(field.type)]
        numbers = {name: pa.array(count, pa.int32()) for name, count in counts.items()}
        broken = failures(self._again, with_columns(batch.select(flat), numbers))
        return verdict(_failed(reasons, broken))


def _failed(reasons: Sequence[pa.StringArray], broken: pa.ListArray) -> pa.ListArray:
    """Every reason of a row, then the rules that it breaks; after one of _LAST nothing more.

    `reasons`: columns (rows,), null where the reason does not hold.
    """
    rows = []
    for *given, rules in zip(*(r.to_pylist() for r in reasons), broken.to_pylist(), strict=True):
        found = [reason for reason in given if reason is not None]
        rows.append(found[:1] if found and found[0] in _LAST else found + rules)
    return pa.array(rows, pa.list_(pa.string()))


def _spoken(nodes: Opened) -> np.ndarray:
    """Is it a text node that says something? bool (nodes,)"""
    is_text = pc.equal(nodes.flat["kind"], "text")
    says = pc.greater(pc.fill_null(pc.utf8_length(nodes.flat["text"]), 0), 0)
    spoken: np.ndarray = pc.fill_null(pc.and_(is_text, says), False).to_numpy(zero_copy_only=False)
    return spoken


def _shown(nodes: Opened, kept: Opened) -> np.ndarray:
    """Is it an image node whose picture is among its row's `kept`? bool (nodes,)"""
    there = set(zip(kept.rows.tolist(), kept.flat["image_id"].to_pylist(), strict=True))
    asked = zip(nodes.rows.tolist(), nodes.flat["image_id"].to_pylist(), strict=True)
    found = np.fromiter((one in there for one in asked), bool, nodes.flat.num_rows)
    is_image = pc.fill_null(pc.equal(nodes.flat["kind"], "image"), False)
    shown: np.ndarray = found & is_image.to_numpy(zero_copy_only=False)
    return shown


_READ_NODE = (
    "kind", "tag", "text", "image_id", "alt", "caption", "width_attr", "height_attr",
)  # fmt: skip
_OF_SCORES = ("unsafe", "cluster_id", "cluster_size")
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
            Choose.adds.field("images"),
            _scores(*(PICTURE_METADATA.field(name) for name in _OF_SCORES)),
            *(CHOICE.field(name) for name in ("dropped", "failed")),
        ]
    )
    adds = pa.schema([*SHARD, *list(CHOICE)[1:]], SHARD.metadata)
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
    images, nodes = _with_scores(batch), opened(batch["nodes"])
    documents = batch.select([*_READ_DOCUMENT, "dropped"]).to_pylist()
    flat_nodes = nodes.flat.select(list(_READ_NODE)).to_pylist()
    flat_images = images.flat.drop_columns(["bytes", "original"]).to_pylist()
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
    columns |= {name: batch[name] for name in ("dropped", "failed")}
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
                known = {**image, "alt": node["alt"], "caption": node["caption"]}
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
