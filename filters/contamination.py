"""N-grams that a document shares with benchmarks: what a model must not have seen before its test.

Sources: GPT-3 (arXiv 2005.14165, appendix C), n-grams of 13 words "ignoring punctuation, whitespace
and casing", 8 the least that is looked for; PaLM (arXiv 2204.02311, section 8), which counts the
share of n-grams that are found; datatrove's decont/n_grams.py, which drops documents by one.

A word is what filters.minhash reads as one. An item is a row of a benchmark. One with fewer than
the n words is looked for in whole; one of fewer than LEAST_WORDS is not looked for: the web holds
it by chance. n-grams of a document span its nodes.

Two different n-grams are taken for one when 64 bits of hash agree: of ten million that are known
and a hundred billion that are asked for, that is expected 0.05 times.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from typing import Any

import numpy as np
import pyarrow as pa

from filters.minhash import classes, letters
from filters.signals import Measure, Signal

WORDS = 13
LEAST_WORDS = 8

_GPT3 = "GPT-3, arXiv 2005.14165, appendix C"
SIGNALS = (
    Signal(
        "contaminated_ngrams", pa.int32(), "n-grams that a benchmark's items hold", "count", _GPT3
    ),
    Signal("contaminated_words", pa.int32(), "words that lie in such an n-gram", "words", _GPT3),
    Signal("compared_words", pa.int32(), "words as n-grams are cut from them", "words", _GPT3),
    Signal(
        "contaminated_by", pa.string(), "names of those benchmarks; null for none", "names", _GPT3
    ),
)

ENTRY = pa.schema(
    [
        pa.field("hash", pa.uint64()),
        pa.field("holders", pa.int32()),
        pa.field("item", pa.int32()),
    ]
)
_ABOUT = b"benchmarks"


@dataclass(frozen=True)
class Match:
    """Where a text repeats a benchmark: characters begin to end, its name, the row of its item."""

    begin: int
    end: int
    benchmarks: tuple[str, ...]
    row: int


@dataclass(frozen=True)
class Index:
    """The n-grams of benchmarks. m of them, their hashes ascending.

    `holders` int32 (m,): which of `sets`, tuples of benchmarks' names, holds each; -1 for what is
    only the beginning of a short item. `items` int32 (m,): row of the first item in the first of
    those. `lengths`: the n; then those of short items, and last that of their beginnings, if any.
    """

    hashes: np.ndarray
    holders: np.ndarray
    items: np.ndarray
    sets: tuple[tuple[str, ...], ...]
    lengths: tuple[int, ...]

    @cached_property
    def table(self) -> tuple[Any, ...]:
        """What the compiled pass looks up in: marks, hashes, holders, buckets and two shifts.

        The top bits of a hash name a bit among `marks`, 16 to 32 of them for each known one, so
        that few of the others go on; and a bucket, a run of the hashes.
        """
        bits = max(6, (len(self.hashes) - 1).bit_length())
        shift, mark_shift = np.uint64(64 - bits), np.uint64(64 - bits - 4)
        tops = (self.hashes >> shift).astype(np.int64)
        buckets = np.searchsorted(tops, np.arange((1 << bits) + 1)).astype(np.int64)
        marks = np.zeros(1 << (bits - 2), np.uint64)
        places = self.hashes >> mark_shift
        ones = np.uint64(1) << (places & np.uint64(63))
        np.bitwise_or.at(marks, (places >> np.uint64(6)).astype(np.int64), ones)
        return marks, self.hashes, self.holders, buckets, shift, mark_shift

    def to_table(self) -> pa.Table:
        """The index as ENTRY rows; what is not in them lies in the schema's metadata."""
        about = json.dumps({"sets": self.sets, "lengths": self.lengths}, ensure_ascii=False)
        columns = [self.hashes, self.holders, self.items]
        return pa.table(columns, schema=ENTRY.with_metadata({_ABOUT: about.encode()}))

    @classmethod
    def from_table(cls, table: pa.Table) -> "Index":
        """What `to_table` gave."""
        about = json.loads(table.schema.metadata[_ABOUT])
        hashes, holders, items = (each.combine_chunks().to_numpy() for each in table.columns)
        return cls(
            hashes, holders, items, tuple(map(tuple, about["sets"])), tuple(about["lengths"])
        )

    def digest(self) -> str:
        """Of all that is looked for: the same for the same items, in whatever order of files."""
        about = json.dumps([self.sets, self.lengths])
        arrays = b"".join(each.tobytes() for each in (self.hashes, self.holders, self.items))
        return sha256(about.encode() + arrays).hexdigest()

    def counts(self, text: pa.Array) -> np.ndarray:
        """n-grams known, words in them, words: string (n,) -> int32 (n, 3)."""
        from filters.compiled.contamination_pass import counts

        units, starts = letters(text)
        return np.asarray(counts(units, starts, classes(), self._lengths, self.table))

    def matches(self, text: str) -> list[Match]:
        """Every n-gram of the text that is known, in order; they may overlap."""
        from filters.compiled.contamination_pass import matches

        units = _one(text)
        lowered = units.tobytes()
        found = matches(units, classes(), self._lengths, self.table)
        # Letters may change their number of bytes when they are lowered, not their number.
        ends = [len(lowered[:end].decode("utf-8", "replace")) for end in found[:, 1].tolist()]
        begins = [len(lowered[:at].decode("utf-8", "replace")) for at in found[:, 0].tolist()]
        return [
            Match(begin, end, self.sets[self.holders[place]], int(self.items[place]))
            for begin, end, place in zip(begins, ends, found[:, 2].tolist(), strict=True)
        ]

    def runs(self, text: str) -> list[tuple[int, int, tuple[str, ...], tuple[int, ...]]]:
        """The same, those that overlap as one: begin, end, names, rows of the first of these."""
        out: list[tuple[int, int, tuple[str, ...], tuple[int, ...]]] = []
        for match in self.matches(text):
            if out and match.begin < out[-1][1] and match.benchmarks == out[-1][2]:
                begin, end, names, rows = out.pop()
                rows = rows if match.row in rows else (*rows, match.row)
                out.append((begin, max(end, match.end), names, rows))
            else:
                out.append((match.begin, match.end, match.benchmarks, (match.row,)))
        return out

    def holding(self, text: str) -> tuple[str, ...]:
        """Names of the benchmarks that hold an n-gram of the text, sorted."""
        from filters.compiled.contamination_pass import matches

        places = matches(_one(text), classes(), self._lengths, self.table)[:, 2]
        sets = np.unique(self.holders[places]).tolist()
        return tuple(sorted({name for each in sets for name in self.sets[each]}))

    @property
    def _lengths(self) -> np.ndarray:
        return np.array(self.lengths, np.int64)


def _one(text: str) -> np.ndarray:
    units, starts = letters(pa.array([text]))
    return units[starts[0] : starts[-1]]


def indexed(
    benchmarks: Sequence[tuple[str, pa.Array]], words: int = WORDS
) -> tuple[Index, tuple[int, ...]]:
    """The index of benchmarks: of each its name and its items, string (n,).

    And of each, how many items are too short to be looked for.
    """
    from filters.compiled import contamination_pass as compiled

    least = min(words, LEAST_WORDS)
    found, short, skipped = [], {words}, []
    for number, (_, text) in enumerate(benchmarks):
        read = (*letters(text), classes())
        hashes, rows, lengths = compiled.items(*read, words, least)
        skipped.append(len(text) - len(np.unique(rows)))
        shorter = lengths < words
        heads = compiled.heads(*read, rows[shorter], least)
        found.append((hashes, np.full(len(rows), number, np.int32), rows))
        found.append((heads, np.full(len(heads), _HEAD, np.int32), rows[shorter]))
        if shorter.any():
            short |= {least, *np.unique(lengths).tolist()}
    hashes, owners, rows = (np.concatenate(each) for each in zip(*found, strict=True))
    order = np.lexsort((rows, owners, hashes))
    hashes, owners, rows = hashes[order], owners[order], rows[order]
    firsts = np.flatnonzero(np.diff(hashes, prepend=~hashes[:1]))
    names = [name for name, _ in benchmarks]
    sets, holders = _sets(owners, firsts, len(names))
    named = tuple(tuple(names[number] for number in each) for each in sets)
    lengths = tuple(sorted(short, reverse=True))
    index = Index(hashes[firsts], holders, rows[firsts], named, lengths)
    return index, tuple(skipped)


_HEAD = np.iinfo(np.int32).max  # an owner that comes after every benchmark


def _sets(
    owners: np.ndarray, firsts: np.ndarray, count: int
) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """Distinct sets of owners, and which of them each run of `owners` is. A run is ascending."""
    known: dict[tuple[int, ...], int] = {(number,): number for number in range(count)}
    ends = np.append(firsts, len(owners))[1:]
    holders = np.where(owners[firsts] == _HEAD, -1, owners[firsts]).astype(np.int32)
    for run in np.flatnonzero(owners[firsts] != owners[ends - 1]).tolist():
        named = np.unique(owners[firsts[run] : ends[run]])
        these = tuple(named[named != _HEAD].tolist())
        holders[run] = known.setdefault(these, len(known))
    return list(known), holders


Opener = Callable[[], Index]


def scores(opener: Opener | None, text: pa.Array) -> tuple[pa.Array, ...]:
    """SIGNALS of texts. string (n,) -> int32 (n,) three times, string (n,).

    Without benchmarks all are null; a null text counts as an empty one.
    """
    if opener is None:
        return tuple(pa.nulls(len(text), signal.type) for signal in SIGNALS)
    index = opener()
    found = index.counts(text)
    names: list[str | None] = [None] * len(text)
    for row in np.flatnonzero(found[:, 0]).tolist():
        names[row] = ", ".join(index.holding(text[row].as_py()))
    return (*(pa.array(column) for column in found.T), pa.array(names, pa.string()))


def measure(opener: Opener | None = None) -> Measure:
    """The measure of documents; without benchmarks it gives nulls, so tables have one shape."""
    return Measure(partial(scores, opener), ("text",), SIGNALS)


DOCUMENT = measure()
