"""What was asked of whom, and what owners said: the evidence behind every link's verdict.

What the network did that day (times, attempts, waits) lies in tables of its own, log/asked and
log/sites_asked: two runs over one web differ in these and in nothing else.
"""

import pyarrow as pa

from schemas.columns import column
from schemas.document import DOCUMENT
from schemas.image import IMAGE, IMAGES

_TIME = pa.timestamp("us", tz="UTC")
PART = column("part", pa.int32(), "index of the part")

# The origins that the documents of a part link to.
ORIGIN = pa.schema(
    [
        PART,
        column("doc_id", pa.string(), "the first document of the part that links there"),
        column("origin", pa.string(), "scheme, host and port"),
        column("host_bucket", pa.int32(), "31-bit hash of the host"),
    ]
)

SITE = pa.schema(
    [
        PART,
        column("origin", pa.string(), "scheme, host and port"),
        column("parts", pa.int32(), "parts of documents that link there", "parts"),
    ]
)

PERMIT = pa.schema(
    [
        column("origin", pa.string(), "scheme, host and port"),
        column("parts", pa.int32(), "parts of documents that link there", "parts"),
        column("landed", pa.string(), "origin that robots.txt redirects to; null for itself"),
        column("refused", pa.string(), "why nothing is asked there; null where rules decide"),
        column("delay_s", pa.float64(), "Crawl-delay for us", "s"),
        column("robots_txt", pa.list_(pa.string()), "rules of robots.txt for us"),
        column("ai_txt", pa.list_(pa.string()), "rules of ai.txt for us"),
        column("tdm", pa.list_(pa.string()), "rules of /.well-known/tdmrep.json"),
        column("content_usage", pa.list_(pa.string()), "rules of Content-Usage in robots.txt"),
    ]
)

# What a site says, once for all parts; `permit` is all that the fetch needs of it.
ROBOTS = pa.schema(
    [
        SITE.field("origin"),
        column("http_status", pa.int16(), "status of robots.txt; null where none came"),
        column("sha256", pa.string(), "digest of robots.txt as read"),
        column("permit", pa.struct(list(PERMIT)), "what it allows"),
    ]
)

SITE_ASKED = pa.schema(
    [
        SITE.field("origin"),
        column("asked_at", _TIME, "when robots.txt was asked for, by us or by the crawl"),
        column("attempts", pa.int32(), "requests, redirects and tries among them", "requests"),
        column("failure", pa.string(), "class of failure of robots.txt; null where it answered"),
        column("captured_in", pa.string(), "crawl file that has robots.txt; null where asked"),
    ]
)

# A robots.txt as a crawl has it.
CAPTURE = pa.schema(
    [
        SITE.field("origin"),
        column("read_at", _TIME, "when the crawl read it"),
        column("captured_in", pa.string(), "name of the crawl file"),
        column("warc_offset", pa.int64(), "where the record begins in it", "bytes"),
        column("http_status", pa.int16(), "status of the answer"),
        column("body", pa.binary(), "the file; null where the answer was that there is none"),
    ]
)
# The newest of each origin that is linked to, dealt as the sites are.
CAPTURED = pa.schema([PART, *(field for field in CAPTURE if field.name != "warc_offset")])

PERMITTED = pa.schema([PART, DOCUMENT.field("doc_id"), ROBOTS.field("permit")])

ASKING = pa.schema(
    [
        column("attempts", pa.int32(), "requests, redirects and tries among them", "requests"),
        column("asked_at", _TIME, "when the link was asked for; null where it was not"),
        column("next_try_at", _TIME, "before this, asking again is no use; null for never"),
        column("evidence", pa.string(), "the rule, tag or list entry that decided"),
        column("etag", pa.string(), "ETag of the answer"),
        column("last_modified", pa.string(), "Last-Modified of the answer"),
        column("answered_by", pa.string(), "address that gave it, where a redirect led there"),
    ]
)

# A row a document beside `images`, a member a link.
ASKED = pa.schema(
    [
        IMAGES.field("doc_id"),
        pa.field(
            "images",
            pa.list_(
                pa.struct(
                    [
                        *(IMAGE.field(name) for name in ("image_id", "url")),
                        *(IMAGE.field(name) for name in ("http_status", "sha256", "dropped")),
                        *ASKING,
                    ]
                )
            ),
        ),
    ]
)
