"""Rules in the compiled pass give DuckDB's verdicts, and leave alone what they cannot."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import recipes
from filters.arithmetic import MOST_COLUMNS, program
from filters.rules import Rule, broken
from jobs.flows import asked_of_text

SCHEMA = pa.schema([("a", pa.int32()), ("b", pa.int32()), ("x", pa.float32()), ("s", pa.string())])
VALUES = ("a", "a / b", "(a + 2 * (b - 1)) / (x - 0.5)", "b / (a / b)", "x * x - a", "2.5 - x")
WHENS = (None, "a > 0", "a >= 2 AND b < 3", "a = 1 OR 3 <= b")

whole = st.one_of(st.none(), st.integers(-3, 5), st.sampled_from([2**31 - 1, -(2**31)]))
number = st.one_of(st.none(), st.floats(width=32))
bound = st.one_of(st.none(), st.floats(-10, 10), st.integers(-3, 3))


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.tuples(whole, whole, number), max_size=8),
    value=st.sampled_from(VALUES),
    when=st.sampled_from(WHENS),
    bounds=st.tuples(bound, bound),
    missing=st.sampled_from(["drop", "keep"]),
)
def test_the_same_as_duckdb(rows, value, when, bounds, missing) -> None:
    rule = Rule("r", value, *bounds, missing=missing, when=when)
    columns = [[row[n] for row in rows] for n in range(3)] + [[None] * len(rows)]
    batch = pa.RecordBatch.from_arrays(
        [pa.array(c, f.type) for c, f in zip(columns, SCHEMA, strict=True)], schema=SCHEMA
    )
    found, left = program((rule,), SCHEMA)
    assert not left
    assert (found.marks(batch) == 1).tolist() == broken([rule], batch)[:, 0].tolist()


def test_blocks_and_narrow_columns() -> None:
    """Every type that the pass reads as it lies, over more rows than a block has."""
    types = [pa.uint8(), pa.uint16(), pa.uint32(), pa.int8(), pa.int32(), pa.int64(), pa.float32(),
             pa.float64(), pa.uint64()]  # fmt: skip
    rows = [n * 7 % 120 for n in range(2500)]
    batch = pa.RecordBatch.from_arrays(
        [pa.array(rows, pa.int64()).cast(type_) for type_ in types], [f"c{n}" for n in range(9)]
    ).slice(3)
    rules = [Rule(f"r{n}", f"c{n} / c{(n + 1) % 9} * c{n}", 5, 100) for n in range(9)]
    rules.append(Rule("sum", " + ".join(f"c{n}" for n in range(9)), when="c0 > 50", at_most=700))
    found, left = program(tuple(rules), batch.schema)
    assert not left
    bits = found.marks(batch)
    for kind in (np.uint16, np.uint32):
        assert (found.marks(batch, kind) == bits).all()
    assert (found.marks(batch, np.uint8) == bits % 256).all()
    failed = np.stack([bits >> np.uint64(n) & np.uint64(1) for n in range(10)], axis=1) == 1
    assert (failed == broken(rules, batch)).all()
    assert 0 < failed.sum() < failed.size


@pytest.mark.parametrize("missing", ["drop", "keep"])
def test_a_column_that_nobody_measured(missing) -> None:
    batch = pa.RecordBatch.from_arrays([pa.nulls(3), pa.array([1, 2, None])], ["n", "a"])
    rules = [Rule("r", value, 1, missing=missing) for value in ("n", "a / n", "n - a")]
    rules.append(Rule("when", "n", 1, missing=missing, when="a > 1"))
    found, left = program(tuple(rules), batch.schema)
    assert not left
    failed = np.stack([found.marks(batch) >> np.uint64(n) & np.uint64(1) for n in range(4)], 1)
    assert (failed == broken(rules, batch)).all()


def test_no_rules_and_too_many_columns() -> None:
    empty, left = program((), SCHEMA)
    assert (empty.marks(pa.RecordBatch.from_pydict({"a": [1, 2]})).tolist(), left) == ([0, 0], ())
    wide = pa.schema([(f"c{n}", pa.int32()) for n in range(MOST_COLUMNS + 1)])
    rules = tuple(Rule(f"r{n}", f"c{n}", 1) for n in range(MOST_COLUMNS + 1))
    found, left = program(rules, wide)
    assert (found.numbers, left) == (list(range(MOST_COLUMNS)), (MOST_COLUMNS,))


@pytest.mark.parametrize(
    ("value", "when"),
    [("s = 'en'", None), ("1 / 3", None), ("a", "x > 0"), ("a", "a <> 1"), ("least(a, b)", None),
     ("a", "NOT a > 0"), ("a % 2", None), ("-a", None), ("a + 1 / 3", None)],
)  # fmt: skip
def test_what_is_left_to_duckdb(value, when) -> None:
    assert program((Rule("r", value, 1, when=when),), SCHEMA)[1] == (0,)


def test_most_rules_of_obelics_are_arithmetic() -> None:
    from jobs.store import Store
    from jobs.store_tables import Tables

    documents = Tables(Store("nowhere")).documents.schema
    recipe, _ = asked_of_text(recipes.load("obelics"))
    nodes = pa.schema(documents.field("nodes").type.value_type)
    assert program(recipe.node, nodes)[1] == ()
    assert len(program(recipe.document, documents)[1]) == 1
