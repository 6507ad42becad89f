"""The whole flow on one page: web crawl in, interleaved image-text shards out."""

from collections.abc import Iterable
from dataclasses import replace

import pyarrow as pa

from filters import alike, measures
from filters.pictures import benchmark_images
from filters.rule_checks import check, check_together
from filters.rules import Recipe, Rule
from jobs.inputs.benchmarks import openers
from jobs.inputs.former import Members, former_store, signals_of
from jobs.inputs.lists import lists_of
from jobs.inputs.sources import open_source
from jobs.plan import Flow, Pass, PlanError, Query
from jobs.settings import Settings
from jobs.steps import duplicates, permission, picture_duplicates
from jobs.store import Store
from jobs.store_tables import Tables, node_columns, scores
from jobs.table import Table
from jobs.workers.spool import Spool
from pipeline import lines
from pipeline.copies.pictures_alike import AFTER_FETCH, BesideAlike
from pipeline.dedup import REPEATED, Address, ImageLinks, Quality, gather
from pipeline.export import CHANGED, Assemble, Choose
from pipeline.fetch import Fetch
from pipeline.interleave import Interleave
from pipeline.judge import MEASURES, Judge
from pipeline.mask import Mask
from pipeline.prune import Decide, asked_early, early_and_late
from pipeline.recall import KNOWN_LINKS, Recall
from pipeline.reserve import Bury, Reserve
from pipeline.revisit import Earlier
from pipeline.warc import ReadWarc
from pipeline.web.downloads import Policy
from schemas.columns import merged

MOST_PAGES_PER_LINK = 10
MOST_PAGES_PER_PARAGRAPH = 2


def curate(
    store: Store,
    recipe: Recipe,
    web: Policy,
    settings: Settings | None = None,
    earlier: Store | None = None,
) -> Flow:
    """The main job: `recipe` over the store's inputs, pictures asked for under `web`.

    What is measured is the base and the recipe's `signals`: filters.measures.with_signals. A store
    that is recut from a former one has its documents there, and takes from it what no rule can
    have changed. Pictures that an `earlier` run has are asked for only where they changed.
    """
    settings = settings or Settings()
    web = replace(web, honours=settings.honours)
    lists = lists_of(store)
    at = Tables(store, recipe.signals)
    former = former_store(store)
    was = Tables(former, recipe.signals) if former else None
    given = openers(store, settings.benchmarks)
    domain_lists = settings.domains.of(store)
    nodes, documents = scores(recipe.signals, settings.lm, given.index, domain_lists)
    first, late = asked_of_text(recipe)
    choose = Choose(late, recipe.document, (*documents.adds, *alike.COLUMNS))
    members = tuple(node_columns(recipe.signals))
    decide = Decide(first.node, first.image, first.document, documents, members)
    decided = (decide, Quality(recipe.better), Address())
    masks = (Mask(recipe.mask),) if recipe.mask else ()
    reserve = Reserve(web.user_agent, web.honours, lists)
    gathered = at.hosts.rows().marked(at.clusters, "copy_of")
    followed = at.lines.rows().marked(at.clusters, "copy_of")
    found = at.documents.rows()
    if was and recipe.node:
        found = at.documents.beside(was.verdicts)
    linked = followed.marked(at.repeated_links, "image_id", many=True)
    fetch = Pass(
        "fetch",
        linked.marked(at.permitted, "permit", many=True),
        (settings.images.stage(web, lists, Spool(store, "fetch")),),
        at.images,
        also=(at.asked,),
        at_once=web.workers,
    )
    looks = Judge((*MEASURES[:-1], benchmark_images.measure(given.pictures)))
    judge = Pass("judge", at.images.rows(), (looks,), at.judged)
    judged = at.lines.beside(at.images, at.judged).marked(at.clusters, "copy_of")
    compared = tuple(rule for rule in late if not rule.reads(alike.NAMES))
    read = _named(was, permission.SHAPES) if was else None
    leave = permission.steps(
        linked, _named(at, permission.SHAPES), web, lists, read, settings.captures
    )
    known: tuple[Query, ...] = ()
    if earlier:
        known = (_known(at, Tables(earlier, signals_of(earlier))),)
        fetch = _revisited(fetch, at, Tables(earlier, signals_of(earlier)))
    elif was and was.judged.parts():
        known = (_known(at, was),)
        fetch, judge = (
            replace(
                step,
                input=step.input.marked(at.known, "place", many=True),
                stages=(Recall(step.stages[0], Members(table, column)),),
            )
            for step, table, column in (
                (fetch, was.images, "images"),
                (judge, was.judged, "scores"),
            )
        )
    return Flow(
        (
            Pass(
                "read",
                at.inputs.rows(),
                (ReadWarc(open_source), Interleave(), nodes, documents),
                at.documents,
                unit="records",
                also=(at.quarantine,),
            ),
            Pass("text", found, decided, at.good, also=(at.verdicts,)),
            Query(
                "gather",
                (("good", at.good),),
                gather(recipe.capture),
                at.hosts,
                rows_per_part=settings.part_rows,
                unit="documents",
            ),
            *duplicates.steps(at.hosts.rows(), _named(at, duplicates.SHAPES), settings.near),
            Pass("paragraphs", gathered, (lines.Paragraphs(),), at.paragraphs, unit=None),
            Query(
                "repeats",
                (("paragraphs", at.paragraphs),),
                lines.REPEATED.replace("{most}", str(MOST_PAGES_PER_PARAGRAPH)),
                at.repeated_paragraphs,
                keys=("doc_id", "paragraph"),
                like=at.hosts,
            ),
            Pass(
                "lines",
                at.hosts.rows().marked(at.repeated_paragraphs, "paragraph", many=True),
                (lines.DropRepeated(documents), reserve),
                at.lines,
            ),
            Pass("links", followed, (ImageLinks(),), at.links, unit=None),
            Query(
                "repeated",
                (("links", at.links),),
                REPEATED.replace("{most}", str(MOST_PAGES_PER_LINK)),
                at.repeated_links,
                keys=("doc_id", "image_id"),
                like=at.hosts,
            ),
            *leave,
            *known,
            fetch,
            judge,
            *picture_duplicates.steps(
                judged, _named(at, picture_duplicates.SHAPES), settings.alike, compared
            ),
            Pass(
                "export",
                picture_duplicates.beside(judged, at.picture_clusters, at.together),
                (BesideAlike(), Bury(lists), choose, *masks, Assemble()),
                at.release,
                also=(at.choices,),
            ),
            Pass("pack", at.release.rows(), (), at.shards),
        )
    )


def _known(at: Tables, was: Tables) -> Query:
    """Which images of these documents another run has asked for, and where it has them."""
    tables = (
        ("links", at.links),
        ("repeated_links", at.repeated_links),
        ("former_links", was.links),
        ("former_repeated", was.repeated_links),
    )
    keys = ("doc_id", "image_id")
    return Query("known", tables, KNOWN_LINKS, at.known, keys=keys, like=at.hosts)


def _revisited(fetch: Pass, at: Tables, was: Tables) -> Pass:
    """The fetch as it asks for what another run has. Raises PlanError where it is not ours."""
    (stage,) = fetch.stages
    if not isinstance(stage, Fetch):
        raise PlanError("img2dataset asks for everything; leave out --fetcher or --revisit")
    earlier = Earlier(Members(was.asked, "images"), Members(was.images, "images"))
    known = fetch.input.marked(at.known, "place", many=True)
    return replace(fetch, input=known, stages=(replace(stage, earlier=earlier),))


def asked_of_text(recipe: Recipe) -> tuple[Recipe, tuple[Rule, ...]]:
    """The rules as the step `text` asks them, and the image rules that wait for the pictures."""
    node = node_columns(measures.NAMES)
    early, late = early_and_late(recipe.image, frozenset(AFTER_FETCH.names).difference(node.names))
    document = asked_early(recipe.document, CHANGED, alike.NAMES)
    return replace(recipe, image=early, document=document), late


def waiting(recipe: Recipe) -> tuple[str, ...]:
    """The rules that the step `text` cannot ask, or only their lower bound: pictures come after."""
    asked, late = asked_of_text(recipe)
    known = {rule.name: rule for rule in asked.document}
    documents = (rule for rule in recipe.document if known.get(rule.name) != rule)
    said = [f"image {rule.name}" for rule in late]
    return *said, *(
        f"document {rule.name}" + (" (its upper bound)" if rule.name in known else "")
        for rule in documents
    )


def _named(at: Tables, names: Iterable[str]) -> dict[str, Table]:
    return {name: getattr(at, name) for name in names}


def readable() -> dict[str, pa.Schema]:
    """Scope -> all columns that its rules may read. Image rules before the fetch: a node's."""
    document = merged(scores(measures.NAMES)[1].adds, alike.COLUMNS)
    return {"node": node_columns(measures.NAMES), "image": AFTER_FETCH, "document": document}


def check_recipe(recipe: Recipe) -> None:
    """Every rule against all columns that could be measured. Raises RecipeError."""
    first, late = asked_of_text(recipe)
    node, image, document = readable().values()
    steps = {"before the pictures are fetched": node, "after it": image}
    check_together("image", recipe.image, steps)
    check(replace(recipe, image=first.image), node, node, document)
    check(replace(recipe, node=(), image=late), node, image, document)
