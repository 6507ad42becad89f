"""A page: one record of a crawl file, as the reader found it."""

import pyarrow as pa

from schemas.columns import column

SOURCE = pa.schema(
    [
        column("warc_file", pa.string(), "name of the crawl file that goes into identifiers"),
        column("location", pa.string(), "where it lies: a path, s3:// or https:// address"),
        column("limit", pa.int64(), "records to read of it at most; null reads all", "records"),
    ]
)

PAGE = pa.schema(
    [
        column("warc_file", pa.string(), "name of the crawl file"),
        column("warc_offset", pa.int64(), "where the record begins in it", "bytes"),
        column("url", pa.string(), "WARC-Target-URI as recorded"),
        column("fetched_at", pa.timestamp("us", tz="UTC"), "WARC-Date"),
        column("http_status", pa.int16(), "status of the HTTP response"),
        column("http_charset", pa.string(), "charset named by the Content-Type header, lower case"),
        column("content_type", pa.string(), "media type of the Content-Type header, lower case"),
        column("x_robots_tag", pa.string(), "X-Robots-Tag headers, joined by commas"),
        column("tdm_reservation", pa.string(), "tdm-reservation header (TDMRep), as written"),
        column("tdm_policy", pa.string(), "tdm-policy header (TDMRep), as written"),
        column("content_usage", pa.string(), "Content-Usage headers (AIPREF), joined by commas"),
        column("body", pa.large_binary(), "response body, content and transfer coding undone"),
        column("dropped", pa.string(), "why the record is no page; null for a page"),
        column("error", pa.string(), "why the record cannot be read; such rows go to quarantine"),
        column("raw", pa.large_binary(), "the unreadable record's bytes as stored, capped"),
    ]
)

# The closed vocabularies of PAGE.dropped and PAGE.error.
DROPPED = ("not_response", "http_status", "not_html", "empty_body", "no_url")
ERRORS = (
    "broken_gzip", "broken_zstd", "broken_record", "truncated", "broken_http", "broken_encoding",
    "too_large", "parse_failed",
)  # fmt: skip

QUARANTINE = pa.schema(
    [PAGE.field(name) for name in ("warc_file", "warc_offset", "url", "error", "raw")]
)
