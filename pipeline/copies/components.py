"""Connected components of a graph of int64 nodes: on one machine by union-find, on many by SQL.

Both give a node the smallest node that it is connected to, so their labels are the same, bit for
bit, whatever the order of the edges. The SQL is that of Kiveris et al., "Connected Components in
MapReduce and Beyond" (SoCC 2014): large-star and small-star in turn until every tree is a star.
A chain of n nodes takes about log2(n) rounds, and no round holds more edges than the graph had.
"""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from schemas.columns import column

EDGE = pa.schema(
    [
        column("u", pa.int64(), "one end"),
        column("v", pa.int64(), "the other end"),
    ]
)

LABEL = pa.schema(
    [
        column("node", pa.int64(), "a node that some edge touches"),
        column("label", pa.int64(), "the smallest node that it is connected to"),
    ]
)

# Each text reads the edges as `edges` (u, v) with v < u, and gives the next ones.
ORIENTED = """
SELECT DISTINCT greatest(u, v) AS u, least(u, v) AS v FROM edges WHERE u <> v
"""

# Every node hands its larger neighbours to the smallest of its neighbours and itself.
LARGE_STAR = """
SELECT DISTINCT other AS u, least(node, smallest) AS v
FROM (SELECT node, other, min(other) OVER (PARTITION BY node) AS smallest
      FROM (SELECT u AS node, v AS other FROM edges
            UNION ALL SELECT v AS node, u AS other FROM edges) AS directed) AS seen
WHERE other > node
"""

# Every node hands itself and its smaller neighbours to the smallest of them.
SMALL_STAR = """
SELECT DISTINCT u, v
FROM (SELECT u, min(v) AS v FROM edges GROUP BY u
      UNION ALL
      SELECT v AS u, smallest AS v
      FROM (SELECT v, min(v) OVER (PARTITION BY u) AS smallest FROM edges) AS seen
      WHERE v <> smallest) AS pointed
"""

# Nodes that keep the edges from being stars: with two parents, or both a parent and a child.
UNSETTLED = """
SELECT count(*) AS nodes
FROM (SELECT u AS node FROM edges GROUP BY u HAVING min(v) <> max(v)
      UNION ALL
      SELECT a.u AS node FROM edges AS a JOIN edges AS b ON a.v = b.u) AS wrong
"""

# Stars to labels: children, then parents, then nodes that only have an edge to themselves.
LABELS = """
SELECT u AS node, v AS label FROM edges
UNION SELECT v AS node, v AS label FROM edges
UNION SELECT node, node AS label FROM loops WHERE node NOT IN (SELECT u FROM edges)
"""


def labels(edges: Iterable[pa.RecordBatch]) -> pa.Table:
    """LABEL of the nodes of `edges` (EDGE), in ascending order of nodes.

    Memory: 32 to 64 bytes a node, 32 more at the end; edges are not kept.
    """
    from pipeline.copies import union_find

    names, parents = np.empty(1 << 10, np.int64), np.empty(1 << 10, np.int64)
    slots, count = np.zeros(1 << 11, np.int64), 0
    for batch in edges:
        us, vs = (batch[name].to_numpy(zero_copy_only=False) for name in ("u", "v"))
        for start in range(0, len(us), 1 << 16):
            some = slice(start, start + (1 << 16))
            room = count + 2 * len(us[some])
            if room > len(names):
                size = 1 << int(room - 1).bit_length()
                names, parents = (np.resize(array, size) for array in (names, parents))
                slots = np.zeros(2 * size, np.int64)
                union_find.rehash(names, count, slots)
            count = union_find.join(us[some], vs[some], (names, parents, slots), count)
    found = union_find.labels(names, parents, count)
    order = np.argsort(names[:count])
    return pa.table([names[:count][order], found[order]], LABEL)
