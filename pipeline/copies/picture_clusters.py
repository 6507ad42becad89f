"""The SQL of pictures and documents that are alike: from hashes to slots, from labels to places.

As everywhere it keeps to the common subset of DuckDB and Spark, and its result depends on the rows
alone. Labels are those of pipeline.copies.components: what is near in hash hangs together, and so
do documents that are near in text and share pictures. Nothing is dropped here: a recipe decides.

`known` is the number of other stores' pictures, `known_0` and so on: what was released before. In
a cluster these come first, whatever their size.
"""

from filters.pictures.hash_slots import Radius, flipped
from pipeline.copies.clusters import NEIGHBOURS

# Shards of a slot's values, at most, and as a power of two.
MOST_SHARDS_BITS = 6
# The better copy of a document, as in pipeline.copies.clusters.
BETTER = "quality DESC NULLS LAST, fetched_at NULLS LAST, doc_id"


def _everyone(columns: str, known: int) -> str:
    """The named columns of this run's pictures (old = 0) and of those before (old = 1)."""
    tables = [("pictures", 0)] + [(f"known_{index}", 1) for index in range(known)]
    return " UNION ALL ".join(f"SELECT {columns}, {old} AS old FROM {name}" for name, old in tables)


def slots_of_hashes(radius: Radius, known: int = 0) -> str:
    """Each different hash once in every slot, dealt into parts; reads `pictures` and the known.

    With few parts a slot lies whole in one. With many its values are cut into shards by their last
    bits, and a row goes also to the shards that hold values near its own: `across` says by which
    bits. So a part holds a bounded number of rows at home, and none of them misses a neighbour.
    """
    cut = radius.slots
    columns = ", ".join(f"slot_{slot}" for slot in range(cut.count))
    cases = " ".join(f"WHEN {slot} THEN slot_{slot}" for slot in range(cut.count))
    slots = ", ".join(f"({slot})" for slot in range(cut.count))
    masks = ", ".join(f"({mask})" for mask in flipped(MOST_SHARDS_BITS, cut.flips).tolist())
    shards = " ".join(
        f"WHEN {{parts}} >= {cut.count << bits} THEN {1 << bits}"
        for bits in range(MOST_SHARDS_BITS, 0, -1)
    )
    return f"""
SELECT CAST(slot AS SMALLINT) AS slot, CAST(mask AS INT) AS across, value, node, hash,
       CAST((slot * shards + shard + mask - 2 * (shard & mask)) % {{parts}} AS INT) AS part
FROM (SELECT slot, shards, value, CAST(value % shards AS INT) AS shard, node, hash
      FROM (SELECT slot, CASE {shards} ELSE 1 END AS shards,
                   CASE slot {cases} END AS value, node, hash
            FROM (SELECT DISTINCT node, hash, {columns}
                  FROM ({_everyone(f"node, hash, {columns}", known)}) AS everyone
                  WHERE hash IS NOT NULL) AS hashes
            CROSS JOIN (VALUES {slots}) AS slots(slot)) AS cut) AS dealt
CROSS JOIN (VALUES {masks}) AS masks(mask)
WHERE mask < shards
"""


def picture_clusters(known: int = 0) -> str:
    """A row for each picture of this run, alone or not; reads `pictures`, the known, `labels`."""
    everyone = _everyone("part, doc_id, image_id, sha256, area, node", known)
    order = "old DESC, area DESC, sha256, doc_id, image_id"
    return f"""
SELECT part, doc_id, image_id, cluster_id,
       CAST(cluster_size AS INT) AS cluster_size,
       CAST(cluster_uses AS INT) AS cluster_uses, CAST(cluster_place AS INT) AS cluster_place,
       CAST(bytes_uses AS INT) AS bytes_uses, CAST(bytes_place AS INT) AS bytes_place,
       best_doc_id, best_image_id
FROM (SELECT part, doc_id, image_id, old, cluster_id, cluster_uses, cluster_place, bytes_uses,
             bytes_place, best_doc_id, best_image_id,
             sum(CASE WHEN bytes_place = 1 THEN 1 ELSE 0 END) OVER (PARTITION BY label)
                 AS cluster_size
      FROM (SELECT part, doc_id, image_id, label, old,
                   min(sha256) OVER (PARTITION BY label) AS cluster_id,
                   count(*) OVER (PARTITION BY label) AS cluster_uses,
                   row_number() OVER (PARTITION BY label ORDER BY {order}) AS cluster_place,
                   first_value(doc_id) OVER (PARTITION BY label ORDER BY {order}) AS best_doc_id,
                   first_value(image_id) OVER (PARTITION BY label ORDER BY {order})
                       AS best_image_id,
                   count(*) OVER (PARTITION BY sha256) AS bytes_uses,
                   row_number() OVER (PARTITION BY sha256
                                      ORDER BY old DESC, doc_id, image_id) AS bytes_place
            FROM (SELECT part, doc_id, image_id, sha256, area, old,
                         coalesce(labels.label, everyone.node) AS label
                  FROM ({everyone}) AS everyone LEFT JOIN labels ON labels.node = everyone.node
                 ) AS labelled) AS ranked) AS counted
WHERE old = 0
"""


# Documents by the clusters of pictures that they show. Reads `picture_clusters`, `signatures`.
_SHOWN = """
SELECT DISTINCT node, cluster_id
FROM picture_clusters JOIN signatures ON signatures.doc_id = picture_clusters.doc_id
"""


def interleaved_pairs(share: float) -> str:
    """Documents of whose clusters of pictures at least `share` (Jaccard) are common, with sketches.

    Each document meets, in each cluster that it shows, the first document and the NEIGHBOURS
    before it: as in pipeline.copies.clusters, so that a picture of a thousand pages costs no
    million.
    """
    backs = ", ".join(
        f"lag(node, {back}) OVER (PARTITION BY cluster_id ORDER BY node) AS back_{back}"
        for back in range(1, NEIGHBOURS + 1)
    )
    cases = " ".join(f"WHEN {back} THEN back_{back}" for back in range(NEIGHBOURS + 1))
    offsets = ", ".join(f"({back})" for back in range(NEIGHBOURS + 1))
    sizes = f"SELECT node, count(*) AS clusters FROM ({_SHOWN}) AS shown GROUP BY node"
    met = f"""
SELECT DISTINCT u, v
FROM (SELECT CASE back {cases} END AS u, node AS v
      FROM (SELECT node, min(node) OVER (PARTITION BY cluster_id) AS back_0, {backs}
            FROM ({_SHOWN}) AS shown) AS bucket
           CROSS JOIN (VALUES {offsets}) AS offsets(back)) AS pair
WHERE u < v"""
    common = f"""
SELECT u, v, count(*) AS common
FROM ({met}) AS met
JOIN ({_SHOWN}) AS a ON a.node = u
JOIN ({_SHOWN}) AS b ON b.node = v AND b.cluster_id = a.cluster_id
GROUP BY u, v"""
    return f"""
SELECT u, v, x.sketch AS u_sketch, y.sketch AS v_sketch, CAST(abs(v % {{parts}}) AS INT) AS part
FROM ({common}) AS common
JOIN ({sizes}) AS m ON m.node = u
JOIN ({sizes}) AS n ON n.node = v
JOIN signatures AS x ON x.node = u
JOIN signatures AS y ON y.node = v
WHERE common >= CAST({share!r} AS DOUBLE) * (m.clusters + n.clusters - common)
"""


# Who has the same set of image links, and who is alike in text and pictures: a row for each
# document with pictures. Reads `pictures`, `signatures`, and `labels` of the pairs that passed.
TOGETHER = f"""
SELECT part, doc_id,
       CAST(count(*) OVER (PARTITION BY links, low, high, total) AS INT) AS image_set_uses,
       CAST(row_number() OVER (PARTITION BY links, low, high, total ORDER BY {BETTER}) AS INT)
           AS image_set_place,
       min(doc_id) OVER (PARTITION BY label) AS interleaved_id,
       CAST(count(*) OVER (PARTITION BY label) AS INT) AS interleaved_size,
       CAST(row_number() OVER (PARTITION BY label ORDER BY {BETTER}) AS INT) AS interleaved_place,
       first_value(doc_id) OVER (PARTITION BY links, low, high, total ORDER BY {BETTER})
           AS image_set_best,
       first_value(doc_id) OVER (PARTITION BY label ORDER BY {BETTER}) AS interleaved_best
FROM (SELECT signatures.part AS part, signatures.doc_id AS doc_id, quality, fetched_at,
             links, low, high, total, coalesce(labels.label, signatures.node) AS label
      FROM signatures
      JOIN (SELECT doc_id, count(*) AS links, min(image_id) AS low, max(image_id) AS high,
                   sum(CAST(link AS DECIMAL(38, 0))) AS total
            FROM pictures GROUP BY doc_id) AS sets ON sets.doc_id = signatures.doc_id
      LEFT JOIN labels ON labels.node = signatures.node) AS known
"""
