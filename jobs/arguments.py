"""The commands and their options."""

import argparse
import re
from typing import Any

from pipeline.rights import KINDS


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

    _recut_options(commands.add_parser("recut", help="decide again; nothing is read again"))
    _recipe_options(commands.add_parser("recipe", help="show, check, diff, compare on a store"))
    _model_options(commands)

    demo = commands.add_parser("demo", help="a bundled mini-web, end to end, offline")
    demo.add_argument("--store", default="demo", metavar="DIR", help="default: %(default)s")
    demo.add_argument("--workers", type=_count, metavar="N", help="default: one for each core")

    retry = commands.add_parser("retry", help="ask again for what failed, and for nothing else")
    retry.add_argument("store", metavar="STORE")
    retry.add_argument(
        "--class", dest="classes", metavar="A,B", help="classes of failure (default: all that heal)"
    )
    retry.add_argument("--now", action="store_true", help="do not wait for a link's next try")
    _engine_options(retry)
    _web_options(retry)

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
    recut.add_argument("former", metavar="STORE", help="a store whose documents are read")
    recut.add_argument("--recipe", required=True, metavar="RECIPE", help="preset or .toml file")
    recut.add_argument("--store", metavar="DIR_OR_S3", help="default: STORE-NAME of the recipe")
    recut.add_argument("--from", dest="first", metavar="STEP", help="start at this step")
    recut.add_argument("--to", dest="last", metavar="STEP", help="stop after this step")
    _engine_options(recut)
    _web_options(recut)


def _recipe_options(recipe: argparse.ArgumentParser) -> None:
    verbs = recipe.add_subparsers(dest="verb", required=True, metavar="VERB")
    for verb, names, text in (
        ("show", ("RECIPE",), "print it as TOML"),
        ("check", ("RECIPE",), "can every rule be applied?"),
        ("diff", ("A", "B"), "rules that are not the same in both"),
        ("compare", ("STORE", "A", "B"), "what each keeps of a store's documents, and which flip"),
        (
            "decide",
            ("STORE", "RECIPE"),
            "what it would keep of a store's documents, from their signals",
        ),
    ):
        command = verbs.add_parser(verb, help=text)
        if verb == "compare":
            command.add_argument("--out", metavar="DIR", help="write compare.html, flips.parquet")
        if verb == "decide":
            command.add_argument("--out", metavar="FILE", help="write each verdict, as Parquet")
        for name in names:
            command.add_argument(name.lower(), metavar=name)


def _model_options(commands: Any) -> None:
    train = commands.add_parser("train-lm", help="train a language model for --lm")
    train.add_argument("--text", nargs="+", required=True, metavar="FILE", help="a text a line")
    train.add_argument("--out", required=True, metavar="MODEL", help="the card goes beside it")
    train.add_argument("--order", type=_count, default=5, metavar="N", help="default: %(default)s")
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
    run.add_argument("--segments", type=_span, metavar="A:B", help="files A to B of its list")
    run.add_argument(
        "--crawl-base",
        default="https://data.commoncrawl.org/",
        metavar="URL",
        help="where the crawl lies: https:// or s3://commoncrawl/ (default: %(default)s)",
    )
    run.add_argument("--limit", type=_count, metavar="RECORDS", help="read so many records at most")
    lists: dict[str, Any] = {"nargs": "+", "default": []}
    run.add_argument("--signals", **lists, metavar="SET", help="measure these sets too, or all")
    run.add_argument("--domains", **lists, metavar="NAME=FILE", help="lists of domains to ask")
    run.add_argument("--from", dest="first", metavar="STEP", help="start at this step")
    run.add_argument("--to", dest="last", metavar="STEP", help="stop after this step")
    run.add_argument(
        "--part-rows",
        type=_count,
        default=2000,
        metavar="N",
        help="documents in a part once gathered (default: %(default)s)",
    )
    run.add_argument("--lm", metavar="MODEL", help="KenLM model: adds perplexity to every node")
    run.add_argument("--lm-pieces", metavar="MODEL", help="the sentencepiece model it was cut by")
    run.add_argument("--lm-text", metavar="NAME", help="its normalisation: obelics, ccnet or none")
    _near_options(run)
    _benchmark_options(run)
    _rights_options(run)
    _engine_options(run)
    _web_options(run)
    run.add_argument(
        "--revisit", metavar="STORE", help="ask for pictures of this store only if they changed"
    )
    _image_options(run)
    _store_option(run)


def _engine_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--on", choices=("local", "ray", "spark"), default="local", help="engine")
    command.add_argument("--workers", type=_count, metavar="N", help="default: one for each core")
    command.add_argument("--address", metavar="URL", help="the Ray or Spark cluster to join")


def _near_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--alike",
        default="fineweb",
        metavar="PRESET",
        help="near-duplicates: fineweb, redpajama, obelics, or a similarity such as 0.8",
    )
    command.add_argument(
        "--verify",
        choices=("signature", "shingles"),
        help="compare each candidate pair again: estimated or true similarity of at least 0.8",
    )
    command.add_argument(
        "--against",
        nargs="+",
        default=[],
        metavar="STORE",
        help="know the documents and pictures of these stores",
    )
    command.add_argument(
        "--semantic",
        metavar="SOURCE",
        help="compare embeddings too: a Parquet file or folder, or a function MODULE:NAME",
    )
    command.add_argument(
        "--semantic-alike",
        type=_share,
        default=0.95,
        metavar="COSINE",
        help="from which similarity on (default: %(default)s)",
    )
    command.add_argument(
        "--semantic-clusters", type=_count, metavar="N", help="default: by the number of documents"
    )
    command.add_argument(
        "--allow-drop",
        type=_share,
        default=0.5,
        metavar="SHARE",
        help="stop where a step drops more than this as duplicates (default: %(default)s)",
    )


def _benchmark_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("decontamination (docs/decontamination.md)")
    group.add_argument(
        "--benchmarks", nargs="+", default=[], metavar="FILE", help="items that nobody may train on"
    )
    group.add_argument(
        "--benchmark-fields", nargs="+", default=[], metavar="NAME", help="default: text"
    )
    group.add_argument(
        "--benchmark-words", type=_count, default=13, metavar="N", help="default: %(default)s-grams"
    )
    group.add_argument(
        "--benchmark-images",
        nargs="+",
        default=[],
        metavar="PATH",
        help="pictures, folders of them, or lists of PDQ hashes",
    )


def _rights_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--honour",
        type=_kinds,
        default=KINDS[:-1],
        metavar="KINDS",
        help=f"of {','.join(KINDS)}, or nothing; default: all but the last",
    )
    lists: dict[str, Any] = {"nargs": "+", "default": []}
    command.add_argument("--robots-from", **lists, metavar="WARC", help="a crawl's robots.txt")
    command.add_argument(
        "--robots-age", type=_count, default=30, metavar="DAYS", help="how old they may be"
    )
    command.add_argument("--block", **lists, metavar="FILE", help="domains and addresses, listed")
    command.add_argument("--hashes", **lists, metavar="FILE", help="MD5, SHA-256 of unwanted files")
    command.add_argument("--pdq", **lists, metavar="FILE", help="PDQ hashes of unwanted pictures")


def _web_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--proxy", metavar="URL", help="ask for images through this HTTP proxy")
    lists: dict[str, Any] = {"nargs": "+", "default": []}
    command.add_argument("--dns", **lists, metavar="ADDRESS", help="name servers, in their order")
    command.add_argument(
        "--http2",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="ask by HTTP/2 where a server prefers it (default: yes)",
    )
    command.add_argument(
        "--per-host", type=_count, default=4, metavar="N", help="requests to a host at a time"
    )
    command.add_argument(
        "--rate", type=_rate, default=10.0, metavar="N", help="requests to a host a second; 0: any"
    )
    command.add_argument(
        "--deadline", type=_count, default=3600, metavar="S", help="seconds a part may ask for"
    )
    command.add_argument("--allow", **lists, metavar="CIDR", help="private addresses to ask, too")
    command.add_argument("--contact", default="", metavar="TEXT", help="who asks: the user agent")


def _image_options(command: argparse.ArgumentParser) -> None:
    """Words of img2dataset; what they do: pipeline.resize.Resize. None stands for its default."""
    flag = argparse.BooleanOptionalAction
    modes = ("no", "border", "keep_ratio", "keep_ratio_largest", "center_crop")
    formats = ("auto", "jpeg", "png", "webp", "avif")
    pictures = command.add_argument_group("pictures (docs/images.md)")
    pictures.add_argument("--image-size", type=_count, metavar="PX", help="default: 1024")
    pictures.add_argument("--resize-mode", choices=modes, help="default: keep_ratio_largest")
    pictures.add_argument("--resize-only-if-bigger", action=flag, help="default: yes")
    pictures.add_argument("--skip-reencode", action=flag, help="keep what fits; default: yes")
    pictures.add_argument("--image-format", choices=formats, help="default: auto, jpeg or png")
    pictures.add_argument("--image-quality", type=_count, metavar="N", help="default: 90")
    pictures.add_argument("--keep-originals", action=flag, help="also the bytes as sent")
    pictures.add_argument("--blur", metavar="WHAT", help="faces, plates, or module:name")
    pictures.add_argument("--images-alike", default="pdq", metavar="HASH", help="or phash:8 ...")
    fetchers = ("interleaf", "img2dataset")
    pictures.add_argument("--fetcher", choices=fetchers, default=fetchers[0])


def _store_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--store", required=True, metavar="DIR_OR_S3", help="where everything of this run goes"
    )


def _count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' should be a whole number of at least 1")
    return int(text)


def _kinds(text: str) -> tuple[str, ...]:
    found = tuple(name for name in text.split(",") if name != "nothing")
    for name in found:
        if name not in KINDS:
            raise argparse.ArgumentTypeError(f"'{name}' is none of {', '.join(KINDS)}, nothing")
    return found


def _rate(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        raise argparse.ArgumentTypeError(f"'{text}' should be a number of at least 0")
    return float(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' should be a share between 0 and 1")
    return share


def _span(text: str) -> tuple[int, int]:
    first, colon, last = text.partition(":")
    if not colon or not first.isdigit() or not last.isdigit() or int(first) >= int(last):
        raise argparse.ArgumentTypeError(f"'{text}' should look like 0:8, the smaller first")
    return int(first), int(last)
