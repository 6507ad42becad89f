"""Which rules each row of many fails, as one number a row."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from filters.arithmetic import MOST_RULES, program
from filters.rules import RecipeError, Rule, broken

_WIDTHS = ((8, np.uint8), (16, np.uint16), (32, np.uint32), (64, np.uint64))


@dataclass(frozen=True)
class Marks:
    """`bits` (n,): bit k is set where a row fails rule k."""

    bits: np.ndarray

    @property
    def kept(self) -> np.ndarray:
        """Rows that fail no rule. bool (n,)"""
        return np.asarray(self.bits == 0)

    def of(self, number: int) -> np.ndarray:
        """Rows that fail this rule. bool (n,)"""
        return np.asarray((self.bits >> self.bits.dtype.type(number)) & 1, bool)

    def count(self, number: int) -> int:
        """How many rows fail this rule."""
        return int(self.of(number).sum())

    def first(self, number: int) -> int:
        """How many rows fail this rule and none before it."""
        low = self.bits.dtype.type((1 << number) - 1)
        return int((self.of(number) & ((self.bits & low) == 0)).sum())


Rest = Callable[[list[Rule]], np.ndarray]  # the rules left over -> bool (n, rules)


Words = dict[Rule, dict[str | None, bool]]  # rule -> word -> does it fail?


@dataclass(frozen=True)
class Judge:
    """Asks rules of rows: arithmetic in one compiled pass, words once a word, all else by `rest`.

    `words` remembers from one call to the next what was asked of words. Raises RecipeError for
    more than 64 rules.
    """

    rules: Sequence[Rule]
    words: Words

    def __post_init__(self) -> None:
        if len(self.rules) > MOST_RULES:
            raise RecipeError(f"{len(self.rules)} rules in one scope; at most {MOST_RULES} here")

    def marks(self, rows: pa.RecordBatch, rest: Rest) -> Marks:
        """Every rule that each of `rows` (n,) fails."""
        kind = next(type_ for most, type_ in _WIDTHS if len(self.rules) <= most)
        arithmetic, others = program(tuple(self.rules), rows.schema)
        bits = arithmetic.marks(rows, kind)
        for number, fails in self._slow(others, rows, rest):
            np.bitwise_or(bits, np.left_shift(fails, kind(number), dtype=kind), out=bits)
        return Marks(bits)

    def _slow(
        self, numbers: Sequence[int], rows: pa.RecordBatch, rest: Rest
    ) -> Iterator[tuple[int, np.ndarray]]:
        """The rules of these numbers, bool (n,) each."""
        left = []
        for number in numbers:
            rule = self.rules[number]
            (name,) = rule.columns if len(rule.columns) == 1 else ("",)
            if name in rows.schema.names and pa.types.is_dictionary(rows.schema.field(name).type):
                yield number, _by_word(rule, name, rows, self.words.setdefault(rule, {}))
            else:
                left.append(number)
        if left:
            found = rest([self.rules[number] for number in left])
            yield from ((number, found[:, column]) for column, number in enumerate(left))


def _by_word(
    rule: Rule, name: str, rows: pa.RecordBatch, known: dict[str | None, bool]
) -> np.ndarray:
    """Ask of each distinct text of a dictionary column, and of none. bool (n,)"""
    words = [*rows[name].dictionary.to_pylist(), None]
    answers = [*map(known.get, words)]
    if None in answers:
        new = [word for word, answer in zip(words, answers, strict=True) if answer is None]
        asked = pa.RecordBatch.from_arrays([pa.array(new, pa.string())], [name])
        known |= dict(zip(new, broken([rule], asked)[:, 0].tolist(), strict=True))
        answers = [*map(known.get, words)]
    fails = np.array(answers, bool)
    indices = rows[name].indices
    if indices.null_count:
        indices = indices.fill_null(len(words) - 1)
    return fails.take(indices.to_numpy())
