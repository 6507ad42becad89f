"""Rules over whole columns in one compiled pass: the verdicts of filters.rules, many times faster.

Only arithmetic of numbers is done here (+ - * / of signals and constants, and comparisons of them
in `when`), which IEEE doubles make the same in machine code and in DuckDB. `program` leaves out
every other rule: those are DuckDB's. n is the number of rows.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from filters.expressions import Tree, parsed
from filters.rules import KEEP, Rule

MOST_RULES = 64  # bits of a row's verdict
MOST_COLUMNS = 32  # that one program reads

_LARGEST = float(np.finfo(np.float64).max)
# What the pass knows to do; filters.compiled.arithmetic_pass has a loop for each, by its place
# here.
OPERATIONS = (
    "+", "-", "*", "/",
    "COMPARE_EQUAL", "COMPARE_LESSTHAN", "COMPARE_GREATERTHAN",
    "COMPARE_LESSTHANOREQUALTO", "COMPARE_GREATERTHANOREQUALTO",
    "CONJUNCTION_AND", "CONJUNCTION_OR",
)  # fmt: skip
# Not "<>": of a null it would be true.
_ARITHMETIC, _COMPARISONS, _JOINED = OPERATIONS[:4], OPERATIONS[4:9], OPERATIONS[9:]
# Types whose bytes the pass reads as they lie; every other number becomes a double first.
KINDS = ("u1", "u2", "u4", "i4", "i8", "f4", "f8")


@dataclass(frozen=True)
class Program:
    """Rules as steps over rows of doubles: first the columns, then constants, then results.

    `steps` int64 (s, 4): operation, left row, right row, resulting row. `rules` int64 (r, 4): the
    rule's number, row of its value, row of its `when` or -1, and whether it keeps what is missing.
    `bounds` double (r, 2): the least and the most that passes.
    """

    columns: tuple[str, ...]
    constants: np.ndarray
    steps: np.ndarray
    rules: np.ndarray
    bounds: np.ndarray

    @property
    def numbers(self) -> list[int]:
        """The numbers of the rules that it asks."""
        return [int(number) for number in self.rules[:, 0]]

    def marks(self, rows: pa.RecordBatch, kind: type[Any] = np.uint64) -> np.ndarray:
        """Of this `kind`, (n,): bit k is set where a row fails rule k."""
        from filters.compiled.arithmetic_pass import run  # numba: only who decides pays for it

        columns = [_bytes(rows[name]) for name in self.columns]
        kinds = np.array([kind for _, kind in columns], np.int64)
        nothing = np.frombuffer(b"", np.uint8)
        padded = tuple(each for each, _ in columns) + (nothing,) * (MOST_COLUMNS - len(columns))
        bits = np.empty(rows.num_rows, kind)
        asked = (self.steps, self.rules, self.bounds)
        run(padded, kinds, self.constants, asked, bits.view(np.uint8), bits.itemsize)
        return bits


@lru_cache(maxsize=256)
def program(rules: tuple[Rule, ...], schema: pa.Schema) -> tuple[Program, tuple[int, ...]]:
    """The rules that are arithmetic over columns of `schema`, and the numbers of the others."""
    writing = _Writing(schema)
    left = tuple(number for number, rule in enumerate(rules) if not writing.rule(number, rule))
    return writing.done(), left


@dataclass
class _Writing:
    """A program while it is written: what is reckoned already is not reckoned again."""

    schema: pa.Schema
    columns: dict[str, int] = field(default_factory=dict)
    constants: dict[float, int] = field(default_factory=dict)
    steps: dict[tuple[int, int, int], int] = field(default_factory=dict)
    rules: list[tuple[int, int, int, int]] = field(default_factory=list)
    bounds: list[tuple[float, float]] = field(default_factory=list)

    def rule(self, number: int, rule: Rule) -> bool:
        """Add a rule; False, and nothing is added, where it is not arithmetic."""
        if number >= MOST_RULES or not rule.columns <= set(self.schema.names):
            return False
        value = parsed(rule.value)
        when = parsed(rule.when).tree if rule.when is not None else None
        if not value.columns or not self._is_number(value.tree):
            return False
        if when is not None and not self._is_truth(when):
            return False
        if len({*self.columns, *rule.columns}) > MOST_COLUMNS:
            return False
        asked = -1 if when is None else self._row(when)
        self.rules.append((number, self._row(value.tree), asked, int(rule.missing == KEEP)))
        # Neither NaN nor infinity lies between the ends of all finite numbers.
        least = -_LARGEST if rule.at_least is None else float(rule.at_least)
        most = _LARGEST if rule.at_most is None else float(rule.at_most)
        self.bounds.append((least, most))
        return True

    def done(self) -> Program:
        """The program, its rows numbered: columns, constants, results."""
        kinds = (len(self.columns), len(self.constants))
        begins = np.cumsum([0, *kinds])

        def row(place: int) -> int:
            return int(begins[place % 3]) + place // 3 if place >= 0 else -1

        steps = [(op, row(a), row(b), row(out)) for (op, a, b), out in self.steps.items()]
        rules = [(number, row(value), row(when), keep) for number, value, when, keep in self.rules]
        return Program(
            tuple(self.columns),
            np.array(list(self.constants), np.float64),
            np.array(steps, np.int64).reshape(-1, 4),
            np.array(rules, np.int64).reshape(-1, 4),
            np.array(self.bounds, np.float64).reshape(-1, 2),
        )

    def _row(self, tree: Tree) -> int:
        """Where the tree's number will lie: 3 times its index among its kind, plus the kind."""
        if tree["class"] == "COLUMN_REF":
            return self.columns.setdefault(tree["column_names"][0], 3 * len(self.columns))
        if tree["class"] == "CONSTANT":
            number = float(tree["literal"]["text"])
            return self.constants.setdefault(number, 3 * len(self.constants) + 1)
        name, parts = _parts(tree)
        rows = [self._row(part) for part in parts]
        found = rows[0]
        for other in rows[1:]:
            step = (OPERATIONS.index(name), found, other)
            found = self.steps.setdefault(step, 3 * len(self.steps) + 2)
        return found

    def _is_number(self, tree: Tree) -> bool:
        """Is it a number from columns and constants alone?"""
        if tree["class"] == "COLUMN_REF":
            type_ = self.schema.field(tree["column_names"][0]).type
            is_null = pa.types.is_null(type_)  # a column that nobody measured
            return bool(pa.types.is_integer(type_) or pa.types.is_floating(type_) or is_null)
        if tree["class"] == "CONSTANT":
            return tree["literal"]["kind"] in ("INTEGER", "NUMERIC")
        if tree["class"] != "FUNCTION" or tree["function_name"] not in _ARITHMETIC:
            return False
        _, given = _parts(tree)
        # Of constants alone DuckDB reckons in decimals and whole numbers.
        two = len(given) == 2 and any(_has_column(each) for each in given)  # noqa: PLR2004
        return two and all(self._is_number(each) for each in given)

    def _is_truth(self, tree: Tree) -> bool:
        """Comparisons of numbers that are never NaN, joined by AND and OR; null counts as false."""
        if tree["class"] == "CONJUNCTION" and tree["type"] in _JOINED:
            return all(self._is_truth(child) for child in tree["children"])
        if tree["class"] != "COMPARISON" or tree["type"] not in _COMPARISONS:
            return False
        return all(self._is_number(each) and self._is_whole(each) for each in _parts(tree)[1])

    def _is_whole(self, tree: Tree) -> bool:
        """Is it a whole-number column or a constant? Anything else could be NaN."""
        if tree["class"] == "COLUMN_REF":
            return bool(pa.types.is_integer(self.schema.field(tree["column_names"][0]).type))
        return bool(tree["class"] == "CONSTANT")


def _parts(tree: Tree) -> tuple[str, list[Tree]]:
    """An operation, and what it is done to."""
    if tree["class"] == "FUNCTION":
        return tree["function_name"], [each["expression"] for each in tree["arguments"]]
    if tree["class"] == "CONJUNCTION":
        return tree["type"], tree["children"]
    return tree["type"], [tree["left"], tree["right"]]


def _has_column(tree: Tree) -> bool:
    if tree["class"] == "COLUMN_REF":
        return True
    return tree["class"] == "FUNCTION" and any(_has_column(each) for each in _parts(tree)[1])


def _bytes(column: pa.Array) -> tuple[np.ndarray, int]:
    """A column of numbers as bytes that nobody writes to, and its place in KINDS; NaN for null."""
    if pa.types.is_null(column.type):
        values = np.full(len(column), np.nan, np.float32)
    else:
        values = column.to_numpy(zero_copy_only=False)
    if values.dtype.str[1:] not in KINDS:
        values = values.astype(np.float64)
    out = np.ascontiguousarray(values).view(np.uint8)
    out.flags.writeable = False
    return out, KINDS.index(values.dtype.str[1:])
