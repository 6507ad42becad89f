"""The main job from a request to a release: check, prepare, run, publish."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

import pyarrow as pa

from filters import measures
from filters.rules import Recipe
from jobs import engine, flows, plan, runs
from jobs.decisions import prerequisites
from jobs.inputs.lists import inherit
from jobs.plan import Flow
from jobs.release import matches, shards, tombstones
from jobs.revisit import revisited
from jobs.settings import Settings
from jobs.steps import duplicates, preflight, semantic
from jobs.store import Store
from jobs.store_tables import Tables
from jobs.table import Table
from jobs.watch import watching
from jobs.workers import host_locks
from jobs.workers.host_locks import HostLocks
from pipeline.web.downloads import Policy


@dataclass(frozen=True)
class Request:
    """What a run is asked for: recipe, crawl files (SOURCE rows), web policy, which steps.

    `revisit`: an earlier store, whose pictures are asked for only where they changed.
    """

    recipe: Recipe
    inputs: pa.Table
    web: Policy
    first: str | None = None
    last: str | None = None
    settings: Settings = field(default_factory=Settings)
    most_dropped: float = preflight.MOST_DROPPED
    revisit: str | None = None


@dataclass(frozen=True)
class Where:
    """The engine, how many workers (None: one for each core), and a cluster's address."""

    engine: str = "local"
    workers: int | None = None
    address: str | None = None


def planned(store: Store, request: Request) -> Flow:
    """The flow that a request asks for, checked. Raises PlanError, RecipeError and StoreError."""
    flows.check_recipe(request.recipe)
    prerequisites.check(request.recipe, request.settings.as_json())
    duplicates.check(request.settings.near)
    recipe = measures.with_signals(request.recipe)
    earlier = revisited(request.revisit, store, request.settings) if request.revisit else None
    flow = flows.curate(store, recipe, request.web, request.settings, earlier)
    plan.check(flow)
    return flow


def shared(web: Policy, where: Where, store: Store) -> Policy:
    """The web policy as each of the workers has to keep it.

    Those of one machine keep it together; those of a cluster cannot, and each takes a share.
    """
    alone = where.engine == "local" and host_locks.HAVE
    workers = 1 if alone else where.workers or engine.cores()
    return replace(web, workers=workers, hosts=HostLocks(store.root))


def curate(store: Store, request: Request, where: Where) -> bool:
    """Run the flow; True when all that was asked for is done. Failed parts are listed.

    Raises PlanError, RecipeError and StoreError before any data flows.
    """
    recipe = measures.with_signals(request.recipe)
    request = replace(request, recipe=recipe, web=shared(request.web, where, store))
    flow = planned(store, request)
    steps = flow.between(request.first, request.last)
    run = runs.prepare(store, request.recipe, request.inputs, request.settings)
    request.settings.given.write(store)
    inherit(
        store, (*([request.revisit] if request.revisit else ()), *request.settings.near.against)
    )
    request.settings.domains.write(store)
    request.settings.benchmarks.write(store)
    at = Tables(store)
    runs.write_inputs(at.inputs, request.inputs)
    runs.write_inputs(at.robots_inputs, request.settings.captures.table())
    semantic.write_given(at.given_embeddings, request.settings.near.semantic)
    introduce(request.web, steps)
    if not execute(steps, where, request.most_dropped):
        return False
    publish(store, request.recipe, flow, steps, run)
    return True


def introduce(web: Policy, steps: plan.Flow) -> None:
    """Ask for a word on who asks, where strangers' servers will be asked without one."""
    asks = any(isinstance(step, plan.Pass) and step.at_once for step in steps.steps)
    begins = all(table.parts() for table in steps.steps[0].tables())
    here = urlsplit(web.proxy or "").hostname in ("127.0.0.1", "localhost", "::1")
    if asks and begins and not here and "+" not in web.user_agent:
        print(
            "interleaf: without --contact no owner of a site can write to whoever asks, and many "
            "block such a robot; give a page or an address: --contact https://example.org/robot",
            file=sys.stderr,
        )


def execute(steps: plan.Flow, where: Where, most_dropped: float = preflight.MOST_DROPPED) -> bool:
    """Do these steps; False, and a line for each part that failed, where some did."""
    workers = where.workers or engine.cores()
    runner = engine.start(where.engine, workers, where.address)
    try:
        with watching(steps) as watch:
            failed = runs.execute(steps, runner, watch, most_dropped)
    finally:
        runner.close()
        HostLocks(steps.steps[0].output.store.root).remove()
    for receipt in failed:
        print(f"{receipt.step} {receipt.part} failed: {receipt.error}", file=sys.stderr)
    if failed:
        print("interleaf: the same command again does only what is not done", file=sys.stderr)
    return not failed


def publish(
    store: Store, recipe: Recipe, flow: plan.Flow, steps: plan.Flow, run: Mapping[str, Any]
) -> None:
    """Warn where nothing came out; describe the release where the last of the steps made it."""
    at = Tables(store)
    warn_if_empty(at)
    for line in matches.report(store, at.asked):
        print(f"interleaf: {line}", file=sys.stderr)
    if at.shards.parts() and steps.steps[-1].name == flow.steps[-1].name:
        receipts = [receipt for step in flow.steps for receipt in step.output.receipts()]
        shards.write_release(store, recipe, run, receipts)
        tombstones.mark(store, at.release)


def released(store: Store) -> str:
    """How much lies in the release, in words."""
    receipts = Tables(store).release.receipts()
    documents = sum(receipt.rows for receipt in receipts)
    pictures = sum(book.kept for r in receipts for unit, book in r.books.items() if unit == "links")
    return f"{documents:,} interleaved documents with {pictures:,} pictures"


def warn_if_empty(at: Tables) -> None:
    """Say on standard error which crawl files gave no record, and when nothing is left at all."""
    names = [row["warc_file"] for part in at.inputs.parts() for row in _rows(at.inputs, part)]
    for name, receipt in zip(names, at.documents.receipts(), strict=False):
        book = receipt.books["records"]
        if book.taken == 0:
            print(f"interleaf: {name} holds no WARC record; is it a WARC file?", file=sys.stderr)
        elif sum(book.quarantined.values()) == book.taken:
            print(f"interleaf: {name} has no readable record; see quarantine/", file=sys.stderr)
    good = at.good.receipts()
    if good and not any(receipt.rows for receipt in good):
        print(
            "interleaf: no document passed the recipe; 'interleaf report' shows which rules cut",
            file=sys.stderr,
        )


def _rows(table: Table, part: str) -> list[dict[str, Any]]:
    return [row for batch in table.read(part) for row in batch.to_pylist()]
