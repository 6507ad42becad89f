"""Rules and recipes: what is good enough, as data, and the engine that applies them.

A rule is a value, an SQL expression over signals, with bounds. In it every number is a double: a
count, a float32 and a bound compare exactly as the real numbers they stand for, and nothing
overflows. A value that is null, not a number or infinite, as after a division by zero or a cast
that fails, is missing, and a missing value is out of bounds unless the rule keeps it. SQL's least
and greatest look past nulls, as in DuckDB and Spark.

n is the number of rows: nodes, images or documents.
"""

import difflib
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import InitVar, dataclass
from typing import Self

import numpy as np
import pyarrow as pa

from filters.expressions import Expression, ExpressionError, connection, parsed

SCOPES = ("node", "image", "document")
DROP, KEEP = "drop", "keep"

MOST = sys.float_info.max


class RecipeError(ValueError):
    """A recipe that cannot be applied: one line that tells the next move."""


class Placed(str):
    """A text of a recipe that knows where it is written, as "file:line", for messages."""

    __slots__ = ("place",)
    place: str

    def __new__(cls, text: str, place: str) -> Self:
        """`text` as it is written at `place`."""
        placed = super().__new__(cls, text)
        placed.place = place
        return placed

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (str(self), self.place)


@dataclass(frozen=True)
class Rule:
    """Rows whose `value` lies outside the bounds fail; a bound belongs to what passes.

    With `when`, only rows for which it is true are judged. `missing`: "drop" or "keep" rows
    without a value. `source`: paper or code that the bounds come from. `where`: file and line,
    for messages; no part of the rule.
    """

    name: str
    value: str
    at_least: float | None = None
    at_most: float | None = None
    missing: str = DROP
    when: str | None = None
    source: str = ""
    where: InitVar[str] = ""

    def __post_init__(self, where: str) -> None:
        object.__setattr__(self, "_where", where)

    @property
    def place(self) -> str:
        """Where the rule is written, as "file:line"; "" where nobody said."""
        return str(self.__dict__.get("_where", ""))

    @property
    def columns(self) -> frozenset[str]:
        """Every column that the rule mentions. Raises RecipeError as reads does."""
        return _mentioned(self)

    def reads(self, names: Iterable[str]) -> frozenset[str]:
        """Which of these columns the rule mentions. Raises RecipeError for SQL it may not hold."""
        return _mentioned(self) & frozenset(names)


@dataclass(frozen=True)
class Recipe:
    """Rules for text nodes, for images and for documents, and where they come from.

    `signals` are sets of filters.measures to measure beside those that the rules read. `mask` are
    kinds of personal data (filters.personal) that are masked in what is released. Of copies
    that with the highest value of `survivor` stays, then the older, then the smaller doc_id; of
    captures of one address the `capture`, "newest" or "best". `images`: what becomes of pictures,
    in words of filters.picture_options; the command may say otherwise.
    """

    name: str
    description: str = ""
    source: str = ""
    node: tuple[Rule, ...] = ()
    image: tuple[Rule, ...] = ()
    document: tuple[Rule, ...] = ()
    signals: tuple[str, ...] = ()
    survivor: str = "words"
    capture: str = "newest"
    mask: tuple[str, ...] = ()
    images: tuple[tuple[str, str | int | bool], ...] = ()

    @property
    def better(self) -> Rule:
        """`survivor` as a rule that no value breaks: the higher its value, the better."""
        where = getattr(self.survivor, "place", self.name)
        return Rule("survivor", self.survivor, at_least=-MOST, where=where)


def failures(rules: Sequence[Rule], batch: pa.RecordBatch) -> pa.ListArray:
    """Names of all rules that each row fails, in rule order. list<string> (n,); empty = passes.

    Raises RecipeError where a rule reads a column that is not there.
    """
    failed = broken(rules, batch)
    offsets = np.zeros(batch.num_rows + 1, np.int32)
    np.cumsum(failed.sum(axis=1), out=offsets[1:])
    names = pa.array([rule.name for rule in rules], pa.string())
    return pa.ListArray.from_arrays(pa.array(offsets), names.take(pa.array(failed.nonzero()[1])))


def broken(rules: Sequence[Rule], batch: pa.RecordBatch) -> np.ndarray:
    """Which rules each row fails. bool (n, rules). Raises RecipeError as failures does."""
    failed = np.zeros((batch.num_rows, len(rules)), bool)
    if rules and batch.num_rows:
        found = _select([_fails(number, rule) for number, rule in enumerate(rules)], rules, batch)
        for number, column in enumerate(found.columns):
            failed[:, number] = column.to_numpy()
    return failed


def values(rules: Sequence[Rule], batch: pa.RecordBatch) -> tuple[pa.Array, ...]:
    """The value of each rule for each row: double (n,), one array a rule; null where missing.

    `when` plays no part. Raises RecipeError where a rule reads a column that is not there.
    """
    if not rules:
        return ()
    given = [
        f"CASE WHEN isfinite(v{number}) THEN v{number} END AS r{number}"
        for number in range(len(rules))
    ]
    return tuple(column.combine_chunks() for column in _select(given, rules, batch).columns)


def closest(name: str, known: Iterable[str], otherwise: str = "") -> str:
    """A hint for a misspelt name: "; did you mean 'words'?", or `otherwise`."""
    near = difflib.get_close_matches(name, sorted(known), 1, 0.6)
    return f"; did you mean {near[0]!r}?" if near else otherwise


def _select(expressions: Sequence[str], rules: Sequence[Rule], batch: pa.RecordBatch) -> pa.Table:
    """SELECT over the values v0, v1... and the conditions w0, w1... of the rules. (n,) a column"""
    wanted = frozenset[str]().union(*map(_mentioned, rules))
    absent = sorted(wanted - set(batch.schema.names))
    if absent:
        reader = next(rule for rule in rules if absent[0] in _mentioned(rule))
        hint = closest(absent[0], batch.schema.names)
        raise RecipeError(f"rule {reader.name!r} reads {absent[0]!r}, which is not there{hint}")
    names = [name for name in batch.schema.names if name in wanted] or batch.schema.names[:1]
    rows = pa.Table.from_batches([batch.select(names)])
    terms = []
    for number, rule in enumerate(rules):
        terms.append(f"TRY(CAST(({rule.value}\n) AS DOUBLE)) AS v{number}")
        when = f"coalesce(TRY(CAST(({rule.when}\n) AS BOOLEAN)), false)" if rule.when else "true"
        terms.append(f"{when} AS w{number}")
    own = connection()
    own.register("batch", rows)
    inner = f"SELECT {', '.join(terms)} FROM (SELECT {doubles(rows.schema)} FROM batch)"  # noqa: S608
    try:
        return own.sql(f"SELECT {', '.join(expressions)} FROM ({inner})").to_arrow_table()  # noqa: S608
    finally:
        own.unregister("batch")


def _fails(number: int, rule: Rule) -> str:
    value = f"v{number}"
    bounds = [f"isfinite({value})"]
    if rule.at_least is not None:
        bounds.append(f"{value} >= {_literal(rule.at_least)}")
    if rule.at_most is not None:
        bounds.append(f"{value} <= {_literal(rule.at_most)}")
    if rule.missing == KEEP:
        outside = f"isfinite({value}) AND NOT ({' AND '.join(bounds)})"
        return f"w{number} AND coalesce({outside}, false) AS r{number}"
    return f"w{number} AND NOT coalesce({' AND '.join(bounds)}, false) AS r{number}"


def _literal(bound: float) -> str:
    return f"CAST('{float(bound)!r}' AS DOUBLE)"


def doubles(schema: pa.Schema) -> str:
    """The columns as SQL selects them, every number among them as a double."""
    terms = []
    for field in schema:
        name = '"' + field.name.replace('"', '""') + '"'
        number = pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
        number = number or pa.types.is_decimal(field.type)
        terms.append(f"CAST({name} AS DOUBLE) AS {name}" if number else name)
    return ", ".join(terms)


def _mentioned(rule: Rule) -> frozenset[str]:
    """Every column that the rule mentions."""
    try:
        return frozenset[str]().union(*(part.columns for _, part in expressions(rule)))
    except ExpressionError as error:
        where = f"{rule.place}: " if rule.place else ""
        raise RecipeError(f"{where}rule {rule.name!r}: {error}") from None


def expressions(rule: Rule) -> Iterator[tuple[str, Expression]]:
    """The members value and, where there is one, when, parsed. Raises ExpressionError."""
    for member in ("value", "when"):
        sql = getattr(rule, member)
        if sql is not None:
            try:
                yield member, parsed(sql)
            except ExpressionError as error:
                raise ExpressionError(f"{member} {error}") from None
