"""`interleaf recut STORE --recipe R`: decide again, from the tables; the crawl is not read again.

The new store is what a full run with R would make, but for the tables that reading made: those
stay in the former store, and run.json says where that is. Pictures that it has asked for, and
their scores, are taken from there; only those that it never wanted are asked for.
"""

from dataclasses import asdict, dataclass, replace
from pathlib import Path

from filters import measures, recipes
from filters.rules import Recipe
from jobs import curate, flows, plan, runs
from jobs.decisions import prerequisites
from jobs.inputs import benchmarks
from jobs.inputs.former import FORMER, signals_of
from jobs.inputs.lists import Given, inherit
from jobs.options.images import refused
from jobs.settings import Settings
from jobs.status import accounts
from jobs.store import Store, StoreError, read_run
from pipeline.web.downloads import Policy


@dataclass(frozen=True)
class Request:
    """What a recut is asked for: another recipe, the web policy for new pictures, which steps."""

    recipe: Recipe
    web: Policy
    first: str | None = None
    last: str | None = None


def recut(former: Store, store: Store, request: Request, where: curate.Where) -> bool:
    """Run the flow from `former`'s documents into `store`; True when all of it is done.

    Raises PlanError, RecipeError and StoreError before any data flows.
    """
    flows.check_recipe(request.recipe)
    made = read_run(former)
    prerequisites.check(request.recipe, made)
    _check(former, store, made)
    settings = Settings.made(made)
    pictures = refused(request.recipe.images, made)
    if pictures:
        raise StoreError(
            f"{request.recipe.name} asks for pictures with {pictures}; {former.root} would have "
            "to fetch them again, which a recut does not: interleaf run ... --store ANOTHER"
        )
    request = replace(request, recipe=_measured(former, request.recipe))
    flows.curate(former, request.recipe, request.web, settings).between(request.first, request.last)
    fingerprint = recipes.fingerprint(request.recipe)
    run = runs.begin(
        store,
        made
        | runs.plain({"recipe": asdict(request.recipe) | {"fingerprint": fingerprint}})
        | {FORMER: former.root if former.remote else str(Path(former.root).absolute())},
    )
    Given.of(former).write(store)
    settings.domains.copy(former, store)
    benchmarks.carry(former, store)
    inherit(store, [former.root])
    web = curate.shared(request.web, where, store)
    flow = flows.curate(store, request.recipe, web, settings)
    plan.check(flow)
    steps = flow.between(request.first, request.last)
    curate.introduce(web, steps)
    if not curate.execute(steps, where):
        return False
    curate.publish(store, request.recipe, flow, steps, run)
    return True


def _measured(former: Store, recipe: Recipe) -> Recipe:
    """The recipe with the sets of signals that the former store has. Raises StoreError."""
    held = signals_of(former)
    missing = set(measures.with_signals(recipe).signals) - set(held)
    if missing:
        raise StoreError(
            f"{recipe.name} reads signals that {former.root} has not; measure them with: "
            f"interleaf run ... --signals {' '.join(sorted(missing))}"
        )
    return replace(recipe, signals=held)


def _check(former: Store, store: Store, made: dict[str, object]) -> None:
    """The former store must hold all that is taken from it, measured as it is measured now."""
    if (former.remote, former.path("")) == (store.remote, store.path("")):
        raise StoreError(f"{store.root} is the store itself; give another with --store")
    now = runs.made_by()
    for name, said in now.items():
        if made[name] != said:
            raise StoreError(
                f"{former.root} was made by {runs.SAYS[name](made[name])}, this is "
                f"{runs.SAYS[name](said)}; measure again with interleaf run"
            )
    for account in accounts(former):
        name, begun = account.step.name, account.done > 0
        if not account.finished and (name in ("read", "text") or (name in _PICTURES and begun)):
            raise StoreError(
                f"the step '{name}' of {former.root} is not finished; go on with it first "
                "(interleaf run)"
            )


_PICTURES = frozenset({"fetch", "judge"})
