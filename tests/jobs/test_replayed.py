"""The fetch against a server that was not written by us: it counts, and fails as it is told."""

import gzip
import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.commands import retry
from jobs.flows import curate
from jobs.on_local import Local
from jobs.runs import execute
from pipeline.web.downloads import Policy
from schemas.image import DROPPED
from tests.attacks.server import PNG
from tests.conftest import SHARED
from tests.jobs.commands.test_retry import RECIPE, gathered

SERVER = SHARED / "tools" / "replay_server.py"
HOSTS, PER_HOST = 12, 8
URLS = [f"http://h{host}.example/{n}.png" for n in range(PER_HOST) for host in range(HOSTS)]
POLICY = Policy(per_host=3, per_host_s=50, connect_s=2, total_s=2.5, tries=2, workers=2)

pytestmark = pytest.mark.skipif(not SERVER.is_file(), reason=f"{SERVER} is absent")


def record(url: str, body: bytes, kind: str) -> bytes:
    http = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n\r\n".encode() + body
    head = (
        "WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http; msgtype=response\r\n"
        f"WARC-Target-URI: {url}\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n"
        f"WARC-Record-ID: <urn:uuid:00000000-0000-0000-0000-{abs(hash(url)) % 10**12:012}>\r\n"
        f"Content-Length: {len(http)}\r\n\r\n"
    ).encode()
    return gzip.compress(head + http + b"\r\n\r\n", mtime=0)


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("warc") / "pictures.warc.gz"
    records = [record(url, PNG, "image/png") for url in URLS]
    records.append(
        record("http://h0.example/robots.txt", b"User-agent: *\nDisallow: /7", "text/plain")
    )
    path.write_bytes(b"".join(records))
    return path


@contextmanager
def replaying(warc: Path, *options: str):
    command = [sys.executable, str(SERVER), str(warc), *options]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        yield "http://" + server.stdout.readline().split()[-1]
    finally:
        server.terminate()
        server.wait()
        server.stdout.close()


def stats(proxy: str) -> dict:
    with urllib.request.urlopen(f"{proxy}/stats") as answer:
        return json.load(answer)


def run(at, web: Policy, first: str, engine: Local) -> None:
    assert execute(curate(at.store, RECIPE, web).between(first, "fetch"), engine, id) == []
    engine.close()


def policy(proxy: str) -> Policy:
    return replace(POLICY, proxy=proxy)


def dropped(at) -> list[str | None]:
    rows = (r for part in at.images.parts() for b in at.images.read(part) for r in b.to_pylist())
    return [row["images"][0]["dropped"] for row in rows]


def test_hosts_shared_by_parts_are_asked_within_limits(warc, tmp_path):
    with replaying(warc, "--latency-ms", "20") as proxy:
        at = gathered(tmp_path, URLS[::2], URLS[1::2])
        pool = Local(2)
        assert (
            execute(curate(at.store, RECIPE, policy(proxy)).between("origins", "fetch"), pool, id)
            == []
        )
        pool.close()
        found = stats(proxy)
    assert dropped(at).count("robots_txt") == 1
    assert dropped(at).count(None) == len(URLS) - 1
    robots = {url: n for url, n in found["urls"].items() if url.endswith("/robots.txt")}
    assert len(robots) == HOSTS
    assert set(robots.values()) == {1}
    assert all(host["max_in_flight"] <= POLICY.per_host for host in found["hosts"].values())


def test_nothing_is_lost_with_failures(warc, tmp_path):
    options = ("--fail-rate", "0.3", "--timeout-s", "3", "--slow-s", "3", "--fail-first", "3")
    with replaying(warc, *options) as proxy:
        at = gathered(tmp_path, URLS[::2], URLS[1::2])
        run(at, policy(proxy), "origins", Local(1))
        first, asked = dropped(at), stats(proxy)["urls"]
        assert len(first) == len(URLS)
        assert all(reason in (None, *DROPPED) for reason in first)
        failed = sum(reason not in (None, "robots_txt") for reason in first)
        assert 0 < failed < len(URLS)
        for _ in range(4):
            retry.reopen(at, retry.wish(None, now=True), policy(proxy))
            assert (
                execute(
                    curate(at.store, RECIPE, policy(proxy)).between("robots", "fetch"), Local(1), id
                )
                == []
            )
        again = stats(proxy)["urls"]
    assert set(dropped(at)) <= {None, "robots_txt"}
    order = [*URLS[::2], *URLS[1::2]]
    for url, reason in zip(order, first, strict=True):
        name = url.removeprefix("http://")
        if reason is None:
            key = next(key for key in asked if key.endswith(name))
            assert again[key] == asked[key], "a stored picture was asked for again"
