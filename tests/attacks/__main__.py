"""`python -m tests.attacks`: the battery against links, answers and pictures, counted.

Links are asked of the gate. Answers come from a server on loopback to a process of its own; each
must end in a word of the closed vocabulary. Pictures that take much memory are given to a decoder
each. The peak memory of all these processes is printed: a whole one's, with all that it loads.
"""

import io
import json
import logging
import subprocess
import sys
from collections import Counter

from PIL import Image

from pipeline.web.addresses import Gate, RefusedError
from schemas.image import DROPPED
from tests.attacks.addresses import BAD, PRIVATE
from tests.attacks.pictures import BOMBS, flat_png, met, small
from tests.attacks.server import reply, serving

MOST_MIB = 200
LEAST_CASES = 60
# Paths of the server that give no picture, and bombs of pixels.
ANSWERS = (
    "loop", "nowhere", "broken-location", "to/http://10.0.0.1/a.png", "to/http://localhost/a.png",
    "to/http://[::ffff:169.254.169.254]/", "to/file:///etc/passwd", "to///0x7f000002/", "reset",
    "truncated", "gzip-cut", "chunk-cut", "chunk-junk", "cut", "huge", "endless", "bomb", "html",
    "svg", "empty", "gzip-not", "brotli", "ssh", "long-header", "hang", "drip", "stall",
    "pixels-png", "pixels-interlaced", "pixels-jpeg", "pixels-webp-lies", "broken-png",
)  # fmt: skip
_FETCH = """
import json, sys
import pyarrow as pa
from pipeline.web.downloads import Policy
from pipeline.fetch import Fetch
from tests.pipeline.test_fetch import documents
def peak():
    return int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0]) / 1024
before = peak()
policy = Policy(
    total_s=3, connect_s=3, per_host_s=0, tries=1, honours=(), allow=("127.0.0.1/32",)
)
out = Fetch(policy).stream(iter([documents(sys.argv[1:])]))
images = [i for b in out for row in b.to_pylist() for i in row["images"]]
print(json.dumps([[(i["url"], i["dropped"]) for i in images], before, peak()]))
"""


def main() -> int:
    """Run it; 0 where all is refused that should be and memory stays below MOST_MIB."""
    logging.disable(logging.CRITICAL)  # the server is cut off in the middle of its lies
    done = [links(), answers(), pictures()]
    cases = sum(refused for _, refused in done)
    print(f"{cases} cases are refused; {LEAST_CASES} must be")
    return 0 if all(good for good, _ in done) and cases >= LEAST_CASES else 1


def links() -> tuple[bool, int]:
    """Is every link refused by the gate, and how many are."""
    refused: Counter[str] = Counter()
    for url in (*PRIVATE, *BAD):
        try:
            Gate().target(url)
        except RefusedError as error:
            refused[error.reason] += 1
    asked = len(PRIVATE) + len(BAD)
    print(f"links: {refused.total()} of {asked} refused, {dict(refused)}")
    return refused.total() == asked, refused.total()


def answers() -> tuple[bool, int]:
    """Does every answer end in a word of the vocabulary, in bounded memory, and how many do."""
    with serving() as server:
        for name, body in liars().items():
            server.files[f"/{name}"] = reply(200, body)
        urls = [f"{server}/{path}" for path in ANSWERS]
        done = subprocess.run(
            [sys.executable, "-c", _FETCH, *urls], capture_output=True, text=True, check=True
        )
    ended, before_mib, own_mib = json.loads(done.stdout)
    classes = Counter(dropped for _, dropped in ended)
    refused = len(ended) - classes[None]
    print(f"answers: {refused} of {len(ended)} refused, {dict(classes)}")
    print(f"  {own_mib:.0f} MiB at most of the fetch, {before_mib:.0f} before it")
    good = len(ended) == len(ANSWERS) == refused and set(classes) <= set(DROPPED)
    return good and own_mib < MOST_MIB, refused


def pictures() -> tuple[bool, int]:
    """Is every bomb let through or refused as it should, in bounded memory, and how many are."""
    print(f"pictures: {met(small()).peak_mib:.0f} MiB of a decoder without one, with")
    good, refused = True, 0
    for bomb in BOMBS:
        data = bomb.make(bomb.side)
        became = met(data)
        right = became.dropped == bomb.dropped and (became.peak_mib or 0) < MOST_MIB
        good, refused = good and right, refused + (became.dropped is not None)
        peak = "     -" if became.peak_mib is None else f"{became.peak_mib:6.0f}"
        wrong = "" if right else "  WRONG"
        print(
            f"{peak} MiB  {bomb.name}, {bomb.side:,} px a side, {len(data):,} bytes: "
            f"{became.dropped or 'let through'}{wrong}"
        )
    return good, refused


def liars() -> dict[str, bytes]:
    """Files of a few KB whose headers tell of many pixels, and one whose header is not true."""
    jpeg, small = io.BytesIO(), io.BytesIO()
    Image.new("L", (12_000, 12_000)).save(jpeg, "JPEG", progressive=True)
    Image.new("RGB", (64, 64)).save(small, "WEBP", lossless=True)
    lies = bytearray(small.getvalue())
    lies[21:25] = b"\xff\xff\xff\x0f"  # 16,384 px a side, and pixels for 64
    return {
        "pixels-png": flat_png(30_000, interlaced=False),
        "pixels-interlaced": flat_png(30_000, interlaced=True),
        "broken-png": flat_png(4_000, interlaced=True),
        "pixels-jpeg": jpeg.getvalue(),
        "pixels-webp-lies": bytes(lies),
    }


if __name__ == "__main__":
    sys.exit(main())
