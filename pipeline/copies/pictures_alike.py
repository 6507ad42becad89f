"""Pictures that look alike: what a picture is known by, how hashes are compared, what comes of it.

`pictures` has a row for each picture that every other rule keeps. SQL deals their different
hashes into slots, pipeline.copies.near_hashes finds who is near whom, and what hangs together is a
cluster (pipeline.copies.picture_clusters). `BesideAlike` puts the numbers beside a document and
its pictures.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters import alike
from filters.pictures.hash_slots import BITS, Radius, nodes_of, words_of
from filters.pictures.image_hashes import PDQ_MIN_QUALITY
from filters.rules import Rule, failures
from pipeline.copies.near import nodes_of as nodes_of_names
from pipeline.dedup import PART
from pipeline.judge import BROKEN, JUDGED
from pipeline.nested import Opened, opened, with_members
from pipeline.stage import Batches, with_columns
from schemas.columns import column, merged
from schemas.document import DOCUMENT
from schemas.image import IMAGE

# What a rule may read of a picture only after the fetch: what came, its scores, who is like it.
AFTER_FETCH = merged(
    merged(IMAGE, pa.schema(JUDGED.field("scores").type.value_type)),
    alike.OF_PICTURE,
)

BESIDE = pa.list_(pa.struct([IMAGE.field("image_id"), *alike.OF_PICTURE]))


def picture_columns(radius: Radius) -> pa.Schema:
    """The table of pictures under `radius`."""
    return pa.schema(
        [
            PART,
            DOCUMENT.field("doc_id"),
            IMAGE.field("image_id"),
            column("link", pa.int64(), "the first 63 bits of image_id"),
            IMAGE.field("sha256"),
            column("area", pa.int64(), "pixels that were sent", "px"),
            column("node", pa.int64(), "the number of the hash; without one, of sha256"),
            column("hash", pa.binary(), "the hash; null with too little to hash"),
            *(
                column(f"slot_{slot}", pa.int32(), "a slot's bits")
                for slot in range(radius.slots.count)
            ),
        ]
    )


@dataclass(frozen=True)
class Pictures:
    """Each picture of a document that is no copy becomes a row, if it passes the `image` rules.

    `fields` are the members that those rules may read. A picture of too low a PDQ quality has too
    little to hash, of whatever kind: it is known by its bytes alone.
    """

    radius: Radius
    image: tuple[Rule, ...] = ()
    fields: tuple[pa.Field, ...] = ()
    replaces = True

    @property
    def reads(self) -> pa.Schema:
        asked = {name for rule in self.image for name in rule.columns}
        size = ("original_width", "original_height")
        ours = {"image_id", "sha256", "dropped", *size} | (asked & set(IMAGE.names))
        theirs = {BROKEN.name, "pdq_quality", self.radius.hash} | (asked - set(IMAGE.names))
        scores = [each for each in self.fields if each.name in theirs and each.name not in ours]
        return pa.schema(
            [
                PART,
                DOCUMENT.field("doc_id"),
                pa.field("copy_of", pa.string()),
                pa.field("images", pa.list_(pa.struct([f for f in IMAGE if f.name in ours]))),
                pa.field("scores", pa.list_(pa.struct(scores))),
            ]
        )

    @property
    def adds(self) -> pa.Schema:
        return picture_columns(self.radius)

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            own = batch.filter(pc.is_null(batch["copy_of"]))
            images, scores = opened(own["images"]), opened(own["scores"])
            names = scores.flat.schema.names
            facts = with_members(images, dict(zip(names, scores.flat.columns, strict=True)))
            broken = pc.list_value_length(failures(self.image, facts.flat)).to_numpy(False) > 0
            there = pc.and_(
                pc.is_null(facts.flat["dropped"]), pc.is_null(facts.flat[BROKEN.name])
            ).to_numpy(False)
            kept = facts.where(there & ~broken)
            yield pa.RecordBatch.from_arrays(list(self._columns(own, kept)), schema=self.adds)

    def _columns(self, rows: pa.RecordBatch, kept: Opened) -> Iterator[pa.Array]:
        flat = kept.flat
        yield from (rows[name].take(pa.array(kept.rows)) for name in ("part", "doc_id"))
        yield flat["image_id"]
        yield pa.array(nodes_of_names(flat["image_id"]))
        yield flat["sha256"]
        sides = (flat[name].cast(pa.int64()) for name in ("original_width", "original_height"))
        yield pc.multiply(*sides)
        hash_, length = flat[self.radius.hash], BITS[self.radius.hash]
        enough = pc.greater_equal(flat["pdq_quality"], PDQ_MIN_QUALITY)
        hashed = pc.fill_null(pc.and_(enough, pc.is_valid(hash_)), False).to_numpy(False)
        words = np.zeros((len(hashed), length // 64), np.uint64)
        words[hashed] = words_of(hash_.filter(pa.array(hashed)).to_pylist(), length)
        yield pa.array(np.where(hashed, nodes_of(words), nodes_of_names(flat["sha256"])))
        packed = words.astype(">u8").tobytes()
        size = length // 8
        given = [packed[n * size : (n + 1) * size] for n in range(len(hashed))]
        yield pa.array(given, pa.binary(), mask=~hashed)
        values = self.radius.slots.values(words)
        for slot in range(values.shape[1]):
            yield pa.array(values[:, slot], pa.int32(), mask=~hashed)


@dataclass(frozen=True)
class BesideAlike:
    """Puts beside each picture's scores, and beside each document, who else is like it.

    `picture_clusters` are the document's rows of that table. What is not in a table is alone.
    """

    replaces = False
    reads = pa.schema(
        [
            pa.field("scores", pa.list_(pa.struct([IMAGE.field("image_id")]))),
            pa.field("picture_clusters", BESIDE),
            *alike.COLUMNS,
        ]
    )
    adds = pa.schema(
        [
            pa.field("scores", pa.list_(pa.struct(list(alike.OF_PICTURE)))),
            *alike.COLUMNS,
        ]
    )

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            scores = beside_alike(opened(batch["scores"]), opened(batch["picture_clusters"]))
            columns = {
                signal.name: alone(batch[signal.name].cast(signal.type))
                for signal in alike.DOCUMENT
            }
            yield with_columns(batch, {"scores": scores.closed()} | columns)


def beside_alike(scores: Opened, known: Opened) -> Opened:
    """The scores, each with what `known`, of the same rows, tells of its picture."""
    places = _places(scores, known)
    told = {each.name: alone(known.flat[each.name].take(places)) for each in alike.PICTURE}
    return with_members(scores, told)


def _places(asked: Opened, known: Opened) -> pa.Array:
    """Where each picture lies among those of its row that are known: int64 (asked,), or null."""
    rows = known.rows.tolist()
    there = zip(rows, known.flat["image_id"].to_pylist(), strict=True)
    at = {key: place for place, key in enumerate(there)}
    keys = zip(asked.rows.tolist(), asked.flat["image_id"].to_pylist(), strict=True)
    return pa.array([at.get(key) for key in keys], pa.int64())


def alone(values: pa.Array) -> pa.Array:
    """Numbers with 1 where there is none: the thing is like no other."""
    return pc.fill_null(values, 1) if pa.types.is_integer(values.type) else values
