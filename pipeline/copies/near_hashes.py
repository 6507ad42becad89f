"""Hashes of pictures near each other: slots in, edges out. filters.pictures.hash_slots says why so.

A part holds whole slots or shards of one, as pipeline.copies.picture_clusters deals them.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from filters.pictures.hash_slots import Radius, Slots
from pipeline.copies.components import EDGE
from pipeline.stage import Batches
from schemas.columns import column

MOST = 4096
"""Hashes of one value of a slot that another is compared with; the rest is counted as left out."""

HOT_VALUE = "hot_value"
_WORDS = 4  # of 64 bits: a PDQ hash; shorter ones are filled up

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
        from filters.compiled.hash_pairs import indexed

        if self.starts is not None:
            return
        home = pa.Table.from_batches(self.waiting, SLOT).combine_chunks().to_batches()
        self.waiting = []
        rows = home[0] if home else pa.RecordBatch.from_pylist([], SLOT)
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
        from filters.compiled.hash_pairs import search

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
