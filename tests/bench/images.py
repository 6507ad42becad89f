"""Ask for the same links as img2dataset, resize them alike, and compare what each took.

python -m tests.bench.images [--peer PYTHON] [--runs N] [--settings NAME ...] [--fail RATE ...]

The links are the pictures of ../shared/realweb, served over loopback after 50 ms. Each tool runs
in a process of its own; what is counted is the CPU time of that process and its children, start
and imports included, and the largest memory of any one of them. PYTHON is an interpreter that
has img2dataset; without it only our own figures are printed.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from pathlib import Path

from pipeline.fetch_img2dataset import options
from pipeline.pictures.resize import Picture, Resize, passed

SHARED = Path(__file__).parents[3] / "shared"
CRAWL = SHARED / "realweb" / "sites-open-images.warc.gz"
SERVER = SHARED / "tools" / "replay_server.py"

# What is asked of both, and what img2dataset is told besides.
SETTINGS: dict[str, tuple[Resize, dict]] = {
    # Every picture brought to 256 px, up or down, and written as jpeg.
    "resized": (
        Resize(256, only_if_bigger=False, skip_reencode=False, format="jpeg", quality=95),
        {},
    ),
    # The larger ones brought to 256 px, all written as jpeg.
    "smaller": (Resize(256, skip_reencode=False, format="jpeg", quality=95), {}),
    # No picture is too large. img2dataset can keep those only that have the format it writes.
    "passed": (Resize(4096), {}),
    # The same, of those links only whose pictures need no change: sRGB, upright, no animation.
    "untouched": (Resize(4096), {}),
    # As "passed", and img2dataset stores what it gets without a look at it.
    "stored": (Resize(4096), {"disable_all_reencoding": True}),
}


@contextmanager
def served(fail_rate: float) -> Iterator[str]:
    """The pictures over loopback, 50 ms late; the address of the server."""
    command = [sys.executable, str(SERVER), "--latency-ms", "50", "--seed", "7"]
    if fail_rate:
        kinds = "500,503,reset,truncate"
        command += ["--fail-rate", str(fail_rate), "--fail-kinds", kinds]
    with subprocess.Popen([*command, str(CRAWL)], stdout=subprocess.PIPE, text=True) as server:
        try:
            yield "http://" + server.stdout.readline().split()[-1]
        finally:
            server.terminate()


def links(settings: str) -> list[str]:
    """The links of the crawl file, over http: the peer's way through a proxy knows no other."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    found = set()
    with CRAWL.open("rb") as crawl:
        for record in ArchiveIterator(crawl, record_types=WarcRecordType.response):
            if settings == "untouched":
                _, picture = passed(record.reader.read(), SETTINGS[settings][0])
                if not isinstance(picture, Picture):
                    continue
            found.add("http:" + record.headers["WARC-Target-URI"].split(":", 1)[1])
    return sorted(found)


class WithoutPandas(MetaPathFinder):
    """A plain install of ours: pyarrow loads pandas wherever it is installed."""

    def find_spec(self, name: str, *_: object) -> None:
        if name == "pandas":
            raise ModuleNotFoundError(name)


def ours(request: dict) -> dict:
    """Run our fetch over the links, write the table as the flow does; what became of the links."""
    sys.meta_path.insert(0, WithoutPandas())
    import pyarrow as pa
    import pyarrow.parquet as pq

    from pipeline.fetch import Fetch
    from pipeline.web.downloads import Policy
    from schemas.document import image_id

    stage = Fetch(
        Policy(proxy=request["server"], allow=("127.0.0.1",)),
        SETTINGS[request["settings"]][0],
    )
    documents = [
        {
            "doc_id": str(number),
            "copy_of": None,
            "repeated_links": [],
            "nodes": [{"kind": "image", "image_url": url, "image_id": image_id(url)}],
        }
        for number, url in enumerate(request["links"])
    ]
    batch = pa.RecordBatch.from_pylist(documents, schema=stage.reads)
    ends: dict[str, int] = {}
    with pq.ParquetWriter(Path(request["out"], "images.parquet"), stage.adds) as writer:
        for rows in stage.stream(iter([batch])):
            writer.write_batch(rows)
            for end in rows.column("images").flatten().field("dropped").to_pylist():
                ends[end or "success"] = ends.get(end or "success", 0) + 1
    return {"ends": ends, "largest_mb": largest_mb()}


def largest_mb() -> float:
    """Most memory of this process, or of one of those it has waited for."""
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return max(resource.getrusage(who).ru_maxrss for who in both) / 1024


PEER = """
import json, resource, sys
from pathlib import Path
if __name__ == "__main__":
    from img2dataset import download
    request = json.loads(Path(sys.argv[1]).read_text())
    listed = Path(request["out"], "links.txt")
    listed.write_text("\\n".join(request["links"]))
    download(url_list=str(listed), output_folder=request["out"] + "/shards",
             output_format="parquet", processes_count=2, thread_count=64, retries=1,
             number_sample_per_shard=1000, compute_hash="sha256", enable_wandb=False,
             **request["options"])
    ends = {}
    for stats in Path(request["out"], "shards").glob("*_stats.json"):
        for end, count in json.loads(stats.read_text())["status_dict"].items():
            ends[end] = ends.get(end, 0) + count
    both = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    most = max(resource.getrusage(who).ru_maxrss for who in both) / 1024
    print("\\n" + json.dumps({"ends": ends, "largest_mb": most}))
"""


def measured(command: list[str], server: str) -> dict:
    """CPU and wall seconds, largest memory in MB and what the last line of its output says."""
    environment = dict(os.environ, http_proxy=server, NO_ALBUMENTATIONS_UPDATE="1")
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(done.stderr[-3000:])
    return {
        "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "wall_s": wall,
    } | json.loads(done.stdout.strip().splitlines()[-1])


def compared(peer: str | None, settings: str, fail_rate: float, runs: int) -> None:
    """Both tools in turn, `runs` times; prints the medians."""
    size, more = SETTINGS[settings]
    request = {"links": links(settings), "settings": settings, "options": options(size) | more}
    figures: dict[str, list[dict]] = {"interleaf": [], "img2dataset": []}
    for _ in range(runs):
        for tool, seen in figures.items():
            if tool == "img2dataset" and peer is None:
                continue
            with served(fail_rate) as server, tempfile.TemporaryDirectory() as out:
                told = Path(out, "request.json")
                told.write_text(json.dumps(request | {"server": server, "out": out}))
                command = [sys.executable, "-m", "tests.bench.images", "--ours", str(told)]
                if tool == "img2dataset":
                    script = Path(out, "peer.py")  # its workers import the script anew
                    script.write_text(PEER)
                    command = [str(peer), str(script), str(told)]
                seen.append(measured(command, server))
    rates = {}
    for tool, seen in figures.items():
        if not seen:
            continue
        cpu_s = statistics.median(each["cpu_s"] for each in seen)
        wall_s = statistics.median(each["wall_s"] for each in seen)
        good = seen[0]["ends"].get("success", 0)
        rates[tool] = good / cpu_s
        print(
            f"{settings:8} {fail_rate:4.0%} {tool:12} {good:5,} of {len(request['links']):,} "
            f"{good / cpu_s:7.0f} images/CPU-s {cpu_s:6.1f} CPU-s {wall_s:6.1f} s "
            f"{max(each['largest_mb'] for each in seen):5.0f} MB",
            flush=True,
        )
        print("   ", {k: v for k, v in sorted(seen[0]["ends"].items()) if k != "success"})
    if len(rates) > 1:
        ratio = rates["interleaf"] / rates["img2dataset"]
        print(f"{settings:8} {fail_rate:4.0%} ratio {ratio:.2f}")


def likeness() -> None:
    """PSNR of what we shrink against Lanczos over the whole decoded picture, as Pillow does it."""
    import io

    import numpy as np
    from fastwarc.warc import ArchiveIterator, WarcRecordType
    from PIL import Image

    from pipeline.pictures.resize import resize

    found = []
    for side in (256, 512):
        policy = Resize(side, skip_reencode=False, format="png")
        with CRAWL.open("rb") as crawl:
            for record in ArchiveIterator(crawl, record_types=WarcRecordType.response):
                body = record.reader.read()
                sent, picture = resize(body, policy)
                if not isinstance(picture, Picture) or sent.format != "jpeg":
                    continue
                whole = Image.open(io.BytesIO(body))
                if max(whole.size) <= side or whole.mode != "RGB" or sent.orientation != 1:
                    continue
                if "icc_profile" in whole.info:
                    continue
                size = (picture.width, picture.height)
                wanted = np.asarray(whole.resize(size, Image.Resampling.LANCZOS), float)
                ours = np.asarray(Image.open(io.BytesIO(picture.bytes)).convert("RGB"), float)
                error = ((wanted - ours) ** 2).mean()
                found.append(10 * np.log10(255**2 / max(error, 1e-9)))
        low, middle = np.percentile(found, 5), np.median(found)
        mean = 10 * np.log10(len(found) / sum(10 ** (-each / 10) for each in found))
        print(
            f"{len(found)} jpegs shrunk to {side} px: PSNR of all {mean:.1f} dB, "
            f"median {middle:.1f}, 5th percentile {low:.1f}, least {min(found):.1f}"
        )
        found.clear()


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.images")
    parser.add_argument("--peer", metavar="PYTHON")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=list(SETTINGS))
    parser.add_argument("--fail", nargs="+", type=float, default=[0.0, 0.1])
    parser.add_argument("--ours", help=argparse.SUPPRESS)
    parser.add_argument("--likeness", action="store_true", help="PSNR only")
    args = parser.parse_args(words)
    if args.likeness:
        likeness()
        return
    if args.ours:
        print(json.dumps(ours(json.loads(Path(args.ours).read_text()))))
        return
    for settings in args.settings:
        for fail_rate in args.fail:
            compared(args.peer, settings, fail_rate, args.runs)


if __name__ == "__main__":
    main(sys.argv[1:])
