"""Leave to ask: robots.txt and its like before the first link, redirects included."""

import asyncio
import gzip
import re
import time
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pyarrow as pa
import pytest

from pipeline.fetch import Fetch
from pipeline.links import Origins
from pipeline.permits import ReadSites
from pipeline.web.addresses import Gate
from pipeline.web.downloads import Policy
from pipeline.web.shares import Shares
from pipeline.web.sites import Sites
from schemas.image import DROPPED
from schemas.rights import SITE
from tests.attacks.server import PNG, picture, reply, serving
from tests.pipeline.test_fetch import documents, name

POLICY = Policy(
    connect_s=5, total_s=5, per_host_s=0, max_bytes=1 << 20, user_agent="Interleaf/1", tries=1
)


@pytest.fixture
def server():
    with serving() as running:
        for host in "abcdefgh":
            for path in ("robots.txt", "ai.txt", ".well-known/tdmrep.json"):
                running.files[f"{host}.example/{path}"] = reply(404)
        yield running


def through(server, **changed):
    return replace(POLICY, proxy=str(server), **changed)


def links(server, *urls, permitted=None, stage=Fetch, **changed):
    """What became of each link, and the evidence."""
    batch = documents(*([url] for url in urls))
    if permitted is not None:
        lists = pa.array([permitted] + [[]] * (batch.num_rows - 1), Fetch().reads[-1].type)
        batch = batch.set_column(batch.num_columns - 1, Fetch().reads[-1], lists)
    rows = [
        r for b in stage(through(server, **changed)).stream(iter([batch])) for r in b.to_pylist()
    ]
    return [row["images"][0] for row in rows]


# A picture with a word of PLUS in its XMP.
UNMINED = picture(9, 9, "JPEG", comment=b"plus:DataMining='DMI-PROHIBITED'")
ROBOTS = b"User-agent: *\nDisallow: /no\nUser-agent: interleaf\nDisallow: /ours\n"
MEMBERS = b"".join(gzip.compress(line, mtime=0) for line in ROBOTS.splitlines(keepends=True))


@pytest.mark.parametrize(
    "answers, path, dropped",
    [
        ({"robots.txt": reply(200, ROBOTS)}, "ok", None),
        ({"robots.txt": reply(200, ROBOTS)}, "no", None),
        ({"robots.txt": reply(200, ROBOTS)}, "ours/a", "robots_txt"),
        ({"robots.txt": reply(403)}, "ok", None),
        ({"robots.txt": reply(410)}, "ok", None),
        ({"robots.txt": reply(500)}, "ok", "robots_unreachable"),
        ({"robots.txt": reply(503, b"", "Retry-After: 0")}, "ok", "robots_unreachable"),
        ({"robots.txt": reply(429, b"", "Retry-After: 9999")}, "ok", "robots_unreachable"),
        ({"robots.txt": b"SSH-2.0\r\n"}, "ok", "robots_unreachable"),
        ({"robots.txt": reply(200, b"User-agent: *\nDisallow: /\n", length=99)}, "ok", "timeout"),
        ({"robots.txt": reply(301, b"", "Location: http://b.example/x.txt"),
          "../b.example/x.txt": reply(200, b"User-agent: *\nDisallow: /ok")}, "ok", "robots_txt"),
        ({"robots.txt": reply(301, b"", "Location: http://a.example/robots.txt")}, "ok", None),
        ({"robots.txt": reply(301, b"", "Location: http://127.0.0.1/")}, "ok", "private_address"),
        ({"robots.txt": reply(200, b"#" * (600 << 10) + b"\nUser-agent: *\nDisallow: /")},
         "ok", None),
        ({"robots.txt": reply(200, b"User-agent: *\nDisallow: /\n" + b"#" * (600 << 10))},
         "ok", "robots_txt"),
        ({"robots.txt": reply(200, PNG)}, "ok", None),
        ({"ai.txt": reply(200, b"User-Agent: *\nDisallow: *.png")}, "a.png", "ai_txt"),
        ({"ai.txt": reply(500)}, "ok", None),
        ({".well-known/tdmrep.json": reply(200, b'[{"location": "/", "tdm-reservation": 1}]')},
         "ok", "tdm_reserved"),
        ({"robots.txt": reply(200, b"User-agent: *\nContent-Usage: train-ai=n")}, "ok", None),
        ({"picture": reply(200, PNG, "X-Robots-Tag: noimageai")}, "picture", "noimageai"),
        ({"picture": reply(200, PNG, "tdm-reservation: 1")}, "picture", "tdm_reserved"),
        ({"picture": reply(302, b"", "Location: /ours"), "robots.txt": reply(200, ROBOTS)},
         "picture", "robots_txt"),
        ({"picture": reply(302, b"", "Location: /pub/../ours"), "robots.txt": reply(200, ROBOTS)},
         "picture", "robots_txt"),
        ({"robots.txt": reply(200, ROBOTS)}, "pub/%2e%2E/ours/a", "robots_txt"),
        ({"robots.txt": reply(200, ROBOTS)}, "./x/..%2fours", None),
        ({"picture": reply(302, b"", "Location: /ok", "X-Robots-Tag: noai")}, "picture", "noai"),
        ({"picture": reply(200, UNMINED)}, "picture", "mining_prohibited"),
        ({"robots.txt": reply(200, ROBOTS.decode().encode("utf-16"))}, "ours/a", "robots_txt"),
        ({"robots.txt": reply(200, MEMBERS, "Content-Encoding: gzip")}, "ours/a", "robots_txt"),
    ],
)  # fmt: skip
def test_what_a_site_says_is_obeyed(server, answers, path, dropped):
    for file, answer in answers.items():
        host, _, rest = ("a.example/" + file).replace("a.example/../", "").partition("/")
        server.files[f"{host}/{rest}"] = answer
    (image,) = links(server, f"http://a.example/{path}", total_s=1.5)
    assert image["dropped"] == dropped
    assert dropped is None or dropped in DROPPED
    if dropped in ("robots_txt", "ai_txt", "tdm_reserved", "noimageai", "mining_prohibited"):
        assert image["evidence"]
    if dropped == "robots_txt" and path != "picture":
        assert server.asked[f"http://a.example/{path}"] == 0


def test_what_is_not_honoured_is_not_asked_for(server):
    server.files["a.example/robots.txt"] = reply(200, b"User-agent: *\nDisallow: /")
    (image,) = links(server, "http://a.example/ok", honours=())
    assert image["bytes"] == PNG
    assert dict(server.asked) == {"http://a.example/ok": 1}


def test_a_redirect_to_another_host_needs_its_leave_too(server):
    server.files["a.example/go"] = reply(302, b"", "Location: http://b.example/ok")
    server.files["b.example/robots.txt"] = reply(200, b"User-agent: *\nDisallow: /")
    (image,) = links(server, "http://a.example/go")
    assert image["dropped"] == "robots_txt"
    assert server.asked["http://b.example/ok"] == 0


def test_files_are_asked_for_once_a_host(server):
    urls = [f"http://{host}.example/ok/{n}" for n in range(9) for host in "abc"]
    assert [i["dropped"] for i in links(server, *urls)] == [None] * 27
    files = Counter(url.rsplit("/", 1)[1] for url in server.asked.elements() if "ok" not in url)
    assert files == {"robots.txt": 3, "ai.txt": 3, "tdmrep.json": 3}


def sites(server, *origins, **changed):
    rows = [{"part": 0, "origin": origin, "parts": 2} for origin in origins]
    batch = pa.RecordBatch.from_pylist(rows, schema=SITE)
    stage = ReadSites(through(server, **changed))
    return [row for b in stage.stream(iter([batch])) for row in b.to_pylist()]


def test_the_step_before_the_fetch_answers_for_it(server):
    server.files["a.example/robots.txt"] = reply(200, ROBOTS + b"Crawl-delay: 1\n")
    server.files["b.example/robots.txt"] = reply(500)
    rows = sites(server, *(f"http://{host}.example:80" for host in "abc"))
    assert [row["permit"]["refused"] for row in rows] == [None, "robots_unreachable", None]
    assert rows[0]["permit"]["robots_txt"] == ["disallow: /ours"]
    assert rows[0]["permit"]["delay_s"] == 1
    assert [row["http_status"] for row in rows] == [200, 500, 404]
    assert all(row["asked_at"] and row["permit"]["parts"] == 2 for row in rows)
    server.asked.clear()
    urls = [f"http://{host}.example/{path}" for host in "abc" for path in ("ok", "ours")]
    found = links(server, *urls, permitted=[row["permit"] for row in rows])
    assert [i["dropped"] for i in found] == [
        None, "robots_txt", "robots_unreachable", "robots_unreachable", None, None,
    ]  # fmt: skip
    assert not any("robots" in url for url in server.asked)


def test_a_file_that_moves_to_https_is_read_once_for_both(server):
    server.files["a.example/robots.txt"] = reply(301, b"", "Location: https://a.example/robots.txt")
    server.files["https://a.example/robots.txt"] = reply(200, ROBOTS)
    rows = sites(server, "http://a.example:80", "https://a.example:443")
    assert rows[0]["permit"]["landed"] == "https://a.example:443"
    assert rows[1]["permit"]["origin"] == "https://a.example:443"
    assert rows[1]["attempts"] == 0


def test_origins_are_named_once_a_part(server):
    a, b = "http://a.example/1", "http://b.example:8080/2"
    batch = documents([a, b, a], [b, "http://[::1]/", "https://a.example/1"])
    stage = Origins(POLICY)
    rows = [
        r for out in stage.stream(iter([batch.select(stage.reads.names)])) for r in out.to_pylist()
    ]
    assert [(r["doc_id"], r["origin"]) for r in rows] == [
        ("d0", "http://a.example:80"), ("d0", "http://b.example:8080"),
        ("d1", "https://a.example:443"),
    ]  # fmt: skip
    assert rows[0]["host_bucket"] == rows[2]["host_bucket"]


def test_a_page_that_keeps_its_pictures(server):
    url = "http://a.example/ok"
    nodes = [{"kind": "image", "image_url": url, "image_id": name(url)}]
    said = (("d0", "noimageai"), ("d1", "all"))
    rows = [{"doc_id": d, "robots_meta": meta, "nodes": nodes} for d, meta in said]
    batch = pa.RecordBatch.from_pylist(rows, schema=Fetch().reads)
    out = [r for b in Fetch(through(server)).stream(iter([batch])) for r in b.to_pylist()]
    assert [row["images"][0]["dropped"] for row in out] == ["noimageai", None]


def gaps(server, host):
    times = [moment for asked, moment in server.begun if asked == host]
    return [after - before for before, after in pairwise(times)]


def test_no_host_is_asked_faster_than_its_rate(server):
    urls = [f"http://{host}.example/ok/{n}" for n in range(6) for host in "ab"]
    found = links(server, *urls, per_host_s=20, honours=("robots_txt",))
    assert [i["dropped"] for i in found] == [None] * 12
    for host in ("a.example", "b.example"):
        assert len(gaps(server, host)) == 6
        assert sum(gaps(server, host)) >= 5.9 * 0.05


def test_a_crawl_delay_holds_where_only_a_redirect_leads(server):
    server.files["b.example/robots.txt"] = reply(200, b"User-agent: *\nCrawl-delay: 0.3\n")
    for n in range(3):
        server.files[f"a.example/{n}"] = reply(302, b"", f"Location: http://b.example/ok/{n}")
    found = links(server, *(f"http://a.example/{n}" for n in range(3)), honours=("robots_txt",))
    assert [i["dropped"] for i in found] == [None] * 3
    assert min(gaps(server, "b.example")[1:]) >= 0.29


def test_retry_after_is_obeyed_by_the_whole_host(server):
    server.files["a.example/busy"] = reply(503, b"", "Retry-After: 1")
    urls = ["http://a.example/busy", *(f"http://a.example/slow/{n}" for n in range(8))]
    found = links(server, *urls, honours=(), per_host=1, tries=2, total_s=20)
    assert [i["dropped"] for i in found] == ["http_5xx", *[None] * 8]
    assert max(gaps(server, "a.example")) >= 0.95


def test_one_who_asks_for_an_hour_is_left_alone(server):
    server.files["a.example/busy"] = reply(429, b"", "Retry-After: 7200")
    urls = ["http://a.example/busy", *(f"http://a.example/ok/{n}" for n in range(5))]
    found = links(server, *urls, honours=(), per_host=1)
    assert [i["dropped"] for i in found] == ["http_429"] * 6
    assert sum(server.asked.values()) == 1
    assert (found[1]["next_try_at"] - found[0]["asked_at"]).total_seconds() >= 7199


@pytest.mark.parametrize(
    "until, date, wait_s",
    [
        ("Sat, 01 Nov 2025 10:00:01 GMT", "Sat, 01 Nov 2025 10:00:00 GMT", 1),
        ("Sat, 01 Nov 2025 09:00:00 GMT", "Sat, 01 Nov 2025 10:00:00 GMT", 0),
        ("Sat, 01 Nov 2025 10:00:00 GMT", None, 0),
        ("when it is done", "Sat, 01 Nov 2025 10:00:00 GMT", None),
        ("Sat, 01 Nov 2025 12:00:00 GMT", "Sat, 01 Nov 2025 10:00:00 GMT", 7200),
    ],
)
def test_a_date_to_wait_for_counts_from_the_answers_own(server, until, date, wait_s):
    said = [f"Retry-After: {until}", *([f"Date: {date}"] if date else [])]
    server.files["a.example/busy"] = reply(503, b"", *said)
    urls = ["http://a.example/busy", *(f"http://a.example/slow/{n}" for n in range(3))]
    found = links(server, *urls, honours=(), per_host=1, tries=2, total_s=20)
    if wait_s == 7200:
        assert [i["dropped"] for i in found] == ["http_5xx"] * 4
        assert (found[1]["next_try_at"] - found[0]["asked_at"]).total_seconds() >= 7199
        return
    assert [i["dropped"] for i in found] == ["http_5xx", *[None] * 3]
    assert (max(gaps(server, "a.example")) >= 0.95) == (wait_s == 1)


def test_a_part_ends_at_its_deadline(server):
    urls = [f"http://{host}.example/hang/{n}" for host in "abc" for n in range(9)]
    found = links(server, "http://d.example/ok", *urls, honours=(), deadline_s=1)
    assert [i["dropped"] for i in found] == [None, *["deadline"] * 27]


def test_a_part_ends_when_it_has_its_bytes(server):
    urls = [f"http://a.example/slow/{n}" for n in range(9)]
    found = links(server, *urls, honours=(), per_host=1, part_bytes=3 * len(PNG))
    assert [i["dropped"] for i in found] == [None] * 3 + ["part_bytes"] * 6
    assert sum(server.asked.values()) <= 4
    assert found[-1]["next_try_at"] is None or found[-1]["attempts"] is None


def test_what_a_long_fetch_waits_for_is_told(server, monkeypatch):
    monkeypatch.setattr("pipeline.fetch_news.EVERY_S", 0.05)
    urls = ["http://b.example/404", *(f"http://a.example/slow/{n}" for n in range(9))]
    told = []
    stage = Fetch(
        through(server, honours=(), per_host=1), tell=lambda part, line: told.append((part, line))
    )
    batch = documents(*([url] for url in urls))
    assert sum(b.num_rows for b in stage.stream(iter([batch]))) == 10
    assert told
    assert {part for part, _ in told} == {0}
    assert re.fullmatch(
        r"\d+ of 10 links asked, \d pictures, 1 failed, 1 under way; "
        r"longest queues: (a.example \(\d\)|none)",
        told[0][1],
    )


def test_parts_share_a_host():
    rows = [
        {"origin": "http://a.example:80", "parts": 3, "delay_s": None},
        {"origin": "https://b.example:443", "parts": 1, "delay_s": None},
        {"origin": "http://c.example:80", "parts": 9, "delay_s": 5.0},
    ]
    shares = Shares.of(Policy(per_host=4, per_host_s=10, workers=2), rows)
    assert shares.limits == {"a.example": 1, "b.example": 2, "c.example": 1}
    assert shares.gaps_s == {"a.example": 0.4, "b.example": 0.2, "c.example": 20.0}


class Kept(dict):
    """A shelf in memory."""

    def put(self, key, row):
        self[key] = row

    def __call__(self, part):
        from contextlib import nullcontext

        assert part == 7
        return nullcontext(self)


def test_what_lies_on_the_shelf_is_not_asked_for_again(server):
    urls = [f"http://a.example/{path}" for path in ("ok", "404", "hang", "huge-side")]
    batch = documents(urls)
    batch = batch.set_column(0, batch.schema[0], pa.array([7], pa.int32()))
    shelf = Kept()
    stage = Fetch(through(server, total_s=1, honours=()), shelf=shelf)
    first = [row for b in stage.stream(iter([batch])) for row in b.to_pylist()]
    assert len(shelf) == 4
    del shelf["http://a.example/hang"]
    server.asked.clear()
    second = [row for b in stage.stream(iter([batch])) for row in b.to_pylist()]
    assert dict(server.asked) == {"http://a.example/hang": 1}
    assert [i["dropped"] for i in second[0]["images"]] == [i["dropped"] for i in first[0]["images"]]
    assert second[0]["images"][0] == first[0]["images"][0]


def test_the_deadline_ends_what_is_being_read(server):
    urls = [f"http://{host}.example/hang" for host in "abc"]
    urls += [f"http://{name}.example/ok" for name in "xyz"]  # whose robots.txt does not come
    for host in "xyz":
        server.files[f"{host}.example/robots.txt"] = b"HTTP/1.1 200 OK\r\n"
    begun = time.monotonic()
    found = links(server, *urls, deadline_s=0.5)
    assert time.monotonic() - begun < 10  # and not the 30 s of a server that hangs
    assert [link["dropped"] for link in found] == ["deadline"] * 6


def test_no_file_is_read_on_for_links_that_are_gone():
    ended = []

    async def read(url):
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(url)

    async def leave():
        sites = Sites(read, "a", ("robots_txt",))
        waiting = asyncio.create_task(sites.against(Gate().target("http://a.example/")))
        await asyncio.sleep(0.01)
        waiting.cancel()
        await sites.close()
        return list(ended)

    assert asyncio.run(leave()) == ["http://a.example:80/robots.txt"]
