"""The steps that find pictures that look alike, and documents alike in text and pictures."""

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import pyarrow as pa

from filters import alike
from filters.banding import SIGNATURE, Banding
from filters.pictures.hash_slots import Radius
from filters.rules import Rule
from jobs.plan import Pass, Query, Step
from jobs.store import RUN, Store, StoreError, read_run
from jobs.table import BROKEN, Rows, Table
from pipeline.copies import near
from pipeline.copies.components import EDGE
from pipeline.copies.near_hashes import HOT, SLOT, NearHashes
from pipeline.copies.picture_clusters import (
    TOGETHER,
    interleaved_pairs,
    picture_clusters,
    slots_of_hashes,
)
from pipeline.copies.pictures_alike import Pictures, picture_columns
from pipeline.dedup import PART
from schemas.columns import column
from schemas.document import DOCUMENT
from schemas.image import IMAGE

# Different hashes of a slot that lie in one part, at home.
ROWS_PER_PART = 1 << 20

# Tables of these steps -> their columns; that of the pictures depends on the radius.
SHAPES: dict[str, tuple[pa.Schema, dict[str, Any]]] = {
    "hash_slots": (SLOT, {}),
    "picture_edges": (EDGE, {}),
    "hot_hashes": (HOT, {"holds": BROKEN}),
    "picture_clusters": (
        pa.schema(
            [
                PART,
                DOCUMENT.field("doc_id"),
                IMAGE.field("image_id"),
                *alike.OF_PICTURE,
                column("best_doc_id", pa.string(), "the document that shows the best copy"),
                column("best_image_id", pa.string(), "the best copy's image_id"),
            ]
        ),
        {},
    ),
    "interleaved_pairs": (near.PAIR, {}),
    "interleaved_edges": (near.ALIKE, {}),
    "together": (
        pa.schema(
            [
                PART,
                DOCUMENT.field("doc_id"),
                *alike.COLUMNS,
                column("image_set_best", pa.string(), "the document to keep of the same set"),
                column("interleaved_best", pa.string(), "the document to keep of those alike"),
            ]
        ),
        {},
    ),
}


@dataclass(frozen=True)
class Alike:
    """When pictures are alike, and when documents are in text and pictures together.

    Two documents are where the Jaccard similarity of their word 5-grams, estimated from 128 values
    of a signature, is at least `text`, and that of their sets of picture clusters at least
    `pictures`. The bounds are ours: no published pipeline compares both. Each is half, below what
    either would be believed for alone. `against` are the roots of stores whose pictures count as
    known.
    """

    radius: Radius = field(default_factory=Radius)
    text: float = 0.5
    pictures: float = 0.5
    against: tuple[str, ...] = ()

    @property
    def banding(self) -> Banding:
        """How the text of documents is signed and compared."""
        return Banding("interleaved", bands=1, rows=128, verify=SIGNATURE, threshold=self.text)

    def as_json(self) -> dict[str, Any]:
        """What run.json says of it."""
        return asdict(self) | {"against": list(self.against)}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Alike":
        """What `as_json` gave; of a store without it, the default."""
        if not values:
            return cls()
        own = {"radius": Radius(**values["radius"]), "against": tuple(values.get("against", ()))}
        return cls(**values | own)

    def described(self) -> str:
        """In a few words."""
        others = ", against those of other stores" if self.against else ""
        return f"pictures alike within {self.radius.bits} bits of {self.radius.hash}{others}"


USUAL = Alike()


def with_known(alike_: Alike, roots: tuple[str, ...]) -> Alike:
    """The same, compared with those of the stores that have pictures. Raises StoreError.

    A store that was never taken further than its texts has none; what has no run at all, or none
    yet with this radius, is for others to refuse.
    """
    found = []
    for root in roots:
        store = Store(root)
        theirs = Alike.from_json(read_run(store).get("alike", {})) if store.exists(RUN) else None
        if theirs and pictures_of(store, theirs.radius).parts():
            if theirs.radius != alike_.radius:
                raise StoreError(
                    f"--against {root}: its {theirs.described()}, this run's within "
                    f"{alike_.radius.bits} of {alike_.radius.hash}; give the same --images-alike"
                )
            found.append(root)
    return replace(alike_, against=tuple(found))


def pictures_of(store: Store, radius: Radius) -> Table:
    """The table of pictures with their hashes."""
    return Table(store, "pictures", picture_columns(radius))


def steps(
    rows: Rows, tables: dict[str, Table], alike_: Alike, image: tuple[Rule, ...]
) -> tuple[Step, ...]:
    """From documents beside images and scores (`rows`) to `picture_clusters` and `together`.

    `tables` as in SHAPES; `image` are the rules that a picture has to pass before it is compared.
    """
    documents = rows.table
    pictures = pictures_of(documents.store, alike_.radius)
    signatures = Table(
        documents.store, "interleaved_signatures", near.signature_columns(alike_.banding)
    )
    scores = tuple(rows.schema.field("scores").type.value_type)
    return (
        Pass("pictures", rows, (Pictures(alike_.radius, image, scores),), pictures, unit=None),
        *compare(pictures, tables, alike_, documents),
        Pass(
            "sign_interleaved",
            documents.rows(),
            (near.Signatures(alike_.banding),),
            signatures,
            unit=None,
        ),
        Query(
            "interleaved_pairs",
            (("picture_clusters", tables["picture_clusters"]), ("signatures", signatures)),
            interleaved_pairs(alike_.pictures),
            tables["interleaved_pairs"],
            keys=("u", "v"),
            like=documents,
        ),
        Pass(
            "compare_interleaved",
            tables["interleaved_pairs"].rows(),
            (near.Compare(alike_.banding),),
            tables["interleaved_edges"],
            unit=None,
        ),
        Query(
            "interleaved_alike",
            (
                ("signatures", signatures),
                ("pictures", pictures),
                ("edges", tables["interleaved_edges"]),
            ),
            TOGETHER,
            tables["together"],
            like=documents,
            graph=("SELECT u, v FROM edges",),
        ),
    )


def compare(
    pictures: Table, tables: dict[str, Table], alike_: Alike, like: Table | None = None
) -> tuple[Step, ...]:
    """From `pictures` to `picture_clusters`, in parts as those of `like`."""
    slots = alike_.radius.slots
    stores = enumerate(map(Store, alike_.against))
    known = [(f"known_{index}", pictures_of(store, alike_.radius)) for index, store in stores]
    return (
        Query(
            "hash_slots",
            (("pictures", pictures), *known),
            slots_of_hashes(alike_.radius, len(known)),
            tables["hash_slots"],
            keys=("slot", "across", "node"),
            rows_per_part=max(1, ROWS_PER_PART // slots.count),
            counted=1 + len(known),
        ),
        Pass(
            "near_hashes",
            tables["hash_slots"].rows(),
            (NearHashes(alike_.radius),),
            tables["picture_edges"],
            unit=None,
            also=(tables["hot_hashes"],),
        ),
        Query(
            "images_alike",
            (("pictures", pictures), *known, ("picture_edges", tables["picture_edges"])),
            picture_clusters(len(known)),
            tables["picture_clusters"],
            keys=("doc_id", "image_id"),
            like=like or pictures,
            graph=("SELECT u, v FROM picture_edges",),
        ),
    )


def beside(rows: Rows, clusters: Table, together: Table) -> Rows:
    """The rows with what these tables tell of each picture and each document."""
    rows = rows.marked(clusters, alike.SHOWN, many=True)
    for signal in alike.DOCUMENT:
        rows = rows.marked(together, signal.name)
    return rows


def tables_of(store: Store, tables: dict[str, Table], alike_: Alike) -> tuple[Table, ...]:
    """All tables that the steps write: one other picture makes every part of them undone."""
    signatures = near.signature_columns(alike_.banding)
    return (
        *tables.values(),
        pictures_of(store, alike_.radius),
        Table(store, "interleaved_signatures", signatures),
    )


def compared(store: Store, alike_: Alike) -> str:
    """What a store says of its pictures, in a line: how many are alike, and what was left out."""

    def table(name: str) -> Table:
        shape, options = SHAPES[name]
        return Table(store, name, shape, **options)

    names = ["cluster_place", "bytes_place"]
    places = [
        (row["cluster_place"], row["bytes_place"])
        for part in table("picture_clusters").parts()
        for batch in table("picture_clusters").read(part, names)
        for row in batch.to_pylist()
    ]
    hot = table("hot_hashes")
    left = [
        count
        for part in hot.parts()
        for batch in hot.read(part, ["not_compared"])
        for count in batch["not_compared"].to_pylist()
    ]
    capped = f"; {len(left):,} values of hashes compared in part, {sum(left):,} pairs left out"
    return (
        f"{len(places):,} pictures compared, {alike_.described()}: "
        f"{sum(place > 1 for _, place in places):,} have the bytes of another, "
        f"{sum(place > 1 for place, _ in places):,} look like a better one"
        f"{capped if left else ''}"
    )
