"""Near-duplicate documents: what a document is known by, and how a pair is compared.

`signatures` has a row a document: its band keys, a column each. Documents that share a key at the
same band are candidates; with verification their sketches are compared as well. The SQL in between
and the clusters lie in pipeline.copies.clusters.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters import minhash
from filters.banding import SHINGLES, SIGNATURE, Banding
from pipeline.copies.components import EDGE
from pipeline.dedup import PART, Quality
from pipeline.nested import opened
from pipeline.score import joined_text
from pipeline.stage import Batches, with_columns
from schemas.columns import column
from schemas.document import DOCUMENT, NODE, nodes_with

CLUSTER = pa.schema(
    [
        PART,
        DOCUMENT.field("doc_id"),
        column("cluster_id", pa.string(), "the smallest doc_id of the cluster"),
        column("cluster_size", pa.int32(), "documents in the cluster", "documents"),
        column("copy_of", pa.string(), "the better copy's doc_id; null for the survivor"),
    ]
)

PAIR = pa.schema(
    [
        *EDGE,
        column("u_sketch", pa.binary(), "what u is compared by"),
        column("v_sketch", pa.binary(), "what v is compared by"),
    ]
)

ALIKE = pa.schema(
    [*EDGE, column("similarity", pa.float32(), "Jaccard similarity, estimated or true")]
)

HOT = pa.schema(
    [
        column("band", pa.int16(), "which band"),
        column("band_key", pa.int64(), "hash of the band's rows"),
        column("documents", pa.int64(), "documents that share it", "documents"),
        column("not_compared", pa.int64(), "pairs of them left uncompared here", "pairs"),
    ]
)


def signature_columns(banding: Banding) -> pa.Schema:
    """The table of signatures under `banding`."""
    bands = [
        column(f"band_{band}", pa.int64(), "hash of the band's rows; null without words")
        for band in range(banding.bands)
    ]
    sketch = column("sketch", pa.binary(), "uint32 values that a candidate pair is compared by")
    return pa.schema(
        [
            PART,
            DOCUMENT.field("doc_id"),
            column("node", pa.int64(), "the first 63 bits of doc_id"),
            DOCUMENT.field("fetched_at"),
            Quality.adds.field("quality"),
            *bands,
            *([sketch] if banding.verify else []),
        ]
    )


@dataclass(frozen=True)
class Signatures:
    """Each document becomes its row of band keys, with a sketch where pairs are verified."""

    banding: Banding
    replaces = True

    @property
    def reads(self) -> pa.Schema:
        text = nodes_with(NODE.field("kind"), NODE.field("text"))
        names = ("doc_id", "fetched_at")
        return pa.schema([PART, *(DOCUMENT.field(n) for n in names), *Quality.adds, *text])

    @property
    def adds(self) -> pa.Schema:
        return signature_columns(self.banding)

    def stream(self, batches: Batches) -> Batches:
        banding = self.banding
        for batch in batches:
            text = joined_text(opened(batch["nodes"]))
            values = minhash.signatures(text, banding.words, banding.permutations)
            keys = minhash.keys_of_bands(values, banding.bands)
            columns = {
                "part": batch["part"],
                "doc_id": batch["doc_id"],
                "node": pa.array(nodes_of(batch["doc_id"])),
                "fetched_at": batch["fetched_at"],
                "quality": batch["quality"],
            }
            for band in range(banding.bands):
                columns[f"band_{band}"] = pa.array(keys[:, band], mask=keys[:, band] < 0)
            if banding.verify == SIGNATURE:
                ends = np.arange(len(values) + 1) * banding.permutations
                columns["sketch"] = _sketches(values.ravel(), ends)
            elif banding.verify == SHINGLES:
                columns["sketch"] = _sketches(*minhash.shingle_sets(text, banding.words))
            yield pa.RecordBatch.from_arrays(list(columns.values()), schema=self.adds)


def nodes_of(doc_ids: pa.Array) -> np.ndarray:
    """The first 63 bits of each doc_id, 32 hex digits, in the same order. (n,) -> int64 (n,)

    Two of a billion documents fall together with probability 0.05, and are then one node.
    """
    heads = pc.utf8_slice_codeunits(doc_ids, 0, 16).to_pylist()
    numbers = np.frombuffer(bytes.fromhex("".join(heads)), ">u8")
    return (numbers >> np.uint64(1)).astype(np.int64)


def _sketches(values: np.ndarray, offsets: np.ndarray) -> pa.Array:
    """uint32 (all,) cut at `offsets` (n + 1,) -> binary (n,)"""
    data = np.ascontiguousarray(values, "<u4")
    ends = pa.py_buffer((offsets * 4).astype(np.int64))
    buffers = [None, ends, pa.py_buffer(data)]
    return pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(offsets) - 1, buffers).cast(
        pa.binary()
    )


@dataclass(frozen=True)
class Compare:
    """Candidate pairs gain their similarity; those below the banding's threshold are dropped."""

    banding: Banding
    replaces = False
    reads = PAIR
    adds = pa.schema([ALIKE.field("similarity"), column("dropped", pa.string(), "not_alike")])

    def stream(self, batches: Batches) -> Batches:
        from filters.compiled.signatures import shared

        for batch in batches:
            left, right = (_values(batch[name]) for name in ("u_sketch", "v_sketch"))
            if self.banding.verify == SHINGLES:
                found = shared(*left, *right)
            else:
                equal = (left[0] == right[0]).reshape(batch.num_rows, -1)
                found = equal.mean(axis=1) if batch.num_rows else np.zeros(0)
            none = pa.nulls(batch.num_rows, pa.string())
            low = pa.array(found < self.banding.threshold)
            columns = {
                "similarity": pa.array(found, pa.float32()),
                "dropped": pc.if_else(low, "not_alike", none),
            }
            yield with_columns(batch, columns)


def _values(sketches: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """Binary (n,) -> uint32 (all,), int64 (n + 1,)"""
    wide = sketches.cast(pa.large_binary())
    _, ends, data = wide.buffers()
    offsets = np.frombuffer(ends, np.int64)[wide.offset : wide.offset + len(wide) + 1] // 4
    values = np.frombuffer(data, "<u4") if data is not None and data.size else np.zeros(0, "<u4")
    return values, offsets
