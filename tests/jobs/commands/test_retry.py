"""What failed is asked for again and nothing else: after a retry, and after a kill."""

import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from dataclasses import replace

import pyarrow as pa
import pytest

from filters import recipes
from jobs.commands import retry, rights, takedown
from jobs.commands.explain import outcome
from jobs.flows import curate
from jobs.inputs import lists
from jobs.on_local import Local
from jobs.plan import Pass, part_name
from jobs.release import matches, tombstones
from jobs.runs import execute
from jobs.store import RUN, Store, StoreError
from jobs.store_tables import Tables
from jobs.work import run_part, write_part
from jobs.workers.spool import Records, Spool, spool_name
from pipeline.web.downloads import Policy
from tests.attacks.server import PNG, reply, serving

POLICY = Policy(connect_s=5, total_s=5, per_host_s=0, max_bytes=1 << 20, tries=1)
RECIPE = recipes.load("obelics")
RUN_OF_DEFAULTS = {"rights": {"honours": list(POLICY.honours)}, "recipe": {}, "part_rows": 9}


@pytest.fixture
def server():
    with serving() as running:
        for host in "ab":
            for path in ("robots.txt", "ai.txt", ".well-known/tdmrep.json"):
                running.files[f"{host}.example/{path}"] = reply(404)
        yield running


def through(server, **changed):
    return replace(POLICY, proxy=str(server), **changed)


def gathered(folder, *parts):
    """A store whose documents lie gathered in `parts`: lists of image links, a document each."""
    store = Store(str(folder))
    at = Tables(store)
    store.write_text(RUN, json.dumps(RUN_OF_DEFAULTS))
    for index, urls in enumerate(parts):
        nodes = [
            [{"kind": "image", "image_url": url, "image_id": url[-16:].replace("/", "-")}]
            for url in urls
        ]
        rows = [
            {"doc_id": f"d{index}-{n}", "part": index, "nodes": each}
            for n, each in enumerate(nodes)
        ]
        made = (
            (at.hosts, rows),
            (at.lines, rows),
            (at.clusters, []),
            (at.repeated_links, []),
        )
        for table, content in made:
            batch = pa.RecordBatch.from_pylist(content, schema=table.schema)
            step = Pass("made", table.rows(), (), table, unit=None)
            write_part(step, part_name(index), iter([batch]), started=0.0)
    return at


def fetched(at, policy):
    """Run the flow from the origins to the fetch; the links, by document."""
    flow = curate(at.store, RECIPE, policy).between("origins", "fetch")
    assert execute(flow, Local(1), lambda _: None) == []
    return links(at)


def links(at):
    images = (r for part in at.images.parts() for b in at.images.read(part) for r in b.to_pylist())
    return {row["doc_id"]: row["images"][0] for row in images}


def test_only_what_failed_is_asked_for_again(server, tmp_path):
    paths = ("ok/1", "404", "500-once", "reset-once", "ok/2")
    at = gathered(tmp_path / "s", [f"http://a.example/{p}" for p in paths], ["http://b.example/ok"])
    first = fetched(at, through(server))
    assert [image["dropped"] for image in first.values()] == [
        None, "http_4xx", "http_5xx", "connect", None, None,
    ]  # fmt: skip
    untouched = at.images.receipt("part-00001")
    before = Counter(server.asked)
    assert retry.reopen(at, retry.wish("http_5xx,connect", now=False), through(server)) == (0, 2)
    assert retry.reopen(at, retry.wish("http_5xx,connect", now=True), through(server)) == (2, 0)
    second = fetched(at, through(server))
    assert dict(server.asked - before) == {
        "http://a.example/500-once": 1,
        "http://a.example/reset-once": 1,
    }
    assert [image["dropped"] for image in second.values()] == [None, "http_4xx", *[None] * 4]
    assert second["d0-0"] == first["d0-0"]
    assert at.images.receipt("part-00001") == untouched
    # As if nothing had ever failed.
    whole = gathered(
        tmp_path / "w", [f"http://a.example/{p}" for p in paths], ["http://b.example/ok"]
    )
    fetched(whole, through(server))
    digests = [[receipt.sha256 for receipt in each.images.receipts()] for each in (at, whole)]
    assert digests[0] == digests[1]
    assert not (tmp_path / "s" / "spool" / "fetch" / "part-00000").exists()


def test_a_site_that_was_out_of_reach_is_read_again(server, tmp_path):
    server.files["a.example/robots.txt"] = reply(500)
    at = gathered(tmp_path, ["http://a.example/ok/1", "http://b.example/ok/2"])
    assert [i["dropped"] for i in fetched(at, through(server)).values()] == [
        "robots_unreachable",
        None,
    ]
    server.files["a.example/robots.txt"] = reply(200, b"User-agent: *\nAllow: /")
    server.asked.clear()
    wish = retry.wish(None, now=True)
    assert retry.reopen(at, wish, through(server)) == (1, 0)
    assert [i["dropped"] for i in fetched(at, through(server)).values()] == [None, None]
    assert set(server.asked) == {
        "http://a.example/robots.txt", "http://a.example/ai.txt",
        "http://a.example/.well-known/tdmrep.json", "http://a.example/ok/1",
    }  # fmt: skip


def test_wrong_classes_are_told():
    with pytest.raises(StoreError, match="no class that can heal"):
        retry.wish("dns,noai", now=False)


def do_part(step, part):
    receipt = run_part(step, part)
    assert not receipt.error, receipt.error


def test_a_kill_in_the_midst_of_a_part_asks_for_nothing_twice(server, tmp_path):
    urls = [f"http://{'ab'[n % 2]}.example/slow/{n}" for n in range(120)]
    at = gathered(tmp_path, urls)
    web = through(server, per_host_s=100)
    assert (
        execute(curate(at.store, RECIPE, web).between("origins", "permitted"), Local(1), id) == []
    )
    step = curate(at.store, RECIPE, web).between("fetch", "fetch").steps[0]
    for stop_at in (10, 60):
        worker = multiprocessing.get_context("spawn").Process(
            target=do_part, args=(step, part_name(0))
        )
        worker.start()
        deadline = time.monotonic() + 60
        while pictures_asked(server) < stop_at and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
    time.sleep(0.1)  # what was under way ends
    with Spool(at.store, "fetch")(0) as records:
        stored = [url for url in urls if records.get(url)]
    assert 40 < len(stored) < 120
    before = dict(server.asked)
    do_part(step, part_name(0))
    assert all(server.asked[url] == before[url] for url in stored)
    assert all(image["bytes"] == PNG for image in links(at).values())
    assert len(links(at)) == 120
    robots = [n for url, n in server.asked.items() if url.endswith("/robots.txt")]
    assert robots == [1, 1]


def pictures_asked(server):
    return sum(n for url, n in list(server.asked.items()) if "slow" in url)


def test_rights_and_takedown(server, tmp_path, capsys):
    server.files["a.example/robots.txt"] = reply(200, b"User-agent: *\nDisallow: /no")
    server.files["b.example/x"] = reply(200, PNG, "X-Robots-Tag: noai")
    import hashlib

    at = gathered(
        tmp_path, [f"http://{u}" for u in ("a.example/no/1", "b.example/x", "b.example/ok/2",
                                           "c.example/ok", "b.example/huge-side")]
    )  # fmt: skip
    lists.add(at.store, lists.BLOCKED, {"c.example"})
    lists.add(at.store, lists.HASHES, {hashlib.md5(PNG).hexdigest()})
    found = fetched(at, through(server))
    assert [image["dropped"] for image in found.values()] == [
        "robots_txt", "noai", "hash_listed", "blocked", None,
    ]  # fmt: skip
    rights.show(at.store)
    said = capsys.readouterr().out
    assert said.count(", read ") == 2  # of sites and links; no page was read here
    for words in ("robots_txt", "disallow: /no", "X-Robots-Tag: noai", "c.example", "4 of 5"):
        assert words in said
    (match,) = [json.loads(line) for line in at.store.read_text(matches.MATCHES).splitlines()]
    assert match["sha256"] == hashlib.sha256(PNG).hexdigest()
    (tmp_path / "urls").write_text("# gone\nhttp://b.example/huge-side\n")
    takedown.take_down(at.store, [str(tmp_path / "urls")])
    assert "1 entries, 1 of them new" in capsys.readouterr().out
    for table in (at.images, at.asked):
        table.unsign(part_name(0))
    assert fetched(at, through(server))["d0-4"]["dropped"] == "taken_down"


def test_explain_names_what_the_owner_says(tmp_path):
    at = gathered(tmp_path, [])
    row = {"doc_id": "d", "url": "http://a.example/", "robots_meta": "noindex", "part": 0}
    batch = pa.RecordBatch.from_pylist([row], schema=at.hosts.schema)
    step = Pass("made", at.hosts.rows(), (), at.hosts, unit=None)
    write_part(step, part_name(0), iter([batch]), started=0.0)
    said = outcome(at, "d", {"dropped": None, "failed": []}, None)
    assert said == "dropped: noindex (meta robots: noindex)"


def released(at):
    nodes = [{"kind": "image", "tag": "img", "text": None, "image": 0}]
    rows = [
        {
            "doc_id": f"{n}", "url": f"http://{n}.example/p", "texts": [None], "images": ["x"],
            "metadata": "[]", "nodes": nodes,
            "pictures": [{"bytes": PNG, "path": f"{n}.0.png"}],
            "picture_metadata": [{"image_id": f"i{n}", "url": f"http://pictures.example/{n}.png"}],
        }
        for n in "abc"
    ]  # fmt: skip
    batch = pa.RecordBatch.from_pylist(rows, schema=at.release.schema)
    step = Pass("made", at.release.rows(), (), at.release, unit=None)
    write_part(step, part_name(0), iter([batch]), started=0.0)


def test_tombstones_are_obeyed_by_readers(tmp_path):
    at = Tables(Store(str(tmp_path)))
    released(at)
    shard = (tmp_path / "release/parquet/part-00000.parquet").read_bytes()
    assert tombstones.mark(at.store, at.release) == {"documents": [], "images": []}
    assert not at.store.exists(tombstones.TOMBSTONES)
    lists.add(at.store, lists.TAKEN_DOWN, {"a.example", "https://pictures.example/b.png"})
    assert tombstones.mark(at.store, at.release) == {"documents": ["a"], "images": ["ib"]}
    assert (tmp_path / "release/parquet/part-00000.parquet").read_bytes() == shard
    from notebooks.read import documents

    rows = {r["doc_id"]: r for _, r in documents([tmp_path / "release/parquet/part-00000.parquet"])}
    assert set(rows) == {"b", "c"}
    assert [rows[n]["pictures"][0]["bytes"] for n in "bc"] == [None, PNG]


def test_lists_of_digests():
    md5, sha = "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb924" * 2
    assert lists.digests([md5.upper() + "  a.jpg", sha]) == {md5, sha}
    with pytest.raises(StoreError, match="no MD5 or SHA-256"):
        lists.digests(["zz"])
    with pytest.raises(StoreError, match="cannot read the list"):
        lists.read_lines(["/nowhere/at/all"])


def test_records_that_were_cut_short(tmp_path):
    store = Store(str(tmp_path))
    folder = spool_name("fetch", "part-00000")
    with Records(store, folder) as records:
        records.put("a", {"bytes": b"12345", "dropped": None, "n": 1})
        records.put("b", {"dropped": "dns"})
        records.put("c", {"bytes": b"678"})
    (name,) = store.names(folder)
    file = tmp_path / folder / name
    whole = file.read_bytes()
    for cut in range(len(whole)):
        file.write_bytes(whole[:cut])
        with Records(store, folder) as records:
            kept = [key for key in "abc" if records.get(key)]
        assert kept == list("abc")[: len(kept)]
        assert len(kept) < 3
    file.write_bytes(whole[:20] + b"?" + whole[21:])
    with Records(store, folder) as records:
        assert records.get("a") is None
        records.put("a", {"bytes": b"1"})
    with Records(store, folder) as records:
        assert records.get("a") == {"bytes": b"1"}
