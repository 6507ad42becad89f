"""A plan: passes and queries over tables, and the check that it fits before any data flows."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from jobs.table import Rows, Table
from pipeline.copies.components import LABEL
from pipeline.stage import Stage
from schemas.columns import is_struct_list, merged, missing


class PlanError(Exception):
    """The plan does not fit together; the text is one line that tells the next move."""


@dataclass(frozen=True)
class Pass:
    """A narrow step: part N of `input`, through `stages`, becomes part N of `output`.

    `unit` says what a row of the stream is (records, documents); None keeps no books for it.
    `also` are further tables cut from the same stream: a ledger, the quarantine. `at_once`: parts
    that a cluster may do at a time, where each has a share of what all may ask of the web.
    """

    name: str
    input: Rows
    stages: tuple[Stage, ...]
    output: Table
    unit: str | None = "documents"
    also: tuple[Table, ...] = ()
    at_once: int | None = None

    def tables(self) -> list[Table]:
        """The tables that must be finished before this step starts."""
        return self.input.tables()

    @property
    def wanted(self) -> dict[str, frozenset[str] | None]:
        """Columns of the input that some stage or output can use, with the members of lists.

        Where the first stage makes other rows, it alone reads what is there, and what it names is
        all that is wanted of a list of structs. Else None: all members.
        """
        if self.stages and self.stages[0].replaces:
            return {field.name: _members(field) for field in self.stages[0].reads}
        names = {name for stage in self.stages for name in stage.reads.names}
        for table in (self.output, *self.also):
            names.update(table.schema.names)
        return dict.fromkeys(names)


@dataclass(frozen=True)
class Query:
    """A wide step: one SQL query over whole tables, its result cut by the column `part`.

    `sql` keeps to what DuckDB and Spark both understand and names the tables by `inputs`' keys;
    `{parts}` in it is the number of parts. Rows with a `dropped` are booked and left out. The
    result has as many parts as the table `like`, or one for every `rows_per_part` rows of the
    first `counted` inputs. `keys` order the rows of a part. `graph` are SQL texts that give edges
    (u, v); with one, `sql` may read `labels` (node, label): see pipeline.copies.components.
    """

    name: str
    inputs: tuple[tuple[str, Table], ...]
    sql: str
    output: Table
    keys: tuple[str, ...] = ("doc_id",)
    like: Table | None = None
    rows_per_part: int = 2000
    unit: str | None = None
    graph: tuple[str, ...] = ()
    counted: int = 1

    def tables(self) -> list[Table]:
        """The tables that must be finished before this step starts."""
        return [table for _, table in self.inputs]

    def count_parts(self) -> int:
        """How many parts the result has; a function of the data alone."""
        if self.like is not None:
            return len(self.like.parts())
        counted = [table for _, table in self.inputs[: self.counted]]
        rows = sum(receipt.rows for table in counted for receipt in table.receipts())
        return max(1, -(-rows // self.rows_per_part))


Step = Pass | Query


@dataclass(frozen=True)
class Flow:
    """Steps in the order in which they run."""

    steps: tuple[Step, ...] = field(default_factory=tuple)

    def between(self, first: str | None, last: str | None) -> "Flow":
        """The steps from `first` to `last`, both included. Raises PlanError for a wrong name."""
        names = [step.name for step in self.steps]
        for name in (first, last):
            if name is not None and name not in names:
                raise PlanError(f"there is no step '{name}'; the steps are {', '.join(names)}")
        start = names.index(first) if first else 0
        stop = names.index(last) + 1 if last else len(names)
        if start >= stop:
            raise PlanError(f"step '{first}' comes after '{last}': nothing would run")
        return Flow(self.steps[start:stop])


def _members(field_: pa.Field) -> frozenset[str] | None:
    """Names of the members of a list of structs; None for any other column."""
    if not is_struct_list(field_.type):
        return None
    return frozenset(member.name for member in field_.type.value_type)


def part_name(index: int) -> str:
    """part-00000 and so on."""
    return f"part-{index:05d}"


def check(flow: Flow) -> None:
    """Fold every step's columns from its input to its output. Raises PlanError."""
    for step in flow.steps:
        if isinstance(step, Pass):
            _check_pass(step)
        else:
            _check_query(step)


def _check_pass(step: Pass) -> None:
    schema = step.input.schema
    for stage in step.stages:
        name = type(stage).__name__
        _require(schema, stage.reads, f"{step.name}: {name} reads", "nothing before it adds")
        schema = stage.adds if stage.replaces else merged(schema, stage.adds)
    for table in (step.output, *step.also):
        _require(
            schema, table.schema, f"{step.name}: the table '{table.name}' has", "no stage adds"
        )


def _require(schema: pa.Schema, wanted: pa.Schema, who: str, why: str) -> None:
    for name in missing(schema, wanted):
        close = difflib.get_close_matches(name, _dotted(schema), 1)
        hint = f"; did you mean '{close[0]}'?" if close else ""
        raise PlanError(f"{who} '{name}', which {why}{hint}")


def _dotted(schema: pa.Schema) -> list[str]:
    names = list(schema.names)
    for field_ in schema:
        if pa.types.is_list(field_.type) and pa.types.is_struct(field_.type.value_type):
            names.extend(f"{field_.name}.{member.name}" for member in field_.type.value_type)
    return names


def _check_query(step: Query) -> None:
    import duckdb

    with duckdb.connect() as database:
        for name, table in step.inputs:
            database.register(name, table.schema.empty_table())
        if step.graph:
            database.register("labels", LABEL.empty_table())
        try:
            for edges in step.graph:
                database.sql(f"SELECT u, v FROM ({edges})")  # noqa: S608 - our own
            result = database.sql(step.sql.format(parts=1)).to_arrow_table().schema
        except duckdb.Error as error:
            line = str(error).splitlines()[0]
            raise PlanError(f"{step.name}: its SQL does not fit its tables: {line}") from error
    names: Sequence[str] = [*step.output.schema.names, "part", *step.keys]
    for name in names:
        if name not in result.names:
            raise PlanError(f"{step.name}: its SQL gives no column '{name}'")
