"""Open a list<struct> column into one flat table, and close it again."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.stage import with_columns


@dataclass(frozen=True)
class Opened:
    """The members of a list<struct> column as one flat batch, and to which row each belongs.

    `lengths` int32 (rows,): members of each row. `flat`: a record batch (members,).
    """

    flat: pa.RecordBatch
    lengths: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """int64 (members,): index of the row that each member belongs to."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def sums(self, values: np.ndarray) -> np.ndarray:
        """`values` (members,) summed within each row: (rows,), of the same kind."""
        ends = np.concatenate([[0], np.cumsum(self.lengths)])
        running = np.concatenate([[0], np.cumsum(values)])
        return running[ends[1:]] - running[ends[:-1]]

    def where(self, keep: np.ndarray) -> "Opened":
        """Only the members where `keep`, a bool array (members,), is True."""
        lengths = np.bincount(self.rows[keep], minlength=len(self.lengths)).astype(np.int32)
        return Opened(self.flat.filter(pa.array(keep)), lengths)

    def of_rows(self, rows: np.ndarray) -> "Opened":
        """The members of those rows only where `rows`, a bool array (rows,), is True."""
        if not self.lengths[~rows].any():  # nothing to take out, nothing to copy
            return Opened(self.flat, self.lengths[rows])
        return Opened(self.flat.filter(pa.array(rows[self.rows])), self.lengths[rows])

    def closed(self) -> pa.ListArray:
        """The list<struct> column again. (rows,)"""
        offsets = np.concatenate([[0], np.cumsum(self.lengths)]).astype(np.int32)
        struct = pa.StructArray.from_arrays(self.flat.columns, fields=list(self.flat.schema))
        return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), struct)


def opened(column: pa.ListArray) -> Opened:
    """A list<struct> column (rows,) opened; a null list counts as an empty one."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    struct = column.flatten()
    columns = struct.flatten()
    fields = [column.type.value_type.field(i) for i in range(column.type.value_type.num_fields)]
    flat = pa.RecordBatch.from_arrays(columns, schema=pa.schema(fields))
    return Opened(flat, lengths.astype(np.int32))


def with_members(opened_: Opened, columns: dict[str, pa.Array]) -> Opened:
    """The same members with these columns added or replaced."""
    return Opened(with_columns(opened_.flat, columns), opened_.lengths)
