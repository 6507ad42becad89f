"""The steps that find semantic duplicates, and the user's file of embeddings."""

import glob
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from filters.embeddings import EmbeddingError, embedder, packed, whole
from jobs.plan import Pass, Query, Step, part_name
from jobs.store import Store
from jobs.table import Rows, Table
from jobs.work import write_part
from pipeline.copies import semantic
from pipeline.copies.components import EDGE

SHAPES: dict[str, tuple[pa.Schema, dict[str, Any]]] = {
    "given_embeddings": (semantic.GIVEN, {}),
    "embeddings": (semantic.EMBEDDING, {}),
    "embedding_sample": (semantic.SAMPLED, {}),
    "centres": (semantic.CENTRE, {}),
    "members": (semantic.MEMBER, {}),
    "embeddings_by_cluster": (semantic.GATHERED, {}),
    "semantic_edges": (EDGE, {}),
}
EDGES = "SELECT u, v FROM semantic_edges"
KEYS = tuple(semantic.GIVEN_TO_DOCUMENTS)
PART_ROWS = 50_000  # embeddings in a part of a file that is taken in
CLUSTER_ROWS = 20_000  # and once they are gathered by cluster


@dataclass(frozen=True)
class Semantic:
    """Where embeddings come from, and what counts as alike.

    `source`: a function "module:name", or Parquet files; then `key` is the column that they go by
    and `digest` that of their footers. `clusters`: None for as many as is usual.
    """

    source: str
    similarity: float = 0.95
    clusters: int | None = None
    key: str = ""
    digest: str = ""


def read(source: str | None, similarity: float, clusters: int | None) -> Semantic | None:
    """What a run is asked for, looked at. Raises EmbeddingError."""
    if source is None:
        return None
    if not files_of(source):
        if ":" not in source or "/" in source:
            raise EmbeddingError(f"--semantic {source}: no such file; give Parquet or MODULE:NAME")
        embedder(source)
        return Semantic(source, similarity, clusters)
    shapes = {_columns(file) for file in files_of(source)}
    if len(shapes) > 1:
        raise EmbeddingError(f"--semantic {source}: not all files go by the same column")
    # Footers hold where every column chunk lies and its statistics: enough to tell files apart.
    footers = (repr(pq.read_metadata(file).to_dict()) for file in files_of(source))
    digest = sha256("\n".join(footers).encode()).hexdigest()
    return Semantic(source, similarity, clusters, shapes.pop(), digest)


def files_of(source: str) -> list[str]:
    """The Parquet files that a path, a folder or a pattern names; none for a function."""
    if Path(source).is_dir():
        return sorted(str(path) for path in Path(source).rglob("*.parquet"))
    return sorted(glob.glob(source))  # noqa: PTH207 - an absolute pattern will do


def _columns(file: str) -> str:
    """The column that a file's embeddings go by. Raises EmbeddingError."""
    try:
        schema = pq.read_schema(file)
    except (OSError, pa.ArrowInvalid) as error:
        said = " ".join(str(error).split())
        raise EmbeddingError(f"--semantic {file}: is no Parquet file: {said}") from error
    key = next((name for name in KEYS if name in schema.names), None)
    if key is None or "embedding" not in schema.names:
        raise EmbeddingError(
            f"--semantic {file}: has {', '.join(schema.names)[:200]}; it should have the columns "
            f"'embedding' and {' or '.join(map(repr, KEYS))}"
        )
    type_ = schema.field("embedding").type
    lists = pa.types.is_list(type_) or pa.types.is_large_list(type_)
    if not (lists or pa.types.is_fixed_size_list(type_)) or not _is_number(type_.value_type):
        raise EmbeddingError(f"--semantic {file}: 'embedding' is {type_}; give lists of numbers")
    return key


def _is_number(type_: pa.DataType) -> bool:
    return bool(pa.types.is_floating(type_) or pa.types.is_integer(type_))


def write_given(table: Table, asked: Semantic | None) -> None:
    """Take the user's embeddings into the store, parts of equal size. Raises EmbeddingError."""
    if asked is None or not asked.key:
        return
    done = set(table.parts())
    made = Pass("given", table.rows(), (), table, unit=None)
    for index, rows in enumerate(_pieces(_batches(asked))):
        if part_name(index) not in done:
            write_part(made, part_name(index), iter(rows.to_batches()), started=0.0)


def _pieces(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """The rows as tables of PART_ROWS; one that is empty where there is none."""
    waiting = semantic.GIVEN.empty_table()
    none = True
    for batch in batches:
        waiting = pa.concat_tables([waiting, pa.Table.from_batches([batch])])
        while waiting.num_rows > PART_ROWS:
            yield waiting.slice(0, PART_ROWS).combine_chunks()
            waiting, none = waiting.slice(PART_ROWS), False
    if none or waiting.num_rows:
        yield waiting.combine_chunks()


def _batches(asked: Semantic) -> Iterator[pa.RecordBatch]:
    """GIVEN rows of the files. Raises EmbeddingError where their vectors differ in length."""
    seen: set[int] = set()
    for file in files_of(asked.source):
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(4096, columns=[asked.key, "embedding"]):
                usable = pc.and_(pc.is_valid(batch["embedding"]), pc.is_valid(batch[asked.key]))
                some = batch.filter(usable)
                seen |= {*pc.unique(pc.list_value_length(some["embedding"])).to_pylist()}
                if len(seen) > 1:
                    said = " and ".join(map(str, sorted(seen)))
                    raise EmbeddingError(f"--semantic {file}: embeddings of {said} numbers")
                if some.num_rows:
                    flat = some["embedding"].flatten().to_numpy(zero_copy_only=False)
                    found = packed(whole(flat.reshape(some.num_rows, -1)))
                    columns = [some[asked.key].cast(pa.string()), found]
                    made = pa.RecordBatch.from_arrays(columns, schema=semantic.GIVEN)
                    yield made.filter(pc.is_valid(found))


@dataclass(frozen=True)
class CentresOf:
    """Opens the table of centres."""

    table: Table

    def __call__(self) -> pa.Array:
        """The centres, in the order of clusters."""
        found = [batch["embedding"] for batch in self.table.read(part_name(0), ["embedding"])]
        return pa.concat_arrays(found) if found else pa.array([], pa.binary())


def steps(
    hosts: Rows, signatures: Table, tables: dict[str, Table], asked: Semantic
) -> tuple[Step, ...]:
    """From documents and their signatures to `semantic_edges`; `tables` as in SHAPES."""
    embeddings, gathered = tables["embeddings"], tables["embeddings_by_cluster"]
    embed: Step = Pass("embed", hosts, (semantic.Embed(asked.source),), embeddings, unit=None)
    if asked.key:
        inputs = (("signatures", signatures), ("hosts", hosts.table))
        embed = Query(
            "embed",
            (*inputs, ("given", tables["given_embeddings"])),
            semantic.GIVEN_TO_DOCUMENTS[asked.key],
            embeddings,
            like=hosts.table,
        )
    centres = CentresOf(tables["centres"])
    within = semantic.Within(asked.similarity)
    return (
        embed,
        Query(
            "sample",
            (("embeddings", embeddings),),
            semantic.FIRST_ONES,
            tables["embedding_sample"],
            keys=("node",),
            rows_per_part=1 << 62,
        ),
        Pass(
            "centres",
            tables["embedding_sample"].rows(),
            (semantic.Centres(asked.clusters),),
            tables["centres"],
            unit=None,
        ),
        Pass("nearest", embeddings.rows(), (semantic.Nearest(centres),), tables["members"], None),
        Query(
            "by_cluster",
            (("embeddings", embeddings), ("members", tables["members"])),
            semantic.BY_CLUSTER,
            gathered,
            keys=("cluster", "node"),
            rows_per_part=CLUSTER_ROWS,
        ),
        Pass("meaning", gathered.rows(), (within,), tables["semantic_edges"], unit=None),
    )


def held(store: Store, asked: Semantic) -> str:
    """What a store holds of it, in a few words."""
    embeddings, centres = (
        sum(receipt.rows for receipt in Table(store, name, SHAPES[name][0]).receipts())
        for name in ("embeddings", "centres")
    )
    return (
        f"embeddings of {embeddings:,} documents by {asked.source} in {centres:,} clusters, "
        f"alike from {asked.similarity:g} on"
    )
