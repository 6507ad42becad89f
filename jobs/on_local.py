"""The engine of one machine: a pool of processes, and DuckDB."""

import multiprocessing
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait as wait_for

from jobs.engine import OnOneMachine
from jobs.plan import Pass
from jobs.work import run_part
from schemas.receipt import Receipt


class Local(OnOneMachine):
    """`workers` processes; with one, the work is done in this process."""

    def __init__(self, workers: int, address: str | None = None) -> None:
        del address  # there is only this machine
        self.workers = workers

    def map(self, step: Pass, parts: Sequence[str]) -> Iterator[Receipt]:
        """Do these parts. A worker that dies fails the parts that were running, not the run."""
        if min(self.workers, len(parts)) <= 1:
            yield from (run_part(step, part) for part in parts)
            return
        waiting = list(reversed(parts))
        while waiting:
            yield from self._with_one_pool(step, waiting)

    def _with_one_pool(self, step: Pass, waiting: list[str]) -> Iterator[Receipt]:
        """Take parts from `waiting` until none is left or the pool breaks."""
        spawn = multiprocessing.get_context("spawn")
        running: dict[Future[Receipt], str] = {}
        with ProcessPoolExecutor(
            self.workers, mp_context=spawn, initializer=_die_with_parent
        ) as pool:
            while running or waiting:
                while waiting and len(running) < self.workers:
                    part = waiting.pop()
                    running[pool.submit(run_part, step, part)] = part
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                broken = False
                for future in finished:
                    part = running.pop(future)
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        broken = True
                        yield Receipt(step.name, part, error="a worker process died")
                if broken:
                    for part in running.values():
                        yield Receipt(step.name, part, error="a worker process died")
                    return


def _die_with_parent() -> None:
    """End this worker when the run that started it is gone, even by kill -9."""
    import os

    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            wait_for([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
