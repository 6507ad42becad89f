"""The commands and their options."""

import argparse
from typing import Any

from jobs.options import groups
from jobs.options.values import count, span


def parser() -> argparse.ArgumentParser:
    """The commands and their options."""
    top = argparse.ArgumentParser(
        prog="interleaf",
        description="Web crawls in, curated interleaved image-text training shards out.",
        epilog="Exit codes: 0 done; 1 parts failed (listed); 2 the request was wrong.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="curate crawl files into a store")
    _run_options(run)
    ready = commands.add_parser("plan", help="what a run would read, hold and spill; runs nothing")
    _run_options(ready)

    _recut_options(commands.add_parser("recut", help="another recipe, the crawl not read again"))
    _recipe_options(commands.add_parser("recipe", help="show, check, diff, compare on a store"))
    _model_options(commands)

    demo = commands.add_parser("demo", help="a bundled mini-web, end to end, offline")
    demo.add_argument("--store", default="demo", metavar="DIR", help="default: %(default)s")
    demo.add_argument("--workers", type=count, metavar="N", help="default: one for each core")

    retry = commands.add_parser("retry", help="ask again for what failed, and for nothing else")
    retry.add_argument("store", metavar="STORE")
    retry.add_argument(
        "--class", dest="classes", metavar="A,B", help="classes of failure (default: all that heal)"
    )
    retry.add_argument("--now", action="store_true", help="do not wait for a link's next try")
    groups.engine(retry)
    groups.web(retry)

    takedown = commands.add_parser("takedown", help="leave addresses out from now on")
    takedown.add_argument("store", metavar="STORE")
    takedown.add_argument(
        "--urls", nargs="+", required=True, metavar="FILE", help="addresses or domains, one a line"
    )

    for name, text in (
        ("status", "how far a run is, and whether its books balance"),
        ("report", "write the store's report.html"),
        ("rights", "what owners said, and what was left out for it"),
        ("explain", "why a page came through as it did"),
    ):
        command = commands.add_parser(name, help=text)
        command.add_argument("store", metavar="STORE")
        if name == "explain":
            command.add_argument("url", metavar="URL")
            command.add_argument("--html", metavar="FILE", help="write it as a page")
    return top


def _recut_options(recut: argparse.ArgumentParser) -> None:
    recut.description = (
        "Without --verdicts a new store: the steps after reading, with RECIPE, up to the release. "
        "With --verdicts no store, one Parquet file: what the step 'text' would decide of every "
        "document, decided from the signals that STORE holds."
    )
    recut.add_argument("former", metavar="STORE", help="a store whose documents are read")
    recut.add_argument("--recipe", required=True, metavar="RECIPE", help="preset or .toml file")
    recut.add_argument("--store", metavar="DIR_OR_S3", help="default: STORE-NAME of the recipe")
    recut.add_argument("--verdicts", metavar="FILE", help="decide only; write each verdict there")
    recut.add_argument("--from", dest="first", metavar="STEP", help="start at this step")
    recut.add_argument("--to", dest="last", metavar="STEP", help="stop after this step")
    groups.engine(recut)
    groups.web(recut)


def _recipe_options(recipe: argparse.ArgumentParser) -> None:
    verbs = recipe.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, names, text in (
        ("show", ("RECIPE",), "print it as it is written"),
        ("check", ("RECIPE",), "can every rule be applied?"),
        ("diff", ("A", "B"), "rules that are not the same in both"),
        ("compare", ("STORE", "A", "B"), "what each keeps of a store's documents, and which flip"),
    ):
        command = verbs.add_parser(verb, help=text)
        if verb == "compare":
            command.add_argument("--out", metavar="DIR", help="write compare.html, flips.parquet")
        for name in names:
            command.add_argument(name.lower(), metavar=name)


def _model_options(commands: Any) -> None:
    train = commands.add_parser("train-lm", help="train a language model for --lm")
    train.add_argument("--text", nargs="+", required=True, metavar="FILE", help="a text a line")
    train.add_argument("--out", required=True, metavar="MODEL", help="the card goes beside it")
    train.add_argument("--order", type=count, default=5, metavar="N", help="default: %(default)s")
    train.add_argument("--lm-text", default="obelics", metavar="NAME", help="default: %(default)s")

    markers = commands.add_parser("markers", help="phrases of chat models: rates and their drift")
    markers.add_argument("act", choices=("baseline", "score", "drift"))
    markers.add_argument("store", metavar="STORE")
    markers.add_argument("--out", metavar="FILE", help="what is written; drift: markers.html")
    markers.add_argument("--baseline", metavar="FILE", help="rates of another store")
    markers.add_argument(
        "--before", default="2022-11-01", metavar="DATE", help="default: %(default)s"
    )


def _run_options(run: argparse.ArgumentParser) -> None:
    run.add_argument("recipe", metavar="RECIPE", help="a preset's name or a .toml file")
    source = run.add_mutually_exclusive_group(required=True)
    source.add_argument("--input", nargs="+", metavar="WARC", help="paths, globs, s3://, https://")
    source.add_argument("--crawl", metavar="CC-MAIN-YYYY-WW", help="a crawl of Common Crawl")
    run.add_argument("--segments", type=span, metavar="A:B", help="files A to B of its list")
    run.add_argument(
        "--crawl-base",
        default="https://data.commoncrawl.org/",
        metavar="URL",
        help="where the crawl lies: https:// or s3://commoncrawl/ (default: %(default)s)",
    )
    run.add_argument("--limit", type=count, metavar="RECORDS", help="read so many records at most")
    lists: dict[str, Any] = {"nargs": "+", "default": []}
    run.add_argument("--signals", **lists, metavar="SET", help="measure these sets too, or all")
    run.add_argument("--domains", **lists, metavar="NAME=FILE", help="lists of domains to ask")
    run.add_argument("--from", dest="first", metavar="STEP", help="start at this step")
    run.add_argument("--to", dest="last", metavar="STEP", help="stop after this step")
    run.add_argument(
        "--part-rows",
        type=count,
        default=2000,
        metavar="N",
        help="documents in a part once gathered (default: %(default)s)",
    )
    run.add_argument("--lm", metavar="MODEL", help="KenLM model: adds perplexity to every node")
    run.add_argument("--lm-pieces", metavar="MODEL", help="the sentencepiece model it was cut by")
    run.add_argument("--lm-text", metavar="NAME", help="its normalisation: obelics, ccnet or none")
    groups.near(run)
    groups.benchmarks(run)
    groups.rights(run)
    groups.engine(run)
    groups.web(run)
    run.add_argument(
        "--revisit", metavar="STORE", help="ask for pictures of this store only if they changed"
    )
    groups.pictures(run)
    _store_option(run)


def _store_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--store", required=True, metavar="DIR_OR_S3", help="where everything of this run goes"
    )
