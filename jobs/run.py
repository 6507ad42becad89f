"""The command. `interleaf run ...` is `python -m jobs.run run ...`."""

import argparse
import sys
from collections.abc import Sequence

from jobs.options import outputs
from jobs.options.arguments import parser
from jobs.options.outputs import OutputError

DONE, FAILED, WRONG = 0, 1, 2


def plan(args: argparse.Namespace) -> int:
    """Check a run and say what its wide steps need."""
    from jobs import curate
    from jobs.commands import estimate
    from jobs.store import Store

    request = _request(args)
    estimate.show(curate.planned(Store(args.store), request), request.inputs)
    return DONE


def run(args: argparse.Namespace) -> int:
    """Curate crawl files into a store."""
    from jobs import curate
    from jobs.store import Store

    request = _request(args)
    engine = curate.Where(args.on, args.workers, args.address)
    store = Store(args.store)
    if not curate.curate(store, request, engine):
        return FAILED
    return _said(store, args.last)


def recut(args: argparse.Namespace) -> int:
    """Decide again with another recipe, from the tables of a store."""
    if args.verdicts:
        return _verdicts(args)
    from filters import recipes
    from jobs import curate
    from jobs.commands import recut as act
    from jobs.options import web as web_options
    from jobs.store import Store

    former, recipe = _made(args.former), recipes.load(args.recipe)
    store = Store(args.store or f"{args.former.rstrip('/')}-{recipe.name}")
    request = act.Request(recipe, web_options.policy(args), args.first, args.last)
    where = curate.Where(args.on, args.workers, args.address)
    return _said(store, args.last) if act.recut(former, store, request, where) else FAILED


def _verdicts(args: argparse.Namespace) -> int:
    from filters import recipes
    from jobs.commands import verdicts as act
    from jobs.plan import PlanError

    if args.first or args.last or args.store:
        raise PlanError("--verdicts makes no store; leave out --store, --from and --to")
    outputs.check_file("--verdicts", args.verdicts)
    for line in act.act(_made(args.former), recipes.load(args.recipe), args.verdicts):
        print(line)
    return DONE


def recipe(args: argparse.Namespace) -> int:
    """Show, check or compare recipes."""
    from jobs.commands import recipe as act

    if args.verb == "compare":
        return _compare(args)
    names = (args.a, args.b) if args.verb == "diff" else (args.recipe,)
    for line in getattr(act, args.verb)(*names):
        print(line)
    return DONE


def _compare(args: argparse.Namespace) -> int:
    from filters import recipes
    from jobs.commands import compare as act

    outputs.check_folder("--out", args.out)
    found = act.compare(_made(args.store), recipes.load(args.a), recipes.load(args.b))
    for line in act.lines(found):
        print(line)
    for path in act.write(found, args.out) if args.out else ():
        print(path)
    return DONE


def retry(args: argparse.Namespace) -> int:
    """Ask again for what failed."""
    from jobs import curate
    from jobs.commands import retry as act
    from jobs.options import web as web_options

    store = _made(args.store)
    where = curate.Where(args.on, args.workers, args.address)
    wish = act.wish(args.classes, now=args.now)
    return _said(store, None) if act.retry(store, wish, web_options.policy(args), where) else FAILED


def takedown(args: argparse.Namespace) -> int:
    """Leave addresses out from now on."""
    from jobs.commands import takedown as act

    act.take_down(_made(args.store), args.urls)
    return DONE


def rights(args: argparse.Namespace) -> int:
    """What owners said."""
    from jobs.commands import rights as act

    act.show(_made(args.store))
    return DONE


def _said(store, last: str | None) -> int:  # type: ignore[no-untyped-def]  # noqa: ANN001
    from jobs import curate

    if last:
        print(f"done up to '{last}'; the same command without --to goes on")
    else:
        print(f"{curate.released(store)} are released in {store.root}/release")
    print(f"what was kept and why: interleaf status|report|explain {store.root}")
    return DONE


def _request(args: argparse.Namespace):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from filters import banding, measures, perplexity, recipes
    from filters.pictures import hash_slots
    from jobs import curate
    from jobs.inputs import benchmarks, sources
    from jobs.inputs.captures import Captures
    from jobs.inputs.domain_lists import DomainLists
    from jobs.inputs.lists import Given
    from jobs.options import images as image_options
    from jobs.options import web as web_options
    from jobs.settings import Settings
    from jobs.steps import semantic
    from jobs.steps.duplicates import Duplicates
    from jobs.steps.picture_duplicates import Alike, with_known

    if args.crawl:
        inputs = sources.crawl_sources(args.crawl, args.segments, args.limit, args.crawl_base)
    else:
        inputs = sources.sources(args.input, args.limit)
    web = web_options.policy(args)
    held = benchmarks.read(
        args.benchmarks, args.benchmark_fields, args.benchmark_words, args.benchmark_images
    )
    signals = [*args.signals, *(["benchmarks"] if args.benchmarks else [])]
    recipe = measures.with_signals(recipes.load(args.recipe), signals)
    return curate.Request(
        recipe=recipe,
        inputs=inputs,
        web=web,
        first=args.first,
        last=args.last,
        settings=Settings(
            args.part_rows,
            perplexity.asked(args.lm, args.lm_pieces, args.lm_text),
            Duplicates(
                banding.load(args.alike, args.verify),
                tuple(args.against),
                semantic.read(args.semantic, args.semantic_alike, args.semantic_clusters),
            ),
            image_options.chosen(args, recipe.images),
            args.honour,
            Captures.read(args.robots_from, args.robots_age),
            Given.read(args.block, args.hashes, args.pdq),
            held,
            DomainLists.read(args.domains),
            with_known(Alike(hash_slots.load(args.images_alike)), tuple(args.against)),
        ),
        most_dropped=args.allow_drop,
        revisit=args.revisit,
    )


def train_lm(args: argparse.Namespace) -> int:
    """Train a language model and write its card."""
    from jobs.training import train_lm as act

    card = act.train(act.Training(args.text, args.out, args.order, args.lm_text))
    held = card["held_out"]
    print(
        f"{args.out}: {card['order']}-gram by {card['program']}, {card['words']:,} words, "
        f"{card['vocabulary']:,} different, {card['bytes']:,} bytes; perplexity "
        f"{held['perplexity']} on {held['lines']:,} held-out lines"
    )
    return DONE


def markers(args: argparse.Namespace) -> int:
    """Rates of markers: a baseline, a score for each document, their drift."""
    from jobs.commands import markers as act

    outputs.check_file("--out", args.out)
    for line in act.act(_made(args.store), args.act, args.out, args.baseline, args.before):
        print(line)
    return DONE


def demo(args: argparse.Namespace) -> int:
    """Serve the mini-web, crawl it, curate the crawl."""
    from jobs.commands import demo as act
    from jobs.curate import Where
    from jobs.store import Store

    return DONE if act.demo(Store(args.store), Where("local", args.workers)) else FAILED


def status(args: argparse.Namespace) -> int:
    """How far a run is, and whether its books balance."""
    from jobs import status as act

    return DONE if act.show(_made(args.store)) else FAILED


def report(args: argparse.Namespace) -> int:
    """Write report.html."""
    from jobs import report as act

    print(act.write(_made(args.store)))
    return DONE


def explain(args: argparse.Namespace) -> int:
    """Why a page came through as it did."""
    from jobs.commands import explain as act

    outputs.check_file("--html", args.html)
    act.show(_made(args.store), args.url, args.html)
    return DONE


def _made(root: str):  # type: ignore[no-untyped-def]  # noqa: ANN202
    from jobs.store import RUN, Store, StoreError

    store = Store(root)
    if not store.exists(RUN):
        raise StoreError(
            f"there is no run in {root}; make one with: interleaf run RECIPE --store {root}"
        )
    return store


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; wrong requests end in one line and exit code 2."""
    args = parser().parse_args(argv)
    from filters.banding import BandingError
    from filters.embeddings import EmbeddingError
    from filters.marker_rates import BaselineError
    from filters.perplexity import LanguageModelError
    from filters.pictures.hash_slots import RadiusError
    from filters.rules import RecipeError
    from jobs.inputs.sources import SourceError
    from jobs.plan import PlanError
    from jobs.store import StoreError

    wrong = (
        BandingError, BaselineError, EmbeddingError, LanguageModelError, OutputError, PlanError,
        RadiusError, RecipeError, SourceError, StoreError,
    )  # fmt: skip
    try:
        code = int(globals()[args.command.replace("-", "_")](args))
        sys.stdout.flush()
    except BrokenPipeError:
        if not outputs.hung_up():
            raise
        code = outputs.HUNG_UP
    except wrong as error:
        print(f"interleaf: {error}", file=sys.stderr)
        return WRONG
    except KeyboardInterrupt:
        print("interleaf: stopped; the same command goes on from here", file=sys.stderr)
        return FAILED
    return code


if __name__ == "__main__":
    sys.exit(main())
