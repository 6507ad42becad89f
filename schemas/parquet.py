"""How the columns of a table are written to Parquet."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa

DIFFERENT = frozenset(("doc_id", "url", "text", "image_url", "image_id"))
"""Strings of these names hardly ever repeat: a dictionary of them is built for nothing."""

BATCH = 1 << 14
"""Values that are encoded between two looks at how large the page has become.

Values of bytes are large: beside them pyarrow looks as often as it does untold.
"""


def parquet_options(schema: pa.Schema) -> dict[str, Any]:
    """What `pyarrow.parquet.ParquetWriter` is told about the columns of a schema.

    Strings get a dictionary. Numbers lie plain: they are counts and shares, small and mostly
    different, and a dictionary of them takes longer to build than it saves zstd. Every reader
    knows both. Bounds are kept of plain columns only, for queries that pass over groups of rows;
    nobody asks for those of members of lists.
    """
    leaves = [leaf for field in schema for leaf in _leaves(field.name, field.type)]
    bytes_ = any(
        pa.types.is_binary(type_) or pa.types.is_large_binary(type_) for _, type_ in leaves
    )
    return {
        "compression": "zstd",
        "use_dictionary": [
            path
            for path, type_ in leaves
            if pa.types.is_string(type_) and path.rpartition(".")[2] not in DIFFERENT
        ],
        "write_batch_size": None if bytes_ else BATCH,
        "write_statistics": [path for path, _ in leaves if "." not in path],
    }


def _leaves(path: str, type_: pa.DataType) -> Iterator[tuple[str, pa.DataType]]:
    """Path and type of every column that holds values, as Parquet names it."""
    if pa.types.is_list(type_) or pa.types.is_large_list(type_):
        yield from _leaves(f"{path}.list.element", type_.value_type)
    elif pa.types.is_struct(type_):
        for member in type_:
            yield from _leaves(f"{path}.{member.name}", member.type)
    else:
        yield path, type_
