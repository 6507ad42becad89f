"""The engine of a Ray cluster: a task a part, and DuckDB on the driver."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from jobs.bundle import FLOORS
from jobs.engine import OnOneMachine
from jobs.plan import Pass
from jobs.work import run_part
from schemas.receipt import Receipt


class Ray(OnOneMachine):
    """Tasks on the cluster at `address` (or RAY_ADDRESS); without one, Ray starts here."""

    def __init__(self, workers: int, address: str | None = None) -> None:
        import ray

        self.workers = workers
        self._ray = ray
        self._ours = not ray.is_initialized()
        if self._ours:
            root = Path(__file__).parents[1]
            joined = address or os.environ.get("RAY_ADDRESS")
            ray.init(
                # Else Ray would join any cluster of this machine that it finds.
                address=joined or "local",
                num_cpus=None if joined else workers,
                include_dashboard=None if joined else False,
                runtime_env={"py_modules": [str(root / floor) for floor in FLOORS]},
                log_to_driver=False,
            )
        # max_calls=0 keeps a worker, and the models it has loaded, for the next part.
        self._task = ray.remote(max_calls=0, max_retries=2)(run_part)

    def map(self, step: Pass, parts: Sequence[str]) -> Iterator[Receipt]:
        """Do these parts, a task each; a part whose node died comes back as failed."""
        waiting, most = list(reversed(parts)), step.at_once or len(parts)
        running: dict[Any, str] = {}
        while waiting or running:
            while waiting and len(running) < most:
                part = waiting.pop()
                running[self._task.remote(step, part)] = part
            finished, _ = self._ray.wait(list(running))
            for reference in finished:
                part = running.pop(reference)
                try:
                    yield self._ray.get(reference)
                except self._ray.exceptions.RayError as error:
                    yield Receipt(step.name, part, error=str(error).splitlines()[0])

    def close(self) -> None:
        """Leave the cluster."""
        if self._ours:
            self._ray.shutdown()
