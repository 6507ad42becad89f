"""Whose turn it is to be asked: few at a time a host, many in all, early documents first."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.web.addresses import Target


@dataclass(frozen=True)
class Wish:
    """A link to be asked for, and the index of the first document that waits for it."""

    target: Target
    document: int


class Turns:
    """A queue for each host, served in rotation, so that no host holds up another.

    Wishes come in the order of documents. At most `per_host` of a host and `total` of all are
    under way at once; `limits` names hosts that are given another number.
    """

    def __init__(self, per_host: int, total: int, limits: Mapping[str, int] | None = None) -> None:
        self._per_host = per_host
        self._limits = limits or {}
        self._total = total
        self._queues: dict[str, deque[Wish]] = {}
        self._busy: Counter[str] = Counter()
        self._ready: deque[str] = deque()  # hosts with wishes and with a free turn, each once
        self.running = 0

    def add(self, wish: Wish) -> None:
        """Put a wish at the end of its host's queue."""
        queue = self._queues.setdefault(wish.target.host, deque())
        queue.append(wish)
        if len(queue) == 1 and self._is_free(wish.target.host):
            self._ready.append(wish.target.host)

    def take(self, last: int | None) -> Wish | None:
        """The next wish, of documents up to index `last` only (None: of any); None if none."""
        if self.running >= self._total:
            return None
        for _ in range(len(self._ready)):
            host = self._ready.popleft()
            queue = self._queues[host]
            if last is not None and queue[0].document > last:
                self._ready.append(host)
                continue
            self._busy[host] += 1
            self.running += 1
            wish = queue.popleft()
            if queue and self._is_free(host):
                self._ready.append(host)
            return wish
        return None

    def waiting(self, most: int) -> list[tuple[str, int]]:
        """The hosts with the longest queues, and how many wishes wait there."""
        lengths = {host: len(queue) for host, queue in self._queues.items() if queue}
        return sorted(lengths.items(), key=lambda pair: (-pair[1], pair[0]))[:most]

    def give_back(self, wish: Wish) -> None:
        """A wish that was taken has ended: its host has a turn to give again."""
        host = wish.target.host
        if self._queues[host] and not self._is_free(host):
            self._ready.append(host)
        self._busy[host] -= 1
        self.running -= 1

    def _is_free(self, host: str) -> bool:
        return self._busy[host] < self._limits.get(host, self._per_host)
