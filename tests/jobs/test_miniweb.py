"""The mini-web: every page is found, every intended oddity is there, two crawls are the same."""

import gzip
import hashlib
import io
import re
import time
import urllib.error
import urllib.request
import zlib

import brotli
import pytest
import pyvips
from fastwarc.warc import ArchiveIterator, WarcRecordType

from jobs.miniweb import pages, pictures, web
from jobs.miniweb.crawl import crawl
from jobs.miniweb.markup import Image, Markup, blocks, teaser

UNDO = {"gzip": gzip.decompress, "br": brotli.decompress, "deflate": zlib.decompress}


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    """The WARC's bytes, the number of pages, and the seconds it took."""
    out, started = tmp_path_factory.mktemp("crawl") / "mini-web.warc.gz", time.monotonic()
    with web.serve() as proxy:
        count = crawl(web.SEEDS, proxy, out)
    return out.read_bytes(), count, time.monotonic() - started


@pytest.fixture(scope="module")
def responses(crawled):
    """Address: (status, headers in lower case, body as received)."""
    found = {}
    for record in ArchiveIterator(io.BytesIO(crawled[0]), parse_http=True, auto_decode="none"):
        if record.record_type == WarcRecordType.response:
            headers = {name.lower(): value for name, value in record.http_headers}
            url = record.headers["WARC-Target-URI"]
            found[url] = (record.http_headers.status_code, headers, record.reader.read())
    return found


def body_of(response) -> bytes:
    _, headers, body = response
    if headers.get("transfer-encoding") == "chunked":
        parts, rest = b"", body
        while size := int(rest.partition(b"\r\n")[0], 16):
            rest = rest.partition(b"\r\n")[2]
            parts, rest = parts + rest[:size], rest[size + 2 :]
        body = parts
    return UNDO.get(headers.get("content-encoding", ""), bytes)(body)


@pytest.fixture(scope="module")
def proxied():
    """Ask the mini-web for an address: (status, headers, body)."""
    with web.serve() as proxy:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy}))

        def ask(url: str):
            try:
                with opener.open(url) as answer:
                    return answer.status, answer.headers, answer.read()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.headers, error.read()

        yield ask


def test_seeds_are_the_sites() -> None:
    assert tuple(f"http://{host}/" for host in sorted(pages.sites())) == web.SEEDS


def test_every_page_is_found(responses) -> None:
    all_ = {f"http://{site.host}{path}" for site in pages.sites().values() for path in site.pages}
    assert all_ - set(responses) == {"http://harbour-gazette.example/print/the-lamp-stays-lit/"}
    assert len(all_) > 60


def test_crawl_counts_pages_and_is_quick(crawled, responses) -> None:
    _, count, seconds = crawled
    assert count == len(responses) - len([url for url in responses if url.endswith("/robots.txt")])
    assert seconds < 8


def test_two_crawls_give_the_same_bytes(crawled, tmp_path) -> None:
    with web.serve() as proxy:
        crawl(web.SEEDS, proxy, tmp_path / "again")
    again = hashlib.sha256((tmp_path / "again").read_bytes()).hexdigest()
    assert again == hashlib.sha256(crawled[0]).hexdigest()


def test_max_pages_bounds_a_crawl(tmp_path) -> None:
    with web.serve() as proxy:
        assert crawl(web.SEEDS, proxy, tmp_path / "few", max_pages=5) == 5


def test_records_hold_what_went_over_the_wire(crawled, proxied) -> None:
    kinds = {}
    for record in ArchiveIterator(io.BytesIO(crawled[0]), parse_http=False):
        kinds.setdefault(str(record.record_type), []).append(record.reader.read())
    assert {len(kinds[kind]) for kind in kinds if "warcinfo" not in kind} == {
        len(kinds[str(WarcRecordType.response)])
    }
    assert all(raw.startswith(b"HTTP/1.1 ") for raw in kinds[str(WarcRecordType.response)])
    gazette = next(raw for raw in kinds[str(WarcRecordType.response)] if b"chunked" in raw)
    assert gazette.endswith(b"\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "url, status, headers",
    [
        ("http://thistle-and-trowel.example/", 200, {"content-encoding": "gzip"}),
        ("http://copper-kettle.example/", 200, {"content-encoding": "br"}),
        ("http://northfell-stars.example/", 200, {"content-encoding": "deflate"}),
        ("http://harbour-gazette.example/", 200, {"transfer-encoding": "chunked"}),
        ("http://copper-kettle.example/products/old-kettle/", 301, {}),
        ("http://gazette-mirror.example/2023/the-long-row-home/", 404, {}),
        ("http://copper-kettle.example/products.json", 200,
         {"content-type": "application/json; charset=utf-8"}),
        ("http://copper-kettle.example/care-leaflet.pdf", 200, {"content-type": "application/pdf"}),
        ("http://thistle-and-trowel.example/feed.xml", 200,
         {"content-type": "application/rss+xml"}),
        ("http://daily-whirl.example/ad-frame.html", 200, {"content-length": "0"}),
        ("http://daily-whirl.example/slides/", 200, {"content-encoding": "gzip"}),
        ("http://daily-whirl.example/win/?utm_source=feed", 200, {}),
        ("http://slow-trains.example/day-01.html", 200,
         {"content-type": "text/html; charset=utf-8"}),
    ],
)  # fmt: skip
def test_intended_answers(responses, url, status, headers) -> None:
    got = responses[url]
    assert got[0] == status
    assert headers.items() <= got[1].items()


# Where the charset is said: in the header (h), in the page (m), and the codec the bytes are in.
@pytest.mark.parametrize(
    "url, header, meta, codec, has",
    [
        ("http://kawazoi.example/sagi/", "", "shift_jis", "shift_jis", "毎朝"),
        ("http://kawazoi.example/udon/", "euc_jp", "", "euc_jp", "うどん"),
        ("http://tikhaya-reka.example/osen/", "windows-1251", "", "windows-1251", "Листья"),
        ("http://tikhaya-reka.example/sup/", "", "", "windows-1251", "морковь"),
        ("http://gartenlaube-nord.example/sturm/", "", "iso-8859-1", "iso-8859-1", "fünf|über|für"),
        ("http://lowfield-museum.example/pages/maps.html", "iso-8859-1", "", "ascii", "survey"),
        ("http://slow-trains.example/day-01.html", "utf-8", "", "windows-1252", "boots"),
        ("http://bench-and-plane.example/", "", "windows-1252", "windows-1252", "beginners"),
    ],
)
def test_charsets(responses, url, header, meta, codec, has) -> None:
    body = body_of(responses[url])
    declared = re.search(r"charset=([\w-]+)", responses[url][1]["content-type"])
    assert (declared[1] if declared else "") == header
    inside = re.search(rb"charset=\"?([\w-]+)", body[:1024])
    assert (inside[1].decode() if inside else "") == meta
    assert re.search(has, body.decode(codec))


@pytest.mark.parametrize(
    "url, has",
    [
        ("http://thistle-and-trowel.example/2021/06/dahlias-from-seed/", b"<noscript><img src="),
        ("http://harbour-gazette.example/2023/snow-closes-the-pass/", b"<picture><source"),
        ("http://simple-suppers.example/carrot-soup/", b" 480w, "),
        ("http://harbour-gazette.example/amp/the-lamp-stays-lit/", b"<amp-img"),
        ("http://lowfield-museum.example/pages/maps.html", b'<BASE HREF="http://lowfield'),
        ("http://lowfield-museum.example/pages/maps.html", b'SRC="../Images/map/'),
        ("http://lowfield-museum.example/pages/reading-room.html", b"noindex,nofollow"),
        ("http://wings-over-the-marsh.example/owl/", b'src="//cdn.wings'),
        ("http://docs.larkspur.example/faq.html", b"/_static/logo.svg"),
        ("http://daily-whirl.example/win/", b'width="1" height="1"'),
        ("http://answers-hub.example/best-time-to-plant-dahlias/", b"As a large language model"),
    ],
)
def test_markup(responses, url, has) -> None:
    assert has in body_of(responses[url])


def test_robots_are_obeyed(responses) -> None:
    assert "http://copper-kettle.example/cart/" not in responses
    assert "http://never.lowfield-museum.example/ghost.html" not in responses


@pytest.mark.parametrize(
    "url, statuses",
    [
        (
            "http://thistle-and-trowel.example/wp-content/uploads/flower/cream-rose-hedge.jpg",
            [500, 200, 200],
        ),
        ("http://copper-kettle.example/cdn/shop/vessel/black-pan-pair.jpg", [503, 503]),
        ("http://lowfield-museum.example/Images/weave/tartan-madder-shawl.jpg", [403]),
        ("http://cdn.wings-over-the-marsh.example/photos/lost/missing.jpg", [404]),
        ("http://slow-trains.example/pics/old-bridge.jpg", [200]),
        ("http://nobody.example/", [502]),
    ],
)  # fmt: skip
def test_pictures_that_fail(proxied, url, statuses) -> None:
    assert [proxied(url)[0] for _ in statuses] == statuses


def test_pictures_that_are_none(proxied) -> None:
    _, headers, _ = proxied("http://slow-trains.example/pics/sea/ferry-dusk.jpg")
    assert headers["Content-Type"] == "text/html"
    whole = pictures.draw("vessel/white-mug.jpg")
    cut = proxied("http://copper-kettle.example/cdn/shop/vessel/white-mug.jpg")
    assert cut[2] == whole[: len(cut[2])]
    assert int(cut[1]["Content-Length"]) == len(cut[2]) < len(whole)
    _, headers, _ = proxied("http://simple-suppers.example/assets/dish/stew-blue-chickpea-pot.jpg")
    assert "noai" in headers["X-Robots-Tag"]


def test_path_form_is_answered_too() -> None:
    with (
        web.serve() as address,
        urllib.request.urlopen(f"{address}/http://kawazoi.example/sagi/") as answer,
    ):
        assert "サギ".encode("shift_jis") in answer.read()


@pytest.mark.parametrize("kind", sorted(pictures.PAINTERS))
def test_pictures_are_drawn_again_the_same(kind) -> None:
    name = f"{kind}/any-words.jpg"
    first = pictures.draw(name)
    pictures.draw.cache_clear()
    assert pictures.draw(name) == first
    image = pyvips.Image.new_from_buffer(first, "")
    assert (image.width, image.height) == pictures.size(name)
    assert image.bands == 3
    small = pyvips.Image.new_from_buffer(pictures.draw(pictures.resized(name, 120)), "")
    assert small.width == 120
    likeness = image.thumbnail_image(120, height=small.height, size="force") - small
    assert likeness.abs().avg() < 16, "another size is the same picture"


@pytest.mark.parametrize(
    "name, loader, frames",
    [("map/x.png", "pngload_buffer", 1), ("sea/x.webp", "webpload_buffer", 1),
     ("flower/x.gif", "gifload_buffer", 4), ("logo/x.svg", "svgload_buffer", 1)],
)  # fmt: skip
def test_formats(name, loader, frames) -> None:
    image = pyvips.Image.new_from_buffer(pictures.draw(name), "")
    assert image.get("vips-loader") == loader
    assert (image.get("n-pages") if "n-pages" in image.get_fields() else 1) == frames


@pytest.mark.parametrize("name", ["lost/x.jpg", "sea/x.exe", "sea/../x.jpg", "sea/x-9999x9999.jpg"])
def test_no_such_picture(name) -> None:
    with pytest.raises(pictures.NoSuchPictureError):
        pictures.draw(name)


def test_blocks_and_teaser() -> None:
    body = "## One\n\n```\na\n\nb\n```\n\n- x\n- y\n\nFirst, with [a link](/). Second."
    assert [block[:2] for block in blocks(body)] == ["##", "``", "- ", "Fi"]
    assert teaser(body) == "First, with a link."


@pytest.mark.parametrize(
    "body, expected",
    [
        ("a < b & *c* **d**", "<p>a &lt; b &amp; <em>c</em> <strong>d</strong></p>"),
        ("see `x < y`", "<p>see <code>x &lt; y</code></p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("| a | b |", "<table>\n<tr><td>a</td><td>b</td></tr>\n</table>"),
        ("> a\n> b", "<blockquote><p>a b</p></blockquote>"),
        ('![alt](sea/x.jpg "cap")', "[sea/x.jpg alt cap]"),
        ("<hr>", "<hr>"),
    ],
)  # fmt: skip
def test_markup_of_blocks(body, expected) -> None:
    def shown(image: Image) -> str:
        return f"[{image.name} {image.alt} {image.caption}]"

    assert Markup("<p>{text}</p>", "<h2>{text}</h2>", shown).html(body) == expected
