"""Exact duplicates: what a thing is known by, and the SQL that finds who shares it.

The SQL keeps to the common subset of DuckDB and Spark. It gives the same rows for any order of
input and any number of parts.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from filters.rules import Rule, values
from filters.urls import host_buckets, url_keys
from pipeline.nested import opened
from pipeline.stage import Batches, with_columns
from schemas.columns import column
from schemas.document import DOCUMENT, NODE, nodes_with

PART = column("part", pa.int32(), "index of the part that the document lies in")

LINK = pa.schema(
    [PART, DOCUMENT.field("doc_id"), NODE.field("image_id")],
)

# Which capture of an address stays -> in which order captures come, and what the others are.
_CAPTURES = {
    "newest": ("fetched_at DESC NULLS LAST, doc_id", "older_capture"),
    "best": ("quality DESC NULLS LAST, fetched_at DESC NULLS LAST, doc_id", "worse_capture"),
}
OTHER_CAPTURES = frozenset(word for _, word in _CAPTURES.values())


def gather(capture: str = "newest") -> str:
    """One capture of each address, the documents dealt into parts by host."""
    order, word = _CAPTURES[capture]
    return f"""
SELECT *, CAST(host_bucket % {{parts}} AS INT) AS part,
       CASE WHEN row_number() OVER (PARTITION BY url_key ORDER BY {order}) > 1
            THEN '{word}' END AS dropped
FROM good
"""


# Links that more than {most} documents show: a logo, a button, an advert. OBELICS: 10.
REPEATED = """
SELECT part, doc_id, image_id
FROM (SELECT part, doc_id, image_id, count(*) OVER (PARTITION BY image_id) AS uses
      FROM links) AS counted
WHERE uses > {most}
"""


@dataclass(frozen=True)
class Quality:
    """What makes a document the better copy: the value of `better`, null where it is missing."""

    better: Rule
    replaces = False
    adds = pa.schema([column("quality", pa.float64(), "what the better of two copies has more of")])

    @property
    def reads(self) -> pa.Schema:
        return pa.schema([pa.field(n, pa.float64()) for n in sorted(self.better.columns)])

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            (quality,) = values([self.better], batch)
            # Without the sign of a zero, which engines order each in its own way.
            yield with_columns(batch, {"quality": pc.add(quality, 0.0)})


@dataclass(frozen=True)
class Address:
    """What gathering goes by: the page's normalised address and its host's bucket."""

    replaces = False
    reads = pa.schema([DOCUMENT.field("url"), DOCUMENT.field("host")])
    adds = pa.schema(
        [
            column("url_key", pa.string(), "the page's address, normalised"),
            column("host_bucket", pa.int32(), "31-bit hash of the host"),
        ]
    )

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            keys = {"url_key": url_keys(batch["url"]), "host_bucket": host_buckets(batch["host"])}
            yield with_columns(batch, keys)


@dataclass(frozen=True)
class ImageLinks:
    """Each document that is no copy becomes one row for each image link it shows."""

    replaces = True
    adds = LINK

    @property
    def reads(self) -> pa.Schema:
        node = nodes_with(NODE.field("kind"), NODE.field("image_id"))
        return pa.schema([PART, DOCUMENT.field("doc_id"), pa.field("copy_of", pa.string()), *node])

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            own = batch.filter(pc.is_null(batch["copy_of"]))
            nodes = opened(own["nodes"])
            links = nodes.where(pc.is_valid(nodes.flat["image_id"]).to_numpy(False))
            ids = [own[name].take(links.rows) for name in ("part", "doc_id")]
            yield pa.RecordBatch.from_arrays([*ids, links.flat["image_id"]], schema=LINK)
