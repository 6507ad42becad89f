"""Finding crawl files, and reading them over lines that break."""

import contextlib
import gzip
import hashlib
import pickle
import random
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from jobs.inputs import opening
from jobs.inputs.sources import SourceError, crawl_sources, open_source, sources
from pipeline.warc import ReadWarc
from schemas.page import SOURCE

DATA = random.Random(1).randbytes(3 << 20)
CRAWL = "CC-MAIN-2024-10"
PATHS = [f"crawl-data/{CRAWL}/segments/1.{n}/warc/{n:05}.warc.gz" for n in range(6)]


class Handler(BaseHTTPRequestHandler):
    """Serves `server.files`; each request first asks `server.faults` what to do wrong."""

    def log_message(self, *args):
        pass

    def do_GET(self):
        server = self.server
        wanted = self.headers.get("Range")
        server.asked.append((self.path, wanted, self.headers["User-Agent"]))
        data = server.files.get(self.path)
        fault = server.faults.pop(0) if server.faults else None
        if isinstance(fault, tuple):
            return self.answer(*fault)
        if data is None:
            return self.answer(404, b"no such file")
        if fault == "vanish":
            return None
        if fault == "other file":
            data = data[::-1] + b"x"
        at = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1]) if wanted else 0
        if fault == "no ranges" or not wanted:
            at, code = 0, 200
        elif at >= len(data):
            return self.answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        else:
            code = 206
        said = at + 7 if fault == "wrong range" else at
        headers = {"ETag": f'"{hashlib.md5(data).hexdigest()}"'}
        if code == 206:
            headers["Content-Range"] = f"bytes {said}-{len(data) - 1}/{len(data)}"
        if fault == "no length":
            return self.answer(code, data[at:], headers, length=None)
        cut = fault if isinstance(fault, int) else len(data)
        return self.answer(code, data[at:][:cut], headers, length=len(data) - at)

    def answer(self, code, body, headers=None, length=0):
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if length is not None:
            self.send_header("Content-Length", str(length or len(body)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):
            self.wfile.write(body)


@pytest.fixture
def server(monkeypatch):
    """A loopback server, and no long waits."""
    monkeypatch.setattr(opening, "FIRST_WAIT_S", 0.001)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        web.daemon_threads = True
        web.files, web.faults, web.asked = {"/data": DATA}, [], []
        web.address = f"http://127.0.0.1:{web.server_port}"
        thread = threading.Thread(target=web.serve_forever, args=(0.01,))
        thread.start()
        yield web
        web.shutdown()
        thread.join()


def body(location, offset=0):
    with open_source(location, offset) as file:
        return file.read()


BUSY = (503, b"busy")
SLOW = (403, b"<Error><Code>SlowDown</Code></Error>")


@pytest.mark.parametrize(
    "faults",
    [
        [],
        [BUSY, BUSY],
        [(429, b"", {"Retry-After": "0"})],
        [SLOW, (500, b""), (502, b""), (504, b"")],
        ["vanish"],
        [1_000_000],
        [1_000_000, BUSY, 500_000, "vanish", 70_000],
        [1_000_000, "no ranges"],
        [1_000_000, "wrong range"],
        [100_000] * 20,
        ["no length"],
    ],
)
@pytest.mark.parametrize("offset", [0, 12345])
def test_reading_goes_on(server, faults, offset):
    server.faults = list(faults)
    assert body(f"{server.address}/data", offset) == DATA[offset:]
    assert {agent for _, _, agent in server.asked} == {"interleaf/0.1"}
    assert not server.faults


@pytest.mark.parametrize("offset", [len(DATA), len(DATA) + 1])
@pytest.mark.parametrize("faults", [[], ["no ranges"]])
def test_behind_the_end(server, offset, faults, tmp_path):
    server.faults = faults
    assert body(f"{server.address}/data", offset) == b""
    (tmp_path / "data").write_bytes(DATA)
    assert body(str(tmp_path / "data"), offset) == b""


def test_it_resumes_at_the_byte_reached(server):
    server.faults = [1_000_000]
    body(f"{server.address}/data")
    assert [wanted for _, wanted, _ in server.asked] == [None, "bytes=1000000-"]


@pytest.mark.parametrize(
    "faults, error, asked",
    [
        ([BUSY] * 9, OSError, 8),
        ([10] * 9, OSError, 8),
        ([(403, b"forbidden")], OSError, 1),
        ([(404, b"")], FileNotFoundError, 1),
        ([(410, b"")], FileNotFoundError, 1),
        ([1_000_000, (404, b"")], FileNotFoundError, 2),
        ([1_000_000, *["wrong range"] * 9], OSError, 8),
    ],
)
def test_giving_up(server, faults, error, asked):
    server.faults = list(faults)
    with pytest.raises(error):
        body(f"{server.address}/data")
    assert len(server.asked) == asked


def test_waits_grow_and_are_bounded(server, monkeypatch):
    waits = []
    monkeypatch.setattr(opening, "FIRST_WAIT_S", 0.5)
    monkeypatch.setattr(opening, "sleep", waits.append)
    server.faults = [
        BUSY,
        BUSY,
        (503, b"", {"Retry-After": "7"}),
        (429, b"", {"Retry-After": "999"}),
    ]
    body(f"{server.address}/data")
    assert waits == [0.5, 1, 7, 60]


def test_a_file_that_changes_is_no_file(server):
    server.faults = [1_000_000, "other file"]
    with pytest.raises(OSError, match="changed while it was read"):
        body(f"{server.address}/data")


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/x", "http://[bad/x", "http://a b/x"])
def test_hopeless_addresses_fail_at_once(address):
    with pytest.raises(OSError, match="refused|Invalid|control"):
        open_source(address)
    with pytest.raises(SourceError, match="check the address"):
        sources([address], None)


def test_the_stage_with_it_can_be_pickled():
    stage = ReadWarc(open_source)
    assert pickle.loads(pickle.dumps(stage)) == stage


# -- inputs -----------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path):
    for name in ("b/1.warc.gz", "b/2.warc.gz", "a/1.warc.gz", "a/deep/3.warc"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path


@pytest.mark.parametrize(
    "patterns, expected",
    [
        (["b/1.warc.gz"], ["1.warc.gz"]),
        (["b/*"], ["1.warc.gz", "2.warc.gz"]),
        (["b/2*", "b/1*", "b/*"], ["1.warc.gz", "2.warc.gz"]),
        (["*/1.warc.gz"], ["a/1.warc.gz", "b/1.warc.gz"]),
        (["**/*.warc*"], ["a/1.warc.gz", "a/deep/3.warc", "b/1.warc.gz", "b/2.warc.gz"]),
        (["a/deep/*", "a/1.warc.gz"], ["1.warc.gz", "deep/3.warc"]),
    ],
)
def test_names_start_at_the_deepest_common_folder(folder, patterns, expected, monkeypatch):
    table = sources([str(folder / pattern) for pattern in patterns], None)
    assert table.schema == SOURCE
    assert table["warc_file"].to_pylist() == expected
    assert table["limit"].to_pylist() == [None] * len(expected)
    monkeypatch.chdir(folder)
    assert sources(patterns, None).equals(table)


@pytest.mark.parametrize(
    "limit, expected", [(4, [1, 1, 1, 1]), (10, [3, 3, 2, 2]), (2, [1, 1]), (1, [1])]
)
def test_limit_is_shared(folder, limit, expected):
    assert sources([str(folder / "**/*.warc*")], limit)["limit"].to_pylist() == expected


@pytest.mark.parametrize(
    "patterns, message",
    [
        ([], "--input"),
        (["none.warc"], "none.warc does not exist"),
        (["*.none"], "matches no file"),
        (["b"], "is a folder"),
        (["gopher://a/b"], "inputs are paths"),
        (["b/1.warc.gz", "nothing"], "nothing does not exist"),
    ],
)
def test_what_is_refused(folder, patterns, message, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(SourceError, match=message) as refused:
        sources(patterns, None)
    assert "\n" not in str(refused.value)


def test_addresses(server, folder):
    server.files["/crawls/x.warc.gz"] = b""
    address = f"{server.address}/crawls/x.warc.gz"
    table = sources([address, str(folder / "b/1.warc.gz")], None)
    assert table["warc_file"].to_pylist() == ["1.warc.gz", "crawls/x.warc.gz"]
    with pytest.raises(SourceError, match="404"):
        sources([f"{server.address}/nothing"], None)
    server.files["/1.warc.gz"] = b""
    with pytest.raises(SourceError, match="both|called 1.warc.gz"):
        sources([f"{server.address}/1.warc.gz", str(folder / "b/1.warc.gz")], None)


# -- Common Crawl -----------------------------------------------------------------------------


@pytest.fixture
def listed(server):
    paths = gzip.compress("\n".join([*PATHS, ""]).encode())
    server.files |= {f"/crawl-data/{CRAWL}/warc.paths.gz": paths}
    server.files |= {f"/{path}": path.encode() for path in PATHS}
    return server


@pytest.mark.parametrize(
    "segments, limit, numbers, limits",
    [
        (None, None, range(6), [None] * 6),
        ((1, 3), None, [1, 2], [None] * 2),
        ((4, 99), None, [4, 5], [None] * 2),
        ((0, 3), 7, [0, 1, 2], [3, 2, 2]),
        (None, 1, [0], [1]),
        (None, 50_000, [0], [50_000]),
        (None, 50_001, [0, 1], [25_001, 25_000]),
        (None, 10**6, range(6), [166_667] * 4 + [166_666] * 2),
    ],
)
def test_crawl(listed, segments, limit, numbers, limits):
    table = crawl_sources(CRAWL, segments, limit, listed.address)
    assert table["warc_file"].to_pylist() == [PATHS[n] for n in numbers]
    assert table["limit"].to_pylist() == limits
    assert body(table["location"][0].as_py()) == PATHS[numbers[0]].encode()


@pytest.mark.parametrize(
    "crawl", ["", "2024-10", "CC-MAIN-24-10", "../CC-MAIN-2024-10", "CC-MAIN-2024-10/"]
)
def test_what_is_no_crawl_name(crawl):
    with pytest.raises(SourceError, match="should look like CC-MAIN-2024-10"):
        crawl_sources(crawl, None, None, "http://127.0.0.1:1/")


@pytest.mark.parametrize(
    "stored, message",
    [
        (None, "there is no"),
        (b"<html>", "cannot read"),
        (gzip.compress(b"a\n")[:-4], "cannot read"),
        (gzip.compress(b""), "no list of paths"),
        (gzip.compress(b"../../etc/x\n"), "no list of paths"),
        (gzip.compress(b"http://elsewhere.example/x\n"), "no list of paths"),
        (gzip.compress(bytes(65 << 20)), "no list of paths"),
    ],
)
def test_broken_lists(server, stored, message):
    if stored is not None:
        server.files[f"/crawl-data/{CRAWL}/warc.paths.gz"] = stored
    with pytest.raises(SourceError, match=message):
        crawl_sources(CRAWL, None, None, server.address)


def test_segments_outside_the_list(listed):
    with pytest.raises(SourceError, match="has 6 files; choose --segments within 0:6"):
        crawl_sources(CRAWL, (6, 9), None, listed.address)


def test_a_crawl_in_a_folder(tmp_path):
    (tmp_path / "crawl-data" / CRAWL).mkdir(parents=True)
    paths = gzip.compress("\n".join(PATHS).encode())
    (tmp_path / "crawl-data" / CRAWL / "warc.paths.gz").write_bytes(paths)
    table = crawl_sources(CRAWL, (0, 1), None, str(tmp_path))
    assert table["location"].to_pylist() == [f"{tmp_path}/{PATHS[0]}"]


# -- S3 ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def bucket():
    """A bucket on a real S3 server of loopback, with a crawl in it."""
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed")
    server_of = pytest.importorskip("moto.server", reason="moto is not installed")
    server = server_of.ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", address)
        patch.setenv("AWS_ACCESS_KEY_ID", "key")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        client = boto3.client("s3", endpoint_url=address, region_name="us-east-1")
        client.create_bucket(Bucket="crawls")
        paths = gzip.compress("\n".join(PATHS).encode())
        objects = {"data": DATA, f"crawl-data/{CRAWL}/warc.paths.gz": paths, PATHS[0]: b"first"}
        for key, data in (
            objects | {"in/1.warc": b"", "in/2.warc": b"", "in/x/3.warc": b""}
        ).items():
            client.put_object(Bucket="crawls", Key=key, Body=data)
        client.close()
        yield "s3://crawls/"
    server.stop()


@pytest.mark.parametrize("offset", [0, 1, 2_500_000, len(DATA), len(DATA) + 1])
def test_s3_objects(bucket, offset):
    assert body(f"{bucket}data", offset) == DATA[offset:]


@pytest.mark.parametrize(
    "pattern, expected",
    [
        ("in/1.warc", ["in/1.warc"]),
        ("in/*.warc", ["in/1.warc", "in/2.warc"]),
        ("in/?/*.warc", ["in/x/3.warc"]),
        ("i*/[12].warc", ["in/1.warc", "in/2.warc"]),
    ],
)
def test_s3_patterns(bucket, pattern, expected):
    assert sources([bucket + pattern], None)["warc_file"].to_pylist() == expected


@pytest.mark.parametrize("pattern", ["none", "in/*.none", "none/*", "in"])
def test_s3_without_a_match(bucket, pattern):
    with pytest.raises(SourceError, match="matches no object|cannot list"):
        sources([bucket + pattern], None)


def test_s3_crawl(bucket):
    table = crawl_sources(CRAWL, None, 10, bucket)
    assert table["location"].to_pylist() == [f"{bucket}{PATHS[0]}"]
    assert body(table["location"][0].as_py()) == b"first"


def test_s3_failures(bucket, monkeypatch):
    with pytest.raises(FileNotFoundError):
        open_source(f"{bucket}nothing")
    waits = []
    monkeypatch.setattr(opening, "sleep", waits.append)
    monkeypatch.setattr(opening, "TRIES", 2)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(OSError, match="2 tries"):
        open_source(f"{bucket}data")
    assert waits == [0.5]
