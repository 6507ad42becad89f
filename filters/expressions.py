"""What a rule may say: one SQL expression over signals, in what DuckDB and Spark SQL share.

A recipe is data and may come from anywhere, so its SQL is never trusted: DuckDB parses it, and the
tree may hold only the kinds of nodes, functions and types listed here. That leaves arithmetic,
comparisons, CASE and a few functions of numbers and texts: no query, no file, no clock, no chance,
no setting. The connection could reach nothing outside either.
"""

import json
import math
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from filters.text import PARTS

Tree = dict[str, Any]
Span = tuple[float, float]

MOST_CHARS = 1000
MOST_LEVELS = 50
UNKNOWN: Span = (-math.inf, math.inf)
_NOTHING: Span = (math.inf, -math.inf)  # of NULL, which is no number

_KINDS = {"COLUMN_REF", "CONSTANT", "FUNCTION", "COMPARISON", "CONJUNCTION", "CASE", "CAST",
          "BETWEEN", "OPERATOR", "TYPE"}  # fmt: skip
_OPERATORS = {"OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE",
              "COMPARE_IN", "COMPARE_NOT_IN"}  # fmt: skip
_FUNCTIONS = {"+", "-", "*", "/", "%", "||", "~~", "!~~", "abs", "ceil", "ceiling", "concat",
              "contains", "exp", "floor", "greatest", "least", "length", "ln", "log10", "log2",
              "lower", "ltrim", "nullif", "power", "replace", "round", "rtrim", "sign", "sqrt",
              "substr", "substring", "trim", "upper"}  # fmt: skip
_TYPES = {"bigint", "boolean", "double", "float", "int", "integer", "string", "varchar"}


_TOO_DEEP = f"is nested more than {MOST_LEVELS} levels deep; make rules of its parts"


class ExpressionError(ValueError):
    """An expression that a rule may not hold; one line that says why."""


@dataclass(frozen=True, eq=False)
class Expression:
    """A parsed and permitted expression: its tree, and the columns it mentions."""

    tree: Tree
    columns: frozenset[str]


_ours = threading.local()


def connection() -> Any:
    """DuckDB in memory, one for each thread of each process, cut off from everything outside."""
    # A forked child must not use its parent's connection.
    if getattr(_ours, "process", None) != os.getpid():
        import duckdb

        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": 1,
            "enable_external_access": False,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
        }
        _ours.connection = duckdb.connect(":memory:", config=settings)
        _ours.connection.execute("SET lock_configuration = true")
        _ours.process = os.getpid()
    return _ours.connection


@lru_cache(maxsize=4096)
def parsed(sql: str) -> Expression:
    """The expression of this SQL text. Raises ExpressionError where it is not a permitted one."""
    if len(sql) > MOST_CHARS:
        raise ExpressionError(f"is longer than {MOST_CHARS} characters")
    if not sql.strip():
        raise ExpressionError("is empty; write an expression over signals")
    # The line break ends a comment that would swallow the bracket.
    asked = connection().execute("SELECT json_serialize_sql(?)", [f"SELECT ({sql}\n)"])
    try:
        answer = json.loads(asked.fetchall()[0][0])
    except RecursionError:
        raise ExpressionError(_TOO_DEEP) from None
    if answer["error"]:
        raise ExpressionError(f"is no SQL expression: {answer['error_message']}")
    query = answer["statements"][0]["node"]
    if len(answer["statements"]) != 1 or not _is_bare(query):
        raise ExpressionError("is more than one expression; write a value, not a query")
    tree = query["select_list"][0]
    columns: set[str] = set()
    for node in _nodes(tree):
        _permit(node)
        if node["class"] == "COLUMN_REF":
            columns.add(node["column_names"][0])
    return Expression(tree, frozenset(columns))


def span(tree: Tree, known: Mapping[str, Span]) -> Span:
    """The numbers that an expression can give, from those of its columns: (lowest, highest).

    Never too narrow; UNKNOWN where it is not worth knowing. Truth is 0 or 1.
    """
    kind = tree["class"]
    if kind == "COLUMN_REF":
        return known.get(tree["column_names"][0], UNKNOWN)
    if kind == "CONSTANT":
        return _constant(tree)
    if kind == "FUNCTION":
        return _function(tree, known)
    if kind == "CASE":
        results = [check["then_expr"] for check in tree["case_checks"]] + [tree["else_expr"]]
        return _hull([span(result, known) for result in results])
    if tree["type"] == "OPERATOR_COALESCE":
        return _hull([span(child, known) for child in tree["children"]])
    return UNKNOWN if kind == "CAST" else (0.0, 1.0)


def _is_bare(query: Tree) -> bool:
    """Is it a SELECT of one expression, from nothing?"""
    return (
        query["type"] == "SELECT_NODE"
        and len(query["select_list"]) == 1
        and query["from_table"]["type"] == "EMPTY"
        and not query["where_clause"]
        and not query["group_expressions"]
        and not query["having"]
        and not query["qualify"]
        and not query["sample"]
        and not query["modifiers"]
        and not query["cte_map"]["map"]
    )


def _nodes(tree: object, level: int = 0) -> Iterator[Tree]:
    """Every node of the tree, whatever member of its parent holds it."""
    if isinstance(tree, dict):
        if "class" in tree:
            level += 1
            yield tree
        if level > MOST_LEVELS:
            raise ExpressionError(_TOO_DEEP)
        for member in tree.values():
            yield from _nodes(member, level)
    elif isinstance(tree, list):
        for member in tree:
            yield from _nodes(member, level)


def _permit(node: Tree) -> None:
    """Raise ExpressionError where a rule may not hold this node."""
    kind, type_ = node["class"], node["type"]
    if kind not in _KINDS or (kind == "OPERATOR" and type_ not in _OPERATORS):
        name = (type_ if kind == "OPERATOR" else kind).lower().replace("_", " ")
        raise ExpressionError(f"holds {name!r}, which a rule may not")
    if kind == "COLUMN_REF" and len(node["column_names"]) != 1:
        raise ExpressionError(f"names {'.'.join(node['column_names'])}; write the signal alone")
    if kind == "FUNCTION":
        name = node["function_name"].lower()
        plain = not (node["schema"] or node["catalog"] or node["filter"] or node["distinct"])
        if name not in _FUNCTIONS or not plain or node["order_bys"]["orders"]:
            allowed = ", ".join(sorted(each for each in _FUNCTIONS if each.isalnum()))
            raise ExpressionError(f"calls {name}, which a rule may not; there are {allowed}")
        if any(argument["name"] for argument in node["arguments"]):
            raise ExpressionError(f"names an argument of {name}; leave out the name")
    if kind == "TYPE" and (node["type_name"].lower() not in _TYPES or node["children"]):
        raise ExpressionError(
            f"casts to {node['type_name']}; there are {', '.join(sorted(_TYPES))}"
        )


def _constant(tree: Tree) -> Span:
    literal = tree["literal"]
    if literal["kind"] == "NULL":
        return _NOTHING
    if literal["kind"] in ("INTEGER", "NUMERIC"):
        return (float(literal["text"]),) * 2
    return UNKNOWN


def _function(tree: Tree, known: Mapping[str, Span]) -> Span:
    arguments = [argument["expression"] for argument in tree["arguments"]]
    name = tree["function_name"].lower()
    if name == "/" and len(arguments) == 2 and _is_share(*arguments):  # noqa: PLR2004
        return 0.0, 1.0
    spans = [span(argument, known) for argument in arguments]
    if _NOTHING in spans:
        return UNKNOWN
    if name == "-" and len(spans) == 1:
        return -spans[0][1], -spans[0][0]
    if name in ("abs", "sqrt", "length"):
        return 0.0, math.inf
    reckoned = _RECKONED.get(name)
    return reckoned(spans) if reckoned and spans else UNKNOWN


def _is_share(part: Tree, whole: Tree) -> bool:
    """Is it a count divided by the one that it is a part of?"""
    if part["class"] != "COLUMN_REF" or whole["class"] != "COLUMN_REF":
        return False
    return PARTS.get(part["column_names"][0]) == whole["column_names"][0]


def _hull(spans: list[Span]) -> Span:
    return min(low for low, _ in spans), max(high for _, high in spans)


def _sum(spans: list[Span]) -> Span:
    return sum(low for low, _ in spans), sum(high for _, high in spans)


def _difference(spans: list[Span]) -> Span:
    (low, high), (least, most) = spans
    return low - most, high - least


def _product(spans: list[Span]) -> Span:
    ends = [0.0 if 0.0 in (a, b) else a * b for a in spans[0] for b in spans[1]]
    return min(ends), max(ends)


def _quotient(spans: list[Span]) -> Span:
    (low, high), (least, most) = spans
    if least == most != 0:
        return min(low / least, high / least), max(low / least, high / least)
    # A division by 0 gives no number, so what stays is of the sign of its parts.
    return (0.0, math.inf) if low >= 0 and least >= 0 else UNKNOWN


_RECKONED: dict[str, Callable[[list[Span]], Span]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "least": lambda spans: (min(low for low, _ in spans), min(high for _, high in spans)),
    "greatest": lambda spans: (max(low for low, _ in spans), max(high for _, high in spans)),
}
