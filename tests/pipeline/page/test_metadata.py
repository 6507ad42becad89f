import json
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import machine_links
from pipeline.interleave import Interleave
from pipeline.page import json_ld
from pipeline.page.metadata import MAX_JSON_LD, MAX_TEXT, Metadata, parsed_date
from schemas.document import DOCUMENT
from schemas.page import PAGE

URL = "https://h.example/d/p.html"


def said(html):
    return Interleave().read(html.encode(), URL, "utf-8").metadata


def ld(value):
    return f"<script type='application/ld+json'>{json.dumps(value)}</script>"


def meta(**contents):
    return "".join(
        f"<meta name='{name.replace('__', ':')}' content='{content}'>"
        for name, content in contents.items()
    )


def test_links_of_chat_programs_are_kept():
    links = (
        "/a?utm_source=chatgpt.com",
        "https://b.example/?x=1&amp;UTM_Source=ChatGPT.com&amp;y=2#top",
        "https://c.example/?referrer=grok.com",
        "https://d.example/?utm_source=openai#q",
        "/?utm_source=newsletter",
        "/?utm_source=openaire",
        "/chatgpt.com",
        "/?xutm_source=chatgpt.com",
        "",
    )
    page = "".join(f"<p><a href='{link}'>some words</a>" for link in links)
    assert said(page).machine_links == [link.replace("&amp;", "&") for link in links[:4]]
    assert (
        said("<p>utm_source=chatgpt.com <link href='?utm_source=chatgpt.com'>").machine_links
        is None
    )
    many = "".join(f"<a href='{n}?utm_source=chatgpt.com'>word</a>" for n in range(999))
    assert len(said(many).machine_links) == machine_links.MOST


def test_fields_are_columns():
    assert set(Metadata._fields) <= set(DOCUMENT.names)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("2024-02-03", "2024-02-03T00:00:00"),
        ("2024-02-03T04:05:06Z", "2024-02-03T04:05:06"),
        ("2024-02-03T04:05:06.789+02:00", "2024-02-03T02:05:06.789000"),
        ("2024-02-03T04:05:06+0200", "2024-02-03T02:05:06"),
        ("2024-02-03 04:05:06 UTC", "2024-02-03T04:05:06"),
        (" 2024/2/3 ", "2024-02-03T00:00:00"),
        ("Sat, 03 Feb 2024 04:05:06 GMT", "2024-02-03T04:05:06"),
        ("3 Feb 2024 04:05:06 +0100", "2024-02-03T03:05:06"),
        ("", None),
        ("yesterday", None),
        ("2024", None),
        ("2024-02-30", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("1706933106", None),
        ("3 Feb 99999 1:1:1", None),
    ],
)
def test_dates(text, expected):
    date = parsed_date(text)
    assert (date and date.replace(tzinfo=None).isoformat()) == expected
    assert date is None or date.tzinfo is UTC


@settings(max_examples=300)
@given(st.text(max_size=40) | st.from_regex(r"\w{3}, \d\d? \w{3} \d{4} [\d:]{1,9} [+-]?\w+"))
def test_any_date(text):
    date = parsed_date(text)
    assert date is None or pa.array([date], pa.timestamp("us", tz="UTC"))[0].is_valid


@pytest.mark.parametrize(
    "html, column, expected",
    [
        ("<html lang=' DE '>", "language_declared", "DE"),
        ("<html xml:lang=fr>", "language_declared", "fr"),
        (meta(language="nl"), "language_declared", "nl"),
        ("<meta http-equiv=Content-Language content=sv>", "language_declared", "sv"),
        ("<link rel='x CANONICAL' href=/c>", "canonical_url", "https://h.example/c"),
        ("<link rel=canonical href='data:x'>", "canonical_url", None),
        ("<base href=/b/><link rel=canonical href=c>", "canonical_url", "https://h.example/b/c"),
        (meta(author="A  B"), "author", "A B"),
        ("<meta name=citation_author content=A><meta name=citation_author content=B>",
         "author", "A, B"),
        (meta(article__author="https://h.example/a") + ld({"@type": "X", "author": "C"}),
         "author", "C"),
        (ld({"@type": "A", "author": {"name": ["N"]}}), "author", "N"),
        (ld({"@type": "A", "publisher": {"name": "P"}}), "site_name", "P"),
        (meta(application_name="x") + ld({"@type": "A", "isPartOf": {"name": "S"}}),
         "site_name", "S"),
        (ld([{"@type": "ImageObject", "license": "/i"}, {"license": {"@id": "/l"}}]),
         "licence", "/l"),
        (meta(license="L"), "licence", "L"),
        ("<a rel='nofollow license' href=l.txt>", "licence", "https://h.example/d/l.txt"),
        ("<a href='https://creativecommons.org/about'>", "licence", None),
        ("<a href='https://creativecommons.org/licenses/by/4.0'>", "licence",
         "https://creativecommons.org/licenses/by/4.0"),
        (ld({"@type": "schema:NewsArticle"}), "page_type", "NewsArticle"),
        (ld([{"@type": "WebPage"}, {"@type": "Person"}, {"@type": "Product"}]),
         "page_type", "Product"),
        (meta(og__type="website") + ld({"@type": "Product"}), "page_type", "website"),
        (meta(robots="noindex") + meta(robots="noai"), "robots_meta", "noindex, noai"),
        (meta(Googlebot="nosnippet"), "robots_meta", "googlebot: nosnippet"),
        (meta(Googlebot="nosnippet") + meta(robots="noindex"), "robots_meta",
         "noindex, googlebot: nosnippet"),
        (meta(interleaf="noai"), "robots_meta", "interleaf: noai"),
        ('<meta name="Google-Extended" content="noai">', "robots_meta", "google-extended: noai"),
        (meta(tdm_reservation="1").replace("_", "-"), "tdm_reservation", "1"),
        (meta(date="?", pubdate="2024-01-01"), "published_at", datetime(2024, 1, 1, tzinfo=UTC)),
        ("<p>early</p>" + meta(author="A"), "author", "A"),
        (meta(author="\t"), "author", None),
    ],
)  # fmt: skip
def test_what_a_page_says(html, column, expected):
    assert getattr(said(html), column) == expected


def test_headers_go_before_the_page():
    page = b"<meta name=tdm-reservation content=0><meta name=tdm-policy content=/p><p>x"
    row = {"warc_file": "a", "warc_offset": 0, "url": URL, "body": page, "tdm_reservation": "1",
           "x_robots_tag": "noai"}  # fmt: skip
    (out,) = Interleave().stream(iter([pa.RecordBatch.from_pylist([row], PAGE)]))
    (got,) = out.to_pylist()
    assert (got["tdm_reservation"], got["tdm_policy"], got["x_robots_tag"]) == ("1", "/p", "noai")


@pytest.mark.parametrize(
    "block",
    [
        "",
        "{",
        "[" * 100_000,
        '{"a":' * 100_000,
        "1" * 6000,
        "null",
        '"x"',
        "[[[{}]]]",
        '{"@type": {"@type": []}, "author": [[]], "@id": {}}',
        '{"@graph": [1, null, {"@graph": {}}], "mainEntity": "x"}',
        '{"@type": "A", "author": "\\ud800", "publisher": {"name": "\\udfff"}}',
        '{"@id": "a", "author": {"@id": "a"}}',
        '{"datePublished": ["x"], "license": [], "author": {"name": {"name": "x"}}}',
        '{"author": ' + json.dumps([{"name": "n" * 999}] * 999) + "}",
        "{}" + " " * (json_ld.MAX_BLOCK + 1),
    ],
)
def test_hostile_json_ld(block):
    row = {"warc_file": "a", "warc_offset": 0, "url": URL,
           "body": f"<script type=application/ld+json>{block}</script><p>x".encode()}  # fmt: skip
    (out,) = Interleave().stream(iter([pa.RecordBatch.from_pylist([row], PAGE)]))
    out.validate(full=True)
    assert out["error"][0].as_py() is None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
        st.sampled_from(["@type", "@id", "@graph", "author", "name", "license", "publisher",
                         "datePublished", "mainEntity", "isPartOf", "headline", "url"]),
        inner, max_size=6),
    max_leaves=30,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_any_json_ld(value):
    things = json_ld.things_in([json_ld.parsed(json.dumps(value))])
    for name in json_ld.authors_of(things):
        assert isinstance(name, str)
    for one in (json_ld.date_of, json_ld.site_of, json_ld.licence_of):
        assert one(things) is None or isinstance(one(things), str)


PIECES = st.one_of(
    st.builds(
        "<meta {}={!r} content={!r}>".format,
        st.sampled_from(["name", "property", "itemprop", "http-equiv"]),
        st.sampled_from(["author", "robots", "date", "og:type", "dc.rights", "CCBot", "x"]),
        st.text(max_size=9),
    ),
    st.builds("<link rel={!r} href={!r}>".format,
              st.sampled_from(["canonical", "license", ""]), st.text(max_size=9)),
    st.builds(ld, JSON),
    st.sampled_from(["<head>", "</head>", "<body>", "<p>x", "<title>", "<script>", "<html lang>"]),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=12).map("".join))
def test_any_page(html):
    row = {"warc_file": "a", "warc_offset": 0, "url": URL, "body": html.encode("utf-8", "replace")}
    (out,) = Interleave().stream(iter([pa.RecordBatch.from_pylist([row], PAGE)]))
    out.validate(full=True)
    for name in Metadata._fields:
        value = out[name][0].as_py()
        assert value is None or not isinstance(value, str) or 0 < len(value) <= MAX_TEXT * 8


def test_caps():
    long = "x" * 99_999
    got = said(meta(author=long) + ld({"name": "y" * MAX_JSON_LD}) + ld({"name": "z"}) * 20)
    assert len(got.author) == MAX_TEXT
    assert got.json_ld == ['{"name": "z"}'] * (json_ld.MAX_BLOCKS - 1)
