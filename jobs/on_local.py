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

DIED = "its worker process died: out of memory, or killed"


class Local(OnOneMachine):
    """`workers` processes, kept from step to step; with one, the work is done in this process."""

    def __init__(self, workers: int, address: str | None = None) -> None:
        del address  # there is only this machine
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def map(self, step: Pass, parts: Sequence[str]) -> Iterator[Receipt]:
        """Do these parts. A worker that dies costs the part that killed it, not the run.

        A dead worker takes the pool with it: each part that was running is then done alone, so
        that only one which kills its worker again has failed.
        """
        if self.workers == 1:
            yield from (run_part(step, part) for part in parts)
            return
        waiting, suspects = list(reversed(parts)), list[str]()
        while waiting or suspects:
            alone = bool(suspects)
            queue = suspects if alone else waiting
            running: dict[Future[Receipt], str] = {}
            while queue or running:
                while queue and len(running) < (1 if alone else self.workers):
                    part = queue.pop()
                    running[self._submit(step, part)] = part
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                dead = []
                for future in finished:
                    part = running.pop(future)
                    if isinstance(future.exception(), BrokenProcessPool):
                        dead.append(part)
                    else:
                        yield future.result()
                if dead:
                    self.close()
                    if alone:
                        yield Receipt(step.name, dead[0], error=DIED)
                    else:
                        suspects = dead + list(running.values())
                        break

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


def _die_with_parent() -> None:
    """End this worker when the run that started it is gone, even by kill -9."""
    import os

    parent = multiprocessing.parent_process()
    if parent is not None:

        def watch() -> None:
            wait_for([parent.sentinel])
            os._exit(1)

        threading.Thread(target=watch, daemon=True).start()
