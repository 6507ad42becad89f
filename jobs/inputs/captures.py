"""`--robots-from WARC...`: what a crawl was told by /robots.txt, instead of asking again.

Only robots.txt is taken from there; ai.txt and tdmrep.json, where they are honoured, are asked for.
Where the crawl has no capture, or none young enough, the host is asked as always.
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import pyarrow as pa

from jobs.inputs import sources
from jobs.table import Table
from pipeline.crawl.robots_captures import Captured
from schemas.page import SOURCE

AGE_DAYS = 30
"""A crawl is made within two weeks and published soon after: its newest captures still count."""


@dataclass(frozen=True)
class Captures:
    """Crawl files that hold robots.txt, as (name, location), and how old a capture may be."""

    files: tuple[tuple[str, str], ...] = ()
    age_days: int = AGE_DAYS

    @classmethod
    def read(cls, patterns: Iterable[str], age_days: int) -> Self:
        """Those of the command. Raises SourceError."""
        patterns = list(patterns)
        rows = sources.sources(patterns, None).to_pylist() if patterns else []
        return cls(tuple((row["warc_file"], row["location"]) for row in rows), age_days)

    def table(self) -> pa.Table:
        """The files as rows of SOURCE."""
        rows = [{"warc_file": name, "location": location} for name, location in self.files]
        return pa.Table.from_pylist(rows, SOURCE)

    def as_json(self) -> dict[str, Any]:
        """What run.json says of them: nothing where there are none."""
        return {"captures": asdict(self)} if self.files else {}

    @classmethod
    def from_json(cls, rights: dict[str, Any]) -> Self:
        """Those of the entry `rights` of a run.json."""
        told = rights.get("captures", {"files": [], "age_days": AGE_DAYS})
        return cls(tuple((name, location) for name, location in told["files"]), told["age_days"])


NO_CAPTURES = Captures()


@dataclass(frozen=True)
class NewestCaptures:
    """The table `captured`: calling it gives what is in it of these origins, and young enough."""

    table: Table
    age_days: int

    def __call__(self, origins: frozenset[str]) -> Captured:
        """Captures of these origins. Their age is counted from now: it is now that we ask."""
        since = datetime.now(UTC) - timedelta(days=self.age_days)
        return Captured.of(
            row
            for part in self.table.parts()
            for batch in self.table.read(part)
            for row in batch.to_pylist()
            if row["origin"] in origins and row["read_at"] >= since
        )
