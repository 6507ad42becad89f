"""A trainer's loop over the Parquet shards: this rank's share, resumable, no import of ours."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq


def documents(
    parts: list[Path], rank: int = 0, world: int = 1, start: int = 0
) -> Iterator[tuple[int, dict[str, Any]]]:
    """(row group, document) of this rank in order; go on later with `start` = that row group."""
    groups = [(part, g) for part in parts for g in range(pq.ParquetFile(part).num_row_groups)]
    for number, (part, group) in enumerate(groups):
        if number >= start and number % world == rank:
            for row in pq.ParquetFile(part).read_row_group(group).to_pylist():
                yield number, row


if __name__ == "__main__":
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo") / "release" / "parquet"
    for group, row in documents(sorted(folder.glob("*.parquet"))):
        print(group, row["doc_id"], len(row["pictures"]), "pictures", row["words"], "words")
