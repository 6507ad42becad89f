"""What a fetch that takes long is waiting for: a line now and then, for whoever watches."""

import asyncio
from collections.abc import Callable
from typing import Any, Self

from pipeline.web.turns import Turns

EVERY_S = 60.0
HOSTS = 3  # that are named

# Takes the index of a part and a line.
Tell = Callable[[int, str], None]


def quiet(part: int, line: str) -> None:
    """Nobody watches."""


class News:
    """Tells of one part, every EVERY_S seconds as long as its context is open."""

    def __init__(self, tell: Tell, part: int, links: int, turns: Turns) -> None:
        self._tell = tell
        self._part = part
        self._links = links
        self._turns = turns
        self._got = self._failed = 0
        self._timer: asyncio.TimerHandle | None = None

    def __enter__(self) -> Self:
        self._timer = asyncio.get_running_loop().call_later(EVERY_S, self._say)
        return self

    def __exit__(self, *error: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def ended(self, row: dict[str, Any]) -> None:
        """A link has ended in this row of `schemas.image.IMAGE`."""
        if row.get("dropped"):
            self._failed += 1
        else:
            self._got += 1

    @property
    def line(self) -> str:
        """How far the part is."""
        asked = self._got + self._failed + self._turns.running
        queues = self._turns.waiting(HOSTS)
        wait = ", ".join(f"{host} ({count:,})" for host, count in queues) or "none"
        return (
            f"{asked:,} of {self._links:,} links asked, {self._got:,} pictures, "
            f"{self._failed:,} failed, {self._turns.running:,} under way; longest queues: {wait}"
        )

    def _say(self) -> None:
        self._tell(self._part, self.line)
        self.__enter__()
