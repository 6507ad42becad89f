"""report.html: true numbers, and a page of strangers' words that stays a page of words."""

import gzip
import html
import json
import shutil
import subprocess
from collections.abc import Iterator
from html.parser import HTMLParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from threading import Thread

import numpy as np
import pyarrow as pa
import pytest

from filters.rules import Recipe, Rule
from jobs import curate, report
from jobs.report_page import funnel, histograms, markup, samples
from jobs.runs import prepare
from jobs.settings import Settings
from jobs.status import accounts
from jobs.store import Store
from pipeline.web.downloads import Policy
from schemas.page import SOURCE
from tests.conftest import must_have

SCRIPT = "<script>alert(1)</script>"
IMAGE = '"><img src=http://leak.example/a onerror=alert(1)>'
WORDS = "The cat sat on the mat and looked at the dog that lay near the old door of house"

RECIPE = Recipe(
    name="tiny",
    description="A few rules. For a test.",
    node=(Rule("words", "words", at_least=3),),
    image=(
        Rule("url_ui_words", "url_ui_words", at_most=0),
        Rule("shorter_side", "shorter_side", at_least=100),
    ),
    document=(
        Rule("words", "words", at_least=12),
        Rule("images", "image_nodes", at_least=1, at_most=3),
    ),
)


def page(title: str, *pictures: str, words: str = WORDS) -> bytes:
    shown = "".join(
        f'<p>{words} {html.escape(title)} {n}.</p><img src="{html.escape(src)}" '
        f'alt="{html.escape(SCRIPT + IMAGE)}">'
        for n, src in enumerate(pictures)
    )
    return f"<html><title>{html.escape(title)}</title><body><h1>Hi</h1>{shown}<p>{words}.".encode()


OTHER = "On a hill far from any town a small farm keeps bees, goats and an orchard of pears"
# url, body: what becomes of each is told by EXPECTED.
PAGES = [
    (f"http://evil.example/?q={IMAGE}{SCRIPT}", page(f"{SCRIPT}{IMAGE}\u202e", "/a.jpg", "/b.jpg")),
    ("http://one.example/short", page("short", words="")),
    ("http://one.example/copy", page("copy", "/c.jpg", words=OTHER)),
    ("http://one.example/copy2", page("copy", "/c.jpg", words=OTHER)),
    ("http://two.example/small", page("small", "/small.jpg", words=OTHER[::-1].title())),
    ("http://two.example/gone", page("gone", "/missing.jpg", "/logo.png", words=WORDS.upper())),
    ("http://two.example/same", page("older", "/d.jpg", words="We walk to the sea every day ")),
    ("http://two.example/same", page("newer", "/d.jpg", words="We walk to the sea every day ")),
]


def record(number: int, url: str, body: bytes) -> bytes:
    """A WARC response record, its pages HTML, all else a picture."""
    kind = "text/html; charset=utf-8" if number < len(PAGES) else "image/jpeg"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    block = head.encode() + body
    fields = {
        "WARC-Type": "response",
        "WARC-Record-ID": f"<urn:uuid:00000000-0000-4000-8000-{number:012}>",
        "WARC-Target-URI": url,
        "WARC-Date": f"2024-01-01T00:00:{number:02}Z",
        "Content-Type": "application/http; msgtype=response",
        "Content-Length": str(len(block)),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"WARC/1.0\r\n{lines}\r\n".encode() + block + b"\r\n\r\n"


@pytest.fixture(scope="module")
def crawl(tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """PAGES and an image as one crawl file with a broken record at its end: SOURCE rows."""
    path = tmp_path_factory.mktemp("crawl") / "tiny.warc.gz"
    picture = ("http://one.example/a.jpg", b"\xff\xd8\xff")
    members = [record(n, url, body) for n, (url, body) in enumerate([*PAGES, picture])]
    path.write_bytes(b"".join(map(gzip.compress, members)) + b"\x1f\x8b\x08\x00 no member")
    return pa.table({"warc_file": [path.name], "location": [str(path)], "limit": [None]}, SOURCE)


class Pictures(BaseHTTPRequestHandler):
    """A proxy that has a picture for every address but /missing.jpg."""

    def do_GET(self) -> None:
        import pyvips

        if self.path.endswith("missing.jpg"):
            self.send_error(404)
            return
        side = 60 if "small" in self.path else 400
        colour = [sum(self.path.encode()) % 256, 90, 20]
        picture = pyvips.Image.black(side, 300).new_from_image(colour)
        data = picture.copy(interpretation="srgb").jpegsave_buffer()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        """Nothing on standard error."""


@pytest.fixture(scope="module")
def proxy() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pictures)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def made(folder: Path, crawl: pa.Table, proxy: str, last: str | None = None) -> Store:
    store = Store(str(folder))
    request = curate.Request(RECIPE, crawl, Policy(proxy=proxy), last=last)
    assert curate.curate(store, request, curate.Where("local", 1))
    return store


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, crawl: pa.Table, proxy: str) -> Store:
    return made(tmp_path_factory.mktemp("report") / "store", crawl, proxy)


@pytest.fixture(scope="module")
def text(store: Store) -> str:
    report.write(store)
    return store.read_text("report.html")


class Reader(HTMLParser):
    """What a browser would see: elements, attributes, words; ends that do not fit."""

    VOID = frozenset({"meta", "link", "img", "rect", "line"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.VOID, f"<{tag}/> does not end in HTML"
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_words_of_the_web_stay_words(text: str) -> None:
    seen = Reader(text)
    assert seen.open == []
    assert SCRIPT in seen.words
    assert IMAGE in seen.words
    assert "evil.example" in seen.words
    names = {name for name, _ in seen.elements}
    assert not names & {"script", "iframe", "object", "embed", "base", "form", "a", "video"}
    for name, attributes in seen.elements:
        assert not [key for key in attributes if key.startswith("on")], name
        links = {key: value for key, value in attributes.items() if key in ("src", "href")}
        assert all((value or "").startswith("data:") for value in links.values()), name
    pictures = [attributes["src"] or "" for name, attributes in seen.elements if name == "img"]
    assert pictures
    assert all(source.startswith("data:image/jpeg;base64,") for source in pictures)
    policies = [a["content"] for name, a in seen.elements if "http-equiv" in a]
    assert len(policies) == 1
    assert "default-src 'none'" in (policies[0] or "")


def test_the_funnel_is_the_receipts(store: Store, text: str) -> None:
    steps = funnel.by_name(accounts(store))
    levels = funnel.documents(steps)
    assert [(level.name, level.number) for level in levels] == [
        ("records read", 10),
        ("HTML pages", 8),
        ("documents", 8),
        ("kept by the text rules", 7),
        ("newest capture of its address", 6),
        ("not held back by its owner or by you", 6),
        ("no near-duplicate of a better one", 5),
        ("with a picture left", 3),
        ("released", 3),
    ]
    for before, after in pairwise(levels):
        assert before.number == (after.number or 0) + sum(after.reasons.values()), after.name
    records = steps["read"].books["records"]
    assert levels[0].number == records.taken
    assert levels[2].number == records.kept == steps["read"].rows
    assert levels[-1].number == steps["export"].rows
    links = funnel.images(11, steps, RECIPE)
    for before, after in pairwise(links[2:]):
        assert before.number == (after.number or 0) + sum(after.reasons.values()), after.name
    assert links[-1].number == steps["export"].books["links"].kept
    assert links[3].reasons == {"http_4xx": 1}
    seen = Reader(text)
    for level in (*levels, *links):
        assert level.name in seen.words
        assert all(reason in seen.words for reason, n in level.reasons.items() if n)


def test_the_same_store_gives_the_same_bytes(store: Store, text: str) -> None:
    assert report.write(store) == f"{store.root}/report.html"
    assert store.read_text("report.html") == text


def test_the_first_line_says_what_came_out(text: str) -> None:
    words = " ".join(Reader(text).words.split())
    assert "From 10 records with 8 documents, 3 interleaved documents with 4 pictures" in words
    assert "The books balance" in words
    assert "truncated" in words


@pytest.mark.parametrize(
    ("last", "says"),
    [
        (None, "Nothing has been read yet."),
        ("read", "the run is at “read”"),
        ("text", "Nothing is released yet."),
        ("alike", "the run is at “alike”"),
        ("fetch", "pictures fetched"),
    ],
)
def test_unfinished(
    last: str | None, says: str, crawl: pa.Table, proxy: str, tmp_path: Path
) -> None:
    store = Store(str(tmp_path))
    if last is None:
        prepare(store, RECIPE, crawl, Settings(part_rows=100))
    else:
        made(tmp_path, crawl, proxy, last)
    report.write(store)
    seen = Reader(store.read_text("report.html"))
    assert seen.open == []
    assert says in seen.words
    assert "not done yet" in seen.words


def browsed(path: Path, folder: Path) -> tuple[list[str], list[str]]:
    """Console messages, and addresses asked for over the network, of a page in Chromium.

    The browser's own requests go to its maker; ours could only go to names under .example.
    """
    must_have(shutil.which("chromium"), "chromium")
    log = folder / "net.json"
    command = [
        "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--host-resolver-rules=MAP * ~NOTFOUND", f"--user-data-dir={folder / 'profile'}",
        f"--log-net-log={log}", "--enable-logging=stderr", "--timeout=5000", "--dump-dom",
        path.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    events = json.loads(log.read_text())["events"]
    asked = {str(event.get("params", {}).get("url", "")) for event in events}
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return console, sorted(url for url in asked if ".example" in url)


def test_a_browser_shows_it_in_silence(store: Store, text: str, tmp_path: Path) -> None:
    assert text
    assert browsed(Path(store.root) / "report.html", tmp_path) == ([], [])


def test_the_browser_would_have_told(tmp_path: Path) -> None:
    loud = tmp_path / "loud.html"
    words = f"{SCRIPT}{IMAGE}".replace("alert", "console.error")
    loud.write_text(f"<!doctype html><p>{words}</p>")
    console, asked = browsed(loud, tmp_path)
    assert len(console) >= 2
    assert asked == ["http://leak.example/a"]


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        (0, 0, "-"),
        (0, 5, "0 %"),
        (5, 5, "100 %"),
        (1, 10**6, "< 0.1 %"),
        (999_999, 10**6, "> 99.9 %"),
        (66, 1000, "6.6 %"),
    ],
)
def test_share(part: int, whole: int, expected: str) -> None:
    assert markup.share(part, whole) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("a<b>&\"'", "<bdi>a&lt;b&gt;&amp;&quot;&#x27;</bdi>"),
        ("nul\0bell\x07", "<bdi>nul\ufffdbell\ufffd</bdi>"),
        ("a" + "\u0301" * 9, "<bdi>a" + "\u0301" * 4 + "</bdi>"),
        ("x" * 12, "<bdi>xxxxxxxxxx<i> … 2 more characters</i></bdi>"),
        (None, "<bdi></bdi>"),
    ],
)
def test_words_of_the_web(given: str | None, expected: str) -> None:
    assert markup.web(given, 10) == expected


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [([], 0), ([0] * 9, 5), ([50] * 9, 3), ([10**9] * 9, 1), ([100, 1], 2)],
)
def test_the_first_nodes(lengths: list[int], expected: int) -> None:
    nodes = [{"text": "x" * min(n, 9000)} for n in lengths]
    assert len(samples.first(nodes, 5, 100)) == expected


@pytest.mark.parametrize(
    ("values", "bounds", "low", "high", "kind"),
    [
        ([0.0, 0.2, 0.5], [0.3], 0.0, 0.5, "plain"),
        ([0.0, 0.0], [0.01], 0.0, 0.0112, "plain"),
        ([0.5, 0.5], [], 0.5, 1.5, "plain"),
        ([1, 2, 3], [1], 0, 12, "whole"),
        ([10] * 50 + [5000] * 5, [10, 2000], 10, 5000, "log"),
        ([0.01, 0.02], [20000], 0.01, 0.02, "plain"),
    ],
)
def test_axis(values: list[float], bounds: list[float], low: float, high: float, kind: str) -> None:
    axis = histograms.axis_of(np.array(values, float), bounds)
    assert ("log" if axis.log else "whole" if axis.whole else "plain") == kind
    assert axis.low <= low + 0.02 * (high - low)
    assert axis.high == pytest.approx(high, rel=0.02)
    assert all(axis.low <= tick <= axis.high for tick in axis.ticks())
    assert 1 <= len(axis.ticks()) <= histograms.MOST_TICKS + 1
    drawing = histograms.drawn(np.array(values, float), np.ones(len(values), bool), (0.1, 3), "x")
    assert "NaN" not in drawing
    assert Reader(drawing).open == []
