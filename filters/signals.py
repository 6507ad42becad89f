"""What a signal is, and what measures it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa

# The shape of a signal: one value for each of these.
NODES, IMAGES, DOCUMENTS = "(nodes,)", "(images,)", "(documents,)"


@dataclass(frozen=True)
class Signal:
    """One measured column. `source` is the paper or code whose definition it follows."""

    name: str
    type: pa.DataType
    meaning: str
    unit: str = "count"
    source: str = ""
    version: int = 1

    @property
    def field(self) -> pa.Field:
        """The Arrow field, with everything above in its metadata."""
        about = {"meaning": self.meaning, "unit": self.unit, "version": str(self.version)}
        return pa.field(self.name, self.type, metadata=about | {"source": self.source})

    def shaped(self, shape: str) -> pa.Field:
        """The field as a table has it: with the `shape`, one of NODES, IMAGES and DOCUMENTS."""
        return self.field.with_metadata({"shape": shape, **self.field.metadata})


@dataclass(frozen=True)
class Measure:
    """A plain function over whole columns, the columns it reads, and the signals it gives.

    `compute(*columns)` takes arrays of n rows, in the order of `reads`, and returns one array of
    n rows for each of `gives`, as a tuple even where there is one.
    """

    compute: Callable[..., tuple[pa.Array, ...]]
    reads: tuple[str, ...]
    gives: tuple[Signal, ...]


def fields(measures: Iterable[Measure], shape: str = "") -> list[pa.Field]:
    """The Arrow fields of all that these measures give, in order, with `shape` if given."""
    given = (signal for measure in measures for signal in measure.gives)
    return [signal.shaped(shape) if shape else signal.field for signal in given]


def measured(measures: Iterable[Measure], columns: dict[str, pa.Array]) -> dict[str, pa.Array]:
    """Run the measures over `columns`; a later one may read what an earlier one gave."""
    known = dict(columns)
    out: dict[str, pa.Array] = {}
    for measure in measures:
        arrays = measure.compute(*(known[name] for name in measure.reads))
        for signal, array in zip(measure.gives, arrays, strict=True):
            known[signal.name] = out[signal.name] = array.cast(signal.type)
    return out
