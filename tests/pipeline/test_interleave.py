import pickle
import re
import time
from datetime import UTC, datetime
from itertools import islice

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.interleave import Interleave, UnreadableError
from pipeline.page.charset import in_utf8
from pipeline.page.marks import BACKGROUND
from pipeline.page.nodes import Node, Texts, node_column
from pipeline.page.reading import Reader, laid_out
from pipeline.page.tree import parse
from pipeline.stage import Stage
from schemas.columns import merged, missing
from schemas.document import DOCUMENT, NODE, document_id
from schemas.page import PAGE

URL = "http://h.example/d/p.html"


def batch(*rows):
    given = {"warc_file": "a.warc.gz", "url": URL, "http_charset": "utf-8"}
    return pa.RecordBatch.from_pylist([given | row for row in rows], PAGE)


def test_the_stage():
    stage = pickle.loads(pickle.dumps(Interleave(max_bytes=100, max_raw=10)))
    assert isinstance(stage, Stage)
    assert not missing(PAGE, stage.reads)
    when = datetime(2024, 1, 1, tzinfo=UTC)
    pages = batch(
        {"warc_offset": 7, "body": b"<title>T</title><p>x<img src=a.jpg>", "fetched_at": when},
        {"warc_offset": 8, "body": b"", "url": "http://B\xc3\xbccher.example/"},
        {"warc_offset": 9, "body": b"<p>" * 99},
        {"warc_offset": 10, "dropped": "not_html"},
        {"warc_offset": 11, "error": "broken_http", "raw": b"?"},
        {"warc_offset": 12, "body": None},
    )
    (out,) = stage.stream(iter([pages]))
    assert out.schema.names == merged(PAGE, stage.adds).names
    assert out.schema.field("nodes").type == stage.adds.field("nodes").type
    out.validate(full=True)
    rows = out.to_pylist()
    assert rows[0]["doc_id"] == document_id("a.warc.gz", 7)
    assert len(rows[0]["doc_id"]) == 32
    assert (rows[0]["host"], rows[0]["title"], rows[0]["fetched_at"]) == ("h.example", "T", when)
    assert [node["kind"] for node in rows[0]["nodes"]] == ["text", "image"]
    assert rows[1]["nodes"] == rows[5]["nodes"] == []
    assert (rows[2]["error"], rows[2]["raw"], rows[2]["nodes"]) == (
        "too_large",
        b"<p><p><p><",
        None,
    )
    for row in rows[3:5]:
        assert (row["doc_id"], row["host"], row["title"], row["nodes"]) == (None,) * 4
    assert (rows[3]["dropped"], rows[4]["error"], rows[4]["raw"]) == (
        "not_html",
        "broken_http",
        b"?",
    )
    assert [row["error"] for row in rows[:2]] == [None, None]


def test_no_rows():
    (out,) = Interleave().stream(iter([batch()]))
    assert out.num_rows == 0
    assert out.schema.field("nodes").type == Interleave.adds.field("nodes").type
    assert not missing(out.schema, DOCUMENT)


def test_node_fields_are_the_schema():
    assert list(Node._fields) == NODE.names
    pages = (b"<p>a", None, b"", b"<p>b<img src=b.jpg><img src=c.jpg alt=C><p>d")
    read = [None if page is None else Interleave().read(page, URL) for page in pages]
    column = node_column(read)
    column.validate(full=True)
    assert column.to_pylist() == [
        None if reading is None else [node._asdict() for node in reading.nodes] for reading in read
    ]


HOSTILE = {
    "div": "<div>" * 100_000,
    "closed div": "<div>" * 100_000 + "x" + "</div>" * 100_000,
    "span": "<span>" * 100_000 + "x",
    "p": "<p>x" * 300_000,
    "br": "x<br>" * 200_000,
    "table": "<table><tr><td>" * 20_000,
    "tables": "<table><tr><td>a<td>b</table>" * 20_000,
    "font": "".join(f"<font size={i}>" for i in range(30_000)),
    "attributes": "<img " + " ".join(f"a{i}=1" for i in range(50_000)) + ">",
    "figures": "<figure><img src=a.jpg>" * 8_000,
    "srcset": "<img srcset='" + "," * 500_000 + "a.jpg 1x'><img srcset='" + "a " * 500_000 + "'>",
    "open tags": "<a" * 1_000_000,
    "noscript": "<body><p>a<noscript>" * 50_000,
    "images": "<body>" + "".join(f"<img src={i}.jpg>" for i in range(20_000)),
    "backgrounds": "<div style='background:url(a.jpg)'>" * 60_000,
    "background": "<span style='background:" + "url(" * 200_000 + "'>x" * 9,
    "described": "<p id=d>"
    + "x " * 100_000
    + "</p>"
    + "".join(f"<img src={i}.jpg aria-describedby=d>" for i in range(9_000)),
    "captions": "<div class=caption>" * 60_000 + "<img src=a.jpg>",
    "beside": "".join(f"<img src={i}.jpg><i class=caption>x</i>" for i in range(9_000)),
    "comments": "<img src=a.jpg>" * 9_000 + "<!----> " * 90_000 + "<i class=caption>x</i>",
    "pictures": "".join(
        f"<img src={i}.jpg>x<noscript><img src={i}_.jpg></noscript>" for i in range(30_000)
    ),
    "links": "".join(f"<a href={i}><img src={i}.jpg>" for i in range(9_000)),
    "json": "<script type=application/ld+json>" + "[" * 4_000_000 + "</script>",
    "metas": "<meta name=author content=x>" * 200_000,
    "long": "<img src='data:" + "A" * 5_000_000 + "'>x",
}


@pytest.mark.parametrize("html", HOSTILE.values(), ids=HOSTILE)
def test_hostile_pages_end_in_seconds(html):
    began = time.process_time()
    (out,) = Interleave().stream(iter([batch({"warc_offset": 0, "body": html.encode()})]))
    assert out["error"][0].as_py() in (None, "too_large")
    assert time.process_time() - began < 8


def test_caps():
    for stage in (Interleave(max_bytes=9), Interleave(max_dom_nodes=5)):
        with pytest.raises(UnreadableError, match="^too_large$"):
            stage.read(b"<p>x<p>x<p>x", URL)


TAGS = (
    *("p", "div", "span", "b", "h1", "ul", "li", "pre", "br", "hr", "a", "custom-x"),
    *("table", "tr", "td", "th", "caption", "img", "figure", "figcaption", "picture"),
    *("nav", "noscript", "button", "svg", "math", "template", "select", "option", "script"),
)
ATTRIBUTES = ("", " src=a.jpg", " src=b.png", " hidden", " srcset='c.jpg 2x'", " data-src=d.jpg",
              " style=display:none", " class=math alt=x")  # fmt: skip
PIECES = st.one_of(
    st.builds("<{}{}>".format, st.sampled_from(TAGS), st.sampled_from(ATTRIBUTES)),
    st.builds("</{}>".format, st.sampled_from(TAGS)),
    st.builds("<img src={}.jpg>".format, st.integers(0, 5)),
    st.sampled_from(
        ["one ", " two\n", "3", "\u00a0", "<!--c-->", "&amp;", "\0", "é", "<", "&#xD800;"]
    ),
)


def letters(nodes):
    """All text, without the white space and the bars between cells that an image may stand in."""
    return re.sub(r"[\s|]", "", "".join(node.text or "" for node in nodes))


def without_images(page):
    """The nodes of a page of which no image is shown."""
    reader = Reader(parse(in_utf8(page, "utf-8")))
    reader._bits = np.where(reader._bits == BACKGROUND, 0, reader._bits)
    shown = np.zeros(len(reader.tree.tags), np.int32)
    texts, *_ = laid_out(
        0, reader.tree.arrays, reader._bits, shown, scripting=reader.tree.scripting
    )
    return [Node("text", "", text, 0, "") for text in Texts(*texts[:3]).text().split("\n")]


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=40).map("".join))
def test_images_do_not_change_the_text(html):
    reading = Interleave().read(html.encode(), URL, "utf-8")
    nodes = reading.nodes
    assert letters(nodes) == letters(without_images(html.encode()))
    column = node_column([reading])
    column.validate(full=True)
    for node in nodes:
        assert (node.kind == "text") == bool(node.text)
        assert (node.kind == "image") == bool(node.image_url)
        if node.kind == "text" and node.tag != "pre":
            assert node.text == node.text.strip()
    links = [node.image_url for node in nodes if node.kind == "image"]
    assert len(links) == len(set(links))


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([None, "utf-8", "utf-16", "gbk", "?"]),
    st.text(max_size=20),
)
def test_any_bytes_are_a_page(body, charset, url):
    stage = Interleave()
    assert stage.read(body, url, charset).nodes == stage.read(body, url, charset).nodes
    rows = {"body": body, "http_charset": charset, "url": url, "warc_offset": 0}
    (out,) = stage.stream(iter([batch(rows)]))
    out.validate(full=True)


def test_real_pages(realweb):
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    stage = Interleave()
    with (realweb / "sites-open-pages.warc.gz").open("rb") as file:
        records = ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True)
        for record in islice(records, 200):
            url, body = record.headers["WARC-Target-URI"], record.reader.read()
            reading = stage.read(body, url, record.http_charset)
            assert reading.nodes == stage.read(body, url, record.http_charset).nodes
            if record.http_charset == "utf-8":
                assert letters(reading.nodes) == letters(without_images(body))
