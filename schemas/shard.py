"""A shard: what a trainer reads. Parquet columns, tar members, and how they are cut."""

import hashlib
import json
from typing import Any

import pyarrow as pa

from schemas.columns import column
from schemas.document import DOCUMENT, NODE
from schemas.image import IMAGE

PICTURE = pa.schema(
    [
        column("bytes", pa.binary(), "the picture, encoded"),
        column("path", pa.string(), "its name: the member of the tar that holds it"),
    ]
)

PICTURE_METADATA = pa.schema(
    [
        IMAGE.field("image_id"),
        IMAGE.field("url"),
        NODE.field("alt"),
        NODE.field("caption"),
    ]
    + [IMAGE.field(name) for name in ("format", "width", "height")]
    + [IMAGE.field(name) for name in ("original_format", "original_width", "original_height")]
    + [
        IMAGE.field("sha256"),
        column("unsafe", pa.float32(), "unsafe content", "probability"),
        column("cluster_id", pa.string(), "smallest sha256 of the pictures that look alike"),
        column("cluster_size", pa.int32(), "different files of the crawl among those", "count"),
    ]
)

# What became of every image link of a document, in the ledger beside the release.
_FAILED = column("failed", pa.list_(pa.string()), "every reason and rule that speaks against it")
LINK = pa.schema([*(IMAGE.field(name) for name in ("image_id", "url", "dropped")), _FAILED])
CHOICE = pa.schema(
    [
        DOCUMENT.field("doc_id"),
        column("dropped", pa.string(), "why the document is not released; null where it is"),
        _FAILED,
        column("links", pa.list_(pa.struct(list(LINK))), "every image link and its verdict"),
    ]
)

RELEASED_NODE = pa.schema(
    [NODE.field(name) for name in ("kind", "tag", "text")]
    + [column("image", pa.int32(), "index into pictures; null for a text node")]
)


def _structs(members: pa.Schema) -> pa.ListType:
    return pa.list_(pa.struct(list(members)))


_COLUMNS = pa.schema(
    [DOCUMENT.field(name) for name in ("doc_id", "url", "host", "fetched_at")]
    + [DOCUMENT.field(name) for name in ("warc_file", "warc_offset", "title")]
    + [
        column("language", pa.string(), "language of the kept text", "ISO 639 code"),
        column("language_score", pa.float32(), "how sure the classifier is", "probability"),
        column("words", pa.int32(), "words of the kept text", "count"),
        column("texts", pa.list_(pa.string()), "merged text, or null where an image stands"),
        column("images", pa.list_(pa.string()), "image address, or null where text stands"),
        column(
            "metadata",
            pa.string(),
            "JSON list: facts of each image, null where text stands",
        ),
        column(
            "general_metadata",
            pa.string(),
            "JSON: page address and where it lies in the crawl",
        ),
        column("nodes", _structs(RELEASED_NODE), "unmerged nodes in reading order"),
        column(
            "pictures",
            _structs(PICTURE),
            "the pictures, in the order of their first node",
        ),
        column("picture_metadata", _structs(PICTURE_METADATA), "one for each of pictures"),
    ]
)

# Members of a tar sample: KEY.json, then KEY.0.jpg, KEY.1.png ... in the order of `pictures`.
EXTENSIONS = {"jpeg": "jpg", "png": "png", "webp": "webp", "avif": "avif"}

# The pictures of one row group stay below 2 GiB, so a reader rebuilds every nested column as one
# Arrow array; the public viewer of MINT-1T broke on a release whose columns came back in two.
ROWS_PER_GROUP = 64
MAX_DOCUMENT_BYTES = 31 << 20

PICTURE_COLUMN = "pictures"


def features(schema: pa.Schema) -> dict[str, Any]:
    """`schema` in the JSON form of Hugging Face features; `pictures` become decoded images.

    Lists are written as `Sequence` and lists of structs as `[{...}]`: the spelling that releases
    of `datasets` before and after 4.0 both read.
    """
    out = {field.name: _feature(field.type) for field in schema}
    if PICTURE_COLUMN in out:
        out[PICTURE_COLUMN] = {"feature": {"_type": "Image"}, "_type": "Sequence"}
    return out


def _feature(type_: pa.DataType) -> Any:
    if pa.types.is_struct(type_):
        return {field.name: _feature(field.type) for field in type_}
    if pa.types.is_list(type_) and pa.types.is_struct(type_.value_type):
        return [_feature(type_.value_type)]
    if pa.types.is_list(type_):
        return {"feature": _feature(type_.value_type), "_type": "Sequence"}
    return {"dtype": {"float": "float32"}.get(str(type_), str(type_)), "_type": "Value"}


def _with_features(schema: pa.Schema) -> pa.Schema:
    return schema.with_metadata(
        {"huggingface": json.dumps({"info": {"features": features(schema)}})}
    )


# `datasets` finds the features in the schema's metadata and hands out decoded pictures.
SHARD = _with_features(_COLUMNS)


def fingerprint(schema: pa.Schema = SHARD) -> str:
    """sha256 over the columns' names and types: equal where rows can be read alike."""
    lines = "\n".join(f"{field.name} {_spelt(field.type)}" for field in schema)
    return hashlib.sha256(lines.encode()).hexdigest()


def _spelt(type_: pa.DataType) -> str:
    # Not str(type): Parquet and Arrow call a list's inner field by different names.
    if pa.types.is_struct(type_):
        return "struct<" + ",".join(f"{f.name}:{_spelt(f.type)}" for f in type_) + ">"
    if pa.types.is_list(type_):
        return f"list<{_spelt(type_.value_type)}>"
    return str(type_)
