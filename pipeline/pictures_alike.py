"""Pictures that look alike: what a picture is known by, how hashes are compared, what comes of it.

`pictures` has a row for each picture that every other rule keeps. SQL deals their different
hashes into slots, `NearHashes` finds who is near whom, and what hangs together is a cluster
(pipeline.picture_clusters). `BesideAlike` puts the numbers beside a document and its pictures.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters import alike
from filters.hash_slots import BITS, Radius, Slots, nodes_of, words_of
from filters.image_hashes import PDQ_MIN_QUALITY
from filters.rules import Rule, failures
from pipeline.components import EDGE
from pipeline.dedup import PART
from pipeline.judge import BROKEN
from pipeline.near import nodes_of as nodes_of_names
from pipeline.nested import Opened, opened, with_members
from pipeline.stage import Batches, with_columns
from schemas.columns import column
from schemas.document import DOCUMENT
from schemas.image import IMAGE

MOST = 4096
"""Hashes of one value of a slot that another is compared with; the rest is counted as left out."""

HOT_VALUE = "hot_value"
_WORDS = 4  # of 64 bits: a PDQ hash; shorter ones are filled up

BESIDE = pa.list_(pa.struct([IMAGE.field("image_id"), *(s.field for s in alike.PICTURE)]))

SLOT = pa.schema(
    [
        column("slot", pa.int16(), "which slot of the hash"),
        column("across", pa.int32(), "0 at home; else bits by which the value's shard differs"),
        column("value", pa.int32(), "the slot's bits"),
        column("node", pa.int64(), "the number of the hash"),
        column("hash", pa.binary(), "the hash"),
    ]
)

HOT = pa.schema(
    [
        SLOT.field("slot"),
        SLOT.field("value"),
        column("hashes", pa.int64(), "different hashes that have it", "hashes"),
        column("not_compared", pa.int64(), "pairs of them left uncompared here", "pairs"),
        column("error", pa.string(), "hot_value"),
    ]
)


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
class NearHashes:
    """Rows of slots in, edges between hashes within the radius out: a forest, not every pair.

    Rows come ordered by slot, those at home (`across` 0) first. A row with an `error` is no edge:
    it tells of a value that too many hashes have (HOT).
    """

    radius: Radius
    most: int = MOST
    replaces = True
    reads = SLOT
    adds = pa.schema([*EDGE, *HOT])

    def stream(self, batches: Batches) -> Batches:
        at: _Slot | None = None
        for rows in _runs(batches):
            slot, across = rows["slot"][0].as_py(), rows["across"][0].as_py()
            if at is not None and slot != at.slot:
                yield from self._found(at)
                at = None
            at = at or _Slot(slot, self.radius.slots)
            if across == 0:
                at.waiting.append(rows)
            else:
                at.ask(rows, self.radius.bits, self.most)
        if at is not None:
            yield from self._found(at)

    def _found(self, at: "_Slot") -> Batches:
        at.settle(self.radius.bits, self.most)
        edges = np.concatenate([*at.edges, np.empty((0, 2), np.int64)])
        columns: dict[str, Any] = {"u": edges[:, 0], "v": edges[:, 1]}
        yield self._rows(columns)
        values = at.left.nonzero()[0]
        if len(values):
            yield self._rows(
                {
                    "slot": np.full(len(values), at.slot),
                    "value": values,
                    "hashes": at.starts[values + 1] - at.starts[values],
                    "not_compared": at.left[values],
                    "error": [HOT_VALUE] * len(values),
                }
            )

    def _rows(self, columns: dict[str, Any]) -> pa.RecordBatch:
        count = len(next(iter(columns.values())))
        arrays = [
            pa.array(columns[f.name], f.type) if f.name in columns else pa.nulls(count, f.type)
            for f in self.adds
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self.adds)


def _runs(batches: Batches) -> Batches:
    """The batches, cut where slot or across change."""
    for batch in batches:
        slot, across = (batch[name].to_numpy() for name in ("slot", "across"))
        cuts = np.flatnonzero((np.diff(slot) != 0) | (np.diff(across) != 0)) + 1
        ends = [0, *cuts.tolist(), batch.num_rows]
        for first, end in pairwise(ends):
            if end > first:
                yield batch.slice(first, end - first)


@dataclass
class _Slot:
    """One slot: its rows at home, a table from values to them, and what was found."""

    slot: int
    slots: Slots
    waiting: list[pa.RecordBatch] = field(default_factory=list)
    edges: list[np.ndarray] = field(default_factory=list)
    starts: Any = None

    def settle(self, radius: int, most: int) -> None:
        """Make the table of the rows at home, and compare them with each other."""
        from filters.hash_pairs import indexed

        if self.starts is not None:
            return
        home = pa.Table.from_batches(self.waiting, SLOT).combine_chunks().to_batches()
        self.waiting = []
        rows = home[0] if home else SLOT.empty_table().to_batches(1)[0]
        values, nodes, words = _unpacked(rows)
        self.starts, order = indexed(values, self.slots.widths[self.slot])
        self.nodes, self.words = nodes[order], words[order]
        self.parents = np.arange(len(order), dtype=np.int32)
        self.left = np.zeros(len(self.starts) - 1, np.int64)
        places = np.arange(len(order))
        self._search(values[order], self.words, places, (radius, most))

    def ask(self, rows: pa.RecordBatch, radius: int, most: int) -> None:
        """Compare rows of another shard with those at home."""
        self.settle(radius, most)
        values, nodes, words = _unpacked(rows)
        found = self._searched(values, words, np.full(len(values), -1), (radius, most))
        self.edges.append(np.stack([nodes[found[:, 0]], self.nodes[found[:, 1]]], axis=1))

    def _search(
        self, values: np.ndarray, words: np.ndarray, places: np.ndarray, bounds: tuple[int, int]
    ) -> None:
        found = self._searched(values, words, places, bounds)
        self.edges.append(np.stack([self.nodes[found[:, 0]], self.nodes[found[:, 1]]], axis=1))

    def _searched(
        self, values: np.ndarray, words: np.ndarray, places: np.ndarray, bounds: tuple[int, int]
    ) -> np.ndarray:
        from filters.hash_pairs import search

        home = (self.starts, self.words)
        asking = (values, words, places)
        masks = self.slots.masks(self.slot)
        found: np.ndarray = search(asking, home, self.parents, self.left, masks, bounds)
        return found


def _unpacked(rows: pa.RecordBatch) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values int64 (n,), nodes int64 (n,), hashes uint64 (n, 4) of rows of a slot."""
    packed = np.frombuffer(b"".join(rows["hash"].to_pylist()), ">u8").astype(np.uint64)
    words = np.zeros((rows.num_rows, _WORDS), np.uint64)
    if rows.num_rows:
        given = packed.reshape(rows.num_rows, -1)
        words[:, : given.shape[1]] = given
    return rows["value"].to_numpy().astype(np.int64), rows["node"].to_numpy(), words


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
            *(signal.field for signal in alike.DOCUMENT),
        ]
    )
    adds = pa.schema(
        [
            pa.field("scores", pa.list_(pa.struct([s.field for s in alike.PICTURE]))),
            *(signal.field for signal in alike.DOCUMENT),
        ]
    )

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            scores, known = opened(batch["scores"]), opened(batch["picture_clusters"])
            places = _places(scores, known)
            members = {
                signal.name: alone(known.flat[signal.name].take(places)) for signal in alike.PICTURE
            }
            columns = {
                signal.name: alone(batch[signal.name].cast(signal.type))
                for signal in alike.DOCUMENT
            }
            yield with_columns(batch, {"scores": with_members(scores, members).closed()} | columns)


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
