"""The whole flow with the crawl on a server and the store in a bucket: the same bytes as here."""

import gzip
import http.server
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from jobs.run import main
from jobs.status import accounts, unbalanced
from jobs.store import Store
from tests.engines.test_same_bytes import digests

CRAWL = "CC-MAIN-2024-10"


@pytest.fixture
def tree(crawl_files: list[Path], tmp_path: Path) -> Path:
    """A folder shaped as Common Crawl's: the list of paths, and the files that it names."""
    folder = tmp_path / "commoncrawl" / "crawl-data" / CRAWL
    (folder / "warc").mkdir(parents=True)
    names = []
    for file in crawl_files:
        (folder / "warc" / file.name).write_bytes(file.read_bytes())
        names.append(f"crawl-data/{CRAWL}/warc/{file.name}\n")
    (folder / "warc.paths.gz").write_bytes(gzip.compress("".join(names).encode()))
    return tmp_path / "commoncrawl"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def https_like(tree: Path) -> Iterator[str]:
    handler = partial(Quiet, directory=str(tree))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def bucket(tree: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket on a real S3-compatible server that holds the same tree."""
    server = ThreadedMotoServer("127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "someone",
        "AWS_SECRET_ACCESS_KEY": "something",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3")
    for name in ("commoncrawl", "ours"):
        client.create_bucket(Bucket=name)
    for file in tree.rglob("*.gz"):
        client.upload_file(str(file), "commoncrawl", str(file.relative_to(tree)))
    client.close()
    yield "s3://"
    server.stop()


def run(base: str, store: str, proxy: str, *more: str) -> int:
    options = ["--crawl", CRAWL, "--crawl-base", base, "--proxy", proxy, "--part-rows", "12"]
    return main(["run", "obelics", *options, "--store", store, "--workers", "1", *more])


def test_crawl_over_http(https_like: str, mini_web: str, tmp_path: Path) -> None:
    store = tmp_path / "store"
    assert run(https_like, str(store), mini_web, "--limit", "150") == 0
    found = accounts(Store(str(store)))
    assert unbalanced(found) == []
    # 150 records are fewer than a file of Common Crawl holds: the first file is enough.
    assert all(account.parts for account in found)
    assert found[0].parts == 1
    assert found[0].books["records"].taken <= 150
    assert found[-1].rows > 0


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_crawl_and_store_in_buckets(bucket: str, mini_web: str, tmp_path: Path) -> None:
    assert run(f"{bucket}commoncrawl/", f"{bucket}ours/run", mini_web) == 0
    assert run(f"{bucket}commoncrawl/", str(tmp_path / "here"), mini_web) == 0
    fetched = tmp_path / "fetched"
    client = boto3.client("s3")
    listing = client.get_paginator("list_objects_v2").paginate(Bucket="ours")
    for key in (item["Key"] for page in listing for item in page["Contents"]):
        path = fetched / Path(key).relative_to("run")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not key.endswith("/"):
            client.download_file("ours", key, str(path))
    client.close()
    assert digests(fetched) == digests(tmp_path / "here")
