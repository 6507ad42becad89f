"""Run img2dataset over links, in a process and a folder of its own.

Its pins exclude some of ours. The environment's INTERLEAF_IMG2DATASET may name the Python of a
virtual environment that has it; else it is asked of ours.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipeline.web.downloads import Policy

_RUN = """
import json, sys
if __name__ == "__main__":
    from img2dataset import download
    with open(sys.argv[1]) as file:
        download(**json.load(file))
"""
THREADS = 64
LINKS_A_SHARD = 1000


def asked(links: list[str], policy: Policy, options: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Rows of img2dataset's table, in the order of its shards: one for each link.

    Raises RuntimeError where it is not installed or did not end well.
    """
    if not links:
        return
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        room.joinpath("links.txt").write_text("\n".join(links))
        request = options | {
            "url_list": str(room / "links.txt"),
            "output_folder": str(room / "shards"),
            "output_format": "parquet",
            "processes_count": 1,
            "thread_count": min(THREADS, policy.total),
            "timeout": max(1, int(policy.total_s)),
            "retries": policy.tries - 1,
            "number_sample_per_shard": LINKS_A_SHARD,
            "compute_hash": "sha256",
            "user_agent_token": "interleaf",
            "disallowed_header_directives": ["noai", "noimageai", "noindex", "noimageindex"],
        }
        room.joinpath("request.json").write_text(json.dumps(request))
        script = room / "run.py"  # its workers are spawned, and import the script anew
        script.write_text(_RUN)
        _ran([python(), str(script), str(room / "request.json")], policy.proxy)
        for shard in sorted(room.joinpath("shards").glob("*.parquet")):
            for batch in pq.ParquetFile(shard).iter_batches(64):
                yield from batch.to_pylist()


def python() -> str:
    """The Python that is to have img2dataset."""
    return os.environ.get("INTERLEAF_IMG2DATASET") or sys.executable


def _ran(command: list[str], proxy: str | None) -> None:
    environment = dict(os.environ, NO_ALBUMENTATIONS_UPDATE="1")
    if proxy:
        environment |= {"http_proxy": proxy, "https_proxy": proxy}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if "No module named 'img2dataset'" in done.stderr:
        raise RuntimeError(
            f"{command[0]} has no img2dataset: pip install 'interleaf[img2dataset]', or name "
            "another Python in INTERLEAF_IMG2DATASET"
        )
    if done.returncode:
        raise RuntimeError(f"img2dataset ended with {done.returncode}: {done.stderr[-500:]}")
