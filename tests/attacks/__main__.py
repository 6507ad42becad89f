"""`python -m tests.attacks`: the battery against links, answers and pictures, counted.

Links are asked of the gate. Answers come from a server on loopback, and bombs with them, to a
process of its own, whose peak memory is printed; each must end in a word of the closed vocabulary.
"""

import io
import json
import logging
import struct
import subprocess
import sys
import zlib
from collections import Counter

from PIL import Image

from pipeline.addresses import Gate, RefusedError
from schemas.image import DROPPED
from tests.attacks.addresses import BAD, PRIVATE
from tests.attacks.server import reply, serving

MOST_MB = 200
# Paths of the server that give no picture, and bombs of pixels.
ANSWERS = (
    "loop", "nowhere", "broken-location", "to/http://10.0.0.1/a.png", "to/http://localhost/a.png",
    "to/http://[::ffff:169.254.169.254]/", "to/file:///etc/passwd", "to///0x7f000002/", "reset",
    "truncated", "gzip-cut", "chunk-cut", "chunk-junk", "cut", "huge", "endless", "bomb", "html",
    "svg", "empty", "gzip-not", "brotli", "ssh", "long-header", "hang", "drip", "stall",
    "pixels-png", "pixels-interlaced", "pixels-jpeg", "pixels-webp-lies",
)  # fmt: skip
_FETCH = """
import json, resource, sys
import pyarrow as pa
from pipeline.downloads import Policy
from pipeline.fetch import Fetch
from tests.pipeline.test_fetch import documents
policy = Policy(
    total_s=3, connect_s=3, per_host_s=0, tries=1, honours=(), allow=("127.0.0.1/32",)
)
out = Fetch(policy).stream(iter([documents(sys.argv[1:])]))
images = [i for b in out for row in b.to_pylist() for i in row["images"]]
own = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
print(json.dumps([[(i["url"], i["dropped"]) for i in images], own, child]))
"""


def main() -> int:
    """Run it; 0 where all is refused and memory stays below MOST_MB."""
    logging.disable(logging.CRITICAL)  # the server is cut off in the middle of its lies
    refused: Counter[str] = Counter()
    for url in (*PRIVATE, *BAD):
        try:
            Gate().target(url)
        except RefusedError as error:
            refused[error.reason] += 1
    links = len(PRIVATE) + len(BAD)
    print(f"links: {refused.total()} of {links} refused, {dict(refused)}")
    with serving() as server:
        for name, body in bombs().items():
            server.files[f"/{name}"] = reply(200, body)
        urls = [f"{server}/{path}" for path in ANSWERS]
        done = subprocess.run(
            [sys.executable, "-c", _FETCH, *urls], capture_output=True, text=True, check=True
        )
    answers, own_mb, child_mb = json.loads(done.stdout)
    classes = Counter(dropped for _, dropped in answers)
    print(f"answers: {len(answers) - classes[None]} of {len(answers)} refused, {dict(classes)}")
    decoder = f"{child_mb:.0f} MB of a decoder" if child_mb else "no decoder was started"
    print(f"peak memory: {own_mb:.0f} MB of the fetch, {decoder}")
    good = refused.total() == links and set(classes) <= set(DROPPED)
    return 0 if good and max(own_mb, child_mb) < MOST_MB else 1


def bombs() -> dict[str, bytes]:
    """Files of a few KB whose headers tell of many pixels, and one whose header is not true."""
    jpeg, small = io.BytesIO(), io.BytesIO()
    Image.new("L", (12_000, 12_000)).save(jpeg, "JPEG", progressive=True)
    Image.new("RGB", (64, 64)).save(small, "WEBP", lossless=True)
    lies = bytearray(small.getvalue())
    lies[21:25] = b"\xff\xff\xff\x0f"  # 16,384 px a side, and pixels for 64
    return {
        "pixels-png": flat_png(30_000, interlaced=False),
        "pixels-interlaced": flat_png(30_000, interlaced=True),
        "pixels-jpeg": jpeg.getvalue(),
        "pixels-webp-lies": bytes(lies),
    }


def flat_png(side: int, *, interlaced: bool) -> bytes:
    """A black square of one bit a pixel; interlaced, its lines are too few, as nobody counts."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(
            ">I", zlib.crc32(kind + data)
        )  # fmt: skip

    squeeze = zlib.compressobj(9)
    line = bytes(1 + -(-side // 8))
    lines = b"".join([*(squeeze.compress(line) for _ in range(side)), squeeze.flush()])
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, interlaced)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", lines), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


if __name__ == "__main__":
    sys.exit(main())
