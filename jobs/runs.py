"""A run: what it was asked for, kept in run.json; and its steps, done in order."""

import json
import zlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib import metadata
from typing import Any

import pyarrow as pa

from filters import markers, own_language, recipes, wordlists
from filters.rules import Recipe, Rule
from jobs.engine import Engine
from jobs.inputs import benchmarks
from jobs.options import images as image_options
from jobs.plan import Flow, Pass, PlanError, Query, Step, part_name
from jobs.settings import Settings
from jobs.steps import preflight
from jobs.steps.duplicates import Duplicates, described
from jobs.steps.picture_duplicates import Alike
from jobs.store import RUN, TEMPORARY, Store, StoreError, read_run
from jobs.table import Table
from jobs.work import write_part
from schemas.receipt import Receipt

TRIES = 3
# What a run that was killed before it wrote run.json, or the demo, may have left.
OWN = frozenset({TEMPORARY, "crawl"})


@dataclass(frozen=True)
class Progress:
    """One step as it goes: how many parts it has, how many are done, and the last receipt."""

    step: Step
    parts: int
    done: int
    receipt: Receipt | None = None


def prepare(store: Store, recipe: Recipe, inputs: pa.Table, settings: Settings) -> dict[str, Any]:
    """Open the store for this run: new, or the same run going on. Returns what run.json says.

    Raises StoreError where the store was made by another recipe, other inputs or another version.
    """
    return begin(store, identity(recipe, inputs, settings))


def begin(store: Store, wanted: dict[str, Any]) -> dict[str, Any]:
    """Open the store for the run that `wanted`, its run.json, describes. Returns that."""
    open_store(store)
    if store.exists(RUN):
        _compare(store, read_run(store), wanted)
    else:
        store.write_text(RUN, json.dumps(wanted, indent=1, sort_keys=True, ensure_ascii=False))
    return read_run(store)


def open_store(store: Store) -> None:
    """Make ready to write: a new folder, or a store of ours. Raises StoreError.

    Nothing is written or cleared in a folder that holds somebody else's files.
    """
    if not store.exists(RUN) and store.entries() - OWN:
        raise StoreError(
            f"{store.root} holds files but no {RUN}: it is no store of ours; give another --store"
        )
    store.open_for_run()


def recipe_of(run: dict[str, Any]) -> Recipe:
    """The recipe as run.json holds it: the store keeps its own, whatever became of the file."""
    values = {key: value for key, value in run["recipe"].items() if key != "fingerprint"}
    for scope in ("node", "image", "document"):
        values[scope] = tuple(Rule(**rule) for rule in values[scope])
    for name in ("signals", "mask"):
        values[name] = tuple(values.get(name, ()))
    values["images"] = tuple(map(tuple, values.get("images", ())))
    return Recipe(**values)


def identity(recipe: Recipe, inputs: pa.Table, settings: Settings) -> dict[str, Any]:
    """All that the bytes of a run depend on: the same identity gives the same tables."""
    wanted = (
        {
            "recipe": asdict(recipe) | {"fingerprint": recipes.fingerprint(recipe)},
            "inputs": inputs.to_pylist(),
        }
        | settings.as_json()
        | made_by()
    )
    return plain(wanted)


def made_by() -> dict[str, Any]:
    """What signals depend on besides the pages: versions and word lists."""
    return {
        "versions": {"interleaf": metadata.version("interleaf")},
        "word_lists": wordlists.hashes()
        | markers.hashes()
        | {"own_language": own_language.versions()},
    }


def plain(wanted: dict[str, Any]) -> dict[str, Any]:
    """As run.json will be read back: lists for tuples."""
    return json.loads(json.dumps(wanted))


def _compare(store: Store, made: dict[str, Any], wanted: dict[str, Any]) -> None:
    for part, (theirs, ours) in ((key, (made.get(key), wanted.get(key))) for key in SAYS):
        if theirs != ours:
            raise StoreError(
                f"the store {store.root} was made by {SAYS[part](theirs)}, this run has "
                f"{SAYS[part](ours)}; give another --store, or remove this one"
            )


def _near(values: dict[str, Any] | None) -> str:
    near = Duplicates.from_json(values or {})
    meant = f", {near.semantic}" if near.semantic else ""
    return f"near-duplicates {described(near.banding)}, against {len(near.against)} stores{meant}"


# Each entry of run.json, and how a message speaks of it.
SAYS: dict[str, Callable[[Any], str]] = {
    "recipe": lambda recipe: (
        f"recipe {recipe['name']} ({recipe['fingerprint'][:12]})"
        + "".join(f" with {each}" for each in recipe["signals"])
    ),
    "inputs": lambda inputs: f"{len(inputs)} crawl files, {inputs[0]['location']} first",
    "part_rows": lambda rows: f"--part-rows {rows}",
    "duplicates": _near,
    "domain_lists": lambda lists: f"lists of domains {', '.join(sorted(lists or ())) or 'none'}",
    "benchmarks": benchmarks.described,
    "rights": lambda rights: f"rights {json.dumps(rights)}",
    "alike": lambda alike: Alike.from_json(alike or {}).described(),
    "images": lambda images: image_options.described(images or asdict(image_options.USUAL)),
    "versions": lambda versions: f"interleaf {versions['interleaf']}",
    "language_model": lambda lm: f"language model {lm['sha256'][0][:12]}" if lm else "no --lm",
    "word_lists": lambda lists: f"word lists {zlib.crc32(repr(lists).encode()):08x}",
    "former": lambda root: f"a recut of {root}" if root else "a reading of the crawl",
}


def write_inputs(table: Table, inputs: pa.Table) -> None:
    """The crawl files as a table, a part each; parts keep their names when the run goes on."""
    done = set(table.parts())
    for index, batch in enumerate(inputs.to_batches(max_chunksize=1)):
        if part_name(index) not in done:
            step = Pass("inputs", table.rows(), (), table, unit=None)
            write_part(step, part_name(index), iter([batch]), started=0.0)


def execute(
    flow: Flow,
    engine: Engine,
    watch: Callable[[Progress], None],
    most_dropped: float = 1.0,
) -> list[Receipt]:
    """Do the steps in order; parts that are done are left alone. Returns the parts that failed.

    A failed part is tried again; a step with a part that failed `TRIES` times ends the run. So
    does, with a PlanError, one that would drop more than the share `most_dropped` as duplicates.
    """
    for step in flow.steps:
        for table in step.tables():
            if not table.parts():
                raise PlanError(
                    f"step '{step.name}' reads the table '{table.name}', which is not made yet; "
                    "run the steps before it first (leave out --from)"
                )
        work = _do_pass if isinstance(step, Pass) else _do_query
        failed = work(step, engine, watch)  # type: ignore[arg-type]
        if failed:
            return failed
        preflight.check(step, most_dropped)
    return []


def _do_pass(step: Pass, engine: Engine, watch: Callable[[Progress], None]) -> list[Receipt]:
    parts = step.input.table.parts()
    done = set(step.output.parts())
    left = [part for part in parts if part not in done]
    failed: dict[str, Receipt] = {}
    watch(Progress(step, len(parts), len(done)))
    for _ in range(TRIES):
        failed = {}
        for receipt in engine.map(step, left) if left else ():
            if receipt.error:
                failed[receipt.part] = receipt
            else:
                done.add(receipt.part)
            watch(Progress(step, len(parts), len(done), receipt))
        left = sorted(failed)
    return [failed[part] for part in left]


def _do_query(step: Query, engine: Engine, watch: Callable[[Progress], None]) -> list[Receipt]:
    count = step.count_parts()
    done = set(step.output.parts())
    watch(Progress(step, count, len(done)))
    for receipt in engine.query(step) if len(done) < count else ():
        done.add(receipt.part)
        watch(Progress(step, count, len(done), receipt))
    return []
