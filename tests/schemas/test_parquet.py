"""How tables lie in Parquet files: the same rows come back, from the encodings that were asked."""

import io

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.parquet import parquet_options

MEMBER = pa.struct([("kind", pa.string()), ("text", pa.string()), ("words", pa.int32())])
SCHEMA = pa.schema(
    [("doc_id", pa.string()), ("host", pa.string()), ("size", pa.int64()), ("share", pa.float32()),
     ("on", pa.bool_()), ("at", pa.timestamp("us", "UTC")), ("raw", pa.large_binary()),
     ("status", pa.int16()), ("names", pa.list_(pa.string())), ("nodes", pa.list_(MEMBER))]
)  # fmt: skip
NODES = [
    {"kind": "text", "text": "a b", "words": 2},
    {"kind": "image", "text": None, "words": None},
]
ROWS = [
    {"doc_id": "a", "host": "x", "size": 2**40, "share": 0.5, "on": True, "at": 0, "raw": b"\0",
     "status": 200, "names": ["n", None], "nodes": NODES},
    {"doc_id": "b"},
    {"doc_id": "c", "host": "x", "size": -1, "names": [], "nodes": [None, *NODES]},
]  # fmt: skip


def written(table: pa.Table) -> bytes:
    out = io.BytesIO()
    with pq.ParquetWriter(out, table.schema, **parquet_options(table.schema)) as writer:
        writer.write_table(table)
    return out.getvalue()


def test_rows_come_back_and_the_bytes_are_the_same():
    table = pa.Table.from_pylist(ROWS, SCHEMA)
    assert pq.read_table(io.BytesIO(written(table))).equals(table)
    assert written(table) == written(pa.Table.from_pylist(ROWS, SCHEMA))
    assert pq.read_table(io.BytesIO(written(table.slice(0, 0)))).schema == SCHEMA


def test_strings_that_repeat_get_a_dictionary_and_plain_columns_bounds():
    group = pq.ParquetFile(io.BytesIO(written(pa.Table.from_pylist(ROWS, SCHEMA)))).metadata
    columns = [group.row_group(0).column(at) for at in range(group.num_columns)]
    by_name = {column.path_in_schema: column for column in columns}
    dictionary = {name for name, column in by_name.items() if column.has_dictionary_page}
    bounded = {name for name, column in by_name.items() if column.is_stats_set}
    assert dictionary == {"host", "names.list.element", "nodes.list.element.kind"}
    assert bounded == {"doc_id", "host", "size", "share", "on", "at", "raw", "status"}
    assert {column.compression for column in columns} == {"ZSTD"}


def test_a_table_without_numbers_or_strings():
    table = pa.table({"on": [True, None]})
    assert pq.read_table(io.BytesIO(written(table))).equals(table)
