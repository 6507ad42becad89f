"""Fetching against a server that misbehaves in every way it knows."""

import hashlib
import pickle
import socket
from collections import Counter
from dataclasses import replace
from multiprocessing import get_context

import pyarrow as pa
import pytest

from pipeline import fetch
from pipeline.fetch import Fetch
from pipeline.pictures.resize import Resize
from pipeline.web.downloads import Answer, Policy
from schemas.image import DROPPED, IMAGES
from tests.attacks.server import PNG, picture, self_signed, serving

QUICK = Policy(
    per_host_s=0,
    honours=(),
    connect_s=5,
    total_s=10,
    max_bytes=1 << 20,
    allow=("127.0.0.1/32",),
    user_agent="test/1",
)


HASTY = replace(QUICK, total_s=1.6)


@pytest.fixture
def server():
    with serving() as running:
        yield running


def documents(*links, copy_of=None, repeated=()):
    """A batch: each of `links` is the list of image links of one document."""
    rows = [
        {
            "doc_id": f"d{i}",
            "copy_of": (copy_of or {}).get(i),
            "repeated_links": list(repeated),
            "nodes": [{"kind": "text", "image_url": None, "image_id": None}]
            + [{"kind": "image", "image_url": u, "image_id": name(u)} for u in urls],
        }
        for i, urls in enumerate(links)
    ]
    return pa.RecordBatch.from_pylist(rows, schema=Fetch().reads)


def name(url):
    return hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def fetched(*batches, policy=QUICK, **options):
    """Rows of the stage's output, one a document."""
    out = [released(batch) for batch in Fetch(policy, **options).stream(iter(batches))]
    return [row for batch in out for row in batch.to_pylist()]


def released(batch):
    """What of the stage's output goes into the images' table: no times, no attempts."""
    assert batch.schema == Fetch().adds
    images = batch["images"]
    names = [field.name for field in IMAGES.field("images").type.value_type]
    flat = images.flatten()
    struct = pa.StructArray.from_arrays([flat.field(n) for n in names], names=names)
    lists = pa.ListArray.from_arrays(images.offsets, struct)
    arrays = [batch["doc_id"], lists.cast(IMAGES.field("images").type)]
    return pa.RecordBatch.from_arrays(arrays, schema=IMAGES)


def one(url, policy=QUICK):
    return fetched(documents([url]), policy=policy)[0]["images"][0]


@pytest.mark.parametrize(
    "path, dropped, status, attempts",
    [
        ("ok", None, 200, 1),
        ("mistyped", None, 200, 1),
        ("chunked", None, 200, 1),
        ("gzip", None, 200, 1),
        ("deflate", None, 200, 1),
        ("raw-deflate", None, 200, 1),
        ("cookie", None, 200, 1),
        ("hops/5", None, 200, 6),
        ("hops/6", "http_3xx", 302, 6),
        ("loop", "http_3xx", 302, 6),
        ("nowhere", "http_3xx", 302, 1),
        ("304", "http_3xx", 304, 1),
        ("broken-location", "bad_url", 302, 1),
        ("to/http://10.0.0.1/a.png", "private_address", 301, 1),
        ("to/http://localhost/a.png", "private_address", 301, 1),
        ("to/http://[::ffff:169.254.169.254]/", "private_address", 301, 1),
        ("to/file:///etc/passwd", "bad_url", 301, 1),
        ("to///0x7f000002/", "private_address", 301, 1),
        ("404", "http_4xx", 404, 1),
        ("403", "http_4xx", 403, 1),
        ("429", "http_429", 429, 2),
        ("429-once", None, 200, 2),
        ("500", "http_5xx", 500, 2),
        ("500-once", None, 200, 2),
        ("503-once", None, 200, 2),
        ("700", "protocol", 700, 1),
        ("hang", "timeout", None, 2),
        ("stall", "timeout", 200, 2),
        ("drip", "timeout", 200, 2),
        ("reset", "connect", None, 2),
        ("reset-once", None, 200, 2),
        ("truncated", "truncated", 200, 2),
        ("gzip-cut", "truncated", 200, 2),
        ("chunk-cut", "truncated", 200, 2),
        ("cut", "decode_failed", 200, 1),
        ("huge", "too_large", 200, 1),
        ("endless", "too_large", 200, 1),
        ("bomb", "too_large", 200, 1),
        ("html", "not_image", 200, 1),
        ("svg", "not_image", 200, 1),
        ("empty", "not_image", 200, 1),
        ("204", "not_image", 204, 1),
        ("gzip-not", "protocol", 200, 1),
        ("brotli", "protocol", 200, 1),
        ("ssh", "protocol", None, 1),
        ("long-header", "protocol", None, 1),
    ],
)
def test_each_answer_has_its_class(server, path, dropped, status, attempts):
    image = one(f"{server}/{path}", HASTY if dropped == "timeout" else QUICK)
    assert (image["dropped"], image["http_status"]) == (dropped, status)
    assert sum(server.asked.values()) == attempts
    assert dropped is None or dropped in DROPPED
    assert (image["bytes"] is None) == (dropped is not None)


def test_a_picture_has_all_its_columns(server):
    url = f"{server}/huge-side"
    sent = picture(2100, 30)
    image = fetched(documents([url]), size=Resize(1050))[0]["images"][0]
    assert image["bytes"][:3] == b"\xff\xd8\xff"
    assert image == {
        "image_id": name(url), "url": url, "bytes": image["bytes"], "format": "jpeg",
        "width": 1050, "height": 15, "original_format": "png", "original_width": 2100,
        "original_height": 30, "original_bytes": len(sent),
        "sha256": hashlib.sha256(sent).hexdigest(), "http_status": 200,
        "original": None, "exif_orientation": 1, "exif": False, "iptc": False,
        "faces": None, "plates": None,
        "digital_source_type": None, "made_by": None, "c2pa": None, "claim_generator": None,
        "data_mining": None,
        "dropped": None,
    }  # fmt: skip


def test_a_closed_port_is_connect(server):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        image = one(f"http://127.0.0.1:{taken.getsockname()[1]}/a.png")
    assert image["dropped"] == "connect"


def test_plain_http_on_an_https_link_is_tls(server):
    image = one(f"https://127.0.0.1:{server.port}/ok")
    assert image["dropped"] == "tls"


def test_a_certificate_that_no_one_signed_is_tls(tmp_path):
    with serving(self_signed(tmp_path)) as server:
        image = one(f"https://127.0.0.1:{server.port}/ok")
    assert image["dropped"] == "tls"
    assert not server.asked


def test_junk_among_chunks_gives_no_picture(server):
    # Whether the head was read before the junk arrived is up to the network.
    assert one(f"{server}/chunk-junk")["dropped"] in ("protocol", "truncated")


def test_links_are_asked_for_once_and_rows_keep_their_order(server):
    a, b, again = f"{server}/ok/a", f"{server}/slow/b", f"{server}/ok/a#top"
    rows = fetched(documents([b, a, a], [], [a, again]), documents([b]))
    assert [row["doc_id"] for row in rows] == ["d0", "d1", "d2", "d0"]
    assert [[i["url"] for i in row["images"]] for row in rows] == [[b, a], [], [a, again], [b]]
    assert all(i["bytes"] == PNG for row in rows for i in row["images"])
    assert server.asked == {"/ok/a": 1, "/slow/b": 1}


def test_copies_and_repeated_links_are_not_asked_for(server):
    a, b = f"{server}/ok/a", f"{server}/ok/b"
    rows = fetched(documents([a, b], [b], copy_of={1: "d0"}, repeated=[name(a)]))
    assert [[i["dropped"] for i in row["images"]] for row in rows] == [["repeated_link", None], []]
    assert server.asked == {"/ok/b": 1}


def test_a_request_says_who_asks_and_nothing_else(server):
    one(f"{server}/cookie")
    one(f"{server}/to/{server}/ok")
    for head in server.heads:
        lines = dict(line.split(": ", 1) for line in head.strip().split("\r\n")[1:])
        assert set(lines) == {"Host", "User-Agent", "Accept", "Accept-Encoding"}
        assert (lines["User-Agent"], lines["Accept-Encoding"]) == ("test/1", "identity")


def test_a_host_is_asked_by_few_at_a_time_and_none_waits_for_another(server):
    links = [f"http://{host}.example/slow/{n}" for host in "abcdefgh" for n in range(20)]
    policy = replace(QUICK, per_host=3, proxy=str(server), allow=())
    rows = fetched(documents(*([link] for link in links)), policy=policy)
    assert [row["images"][0]["dropped"] for row in rows] == [None] * len(links)
    assert max(server.most.values()) == 3
    assert server.most_in_all > 12
    assert sum(server.asked.values()) == len(links)


def test_total_bounds_all_hosts_together(server):
    links = [f"http://{host}.example/slow/{n}" for host in "abcdefgh" for n in range(5)]
    fetched(documents(links), policy=replace(QUICK, total=5, proxy=str(server)))
    assert server.most_in_all <= 5


@pytest.mark.parametrize(
    "url, dropped",
    [
        ("http://a.example/ok", None),
        ("https://a.example/ok", None),  # the proxy makes no tunnel, so it is asked to ask
        ("http://a.example/to/http://127.0.0.1/", "private_address"),
        ("http://127.0.0.1/ok", "private_address"),
        ("http://printer.local/ok", "private_address"),
        ("http://metadata.google.internal/ok", "private_address"),
    ],
)
def test_a_proxy_resolves_names_and_opens_nothing(server, url, dropped):
    assert one(url, replace(QUICK, proxy=str(server), allow=()))["dropped"] == dropped


def test_https_goes_whole_to_a_proxy_without_tunnels(server):
    one("https://a.example/ok", replace(QUICK, proxy=str(server)))
    assert server.asked == {"a.example:443": 1, "https://a.example/ok": 1}


def test_a_dead_host_is_not_asked_for_ever():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen(0)
        links = [f"http://127.0.0.1:{taken.getsockname()[1]}/{n}" for n in range(200)]
        images = fetched(documents(links), policy=replace(QUICK, total_s=0.4, tries=1))[0]["images"]
    assert {i["dropped"] for i in images} == {"timeout"}


def test_two_runs_give_the_same_bytes(server):
    paths = ["ok", "429", "hang", "reset", "truncated", "404", "huge-side", "hops/3"]
    batch = documents(*[[f"{server}/{p}/{n}" for p in paths] for n in range(2)])
    runs = [list(map(released, Fetch(HASTY).stream(iter([batch])))) for _ in range(2)]
    assert runs[0] == runs[1]


def test_batches_are_bounded_and_nothing_is_lost(server):
    rows = [documents([f"{server}/ok/{n}"]) for n in range(150)]
    out = list(Fetch(QUICK).stream(iter(rows)))
    assert [batch.num_rows for batch in out] == [64, 64, 22]


def test_empty_inputs():
    assert fetched() == []
    assert fetched(documents([], [])) == [{"doc_id": f"d{i}", "images": []} for i in range(2)]
    assert fetched(documents().slice(0, 0)) == []


def test_what_travels_to_a_worker_is_configuration():
    stage = Fetch(QUICK)
    assert pickle.loads(pickle.dumps(stage)) == stage
    assert len(pickle.dumps(stage)) < 2000


def test_little_is_held_however_slow_the_first_document(server, monkeypatch):
    monkeypatch.setattr(fetch, "HELD_BYTES", 6 * len(PNG))
    monkeypatch.setattr(fetch, "PICTURE_BYTES", len(PNG))
    hosts = [f"http://h{n}.example/ok" for n in range(60)]
    batch = documents(["http://late.example/hang"], *([link] for link in hosts))
    stream = Fetch(replace(HASTY, proxy=str(server))).stream(iter([batch]))
    asked = []
    monkeypatch.setattr(server, "asked", Watched(asked))
    rows = [row for out in stream for row in out.to_pylist()]
    assert [len(row["images"]) for row in rows] == [1] * 61
    # Until the first document's link had failed, twice, only so many others were asked for.
    assert len(asked[: len(asked) - asked[::-1].index("http://late.example/hang")]) <= 9


class Watched(Counter):
    """Counts, and keeps the order of what was counted."""

    def __init__(self, order):
        super().__init__()
        self.order = order

    def __setitem__(self, key, value):
        self.order.append(key)
        super().__setitem__(key, value)


def test_it_works_in_a_spawned_process(server):
    batch = documents([f"{server}/ok"])
    with get_context("spawn").Pool(1) as pool:
        (row,) = pool.apply(worker, (Fetch(QUICK), batch))
    assert row["images"][0]["bytes"] == PNG


def worker(stage, batch):
    return [row for out in stage.stream(iter([batch])) for row in out.to_pylist()]


class Broken:
    """Stands in for the downloader: answers once, then fails in a way that no one foresaw."""

    def __init__(self, policy, known):
        self.left = 3

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        pass

    def get(self, target):
        return _Answering(self)


class _Answering:
    def __init__(self, broken):
        self.broken = broken

    async def __aenter__(self):
        self.broken.left -= 1
        if self.broken.left < 0:
            raise ZeroDivisionError("no one foresaw this")
        return Answer(PNG, 200, 1, None)

    async def __aexit__(self, *error):
        pass


def test_an_unforeseen_fault_reaches_the_caller():
    batch = documents(*([f"http://{n}.example/"] for n in range(10)))
    with pytest.raises(ZeroDivisionError):
        list(Fetch(opener=Broken).stream(iter([batch])))


def test_leaving_early_leaves_no_thread(server):
    batch = documents(*([f"{server}/{'ok' if n < 64 else 'hang'}/{n}"] for n in range(80)))
    stream = Fetch(QUICK).stream(iter([batch]))
    assert next(stream).num_rows == 64
    stream.close()
