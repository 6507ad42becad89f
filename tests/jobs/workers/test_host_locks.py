"""The bounds of a host hold over worker processes; the server's own log says so."""

import multiprocessing
import os
import signal
import time
from dataclasses import replace

import pytest

from jobs.curate import Where, shared
from jobs.flows import curate
from jobs.on_local import Local
from jobs.runs import execute
from jobs.workers import host_locks
from jobs.workers.host_locks import HostLocks
from pipeline.web.downloads import Policy
from pipeline.web.shares import Shares
from tests.attacks.server import reply
from tests.jobs.commands.test_retry import RECIPE, gathered, server, through  # noqa: F401

pytestmark = pytest.mark.skipif(not host_locks.HAVE, reason="this system has no F_OFD_SETLK")
PARTS, LINKS, RATE = 3, 5, 20.0


@pytest.mark.parametrize("how", ["linked", "led"])
def test_the_bounds_hold_over_processes(server, tmp_path, how):  # noqa: F811
    for file in ("robots.txt", "ai.txt", ".well-known/tdmrep.json"):
        server.files[f"cdn.example/{file}"] = reply(404)
    parts = [[f"http://cdn.example/slow/{p}-{n}" for n in range(LINKS)] for p in range(PARTS)]
    if how == "led":
        for index, links in enumerate(parts):
            for n, link in enumerate(links):
                server.files[f"a.example/{index}-{n}"] = reply(302, b"", f"Location: {link}")
        parts = [[f"http://a.example/{p}-{n}" for n in range(LINKS)] for p in range(PARTS)]
    at = gathered(tmp_path, *parts)
    where = Where("local", PARTS)
    web = shared(replace(through(server), per_host=1, per_host_s=RATE), where, at.store)
    engine = Local(PARTS)
    try:
        steps = curate(at.store, RECIPE, web).between("origins", "fetch")
        assert execute(steps, engine, lambda _: None) == []
    finally:
        engine.close()
        HostLocks(at.store.root).remove()
    begun = sorted(moment for host, moment in server.begun if host == "cdn.example")
    pictures = sum(count for url, count in server.asked.items() if "/slow/" in url)
    assert pictures == PARTS * LINKS
    assert server.most["cdn.example"] == 1
    assert (len(begun) - 1) / (begun[-1] - begun[0]) <= RATE * 1.05


def hold(locks, ready):
    assert locks().take("a.example", 1) is not None
    ready.set()
    time.sleep(60)


def test_a_worker_that_dies_holds_nothing(tmp_path):
    locks, spawn = HostLocks(str(tmp_path)), multiprocessing.get_context("spawn")
    ready = spawn.Event()
    worker = spawn.Process(target=hold, args=(locks, ready))
    worker.start()
    assert ready.wait(60)
    ours = locks()
    assert ours.take("a.example", 1) is None
    assert ours.take("b.example", 1) is not None
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()
    assert ours.take("a.example", 1) is not None
    ours.close()
    locks.remove()
    assert not locks.path.exists()


def test_who_opens_a_file_apart_is_another(tmp_path):
    locks = HostLocks(str(tmp_path))
    one, two = locks(), locks()
    places = [one.take("a.example", 3), one.take("a.example", 3), two.take("a.example", 3)]
    assert len(set(places)) == 3
    assert two.take("a.example", 3) is None
    one.give_back("a.example", places[0])
    assert two.take("a.example", 3) == places[0]
    assert one.claim("a.example", 0.5) == 0
    assert 0.4 < two.claim("a.example", 0.5) <= 0.5
    two.rest("a.example", 9)
    two.rest("a.example", 1)
    assert 8.9 < one.claim("a.example", 0.5) <= 9
    one.close()
    two.close()
    locks.remove()


def test_a_file_of_somebody_else_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(host_locks.tempfile, "gettempdir", lambda: str(tmp_path))
    locks = HostLocks("store")
    locks.path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="interleaf-hosts"):
        locks()
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("workers", [2, 4, 9])
@pytest.mark.parametrize("linking", [1, 3, 40])
def test_the_shares_of_a_cluster_never_sum_to_more(workers, linking):
    policy = Policy(per_host=40, per_host_s=10, workers=workers)
    row = {"origin": "http://a.example:80", "parts": linking, "delay_s": None}
    named = Shares.of(policy, [row])
    link = min(linking, workers)
    rate = link / named.gaps_s["a.example"] + (workers - link) / Shares.of(policy, []).gap_s
    assert rate <= 10.0001
    assert link * named.limits["a.example"] + (workers - link) * named.limit <= 40
