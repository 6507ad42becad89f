"""What owners say of use, and what becomes of it: tags, headers, files, lists."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.ledger import DAY_S, HEALS_S, HOUR_S, next_try_s
from pipeline.prune import VERDICT
from pipeline.reserve import Bury, Reserve, page_verdict
from pipeline.web.blocklist import Blocklist
from pipeline.web.rights import (
    DEFAULT,
    KINDS,
    directives,
    header_verdict,
    tdm_rules,
    usage_rules,
)
from pipeline.web.robots import Rules
from schemas.image import DROPPED


@pytest.mark.parametrize(
    "tag, words",
    [
        ("", []),
        ("noai", ["noai"]),
        ("NoAI, NoImageAI", ["noai", "noimageai"]),
        ("noindex nofollow", ["noindex", "nofollow"]),
        ("none", ["noindex"]),
        ("noindex; noai", ["noindex", "noai"]),
        ("otherbot: noindex; nofollow, noai", ["noai"]),
        ("otherbot: noindex", []),
        ("otherbot: noindex, nofollow", []),
        ("otherbot: noai", ["noai"]),
        ("interleaf: noindex", ["noindex"]),
        ("otherbot: noindex, interleaf: noindex", ["noindex"]),
        ("*: noindex", ["noindex"]),
        ("unavailable_after: 25 Jun 2030 15:00:00 PST, noai", ["unavailable_after:", "noai"]),
        ("max-snippet:20, noindex", ["max-snippet:20", "noindex"]),
        ("noindex" + "," * 9000 + "noai", ["noindex"]),
    ],
)
def test_directives(tag, words):
    date = {"25", "jun", "2030", "15:00:00", "pst"}
    assert [word for word in directives(tag, "interleaf") if word not in date] == words


@pytest.mark.parametrize(
    "headers, honours, word",
    [
        ([], DEFAULT, None),
        ([("X-Robots-Tag", "noai")], DEFAULT, "noai"),
        ([("x-robots-tag", "all"), ("X-ROBOTS-TAG", "noimageindex")], DEFAULT, "noimageindex"),
        ([("X-Robots-Tag", "noarchive")], DEFAULT, None),
        ([("X-Robots-Tag", "otherbot: noindex"), ("X-Robots-Tag", "noml")], DEFAULT, "noml"),
        ([("X-Robots-Tag", "noai")], ("tdm",), None),
        ([("TDM-Reservation", "1")], DEFAULT, "tdm_reserved"),
        ([("TDM-Reservation", " 0 ")], DEFAULT, None),
        ([("TDM-Reservation", "1")], ("tags",), None),
        ([("Content-Usage", "train-ai=n")], DEFAULT, None),
        ([("Content-Usage", "search=y, train-ai=n")], KINDS, "content_usage"),
        ([("Content-Usage", "train-ai=y")], KINDS, None),
    ],
)
def test_headers(headers, honours, word):
    found = header_verdict(headers, "interleaf", honours)
    assert (found and found[0]) == word
    assert word is None or word in DROPPED


@pytest.mark.parametrize(
    "body, rules",
    [
        (b'[{"location": "/a", "tdm-reservation": 1, "tdm-policy": "x"}]', ("disallow: /a",)),
        (b'[{"location": "/*", "tdm-reservation": "1"}, {"location": "/b", "tdm-reservation": 0}]',
         ("disallow: /*", "allow: /b")),
        (b'{"location": "/a", "tdm-reservation": 1}', ()),
        (b'[{"location": 3, "tdm-reservation": 1}, {"tdm-reservation": 1}, 7, null]', ()),
        (b'[{"location": "/a", "tdm-reservation": true}]', ()),
        (b"<html>", ()), (b"", ()), (b"\xff\xfe", ()), (b"[" * 100_000, ()),
        (b'[{"location": "/a\\nallow: /", "tdm-reservation": 1}]', ("disallow: /a%20allow: /",)),
    ],
)  # fmt: skip
def test_tdmrep(body, rules):
    assert tdm_rules(body) == rules


@pytest.mark.parametrize(
    "values, path, forbidden",
    [
        (["train-ai=n"], "/a", True),
        (["train-ai=y"], "/a", False),
        (["search=n"], "/a", False),
        (["train-ai=n", "/open train-ai=y"], "/open/a", False),
        (["/shut train-ai=n"], "/a", False),
        (["/shut train-ai=n"], "/shut/a", True),
    ],
)
def test_content_usage(values, path, forbidden):
    assert (Rules(usage_rules(values)).against(path) is not None) == forbidden


@given(st.text(max_size=60), st.binary(max_size=60))
def test_anything_can_be_said(text, body):
    header_verdict([("X-Robots-Tag", text), ("Content-Usage", text)], "interleaf", KINDS)
    Rules(tdm_rules(body)).against("/")
    Rules(usage_rules([text])).against("/")


@pytest.mark.parametrize(
    "lines, url, entry",
    [
        (["a.example"], "http://a.example/b.png", "a.example"),
        (["a.example"], "https://cdn.A.example:8080/b.png", "a.example"),
        (["*.a.example"], "http://x.a.example/", "a.example"),
        (["a.example"], "http://ba.example/", None),
        (["https://a.example/b?x=1"], "http://a.example/b?x=1#top", "a.example/b?x=1"),
        (["https://a.example/b"], "http://a.example/c", None),
        (["# a.example", "", "  "], "http://a.example/", None),
        (["a.example"], "http://[::1", None),
        ([], "http://a.example/", None),
    ],
)
def test_blocklist(lines, url, entry):
    assert Blocklist(lines).entry(url) == entry


PAGE = {"url": "http://a.example/", "x_robots_tag": None, "robots_meta": None}
PAGE |= {"tdm_reservation": None, "content_usage": None}


def reserved(stage, **said):
    batch = pa.RecordBatch.from_pylist([PAGE | said], schema=Reserve.reads)
    (out,) = stage.stream(iter([batch]))
    return out["dropped"][0].as_py()


@pytest.mark.parametrize(
    "said, dropped",
    [
        ({}, None),
        ({"robots_meta": "noai"}, "noai"),
        ({"x_robots_tag": "noindex"}, "noindex"),
        ({"x_robots_tag": "googlebot: noindex"}, None),
        ({"robots_meta": "noimageai"}, None),
        ({"tdm_reservation": "1"}, "tdm_reserved"),
        ({"tdm_reservation": "0"}, None),
    ],
)
def test_pages(said, dropped):
    assert reserved(Reserve(), **said) == dropped


@pytest.mark.parametrize("value, dropped", [("train-ai=n", "content_usage"), ("search=n", None)])
def test_content_usage_of_a_page_counts_where_it_is_honoured(value, dropped):
    assert reserved(Reserve(honours=KINDS), content_usage=value) == dropped
    assert reserved(Reserve(), content_usage=value) is None


def test_what_is_not_honoured_is_no_reason():
    assert reserved(Reserve(honours=()), robots_meta="noai", tdm_reservation="1") is None
    assert page_verdict(PAGE, "interleaf", KINDS) is None


def test_takedown_of_documents_and_images():
    images = [{"url": u, "dropped": d} for u, d in (("http://b.example/x", None), ("c", "dns"))]
    rows = [{"url": u, "images": images} for u in ("http://a.example/", "http://d.example/")]
    stage = Bury(lists(taken_down={"a.example", "http://b.example/x"}))
    (out,) = stage.stream(iter([pa.RecordBatch.from_pylist(rows, schema=Bury.reads)]))
    assert out["dropped"].to_pylist() == ["taken_down", None]
    assert [[i["dropped"] for i in row] for row in out["images"].to_pylist()] == [
        ["taken_down", "dns"]
    ] * 2
    assert VERDICT[0].name == "dropped"


def lists(**named):
    from pipeline.web.blocklist import Lists

    return Lists(
        **{name: lambda entries=frozenset(found): entries for name, found in named.items()}
    )


@pytest.mark.parametrize(
    "dropped, wait_s, expected",
    [
        (None, None, None), ("http_4xx", 5, None), ("noai", None, None), ("dns", None, HOUR_S),
        ("http_429", 2 * HOUR_S, 2 * HOUR_S), ("http_5xx", float("inf"), DAY_S),
        ("deadline", None, 0.0), ("robots_unreachable", None, DAY_S),
    ],
)  # fmt: skip
def test_next_try(dropped, wait_s, expected):
    assert next_try_s(dropped, wait_s) == expected


def test_classes_that_heal_are_classes():
    assert set(HEALS_S) <= set(DROPPED)
    assert len(set(DROPPED)) == len(DROPPED)
