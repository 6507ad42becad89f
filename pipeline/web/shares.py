"""What one part of many may ask of each host, so that all of them together keep to the bounds."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self
from urllib.parse import urlsplit


class Bounds(Protocol):
    """The fields of `pipeline.web.downloads.Policy` that are shared out."""

    @property
    def per_host(self) -> int: ...
    @property
    def per_host_s(self) -> float: ...
    @property
    def workers(self) -> int: ...


@dataclass(frozen=True)
class Shares:
    """What is this part's of each host: requests at a time, and seconds between them.

    With one worker, or workers that share `Policy.hosts` of pipeline.web.downloads, all of it. With
    more, one half of a host is for the parts that link there, so many at once as there are, and
    the other for those that are led there by a redirect, which may be all: whoever asks, the sum
    is kept. But none has less than one request at a time. `limit`, `gap_s`: of a host that no
    link names; `most` share it.
    """

    limits: dict[str, int]
    gaps_s: dict[str, float]
    limit: int
    gap_s: float
    most: int

    @classmethod
    def of(cls, policy: Bounds, known: Iterable[Mapping[str, Any]]) -> Self:
        """From the permits that are known: who shares a host, and its Crawl-delay."""
        limits: dict[str, int] = {}
        gaps_s: dict[str, float] = {}
        least_s = 1 / policy.per_host_s if policy.per_host_s else 0.0
        half = 1 if policy.workers == 1 else 2
        for row in known:
            host = (urlsplit(row["origin"]).hostname or "").strip("[]")
            together = half * max(1, min(row["parts"] or 1, policy.workers))
            limit = max(1, policy.per_host // together)
            limits[host] = min(limit, limits.get(host, limit))
            gap_s = least_s
            if row["delay_s"]:
                gap_s = max(gap_s, row["delay_s"])
                limits[host] = 1  # one who waits takes no turn from other hosts
            gaps_s[host] = max(gap_s * together, gaps_s.get(host, 0.0))
        most = half * policy.workers
        return cls(limits, gaps_s, max(1, policy.per_host // most), least_s * most, most)

    def meet(self, host: str, delay_s: float | None) -> None:
        """A redirect has led to a host, whose Crawl-delay nobody knew before."""
        if host not in self.gaps_s:
            self.gaps_s[host] = max(self.gap_s, (delay_s or 0.0) * self.most)
            self.limits[host] = 1 if delay_s else self.limit
