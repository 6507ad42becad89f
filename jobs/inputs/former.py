"""A store that another was recut from: what is taken from it, and how single images are found."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from jobs.plan import part_name
from jobs.store import RUN, Store, StoreError, read_run
from jobs.table import Table
from pipeline.nested import opened

FORMER = "former"  # the entry of run.json

# Row groups that are kept open: documents come in the order in which they lie there, by turns
# from several parts.
GROUPS_OPEN = 8


def former_store(store: Store) -> Store | None:
    """The store that this one was recut from, as its run.json says. Raises StoreError if gone."""
    root = read_run(store).get(FORMER) if store.exists(RUN) else None
    if root is None:
        return None
    former = Store(root)
    if not former.exists(RUN):
        raise StoreError(
            f"{store.root} was recut from {root}, which is not there; put it back, as the "
            "documents lie in it"
        )
    return former


def signals_of(store: Store) -> tuple[str, ...]:
    """The sets of signals that were measured for a store; none where there is no run yet."""
    run = read_run(store) if store.exists(RUN) else {}
    return tuple(run.get("recipe", {}).get("signals", ()))


@dataclass(frozen=True)
class Members:
    """The images of a former table, by place: image_id/part/doc_id. Calling it opens the table."""

    table: Table
    column: str

    def __call__(self) -> Callable[[list[str]], pa.RecordBatch]:
        """A lookup: places -> the members that lie there, in that order."""
        return _Lookup(self.table, self.column).rows


@dataclass(frozen=True)
class FormerSites:
    """What a former run read of sites: tables `robots` and `sites_asked`, which lie row by row."""

    robots: Table
    asked: Table

    def __call__(self, origins: frozenset[str]) -> dict[str, dict[str, Any]]:
        """Rows of these origins that are fresh enough to go by: RFC 9309 says a day."""
        since = datetime.now(UTC) - timedelta(days=1)
        found = {}
        for part in self.robots.parts():
            both = zip(self.robots.read(part), self.asked.read(part), strict=True)
            for sites, asked in both:
                for site, how in zip(sites.to_pylist(), asked.to_pylist(), strict=True):
                    if site["origin"] in origins and how["asked_at"] >= since:
                        moment = int(how["asked_at"].timestamp() * 1_000_000)
                        found[site["origin"]] = site | how | {"asked_at": moment}
        return found


@dataclass
class _Lookup:
    table: Table
    column: str
    _files: dict[str, tuple[pq.ParquetFile, dict[str, tuple[int, int]]]] = field(
        default_factory=dict
    )
    _groups: OrderedDict[tuple[str, int], "_Group"] = field(default_factory=OrderedDict)

    def rows(self, places: list[str]) -> pa.RecordBatch:
        found = []
        for place in places:
            image_id, index, doc_id = place.split("/")
            part = part_name(int(index))
            file, rows = self._file(part)
            number, row = rows[doc_id]
            group = self._group(part, number, file)
            found.append(group.images.slice(group.at[row, image_id], 1))
        schema = pa.schema(self.table.schema.field(self.column).type.value_type)
        return pa.Table.from_batches(found, schema).combine_chunks().to_batches()[0]

    def _file(self, part: str) -> tuple[pq.ParquetFile, dict[str, tuple[int, int]]]:
        if part not in self._files:
            filesystem, path = self.table.store.path(self.table.file(part))
            file = pq.ParquetFile(filesystem.open_input_file(path))
            rows: dict[str, tuple[int, int]] = {}
            for number in range(file.num_row_groups):
                ids = file.read_row_group(number, ["doc_id"])["doc_id"].to_pylist()
                rows.update({doc_id: (number, row) for row, doc_id in enumerate(ids)})
            self._files[part] = file, rows
        return self._files[part]

    def _group(self, part: str, number: int, file: pq.ParquetFile) -> "_Group":
        key = part, number
        if key not in self._groups:
            if len(self._groups) == GROUPS_OPEN:
                self._groups.popitem(last=False)
            lists = file.read_row_group(number, [self.column])[self.column].combine_chunks()
            images = opened(lists)
            ids = images.flat["image_id"].to_pylist()
            at = {
                (row, image_id): place
                for place, (row, image_id) in enumerate(zip(images.rows.tolist(), ids, strict=True))
            }
            self._groups[key] = _Group(images.flat, at)
        self._groups.move_to_end(key)
        return self._groups[key]


@dataclass(frozen=True)
class _Group:
    """The images of one row group, and where each lies: (row, image_id) -> index."""

    images: pa.RecordBatch
    at: dict[tuple[int, str], int]
