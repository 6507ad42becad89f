"""A document: one page as interleaved text and image nodes, in reading order."""

from hashlib import blake2b

import pyarrow as pa

from schemas.columns import column
from schemas.page import PAGE

CANDIDATE = pa.struct(
    [
        column("url", pa.string(), "absolute address of the same picture in another size"),
        column("width", pa.int32(), "width that the page gives for it; null where none", "px"),
    ]
)

NODE = pa.schema(
    [
        column("kind", pa.string(), "text or image"),
        column(
            "tag", pa.string(), "element of a text: h1, p, li, pre, table...; img or background"
        ),
        column("text", pa.string(), "text of a text node; null for an image"),
        column(
            "anchor",
            pa.int32(),
            "the element in the page: document.querySelectorAll('*')[anchor] without scripts",
            "elements",
        ),
        column("path", pa.string(), "the elements around and with it: /body/div/p"),
        column("image_url", pa.string(), "absolute address of an image, after <base>"),
        column("image_id", pa.string(), "hash of image_url"),
        column("alt", pa.string(), "alt text of an image, or its aria-label"),
        column("caption", pa.string(), "figcaption or other caption of an image"),
        column("width_attr", pa.string(), "declared width as written", "px or %"),
        column("height_attr", pa.string(), "declared height as written", "px or %"),
        column("width_style", pa.string(), "width in an image's style attribute", "as written"),
        column("height_style", pa.string(), "height in an image's style attribute", "as written"),
        column("title", pa.string(), "title attribute of an image"),
        column("link_url", pa.string(), "absolute address that an image links to"),
        column("loading", pa.string(), "loading attribute of an image: lazy, eager"),
        column("candidates", pa.list_(CANDIDATE), "other sizes that the page offers, widest first"),
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
        column("language_declared", pa.string(), "language that the page says it is in"),
        column("canonical_url", pa.string(), "address that the page says is its own"),
        column("published_at", pa.timestamp("us", tz="UTC"), "when the page says it was published"),
        column("author", pa.string(), "who the page says wrote it"),
        column("site_name", pa.string(), "name that the page gives its site"),
        column("licence", pa.string(), "address or name of the licence that the page names"),
        column("page_type", pa.string(), "og:type or schema.org type: article, Recipe..."),
        column("robots_meta", pa.string(), "meta robots, as written; other robots' named"),
        PAGE.field("x_robots_tag"),
        PAGE.field("content_usage"),
        column("tdm_reservation", pa.string(), "TDM reservation of the header, else of the page"),
        column("tdm_policy", pa.string(), "address of the TDM policy of the header, else the page"),
        column("json_ld", pa.list_(pa.string()), "the page's JSON-LD blocks, where they are small"),
        column(
            "machine_links",
            pa.list_(pa.string()),
            "links that a chat program's parameter marks, as written: utm_source=chatgpt.com",
        ),
        column("nodes", NODES, "the document's nodes in reading order"),
    ]
)


IMAGE_ID_BYTES = 16
"""What an image_id has of a BLAKE2b hash. [bytes]"""


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
    return blake2b(name.encode("utf-8", "replace"), digest_size=IMAGE_ID_BYTES).hexdigest()
