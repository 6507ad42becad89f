"""A list<struct> column opened and closed is what it was, whatever slice it came in."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.nested import opened, with_members

MEMBERS = pa.struct([("n", pa.int64()), ("s", pa.string())])
member = st.fixed_dictionaries({"n": st.none() | st.integers(-9, 9), "s": st.none() | st.text()})
rows = st.lists(st.none() | st.lists(member, max_size=4), max_size=8)


def column(values: list, start: int, length: int) -> pa.ListArray:
    return pa.array(values, pa.list_(MEMBERS)).slice(start, length)


@given(rows, st.integers(0, 4), st.integers(0, 8))
def test_closing_undoes_opening(values: list, start: int, length: int) -> None:
    array = column(values, start, length)
    assert opened(array).closed().to_pylist() == [row or [] for row in array.to_pylist()]


@given(rows, st.integers(0, 4))
def test_sums_and_where_stay_within_rows(values: list, start: int) -> None:
    array = column(values, start, 8)
    nodes = opened(array)
    numbers = np.array([value or 0 for value in nodes.flat["n"].to_pylist()], np.int64)
    plain = [[member["n"] or 0 for member in row or []] for row in array.to_pylist()]
    assert nodes.sums(numbers).tolist() == [sum(row) for row in plain]
    kept = nodes.where(numbers > 0).closed().to_pylist()
    assert [[m["n"] for m in row] for row in kept] == [[n for n in row if n > 0] for row in plain]


def test_members_are_added_and_replaced() -> None:
    nodes = opened(column([[{"n": 1, "s": "a"}], []], 0, 2))
    more = with_members(nodes, {"n": pa.array([7]), "x": pa.array([True])})
    assert more.closed().to_pylist() == [[{"n": 7, "s": "a", "x": True}], []]
