"""What a stage is, and how columns are put beside a batch's own."""

from collections.abc import Iterable, Iterator
from typing import Protocol, runtime_checkable

import pyarrow as pa

Batches = Iterator[pa.RecordBatch]


@runtime_checkable
class Stage(Protocol):
    """Configuration that can stream: a frozen dataclass with one method.

    `reads` names the columns that must be there, `adds` those that will be. Columns that a stage
    does not know pass through it, unless `replaces` is True: then rows of another shape come
    out, and `adds` is all of it. Resources are opened inside `stream`, before its loop, and
    closed by leaving it, so that pickling a stage pickles its configuration only.
    """

    @property
    def reads(self) -> pa.Schema: ...

    @property
    def adds(self) -> pa.Schema: ...

    @property
    def replaces(self) -> bool: ...

    def stream(self, batches: Batches) -> Batches: ...


def chain(stages: Iterable[Stage], batches: Batches) -> Batches:
    """`batches` through every stage in turn; nothing runs until the result is drawn."""
    for stage in stages:
        batches = stage.stream(batches)
    return batches


def with_columns(batch: pa.RecordBatch, columns: dict[str, pa.Array]) -> pa.RecordBatch:
    """`batch` with these columns: in place where the name is there, at the end where it is not."""
    merged = dict(zip(batch.schema.names, batch.columns, strict=True)) | columns
    return pa.RecordBatch.from_arrays(list(merged.values()), names=list(merged))
