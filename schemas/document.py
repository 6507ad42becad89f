"""A document: one page as interleaved text and image nodes, in reading order."""

from hashlib import blake2b

import pyarrow as pa

from schemas.columns import column

NODE = pa.schema(
    [
        column("kind", pa.string(), "text or image"),
        column("tag", pa.string(), "element the node came from: h1, p, li, pre, table, img..."),
        column("text", pa.string(), "text of a text node; null for an image"),
        column("image_url", pa.string(), "absolute address of an image, after <base>"),
        column("image_id", pa.string(), "hash of image_url"),
        column("alt", pa.string(), "alt text of an image"),
        column("caption", pa.string(), "figcaption or other caption of an image"),
        column("width_attr", pa.string(), "declared width as written", "px or %"),
        column("height_attr", pa.string(), "declared height as written", "px or %"),
    ]
)

NODES = pa.list_(pa.struct(list(NODE)))

DOCUMENT = pa.schema(
    [
        column("doc_id", pa.string(), "hash of (warc_file, warc_offset)"),
        column("url", pa.string(), "address of the page"),
        column("host", pa.string(), "host name of the page, lower case"),
        column("fetched_at", pa.timestamp("us", tz="UTC"), "when the crawler fetched the page"),
        column("warc_file", pa.string(), "name of the crawl file"),
        column("warc_offset", pa.int64(), "where the record begins in it", "bytes"),
        column("http_charset", pa.string(), "charset named by the HTTP header"),
        column("title", pa.string(), "text of <title>"),
        column("nodes", NODES, "the document's nodes in reading order"),
    ]
)


def nodes_with(*fields: pa.Field) -> pa.Schema:
    """A schema that says only: `nodes` has these members. For a stage's `reads` and `adds`."""
    return pa.schema([pa.field("nodes", pa.list_(pa.struct(list(fields))))])


def document_id(warc_file: str, offset: int) -> str:
    """The identifier of the page that lies at `offset` of a crawl file: 32 hex digits."""
    return _hash(f"{warc_file}:{offset}")


def image_id(url: str) -> str:
    """The identifier of an image link: 32 hex digits."""
    return _hash(url)


def _hash(name: str) -> str:
    return blake2b(name.encode("utf-8", "replace"), digest_size=16).hexdigest()
