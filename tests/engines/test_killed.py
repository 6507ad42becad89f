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


def differing(found: dict[str, str], expected: dict[str, str]) -> list[str]:
    """Names of the files that only one of them has, or that are not the same."""
    return sorted(name for name, _ in found.items() ^ expected.items())


def signed(store: Path) -> dict[str, int]:
    """Each receipt that lies there, with the moment it was written."""
    return {str(f): f.stat().st_mtime_ns for f in store.glob("receipts/**/*.json")}


@pytest.mark.timeout(900)
def test_killed_ten_times(crawl_files: list[Path], mini_web: str, tmp_path: Path) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    began = time.monotonic()
    undisturbed = start(whole, crawl_files, mini_web)
    errors = undisturbed.communicate(timeout=120)[1]
    assert undisturbed.returncode == 0, errors
    seconds = time.monotonic() - began

    expected = digests(whole)

    rng = random.Random(20)
    done: dict[str, int] = {}
    landed = 0
    while landed < KILLS:
        process = start(killed, crawl_files, mini_web)
        try:
            process.wait(max(1.0, seconds * rng.uniform(0.05, 0.9)))
            seconds *= 0.7  # it was finished before: kill sooner
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            landed += 1
        errors = process.communicate()[1]
        now = signed(killed)
        assert done.items() <= now.items(), "a finished part was done again"
        done = now
        if process.returncode != -signal.SIGKILL:
            assert process.returncode == 0, errors
            assert differing(digests(killed), expected) == []
            # This one is finished: the next kills are for a new store.
            killed, done = killed.with_name(f"killed-{landed}"), {}
    last = start(killed, crawl_files, mini_web)
    errors = last.communicate(timeout=120)[1]
    assert last.returncode == 0, errors
    assert done.items() <= signed(killed).items(), "a finished part was done again"
    assert differing(digests(killed), expected) == []


def test_workers_die_with_the_run(crawl_files: list[Path], mini_web: str, tmp_path: Path) -> None:
    """kill -9 of the command alone leaves no worker behind."""
    process = start(tmp_path / "store", crawl_files, mini_web)
    time.sleep(4)
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.killpg(process.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a worker outlived the run")
