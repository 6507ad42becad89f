"""Semantic duplicates (SemDeDup, arXiv 2303.09540): k-means over embeddings, pairs in a cluster.

What is alike becomes edges of the graph whose components are the clusters of duplicates
(pipeline.copies.clusters), beside those of shared shingles. Documents of two different k-means
clusters are never compared; that is the method's bargain.

The SQL keeps to the common subset of DuckDB and Spark. Centres come from the embeddings of the
documents with the smallest doc_ids, which are hashes: a sample that neither the order of documents
nor their parts can change.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.embeddings import alike, centres, embedder, nearest, packed, unpacked, whole
from pipeline.copies.components import EDGE, labels
from pipeline.copies.near import nodes_of
from pipeline.dedup import PART
from pipeline.nested import opened
from pipeline.score import joined_text
from pipeline.stage import Batches
from schemas.columns import column
from schemas.document import DOCUMENT, NODE, nodes_with

SAMPLE = 200_000  # embeddings that the centres are made from
IN_CLUSTER = 2000  # documents that a cluster is meant to have
MOST_CHARS = 1 << 14  # of a text that is embedded: models read its beginning only

_VECTOR = column("embedding", pa.binary(), "int16 values of the unit vector, times 4,000")
GIVEN = pa.schema([column("key", pa.string(), "doc_id or address"), _VECTOR])
EMBEDDING = pa.schema(
    [
        PART,
        DOCUMENT.field("doc_id"),
        column("node", pa.int64(), "the first 63 bits of doc_id"),
        _VECTOR,
    ]
)
SAMPLED = pa.schema(
    [
        column("node", pa.int64(), "the first 63 bits of doc_id"),
        _VECTOR,
        column("documents", pa.int64(), "documents that have an embedding", "documents"),
    ]
)
CENTRE = pa.schema([column("cluster", pa.int32(), "number of the cluster"), _VECTOR])
MEMBER = pa.schema(
    [DOCUMENT.field("doc_id"), column("cluster", pa.int32(), "the cluster with the nearest centre")]
)
GATHERED = pa.schema([CENTRE.field("cluster"), SAMPLED.field("node"), _VECTOR])

# Embeddings of the user's, beside the documents that have them; of two for one key the smaller.
_KNOWN = """
SELECT s.part AS part, s.doc_id AS doc_id, s.node AS node, known.embedding AS embedding
FROM signatures AS s {hosts}
JOIN (SELECT key, min(embedding) AS embedding FROM given GROUP BY key) AS known ON {on}
"""
GIVEN_TO_DOCUMENTS = {
    "doc_id": _KNOWN.format(hosts="", on="known.key = s.doc_id"),
    "url": _KNOWN.format(hosts="JOIN hosts ON hosts.doc_id = s.doc_id", on="known.key = hosts.url"),
}
FIRST_ONES = f"""
SELECT node, embedding, CAST(documents AS BIGINT) AS documents, CAST(0 AS INT) AS part
FROM (SELECT node, embedding, (SELECT count(*) FROM embeddings) AS documents
      FROM embeddings ORDER BY node, doc_id LIMIT {SAMPLE}) AS first_ones
"""
BY_CLUSTER = """
SELECT cluster, node, embedding, CAST(cluster % {parts} AS INT) AS part
FROM embeddings JOIN members ON embeddings.doc_id = members.doc_id
"""


@dataclass(frozen=True)
class Embed:
    """Documents become embeddings of their text by the function `model`, "module:name".

    One without text, or whose vector has no direction, has none.
    """

    model: str
    replaces = True
    adds = EMBEDDING

    @property
    def reads(self) -> pa.Schema:
        text = nodes_with(NODE.field("kind"), NODE.field("text"))
        return pa.schema([PART, DOCUMENT.field("doc_id"), *text])

    def stream(self, batches: Batches) -> Batches:
        model = embedder(self.model)
        for batch in batches:
            text = pc.utf8_slice_codeunits(joined_text(opened(batch["nodes"])), 0, MOST_CHARS)
            some = batch.filter(pc.not_equal(pc.utf8_trim_whitespace(text), ""))
            texts = text.filter(pc.not_equal(pc.utf8_trim_whitespace(text), "")).to_pylist()
            if not texts:
                continue
            vectors = packed(whole(model(texts)))
            nodes = pa.array(nodes_of(some["doc_id"]))
            columns = [some["part"], some["doc_id"], nodes, vectors]
            made = pa.RecordBatch.from_arrays(columns, schema=EMBEDDING)
            yield made.filter(pc.is_valid(vectors))


@dataclass(frozen=True)
class Centres:
    """The sample becomes the centres of its clusters; `count` of them, or as many as is usual."""

    count: int | None = None
    replaces = True
    reads = SAMPLED
    adds = CENTRE

    def stream(self, batches: Batches) -> Batches:
        sample = pa.Table.from_batches(list(batches), SAMPLED)
        vectors = unpacked(sample["embedding"])
        documents = sample["documents"][0].as_py() if len(sample) else 0
        count = self.count or max(1, min(documents // IN_CLUSTER, len(sample) // 8))
        found = packed(centres(vectors, count))
        numbers = pa.array(np.arange(len(found), dtype=np.int32))
        yield pa.RecordBatch.from_arrays([numbers, found], schema=CENTRE)


@dataclass(frozen=True)
class Nearest:
    """Each embedding's cluster. `centres` opens CENTRE's embeddings, in the order of clusters."""

    centres: Callable[[], pa.Array]
    replaces = True
    reads = EMBEDDING
    adds = MEMBER

    def stream(self, batches: Batches) -> Batches:
        known = unpacked(self.centres())
        for batch in batches:
            if batch.num_rows:
                clusters = nearest(unpacked(batch["embedding"]), known)
                columns = [batch["doc_id"], pa.array(clusters)]
                yield pa.RecordBatch.from_arrays(columns, schema=MEMBER)


@dataclass(frozen=True)
class Within:
    """Clusters become edges: from each document to the smallest that it is connected to in one.

    Memory: the embeddings of one cluster, and two blocks of products.
    """

    similarity: float
    replaces = True
    reads = GATHERED
    adds = EDGE

    def stream(self, batches: Batches) -> Batches:
        for cluster in _whole_clusters(batches):
            nodes = cluster["node"].to_numpy()
            vectors = unpacked(cluster["embedding"])
            found = labels(
                pa.RecordBatch.from_arrays([pa.array(nodes[us]), pa.array(nodes[vs])], schema=EDGE)
                for us, vs in alike(vectors, self.similarity)
            )
            linked = found.filter(pc.less(found["label"], found["node"])).combine_chunks()
            for batch in linked.to_batches():
                columns = [batch["label"], batch["node"]]
                yield pa.RecordBatch.from_arrays(columns, schema=EDGE)


def _whole_clusters(batches: Batches) -> Iterator[pa.Table]:
    """Rows that come in the order of clusters, as one table a cluster."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        cuts = [0, *(np.flatnonzero(np.diff(batch["cluster"].to_numpy())) + 1), batch.num_rows]
        for begin, end in pairwise(cuts):
            piece = batch.slice(begin, end - begin)
            if waiting and piece.num_rows and waiting[0]["cluster"][0] != piece["cluster"][0]:
                yield pa.Table.from_batches(waiting)
                waiting = []
            if piece.num_rows:
                waiting.append(piece)
    if waiting:
        yield pa.Table.from_batches(waiting)
