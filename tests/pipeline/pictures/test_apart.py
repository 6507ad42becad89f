"""A call that kills its process costs that call."""

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipeline.pictures.apart import Apart, CrashedError


def answered(data, facts):
    """What the children of these tests do."""
    if data == b"die":
        os.kill(os.getpid(), signal.SIGSEGV)
    if data == b"hang":
        time.sleep(60)
    if data == b"eat":
        return {"bytes": len(bytearray(2 << 30))}, b""
    if data == b"print":
        os.write(1, b"noise")
    if data == b"raise":
        raise ValueError
    return facts | {"process": os.getpid()}, data[::-1]


ME = "tests.pipeline.pictures.test_apart:answered"


def test_answers_and_the_same_child_again():
    with Apart(ME, 1) as apart:
        facts, data = apart.ask(b"abc" * 100_000, {"a": "\u00e9"})
        assert (facts["a"], data) == ("\u00e9", b"cba" * 100_000)
        assert facts["process"] != os.getpid()
        assert apart.ask(b"print", {}) == ({"process": facts["process"]}, b"tnirp")


@pytest.mark.parametrize("death", [b"die", b"hang", b"eat", b"raise"])
def test_a_death_costs_one_call(death):
    with Apart(ME, 1, seconds=3.0) as apart:
        first, _ = apart.ask(b"x", {})
        with pytest.raises(CrashedError):
            apart.ask(death, {})
        again, _ = apart.ask(b"x", {})
        assert again["process"] != first["process"]


def test_threads_share_children():
    with Apart(ME, 2) as apart, ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: apart.ask(b"%d" % n, {}), range(100)))
    assert [data for _, data in answers] == [str(n).encode()[::-1] for n in range(100)]
    assert len({facts["process"] for facts, _ in answers}) <= 2
    for facts, _ in answers:
        with pytest.raises(ProcessLookupError):
            os.kill(facts["process"], 0)


def test_no_call_no_child():
    with Apart("no.such:thing", 2):
        pass
    with Apart("no.such:thing", 1) as apart, pytest.raises(CrashedError):
        apart.ask(b"", {})


def test_a_child_that_cannot_start_is_not_the_pictures_fault(monkeypatch):
    with Apart(ME, 1) as apart:
        monkeypatch.setattr("sys.executable", "/no/such/interpreter")
        for _ in range(2):
            with pytest.raises(OSError, match="no/such"):
                apart.ask(b"x", {})
        monkeypatch.undo()
        assert apart.ask(b"ab", {})[1] == b"ba"


def test_a_nursery_that_was_killed_is_replaced():
    with Apart(ME, 1) as apart:
        first = apart.ask(b"ab", {})[0]["process"]
        apart._nursery._process.kill()
        apart._nursery._process.wait()
        assert apart.ask(b"ab", {})[0]["process"] == first
        with pytest.raises(CrashedError):
            apart.ask(b"die", {})
        assert apart.ask(b"ab", {})[1] == b"ba"


def prepare():
    os.environ["PREPARED_BY"] = str(os.getpid())


def told(data, facts):
    return facts | {"prepared_by": os.environ["PREPARED_BY"], "process": os.getpid()}, data


def test_what_is_prepared_once_is_there_in_all_children():
    here = "tests.pipeline.pictures.test_apart:"
    with (
        Apart(f"{here}told", 2, prepare=f"{here}prepare") as apart,
        ThreadPoolExecutor(2) as pool,
    ):
        answers = [facts for facts, _ in pool.map(lambda _: apart.ask(b"", {}), range(20))]
    assert len({answer["prepared_by"] for answer in answers}) == 1
    assert all(answer["prepared_by"] != str(answer["process"]) for answer in answers)
