"""A plan that does not fit never starts, and says what to do."""

from dataclasses import dataclass

import pyarrow as pa
import pytest

from jobs.plan import Flow, Pass, PlanError, Query, check
from jobs.store import Store
from jobs.table import Table
from pipeline.stage import Batches
from schemas.document import nodes_with

STORE = Store("nowhere")
WORDS = pa.schema([("doc_id", pa.string()), ("words", pa.int32())])
NESTED = pa.schema([("doc_id", pa.string()), *nodes_with(pa.field("kind", pa.string()))])


@dataclass(frozen=True)
class Needs:
    reads: pa.Schema
    adds: pa.Schema
    replaces: bool = False

    def stream(self, batches: Batches) -> Batches:
        return batches


def table(name: str, schema: pa.Schema) -> Table:
    return Table(STORE, name, schema)


def needs(*names: str) -> Needs:
    return Needs(pa.schema([(name, pa.int32()) for name in names]), pa.schema([]))


@pytest.mark.parametrize(
    ("stages", "output", "says"),
    [
        ((needs("wrods"),), WORDS, "did you mean 'words'"),
        ((needs("words"),), pa.schema([("wrds", pa.int32())]), "did you mean 'words'"),
        (
            (Needs(pa.schema([]), NESTED, replaces=True), needs("words")),
            NESTED,
            "nothing before it",
        ),
        (
            (Needs(nodes_with(pa.field("knid", pa.string())), pa.schema([])),),
            WORDS,
            "nodes.knid",
        ),
    ],
)
def test_passes(stages: tuple[Needs, ...], output: pa.Schema, says: str) -> None:
    start = pa.schema([*WORDS, NESTED.field("nodes")])
    step = Pass("count", table("in", start).rows(), stages, table("out", output))
    with pytest.raises(PlanError, match=says) as error:
        check(Flow((step,)))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("sql", "says"),
    [
        ("SELECT doc_id, 0 AS part FROM words", "gives no column 'words'"),
        ("SELECT doc_id, words FROM words", "gives no column 'part'"),
        ("SELECT doc_id, wrods, 0 AS part FROM words", "its SQL does not fit"),
    ],
)
def test_queries(sql: str, says: str) -> None:
    step = Query("wide", (("words", table("in", WORDS)),), sql, table("out", WORDS))
    with pytest.raises(PlanError, match=says):
        check(Flow((step,)))


def test_a_plan_that_fits_passes() -> None:
    query = "SELECT *, 0 AS part FROM words"
    first, second = table("first", WORDS), table("second", WORDS)
    steps = (
        Pass("count", table("in", WORDS).rows(), (needs("words"),), first),
        Query("wide", (("words", first),), query, second),
    )
    check(Flow(steps))


@pytest.mark.parametrize(
    ("first", "last", "names"),
    [(None, None, "abc"), ("b", None, "bc"), (None, "b", "ab"), ("b", "b", "b")],
)
def test_between(first: str | None, last: str | None, names: str) -> None:
    flow = Flow(tuple(Pass(n, table("t", WORDS).rows(), (), table("t", WORDS)) for n in "abc"))
    assert "".join(step.name for step in flow.between(first, last).steps) == names


@pytest.mark.parametrize(("first", "last"), [("d", None), (None, "d"), ("c", "a")])
def test_between_wrong_names(first: str | None, last: str | None) -> None:
    flow = Flow(tuple(Pass(n, table("t", WORDS).rows(), (), table("t", WORDS)) for n in "abc"))
    with pytest.raises(PlanError):
        flow.between(first, last)
