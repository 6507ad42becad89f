"""robots.txt out of a crawl's files: what decides is taken, and the host is not asked for it."""

import gzip
import io
from datetime import UTC, datetime

import pyarrow as pa
import pytest

from pipeline.crawl.robots_captures import Captured, ReadCaptures
from pipeline.permits import ReadSites
from schemas.page import SOURCE
from schemas.rights import SITE
from tests.attacks.server import reply, serving
from tests.pipeline.web.test_sites import POLICY, through

RULES = b"User-agent: *\nDisallow: /no\n"
THEN = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)


def warc(*records):
    """A crawl file, a gzip member a record; `records`: (address, status, body, headers)."""
    return b"".join(gzip.compress(record(*each), mtime=0) for each in records)


def record(url, status, body, headers):
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers), "", ""]
    block = "\r\n".join(lines).encode() + body
    head = (
        "WARC/1.0", "WARC-Type: response", f"WARC-Date: {THEN:%Y-%m-%dT%H:%M:%SZ}",
        f"WARC-Target-URI: {url}", "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(block)}", "", "",
    )  # fmt: skip
    return "\r\n".join(head).encode() + block + b"\r\n\r\n"


def captures(data, **options):
    source = {"warc_file": "robotstxt/0.warc.gz", "location": "x", "limit": None}
    stage = ReadCaptures(lambda location, offset=0: io.BytesIO(data[offset:]), **options)
    batches = stage.stream(iter([pa.RecordBatch.from_pylist([source], schema=SOURCE)]))
    return [row for batch in batches for row in batch.to_pylist()]


@pytest.mark.parametrize(
    "url, status, body, headers, expected",
    [
        ("http://a.example/robots.txt", 200, RULES, [], RULES),
        ("https://A.example:443/robots.txt", 200, RULES, [], RULES),
        ("http://a.example/robots.txt", 200, gzip.compress(RULES),
         [("Content-Encoding", "gzip")], RULES),
        ("http://a.example/robots.txt", 200, b"#" * (600 << 10), [], b"#" * (500 << 10)),
        ("http://a.example/robots.txt", 404, b"gone", [], None),
        ("http://a.example/robots.txt", 403, b"", [], None),
    ],
)  # fmt: skip
def test_what_decides(url, status, body, headers, expected):
    (row,) = captures(warc((url, status, body, headers)))
    assert row["origin"] == (
        "https://a.example:443" if url.startswith("https") else "http://a.example:80"
    )
    assert (row["read_at"], row["http_status"], row["body"]) == (THEN, status, expected)
    assert row["captured_in"] == "robotstxt/0.warc.gz"


@pytest.mark.parametrize(
    "url, status, body, headers",
    [
        ("http://a.example/robots.txt", 500, RULES, []),
        ("http://a.example/robots.txt", 429, RULES, []),
        ("http://a.example/robots.txt", 301, b"", [("Location", "https://a.example/robots.txt")]),
        ("http://a.example/robots.txt?x", 200, RULES, []),
        ("http://a.example/a/robots.txt", 200, RULES, []),
        ("http://a.example/", 200, RULES, []),
        ("http://127.0.0.1/robots.txt", 200, RULES, []),
        ("dns:a.example", 200, RULES, []),
        ("http://a.example/robots.txt", 200, b"\x1f\x8b\x00", [("Content-Encoding", "gzip")]),
        ("http://a.example/robots.txt", 200, gzip.compress(bytes(9 << 20)),
         [("Content-Encoding", "gzip")]),
    ],
)  # fmt: skip
def test_what_decides_nothing(url, status, body, headers):
    good = ("http://b.example/robots.txt", 200, RULES, [])
    data = warc((url, status, body, headers), good)
    assert [row["origin"] for row in captures(data)] == ["http://b.example:80"]


def test_damage_costs_what_it_hit():
    data = warc(("http://a.example/robots.txt", 200, RULES, []))
    assert [row["origin"] for row in captures(b"\x1f\x8b\x08junk" + data)] in (
        [], ["http://a.example:80"],
    )  # fmt: skip
    assert captures(b"") == []
    assert captures(data[:-9]) == []


def test_a_host_with_a_capture_is_asked_for_its_other_files_only():
    rows = captures(
        warc(
            ("http://a.example/robots.txt", 200, RULES + b"Crawl-delay: 2\n", []),
            ("http://b.example/robots.txt", 404, b"", []),
        )
    )
    sites = [
        {"part": 0, "origin": f"http://{host}.example:80", "parts": 1} for host in ("a", "b", "c")
    ]
    with serving() as server:
        for host in "abc":
            for path in ("robots.txt", "ai.txt", ".well-known/tdmrep.json"):
                server.files[f"{host}.example/{path}"] = reply(404)
        stage = ReadSites(through(server), captured=lambda origins: Captured.of(rows))
        batch = pa.RecordBatch.from_pylist(sites, schema=SITE)
        a, b, c = (row for out in stage.stream(iter([batch])) for row in out.to_pylist())
        asked = [url.split("/")[2] for url in server.asked if url.endswith("robots.txt")]
    assert asked == ["c.example"]
    assert POLICY.honours
    assert (a["permit"]["robots_txt"], a["permit"]["delay_s"]) == (["disallow: /no"], 2)
    assert (a["http_status"], a["asked_at"], a["attempts"]) == (200, THEN, 2)
    assert (b["permit"]["robots_txt"], b["permit"]["refused"]) == ([], None)
    assert (b["http_status"], b["failure"], b["sha256"]) == (404, "http_4xx", None)
    assert [row["captured_in"] for row in (a, b, c)] == ["robotstxt/0.warc.gz"] * 2 + [None]
    assert a["sha256"]
    assert c["asked_at"] > THEN
