"""The steps that find near-duplicate documents, and the stores whose documents count as known."""

from dataclasses import asdict, dataclass
from typing import Any

import pyarrow as pa

from filters.banding import PRESETS, Banding
from jobs.plan import Pass, Query, Step
from jobs.steps import semantic
from jobs.steps.semantic import Semantic
from jobs.store import Store, StoreError
from jobs.table import Rows, Table
from pipeline.copies import clusters, near

# Tables of these steps -> their columns; that of the signatures depends on the bands.
SHAPES: dict[str, tuple[pa.Schema, dict[str, Any]]] = {
    "pairs": (near.PAIR, {}),
    "hot_buckets": (near.HOT, {}),
    "edges": (near.ALIKE, {}),
    "clusters": (near.CLUSTER, {}),
    **semantic.SHAPES,
}


@dataclass(frozen=True)
class Duplicates:
    """How near-duplicates are found; `against` are the roots of stores with known documents.

    With `semantic`, documents are alike too where their embeddings are.
    """

    banding: Banding = PRESETS["fineweb"]
    against: tuple[str, ...] = ()
    semantic: Semantic | None = None

    def as_json(self) -> dict[str, Any]:
        """What run.json says of it."""
        said = {"banding": asdict(self.banding), "against": list(self.against)}
        return said | ({"semantic": asdict(self.semantic)} if self.semantic else {})

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Duplicates":
        """What `as_json` gave; of a store without it, the default."""
        if not values:
            return cls()
        meant = Semantic(**values["semantic"]) if "semantic" in values else None
        return cls(Banding(**values["banding"]), tuple(values["against"]), meant)


NEAR = Duplicates()


def signatures(store: Store, banding: Banding) -> Table:
    """The table of band keys of a store's documents."""
    return Table(store, "signatures", near.signature_columns(banding))


def steps(hosts: Rows, tables: dict[str, Table], duplicates: Duplicates) -> tuple[Step, ...]:
    """From documents (`hosts`) to `clusters`, their parts alike; `tables` as in SHAPES."""
    banding, store = duplicates.banding, hosts.table.store
    ours = signatures(store, banding)
    known = [signatures(Store(root), banding) for root in duplicates.against]
    inputs = (("signatures", ours), *((f"known_{i}", table) for i, table in enumerate(known)))
    count = len(known)
    sign = Pass("signatures", hosts, (near.Signatures(banding),), ours, unit=None)
    edges: tuple[Step, ...] = ()
    graph = clusters.star_edges(banding, count)
    if banding.verify:
        edges = (
            Query(
                "pairs",
                inputs,
                clusters.candidate_pairs(banding, count),
                tables["pairs"],
                keys=("u", "v"),
                like=hosts.table,
            ),
            Query(
                "hot",
                inputs,
                clusters.hot_buckets(banding, count),
                tables["hot_buckets"],
                keys=("band", "band_key"),
                like=hosts.table,
            ),
            Pass("edges", tables["pairs"].rows(), (near.Compare(banding),), tables["edges"], None),
        )
        graph = clusters.checked_edges(count)
        inputs = (*inputs, ("edges", tables["edges"]))
    if duplicates.semantic:
        edges = (*edges, *semantic.steps(hosts, ours, tables, duplicates.semantic))
        graph = (*graph, semantic.EDGES)
        inputs = (*inputs, ("semantic_edges", tables["semantic_edges"]))
    alike = Query(
        "alike",
        inputs,
        clusters.survivors(count),
        tables["clusters"],
        like=hosts.table,
        graph=graph,
    )
    return (sign, *edges, alike)


def check(duplicates: Duplicates) -> None:
    """Are the stores that we compare with there, and signed in the same way? Raises StoreError."""
    from jobs.store import RUN, read_run

    for root in duplicates.against:
        store = Store(root)
        if not store.exists(RUN):
            raise StoreError(f"--against {root}: there is no run in it")
        theirs = Duplicates.from_json(read_run(store).get("duplicates", {})).banding
        if theirs != duplicates.banding:
            raise StoreError(
                f"--against {root}: its documents were signed as {described(theirs)}, this run "
                f"signs as {described(duplicates.banding)}; give the same --alike and --verify"
            )
        if not signatures(store, theirs).parts():
            raise StoreError(f"--against {root}: it has no signatures yet; finish that run first")


def described(banding: Banding) -> str:
    """A banding in a few words."""
    verify = f", verified by {banding.verify} at {banding.threshold:g}" if banding.verify else ""
    return f"{banding.name} ({banding.words}-grams, {banding.bands}x{banding.rows}{verify})"


def held(store: Store, duplicates: Duplicates) -> str:
    """What a store holds for those who compare with it, in a line."""
    table = signatures(store, duplicates.banding)
    rows = sum(receipt.rows for receipt in table.receipts())
    against = f", made against {', '.join(duplicates.against)}" if duplicates.against else ""
    hot = Table(store, "hot_buckets", near.HOT)
    left = [
        count
        for part in hot.parts()
        for batch in hot.read(part, ["not_compared"])
        for count in batch["not_compared"].to_pylist()
    ]
    capped = f"; {len(left):,} buckets compared in part, {sum(left):,} pairs left out"
    meaning = f"; {semantic.held(store, duplicates.semantic)}" if duplicates.semantic else ""
    return (
        f"signatures of {rows:,} documents, {described(duplicates.banding)}{against}"
        f"{capped if left else ''}{meaning}"
    )
