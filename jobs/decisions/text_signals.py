"""Signals that are measured on a document's text, and the documents whose text has to be read.

A recipe that leaves other nodes leaves another text. Then a rule needs the measures that give what
it reads, and those alone; a measure that reads no text gives what it gave.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.signals import Measure
from jobs.decisions.signal_files import FORMER, whole


@dataclass(frozen=True)
class Needs:
    """Which of the `measures` of a document are needed, by their places."""

    measures: tuple[Measure, ...]

    def of(self, names: Collection[str]) -> frozenset[int]:
        """To know these columns of a text. None, where they add up or come from no text."""
        found = frozenset[int]()
        for number, measure in enumerate(self.measures):
            if self.gives({number}) & {*names}:
                inner = self.of(measure.reads)
                found |= inner | ({number} if inner or "text" in measure.reads else frozenset())
        return found

    def gives(self, numbers: Collection[int]) -> frozenset[str]:
        """What these measures give, by name."""
        return frozenset(signal.name for n in numbers for signal in self.measures[n].gives)


@dataclass
class TextSignals:
    """The signals over the text that is left of d documents, as far as they are known.

    `documents` (d,) has every signal as read, and with FORMER over what the store's recipe left;
    `former` bool (d,): of whom that is asked for. `stale` bool (d,): whose text is none of the two.
    `again`: of those, which were measured since by a measure, bool (d,), by its place.
    """

    documents: pa.Table
    former: np.ndarray
    stale: np.ndarray
    again: dict[int, np.ndarray] = field(default_factory=dict)
    _columns: dict[str, pa.Array] = field(default_factory=dict)

    def column(self, name: str) -> pa.Array:
        """A signal by its name. (d,)"""
        if name not in self._columns:
            if not self.former.any():  # half of the memory is not looked at
                self._columns[name] = whole(self.documents[name])
            else:
                both = (whole(self.documents[each]) for each in (FORMER + name, name))
                self._columns[name] = pc.if_else(pa.array(self.former), *both)
        return self._columns[name]

    def missing(self, numbers: Collection[int]) -> np.ndarray:
        """Whose text was not measured yet by all of these measures. bool (d,)"""
        never = np.zeros(len(self.stale), bool)
        done = [self.again.get(number, never) for number in numbers]
        return np.asarray(self.stale & ~np.logical_and.reduce(done)) if done else never

    def learn(
        self, numbers: Collection[int], which: np.ndarray, found: Sequence[dict[str, pa.Array]]
    ) -> None:
        """What these measures gave of the documents `which`, bool (d,), in pieces, in order."""
        place = np.arange(len(which))
        place[which] = len(which) + np.arange(which.sum())
        for name in found[0]:
            both = pa.concat_arrays([self.column(name), *(each[name] for each in found)])
            self._columns[name] = both.take(pa.array(place))
        for number in numbers:
            self.again[number] = self.again.get(number, np.zeros(len(which), bool)) | which
