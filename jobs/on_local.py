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
    """`workers` processes, kept from step to step; with one, the work is done in this process."""

    def __init__(self, workers: int, address: str | None = None) -> None:
        del address  # there is only this machine
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def map(self, step: Pass, parts: Sequence[str]) -> Iterator[Receipt]:
        """Do these parts. A worker that dies fails the parts that were running, not the run."""
        if self.workers == 1:
            yield from (run_part(step, part) for part in parts)
            return
        waiting = list(reversed(parts))
        running: dict[Future[Receipt], str] = {}
        while running or waiting:
            while waiting and len(running) < self.workers:
                part = waiting.pop()
                running[self._submit(step, part)] = part
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            broken = False
            for future in finished:
                part = running.pop(future)
                broken = broken or isinstance(future.exception(), BrokenProcessPool)
                yield _died(step, part) if future.exception() else future.result()
            if broken:
                # The pool is gone, and with it all that was running there.
                self.close()
                yield from (_died(step, part) for part in running.values())
                running.clear()

    def _submit(self, step: Pass, part: str) -> Future[Receipt]:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_die_with_parent,
            )
        return self._pool.submit(run_part, step, part)

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


def _died(step: Pass, part: str) -> Receipt:
    return Receipt(step.name, part, error="its worker process died: out of memory, or killed")


def _die_with_parent() -> None:
    """End this worker when the run that started it is gone, even by kill -9."""
    import os

    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            wait_for([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
