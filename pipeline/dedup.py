"""Duplicates: what a document is known by, and the SQL that finds who shares it.

The SQL keeps to the common subset of DuckDB and Spark. It gives the same rows for any order of
input and any number of parts.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.minhash import band_keys
from filters.urls import host_buckets, url_keys
from pipeline.nested import opened
from pipeline.score import joined_text
from pipeline.stage import Batches, with_columns
from schemas.columns import column
from schemas.document import DOCUMENT, NODE, nodes_with

PART = column("part", pa.int32(), "index of the part that the document lies in")

BAND = pa.schema(
    [
        PART,
        DOCUMENT.field("doc_id"),
        column("fetched_at", pa.timestamp("us", tz="UTC"), "when the page was fetched"),
        column("quality", pa.int64(), "what makes the better copy: its number of words", "words"),
        column("band", pa.int16(), "which band of the signature"),
        column("band_key", pa.int64(), "hash of the band's rows"),
    ]
)

LINK = pa.schema(
    [PART, DOCUMENT.field("doc_id"), NODE.field("image_id")],
)

FOLLOWER = pa.schema(
    [PART, DOCUMENT.field("doc_id"), column("copy_of", pa.string(), "the better copy's doc_id")]
)

# The newest capture of each address, the documents dealt into parts by host.
GATHER = """
SELECT *, CAST(host_bucket % {parts} AS INT) AS part,
       CASE WHEN row_number() OVER (PARTITION BY url_key ORDER BY fetched_at DESC, doc_id) > 1
            THEN 'older_capture' END AS dropped
FROM good
"""

# A document is a follower when, among those that share one of its bands, another is better:
# more words, then the older, then the smaller id.
FOLLOWERS = """
SELECT part, doc_id, min(best) AS copy_of
FROM (SELECT part, doc_id, first_value(doc_id) OVER (
             PARTITION BY band, band_key ORDER BY quality DESC, fetched_at, doc_id) AS best
      FROM bands) AS ranked
WHERE best <> doc_id
GROUP BY part, doc_id
"""

# Links that more than {most} documents show: a logo, a button, an advert. OBELICS: 10.
REPEATED = """
SELECT part, doc_id, image_id
FROM (SELECT part, doc_id, image_id, count(*) OVER (PARTITION BY image_id) AS uses
      FROM links) AS counted
WHERE uses > {most}
"""


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
class Bands:
    """Each document becomes one row for each band of its MinHash signature."""

    words: int = 5
    bands: int = 14
    rows: int = 8
    replaces = True
    adds = BAND

    @property
    def reads(self) -> pa.Schema:
        text = nodes_with(NODE.field("kind"), NODE.field("text"))
        names = ("doc_id", "fetched_at")
        words = pa.field("words", pa.int32())
        return pa.schema([PART, *(DOCUMENT.field(n) for n in names), words, *text])

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            text = joined_text(opened(batch["nodes"]))
            keys = band_keys(text, self.words, self.bands, self.rows)
            rows = np.repeat(np.arange(batch.num_rows), self.bands)
            columns = {
                "part": batch["part"].take(rows),
                "doc_id": batch["doc_id"].take(rows),
                "fetched_at": batch["fetched_at"].take(rows),
                "quality": batch["words"].take(rows).cast(pa.int64()),
                "band": pa.array(np.tile(np.arange(self.bands), batch.num_rows), pa.int16()),
                "band_key": pa.array(keys.ravel()),
            }
            found = pa.RecordBatch.from_arrays(list(columns.values()), schema=BAND)
            yield found.filter(pc.greater_equal(found["band_key"], 0))


@dataclass(frozen=True)
class ImageLinks:
    """Each document that is no copy becomes one row for each image link it shows."""

    replaces = True
    adds = LINK

    @property
    def reads(self) -> pa.Schema:
        node = nodes_with(NODE.field("kind"), NODE.field("image_id"))
        return pa.schema([PART, DOCUMENT.field("doc_id"), FOLLOWER.field("copy_of"), *node])

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            own = batch.filter(pc.is_null(batch["copy_of"]))
            nodes = opened(own["nodes"])
            links = nodes.where(pc.is_valid(nodes.flat["image_id"]).to_numpy(False))
            ids = [own[name].take(links.rows) for name in ("part", "doc_id")]
            yield pa.RecordBatch.from_arrays([*ids, links.flat["image_id"]], schema=LINK)
