"""Can a recipe's rules be applied to these columns? Looked at before any data flows."""

import difflib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import pyarrow as pa

from filters.expressions import UNKNOWN, ExpressionError, Span, connection, parsed, span
from filters.rules import (
    DROP,
    KEEP,
    MOST,
    SCOPES,
    Recipe,
    RecipeError,
    Rule,
    closest,
    doubles,
    expressions,
)

_PERCENT = 100
_NEAR = 3  # names that are shown where none is close
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SHARES = frozenset({"share", "probability"})
_AMOUNTS = frozenset({"count", "px", "bytes", "nodes", "requests", "words", "ratio"})
_NUMBERS = frozenset({"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE",
                      "BOOLEAN"})  # fmt: skip


def check(recipe: Recipe, node: pa.Schema, image: pa.Schema, document: pa.Schema) -> None:
    """Raise RecipeError, one line, at the first rule that these columns cannot bear out.

    Refused: signals that are not there, SQL that is not a permitted expression of a number, bounds
    that contradict each other or that no value can meet, two rules of one name in a scope.
    """
    rules = (recipe.node, recipe.image, (*recipe.document, recipe.better))
    for scope, asked, schema in zip(SCOPES, rules, (node, image, document), strict=True):
        seen: set[str] = set()
        known = _spans(schema) if asked else {}
        types = _types_of(asked, schema) if asked else {}
        for rule in asked:
            try:
                _check_form(rule, seen)
                _check_signals(rule, schema)
                _check_type(rule, schema, types)
                _check_bounds(rule, known)
            except ExpressionError as error:
                where = rule.place or recipe.name
                raise RecipeError(f"{where}: {scope} rule {rule.name!r}: {error}") from None
            seen.add(rule.name)


def check_together(scope: str, rules: Iterable[Rule], steps: Mapping[str, pa.Schema]) -> None:
    """Raise RecipeError at the first rule that reads what no one of these `steps` has together."""
    every = {name for schema in steps.values() for name in schema.names}
    for rule in rules:
        if any(rule.columns <= set(schema.names) for schema in steps.values()):
            continue
        where = f"{rule.place or scope}: {scope} rule {rule.name!r}:"
        unknown = sorted(rule.columns - every)
        if unknown:
            raise RecipeError(f"{where} {_unknown('it', unknown[0], every)}")
        said = []
        for step, schema in steps.items():
            others = {name for other in steps.values() if other != schema for name in other.names}
            names = sorted(rule.columns - others)
            said += [f"{', '.join(map(repr, names))} {step}"] if names else []
        raise RecipeError(
            f"{where} it reads {' and '.join(said)}: never at one time; write a rule for each"
        )


def _unknown(reader: str, name: str, known: Iterable[str]) -> str:
    """A line about a name that no column has, with those that look most like it."""
    near = difflib.get_close_matches(name, sorted(known), _NEAR, 0)
    listed = f"; docs/signals.md lists all, such as {', '.join(near)}"
    return f"{reader} reads {name!r}, which nothing measures{closest(name, known, listed)}"


def _check_form(rule: Rule, seen: set[str]) -> None:
    if not _NAME.fullmatch(rule.name):
        raise ExpressionError("a rule's name is lower case letters, digits and _, a letter first")
    if rule.name in seen:
        raise ExpressionError("another rule has this name already; give it one of its own")
    if rule.missing not in (DROP, KEEP):
        raise ExpressionError(f"missing is {rule.missing!r}; it can be 'drop' or 'keep'")
    bounds = [bound for bound in (rule.at_least, rule.at_most) if bound is not None]
    if not bounds:
        raise ExpressionError("has no bound; give it at_least, at_most or both")
    for bound in bounds:
        number = isinstance(bound, (int, float)) and not isinstance(bound, bool)
        if not number or not abs(bound) <= MOST:
            raise ExpressionError(f"the bound {bound!r} is not a finite number")


def _check_signals(rule: Rule, schema: pa.Schema) -> None:
    for member, expression in expressions(rule):
        for name in sorted(expression.columns):
            if name not in schema.names:
                raise ExpressionError(_unknown(member, name, schema.names))
            if pa.types.is_nested(schema.field(name).type):
                raise ExpressionError(f"{member} reads {name!r}, which is a list, not a number")


def _check_type(rule: Rule, schema: pa.Schema, types: Mapping[str, str]) -> None:
    for member, _ in expressions(rule):
        sql = getattr(rule, member)
        type_ = types[sql] if sql in types else _types((sql,), _read((rule,), schema))[0]
        if member == "when" and type_ != "BOOLEAN":
            raise ExpressionError(f"when gives {type_}, not true or false; compare it")
        if type_ not in _NUMBERS and not type_.startswith("DECIMAL"):
            raise ExpressionError(
                f"{member} gives {type_}, not a number; compare it, as in language = 'en'"
            )


def _types_of(rules: Sequence[Rule], schema: pa.Schema) -> dict[str, str]:
    """What each expression of the rules gives; none where one of them is wrong: ask each alone."""
    try:
        found = [getattr(rule, member) for rule in rules for member, _ in expressions(rule)]
        return dict(zip(found, _types(tuple(found), _read(rules, schema)), strict=True))
    except ExpressionError:
        return {}


def _read(rules: Iterable[Rule], schema: pa.Schema) -> pa.Schema:
    """The columns that rules read, as far as they are there; any one where they read none."""
    names = sorted({name for rule in rules for name in rule.columns} & {*schema.names})
    return pa.schema([schema.field(name).remove_metadata() for name in names or schema.names[:1]])


@lru_cache(maxsize=1024)
def _types(every: tuple[str, ...], schema: pa.Schema) -> list[str]:
    """What DuckDB says that expressions over these columns give. Raises ExpressionError."""
    import duckdb

    own = connection()
    own.register("batch", schema.empty_table())
    asked = ", ".join(f"({sql}\n)" for sql in every)
    query = f"DESCRIBE SELECT {asked} FROM (SELECT {doubles(schema)} FROM batch)"  # noqa: S608
    try:
        return [str(row[1]) for row in own.execute(query).fetchall()] if every else []
    except duckdb.Error as error:
        said = str(error).splitlines()[0]
        raise ExpressionError(f"DuckDB cannot evaluate it: {said}") from None
    finally:
        own.unregister("batch")


def _check_bounds(rule: Rule, known: Mapping[str, Span]) -> None:
    low, high = span(parsed(rule.value).tree, known)
    least, most = rule.at_least, rule.at_most
    if least is not None and most is not None and least > most:
        raise ExpressionError(
            f"at_least {least} is above at_most {most}: nothing passes; swap them"
        )
    for name, bound in (("at_least", least), ("at_most", most)):
        if bound is None or not (bound > high if name == "at_least" else bound < low):
            continue
        side = f"above {high:g}" if name == "at_least" else f"below {low:g}"
        percent = high == 1 and 1 < bound <= _PERCENT
        hint = f"; as a share, {bound}% is {bound / _PERCENT:g}" if percent else ""
        raise ExpressionError(
            f"{name} {bound} lets nothing pass: {rule.value} is never {side}{hint}"
        )


def _spans(schema: pa.Schema) -> dict[str, Span]:
    """What each column can hold, by the unit that its field names."""
    units = {each.name: (each.metadata or {}).get(b"unit", b"").decode() for each in schema}
    known = dict.fromkeys(_SHARES, (0.0, 1.0)) | dict.fromkeys(_AMOUNTS, (0.0, math.inf))
    return {name: known.get(unit, UNKNOWN) for name, unit in units.items()}
