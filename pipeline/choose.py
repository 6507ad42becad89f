"""The last choice: which images are good enough, and which documents they leave."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.rules import Rule, failures
from pipeline.nested import Opened, opened, with_members
from pipeline.stage import Batches, with_columns
from schemas.columns import column
from schemas.document import NODE, nodes_with
from schemas.image import IMAGES
from schemas.shard import MAX_DOCUMENT_BYTES

# The closed vocabulary of a document's `dropped` here, in the order in which it is asked; the
# names of the recipe's document rules come after it.
DROPPED = ("near_duplicate", "no_image_left", "no_text_left", "too_many_bytes")

VERDICT = column("dropped", pa.string(), "why the document is not released; null if it is")
_COPY_OF = column("copy_of", pa.string(), "doc_id of the document that stands for this one")


def scores(*members: pa.Field) -> pa.Field:
    """The judge's column, as a stage that reads these members of it declares it."""
    return pa.field("scores", pa.list_(pa.struct(list(members))))


@dataclass(frozen=True)
class Choose:
    """The verdict on each image and each document; every row comes out.

    `image` rules are asked of every image, over IMAGE's columns and the members of `scores`. One
    that fails gets the first failing rule's name in `dropped`; one with a reason keeps it. A
    document then gets in `dropped` one of DROPPED or the name of the first failing `document`
    rule; these see the flat columns, with `images` and `texts` the numbers of nodes still there.
    Raises ValueError where `scores` does not lie member by member beside `images`.
    """

    image: tuple[Rule, ...] = ()
    document: tuple[Rule, ...] = ()
    max_document_bytes: int = MAX_DOCUMENT_BYTES

    reads = pa.schema(
        [
            nodes_with(*(NODE.field(name) for name in ("kind", "text", "image_id"))).field(0),
            IMAGES.field("images"),
            scores(
                pa.field("unsafe", pa.float32()),
                pa.field("shorter_side", pa.int32()),
                pa.field("longer_side", pa.int32()),
                pa.field("aspect", pa.float32()),
            ),
            _COPY_OF,
        ]
    )
    adds = pa.schema([IMAGES.field("images"), VERDICT])
    replaces = False

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            images = self._judged(batch)
            verdicts = self._verdicts(batch, images)
            yield with_columns(batch, {"images": images.closed(), "dropped": verdicts})

    def _judged(self, batch: pa.RecordBatch) -> Opened:
        images, judged = opened(batch["images"]), opened(batch["scores"])
        if not np.array_equal(images.lengths, judged.lengths):
            raise ValueError("scores do not lie beside their images; judge this part again")
        if not self.image:
            return images
        columns = dict(zip(images.flat.schema.names, images.flat.columns, strict=True))
        columns |= dict(zip(judged.flat.schema.names, judged.flat.columns, strict=True))
        del columns["bytes"]  # no rule reads it, and it is nearly all of the batch
        facts = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
        verdicts = pc.coalesce(images.flat["dropped"], _first(failures(self.image, facts)))
        return with_members(images, {"dropped": verdicts})

    def _verdicts(self, batch: pa.RecordBatch, images: Opened) -> pa.StringArray:
        nodes = opened(batch["nodes"])
        kept = pc.is_null(images.flat["dropped"]).to_numpy(zero_copy_only=False)
        sizes = pc.fill_null(pc.binary_length(images.flat["bytes"]), 0).to_numpy()
        counts = {
            "images": nodes.sums(_shown(nodes, images.where(kept)).astype(np.int64)),
            "texts": nodes.sums(_spoken(nodes).astype(np.int64)),
        }
        asked = (
            pc.is_valid(batch["copy_of"]).to_numpy(zero_copy_only=False),
            counts["images"] == 0,
            counts["texts"] == 0,
            images.sums(np.where(kept, sizes, 0)) > self.max_document_bytes,
        )
        none = pa.nulls(batch.num_rows, pa.string())
        verdicts = batch["dropped"] if "dropped" in batch.schema.names else none
        for reason, fails in zip(DROPPED, asked, strict=True):
            verdicts = pc.coalesce(verdicts, pc.if_else(pa.array(fails), reason, none))
        if self.document:
            flat = [field.name for field in batch.schema if not pa.types.is_nested(field.type)]
            numbers = {name: pa.array(count, pa.int32()) for name, count in counts.items()}
            facts = with_columns(batch.select(flat), numbers)
            verdicts = pc.coalesce(verdicts, _first(failures(self.document, facts)))
        return verdicts


def _first(failing: pa.ListArray) -> pa.StringArray:
    """The first entry of each list, null where it is empty. list<string> (n,) -> (n,)"""
    lengths = pc.fill_null(pc.list_value_length(failing), 0).to_numpy(zero_copy_only=False)
    starts = failing.offsets.to_numpy()[:-1]
    return failing.values.take(pa.array(starts, mask=lengths == 0))


def _spoken(nodes: Opened) -> np.ndarray:
    """bool (nodes,): is it a text node that says something?"""
    is_text = pc.equal(nodes.flat["kind"], "text")
    says = pc.greater(pc.fill_null(pc.utf8_length(nodes.flat["text"]), 0), 0)
    return pc.fill_null(pc.and_(is_text, says), False).to_numpy(zero_copy_only=False)


def _shown(nodes: Opened, kept: Opened) -> np.ndarray:
    """bool (nodes,): is it an image node whose picture is among its row's `kept`?"""
    there = set(zip(kept.rows.tolist(), kept.flat["image_id"].to_pylist(), strict=True))
    asked = zip(nodes.rows.tolist(), nodes.flat["image_id"].to_pylist(), strict=True)
    found = np.fromiter((one in there for one in asked), bool, nodes.flat.num_rows)
    is_image = pc.fill_null(pc.equal(nodes.flat["kind"], "image"), False)
    return found & is_image.to_numpy(zero_copy_only=False)
