"""How fast a recipe is decided again: a million documents, and a bound that moves.

python -m tests.bench.recut STORE [DOCUMENTS]     STORE: a run up to `text`, best with --signals all

The store's parts are repeated until there are so many documents; their signal columns are copied,
not linked, so that memory is read as for a million different ones. They lie in parts of PART
documents: a part is a file of a crawl, and thousands of tiny ones take longer to open. The copies
go to the folder of temporary files, some 10 KB a document, and are removed. A time is that of every
verdict with every failing rule, and of writing them as one Parquet file; of a recipe that no text
has to be measured for also that of the whole command, from its start to its end, median of RUNS.
What has to be measured on a text that no run has left before is counted there, and timed on TEXTS
documents: first what the verdict needs, then every failing rule.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from filters import measures, recipes
from filters.rules import Recipe
from jobs.commands.verdicts import write
from jobs.decisions.ledger import Ledger
from jobs.decisions.signal_files import FOLDER, part
from jobs.engine import cores
from jobs.inputs.former import signals_of
from jobs.runs import recipe_of
from jobs.store import Store, read_run
from jobs.store_tables import Tables

RUNS = 5
TEXTS = 10_000
PART = 30_000
"""Documents of a part whose signals alone are asked."""
RECIPES = ("obelics_code", "gopher", "dclm_refinedweb", "multilingual", "redpajama_v2",
           "obelics_paper", "c4", "fineweb_blog")  # fmt: skip


@contextmanager
def clock(name: str) -> Iterator[None]:
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:52} {wall:8.3f} s {cpu:8.3f} s of processor", flush=True)


def tiled(store: Store, folder: Path, documents: int, together: int = 1) -> Store:
    """A store with the parts of `store` again and again, up to so many documents.

    A part is as many copies of one as have `together` documents, at least one copy. Its signals
    are; its tables are those of one copy, so that a text can be measured only where there is one.
    """
    at, out = Tables(store), Store(str(folder))
    parts = [part(at, name) for name in at.verdicts.parts()]
    folder.mkdir(exist_ok=True)
    shutil.copy(Path(store.root) / "run.json", folder / "run.json")
    (folder / FOLDER).mkdir(exist_ok=True)
    count = index = 0
    while count < documents:
        one, new = parts[index % len(parts)], f"part-{index:06d}"
        copies = max(1, together // one.documents.num_rows)
        for table in (at.inputs, at.documents, at.verdicts):
            link(store, table.file(one.name), folder / table.file(new))
            link(store, f"receipts/{table.name}/{one.name}.json",
                 folder / f"receipts/{table.name}/{new}.json")  # fmt: skip
        for kind in ("texts", "links", "documents"):
            many = pa.Table.from_batches([getattr(one, kind)] * copies).combine_chunks()
            with (
                pa.OSFile(str(folder / FOLDER / f"{new}.{kind}.arrow"), "wb") as sink,
                pa.ipc.new_file(sink, many.schema) as writer,
            ):
                writer.write_batch(many.to_batches()[0])
        count, index = count + copies * one.documents.num_rows, index + 1
    return out


def link(store: Store, name: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to((Path(store.root) / name).absolute())


def asked(store: Store) -> list[Recipe]:
    """Those of RECIPES whose signals the store has."""
    loaded = [measures.with_signals(recipes.load(name)) for name in RECIPES]
    for each in loaded:
        missing = {*each.signals} - {*signals_of(store)}
        if missing:
            print(f"{each.name} is left out: run with --signals {' '.join(sorted(missing))}")
    return [each for each in loaded if {*each.signals} <= {*signals_of(store)}]


def decided(store: Store, documents: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        one = Ledger(tiled(store, Path(name, "one"), 1))
        with clock("a part alone, all recipes, with what loads once"):
            for recipe in asked(store):
                one.decide(recipe, "none")
        tiles = tiled(store, Path(name, "all"), documents, PART)
        with clock("open"):
            ledger = Ledger(tiles)
        nodes = sum(p.texts.num_rows + p.links.num_rows for p in ledger._parts)
        rows = ledger.documents.num_rows
        print(f"{rows:,} documents, {nodes:,} nodes, {cores()} processors")
        out, known = str(Path(name) / "verdicts.parquet"), []
        for recipe in asked(store):
            with clock(recipe.name):
                found = ledger.decide(recipe, "none")
                write(ledger, found, out)
            new, open_ = found.unmeasured.sum(), (found.unmeasured & found.kept).sum()
            if new:
                print(
                    f"    not in it: {new:,} new texts, {open_:,} of them of documents still kept"
                )
            else:
                known.append(recipe.name)
        del ledger
        for each in known:
            command = ["recut", tiles.root, "--recipe", each, "--verdicts", out]
            times = sorted(whole(command) for _ in range(RUNS))
            print(f"the whole command, {each:33} {times[RUNS // 2]:8.3f} s", flush=True)


def whole(command: list[str]) -> float:
    """Seconds from the start of a command of interleaf to its end."""
    begin = time.perf_counter()
    subprocess.run([sys.executable, "-m", "jobs.run", *command],
                   check=True, stdout=subprocess.DEVNULL)  # fmt: skip
    return time.perf_counter() - begin


def measured(store: Store, documents: int) -> None:
    """The same with what is measured on new texts; first untimed on a part, for what loads once."""
    with tempfile.TemporaryDirectory() as name:
        one = Ledger(tiled(store, Path(name, "one"), 1))
        for recipe in asked(store):
            one.decide(recipe, "every")
        tiles = tiled(store, Path(name, "all"), documents)
        print(f"{Ledger(tiles).documents.num_rows:,} documents, new texts measured too:")
        for recipe in asked(store):
            for measure in ("kept", "every"):
                ledger = Ledger(tiles)
                with clock(f"{recipe.name}, {measure}"):
                    found = ledger.decide(recipe, measure)
                    write(ledger, found, str(Path(name) / "verdicts.parquet"))


def moved(store: Store, documents: int) -> None:
    own = recipe_of(read_run(store))
    with tempfile.TemporaryDirectory() as name:
        ledger = Ledger(tiled(store, Path(name), documents))
        ledger.decide(own)
        print(f"{ledger.documents.num_rows:,} documents, a document bound moved:")
        for index, rule in enumerate(own.document):
            times = []
            for run in range(RUNS):
                bound = {"at_least": rule.at_least, "at_most": rule.at_most}
                bound = {k: v * (1 + 0.01 * (run + 1)) for k, v in bound.items() if v is not None}
                rules = list(own.document)
                rules[index] = replace(rule, **bound)
                begin = time.perf_counter()
                kept = ledger.decide(replace(own, document=tuple(rules))).kept.sum()
                times.append(time.perf_counter() - begin)
            print(f"    {rule.name:20} {sorted(times)[RUNS // 2] * 1000:6.1f} ms  {kept:,} kept")


if __name__ == "__main__":
    os.nice(5)
    place = Store(sys.argv[1])
    decided(place, int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)
    moved(place, 100_000)
    measured(place, TEXTS)
