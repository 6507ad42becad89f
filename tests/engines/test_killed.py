"""kill -9 at ten random moments, then the same command again: same bytes, nothing done twice."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.engines.test_same_bytes import digests

KILLS = 10


def command(store: Path, files: list[Path], proxy: str) -> list[str]:
    inputs = [str(file) for file in files]
    options = ["--store", str(store), "--proxy", proxy, "--workers", "2", "--part-rows", "12"]
    return [sys.executable, "-m", "jobs.run", "run", "obelics", "--input", *inputs, *options]


def start(store: Path, files: list[Path], proxy: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(store, files, proxy),
        cwd=ROOT,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def signed(store: Path) -> dict[str, int]:
    """Each receipt that lies there, with the moment it was written."""
    return {str(f): f.stat().st_mtime_ns for f in store.glob("receipts/**/*.json")}


@pytest.mark.timeout(420)
def test_killed_ten_times(crawl_files: list[Path], mini_web: str, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    began = time.monotonic()
    undisturbed = start(whole, crawl_files, mini_web)
    assert undisturbed.wait(120) == 0, undisturbed.communicate()[1]
    seconds = time.monotonic() - began

    rng = random.Random(20)
    done: dict[str, int] = {}
    landed = 0
    for _ in range(KILLS):
        process = start(killed, crawl_files, mini_web)
        try:
            # Late enough to have begun, early enough that work is left for the next kills.
            process.wait(seconds * rng.uniform(0.05, 0.6))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            landed += 1
        process.communicate()
        now = signed(killed)
        assert done.items() <= now.items(), "a finished part was done again"
        done = now
    last = start(killed, crawl_files, mini_web)
    errors = last.communicate(timeout=120)[1]
    assert last.returncode == 0, errors
    assert done.items() <= signed(killed).items(), "a finished part was done again"
    assert landed >= KILLS // 2
    assert digests(killed) == digests(whole)


def test_workers_die_with_the_run(crawl_files: list[Path], mini_web: str, tmp_path: Path) -> None:
    """kill -9 of the command alone leaves no worker behind."""
    process = start(tmp_path / "store", crawl_files, mini_web)
    time.sleep(4)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a worker outlived the run")
