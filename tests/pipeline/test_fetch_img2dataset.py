"""img2dataset as a fetcher: the same table out, whatever it says."""

import hashlib
import subprocess

import pyarrow as pa
import pytest

from pipeline.fetch import Fetch
from pipeline.fetch_img2dataset import FetchImg2dataset, options, reason
from pipeline.pictures.resize import Resize
from pipeline.web.downloads import Policy
from schemas.document import image_id
from schemas.image import DROPPED
from tests.attacks.server import PNG
from tests.conftest import must_have

GOOD, GONE, INSIDE, LOST = (
    "http://a.example/x.png", "http://a.example/gone.png", "http://10.0.0.1/x.png",
    "http://b.example/lost.png",
)  # fmt: skip


def said(links, policy, told):
    """A stand-in with the rows that img2dataset writes."""
    assert INSIDE not in links
    assert told["encode_format"] == "jpg"
    assert isinstance(policy, Policy)
    empty = dict.fromkeys(("width", "height", "original_width", "original_height", "sha256", "jpg"))
    for url in links:
        if url == GOOD:
            sides = {"width": 4, "height": 3, "original_width": 40, "original_height": 30}
            digest = hashlib.sha256(PNG).hexdigest()
            good = {
                "status": "success",
                "error_message": None,
                "jpg": b"\xff\xd8",
                "sha256": digest,
            }
            yield {"url": url} | good | sides
        elif url == GONE:
            message = "HTTP Error 404: Not Found"
            yield empty | {"url": url, "status": "failed_to_download", "error_message": message}


def fetched(stage, urls):
    nodes = [{"kind": "image", "image_url": url, "image_id": image_id(url)} for url in urls]
    row = {"doc_id": "d", "copy_of": None, "repeated_links": [], "nodes": nodes}
    (batch,) = stage.stream(iter([pa.RecordBatch.from_pylist([row], schema=stage.reads)]))
    assert batch.schema == Fetch().adds
    return batch.to_pylist()[0]["images"]


def test_the_same_table():
    stage = FetchImg2dataset(Policy(), Resize(), said)
    assert (stage.reads, stage.adds, stage.replaces) == (Fetch().reads, Fetch().adds, True)
    good, gone, inside, lost = fetched(stage, [GOOD, GONE, INSIDE, LOST])
    assert (good["format"], good["width"], good["dropped"]) == ("jpeg", 4, None)
    assert good["sha256"] == hashlib.sha256(PNG).hexdigest()
    assert (gone["dropped"], gone["http_status"]) == ("http_4xx", 404)
    assert inside["dropped"] == "private_address"
    assert lost["dropped"] == "protocol"


@pytest.mark.parametrize(
    "message, word",
    [
        ("HTTP Error 429: Too Many Requests", "http_429"),
        ("HTTP Error 503: Service Unavailable", "http_5xx"),
        ("HTTP Error 308: Permanent Redirect", "http_3xx"),
        ("<urlopen error [Errno -2] Name or service not known>", "dns"),
        ("<urlopen error [Errno -3] Temporary failure in name resolution>", "dns"),
        ("<urlopen error [Errno 111] Connection refused>", "connect"),
        ("Remote end closed connection without response", "connect"),
        ("<urlopen error timed out>", "timeout"),
        ("The read operation timed out", "timeout"),
        ("IncompleteRead(100 bytes read, 100 more expected)", "truncated"),
        ("<urlopen error [SSL: CERTIFICATE_VERIFY_FAILED]>", "tls"),
        ("Image decoding error", "decode_failed"),
        ("image area too large", "too_many_pixels"),
        ("Use of image disallowed by X-Robots-Tag directive", "noai"),
        ("something new", "protocol"),
        ("", "protocol"),
    ],
)
def test_its_words_in_ours(message, word):
    assert reason(message) == word
    assert word in DROPPED


def test_options():
    told = options(Resize(256, "border", format="webp", quality=80))
    assert (told["image_size"], told["resize_mode"], told["encode_format"]) == (
        256,
        "border",
        "webp",
    )
    for wrong in (Resize(format="avif"), Resize(keep_original=True), Resize(blur="a:b")):
        with pytest.raises(ValueError, match="img2dataset"):
            FetchImg2dataset(Policy(), wrong, said)


def test_the_real_one(replay_of_pictures):
    from jobs.workers.img2dataset_run import asked, python

    here = [python(), "-c", "from importlib.util import find_spec as f; assert f('img2dataset')"]
    what = "img2dataset (pip install 'interleaf[img2dataset]', or set INTERLEAF_IMG2DATASET)"
    must_have(not subprocess.run(here, capture_output=True, check=False).returncode, what)
    policy = Policy(proxy=replay_of_pictures, allow=("127.0.0.1",))
    stage = FetchImg2dataset(policy, Resize(), asked)
    good, gone = fetched(stage, ["http://a.example/x.png", "http://a.example/gone.png"])
    assert (good["format"], good["dropped"]) == ("jpeg", None)
    assert gone["dropped"] == "http_4xx"


@pytest.fixture
def replay_of_pictures():
    """A proxy on loopback that knows one picture; every other address is gone."""
    from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
    from threading import Thread

    class Replay(BaseHTTPRequestHandler):
        def do_GET(self):
            there = self.path.endswith("/x.png")
            self.send_response(200 if there else 404)
            self.send_header("Content-Length", str(len(PNG) if there else 0))
            self.end_headers()
            self.wfile.write(PNG if there else b"")

        def log_message(self, *args):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Replay) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
