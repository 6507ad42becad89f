"""Clusters of near-duplicates: the SQL from band keys to edges, and from labels to survivors.

Documents that share a key at the same band are joined by edges; what hangs together is a cluster,
a connected component (pipeline.copies.components). The SQL keeps to the common subset of DuckDB and
Spark, and its result depends on the documents alone: not on their order, nor on their parts.

`known` is the number of other stores' signatures, `known_0` and so on: documents that were
released before. A new document that is like one of them is its copy, whatever its quality.
"""

from filters.banding import Banding

# How many documents of a bucket each one is compared with, besides the bucket's first.
NEIGHBOURS = 15


def _everyone(columns: str, known: int) -> str:
    """The named columns of this run's signatures (old = 0) and of those before (old = 1)."""
    tables = [("signatures", 0)] + [(f"known_{index}", 1) for index in range(known)]
    return " UNION ALL ".join(f"SELECT {columns}, {old} AS old FROM {name}" for name, old in tables)


def star_edges(banding: Banding, known: int = 0) -> tuple[str, ...]:
    """Edges without verification, a text a band: from each document to its bucket's first.

    They connect what all pairs of the bucket would. A document that an old store holds as well
    gets an edge to itself, so that it has a label.
    """
    stars = [
        f"""
SELECT first AS u, node AS v
FROM (SELECT node, min(node) OVER (PARTITION BY band_{band}) AS first
      FROM ({_everyone(f"node, band_{band}", known)}) AS everyone
      WHERE band_{band} IS NOT NULL) AS bucket
WHERE first < node"""
        for band in range(banding.bands)
    ]
    return (*stars, *_again(known))


def checked_edges(known: int = 0) -> tuple[str, ...]:
    """Edges with verification: the pairs that passed it."""
    return ("SELECT u, v FROM edges", *_again(known))


def _again(known: int) -> list[str]:
    return [
        f"SELECT s.node AS u, s.node AS v FROM signatures AS s JOIN known_{index} AS k "
        "ON s.node = k.node"
        for index in range(known)
    ]


def candidate_pairs(banding: Banding, known: int = 0) -> str:
    """Pairs to verify, each once, with their sketches.

    In its bucket each document is paired with the first and with the NEIGHBOURS before it, so a
    bucket of NEIGHBOURS + 2 is compared in whole and a larger one in linear time (`hot_buckets`).
    Two documents that were both known before are no pair.
    """
    backs = ", ".join(
        f"lag(node, {back}) OVER (PARTITION BY band_key ORDER BY node) AS back_{back}"
        for back in range(1, NEIGHBOURS + 1)
    )
    cases = " ".join(f"WHEN {back} THEN back_{back}" for back in range(NEIGHBOURS + 1))
    offsets = ", ".join(f"({back})" for back in range(NEIGHBOURS + 1))
    buckets = " UNION ALL ".join(
        f"""
SELECT CASE back {cases} END AS u, node AS v
FROM (SELECT node, min(node) OVER (PARTITION BY band_key) AS back_0, {backs}
      FROM (SELECT node, band_{band} AS band_key
            FROM ({_everyone(f"node, band_{band}", known)}) AS everyone
            WHERE band_{band} IS NOT NULL) AS keyed) AS bucket
     CROSS JOIN (VALUES {offsets}) AS offsets(back)
WHERE back_0 < node"""
        for band in range(banding.bands)
    )
    everyone = _everyone("node, sketch", known)
    return f"""
SELECT u, v, a.sketch AS u_sketch, b.sketch AS v_sketch,
       CAST(v % {{parts}} AS INT) AS part
FROM (SELECT DISTINCT u, v FROM ({buckets}) AS met WHERE u < v) AS pair
JOIN ({everyone}) AS a ON a.node = u
JOIN ({everyone}) AS b ON b.node = v
WHERE a.old + b.old < 2
"""


def hot_buckets(banding: Banding, known: int = 0) -> str:
    """Buckets too large to be compared in whole, with the number of pairs left out."""
    whole = NEIGHBOURS + 2
    buckets = " UNION ALL ".join(
        f"""
SELECT CAST({band} AS SMALLINT) AS band, band_{band} AS band_key, count(*) AS documents
FROM ({_everyone(f"node, band_{band}", known)}) AS everyone
WHERE band_{band} IS NOT NULL GROUP BY band_{band} HAVING count(*) > {whole}"""
        for band in range(banding.bands)
    )
    # All pairs, less those with a neighbour before (fewer for the first ones), less those with
    # the bucket's first beyond that.
    documents = "CAST(documents AS BIGINT)"
    left = (
        f"CAST({documents} * ({documents} - 1) / 2 AS BIGINT)"
        f" - ({documents} * {NEIGHBOURS} - {NEIGHBOURS * (NEIGHBOURS + 1) // 2})"
        f" - ({documents} - {NEIGHBOURS + 1})"
    )
    return f"""
SELECT band, band_key, documents, {left} AS not_compared,
       CAST(band_key % {{parts}} AS INT) AS part
FROM ({buckets}) AS hot
"""


def survivors(known: int = 0) -> str:
    """Who is in which cluster, and whose copy: of the best quality, then the older, then the id.

    Reads `labels` (pipeline.copies.components) of the graph. A document known before comes first
    of all.
    """
    everyone = _everyone("part, doc_id, node, quality, fetched_at", known)
    order = "old DESC, quality DESC NULLS LAST, fetched_at NULLS LAST, doc_id"
    rank = f"PARTITION BY label ORDER BY {order}"
    return f"""
SELECT part, doc_id, cluster_id, CAST(cluster_size AS INT) AS cluster_size,
       CASE WHEN place > 1 THEN best END AS copy_of
FROM (SELECT part, doc_id, old,
             min(doc_id) OVER (PARTITION BY label) AS cluster_id,
             count(*) OVER (PARTITION BY label) AS cluster_size,
             row_number() OVER ({rank}) AS place,
             first_value(doc_id) OVER ({rank}) AS best
      FROM ({everyone}) AS everyone JOIN labels ON labels.node = everyone.node) AS ranked
WHERE old = 0
"""
