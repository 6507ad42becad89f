"""Options that belong together: what more than one command takes, or what docs/ has a page of."""

import argparse
from typing import Any

from jobs.options.values import count, inside, kinds, proxy, rate, server, share, words
from pipeline.web.rights import KINDS


def engine(command: argparse.ArgumentParser) -> None:
    """Which engine, with how many workers, and where."""
    command.add_argument("--on", choices=("local", "ray", "spark"), default="local", help="engine")
    command.add_argument("--workers", type=count, metavar="N", help="default: one for each core")
    command.add_argument("--address", metavar="URL", help="the Ray or Spark cluster to join")


def web(command: argparse.ArgumentParser) -> None:
    """How the web is asked."""
    command.add_argument(
        "--proxy", type=proxy, metavar="URL", help="ask for images through this HTTP proxy"
    )
    lists: dict[str, Any] = {"nargs": "+", "default": []}
    command.add_argument(
        "--dns", **lists, type=server, metavar="ADDRESS", help="name servers, in their order"
    )
    command.add_argument(
        "--http2",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="ask by HTTP/2 where a server prefers it (default: yes)",
    )
    command.add_argument(
        "--per-host",
        type=count,
        default=4,
        metavar="N",
        help="requests to a host at a time",
    )
    command.add_argument(
        "--rate",
        type=rate,
        default=10.0,
        metavar="N",
        help="requests to a host a second; 0: any",
    )
    command.add_argument(
        "--deadline",
        type=count,
        default=3600,
        metavar="S",
        help="seconds a part may ask for",
    )
    command.add_argument(
        "--part-mib", type=count, metavar="N", help="MiB that a part may take in (default: any)"
    )
    command.add_argument(
        "--link-seconds",
        type=count,
        default=60,
        metavar="S",
        help="for one link, redirects and tries included (default: %(default)s)",
    )
    command.add_argument(
        "--link-mib", type=count, default=20, metavar="N", help="of one link (default: %(default)s)"
    )
    command.add_argument(
        "--allow", **lists, type=inside, metavar="CIDR", help="private addresses to ask, too"
    )
    command.add_argument(
        "--contact", type=words, default="", metavar="TEXT", help="who asks: the user agent"
    )


def near(command: argparse.ArgumentParser) -> None:
    """What counts as a near-duplicate, and of what."""
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
        type=share,
        default=0.95,
        metavar="COSINE",
        help="from which similarity on (default: %(default)s)",
    )
    command.add_argument(
        "--semantic-clusters",
        type=count,
        metavar="N",
        help="default: by the number of documents",
    )
    command.add_argument(
        "--allow-drop",
        type=share,
        default=0.5,
        metavar="SHARE",
        help="stop where a step drops more than this as duplicates (default: %(default)s)",
    )


def benchmarks(command: argparse.ArgumentParser) -> None:
    """What nobody may train on."""
    group = command.add_argument_group("decontamination (docs/decontamination.md)")
    group.add_argument(
        "--benchmarks", nargs="+", default=[], metavar="FILE", help="items that nobody may train on"
    )
    group.add_argument(
        "--benchmark-fields", nargs="+", default=[], metavar="NAME", help="default: text"
    )
    group.add_argument(
        "--benchmark-words",
        type=count,
        default=13,
        metavar="N",
        help="default: %(default)s-grams",
    )
    group.add_argument(
        "--benchmark-images",
        nargs="+",
        default=[],
        metavar="PATH",
        help="pictures, folders of them, or lists of PDQ hashes",
    )


def rights(command: argparse.ArgumentParser) -> None:
    """What owners say, and lists of what is not wanted."""
    command.add_argument(
        "--honour",
        type=kinds,
        default=KINDS[:-1],
        metavar="KINDS",
        help=f"of {','.join(KINDS)}, or nothing; default: all but the last",
    )
    lists: dict[str, Any] = {"nargs": "+", "default": []}
    command.add_argument("--robots-from", **lists, metavar="WARC", help="a crawl's robots.txt")
    command.add_argument(
        "--robots-age",
        type=count,
        default=30,
        metavar="DAYS",
        help="how old they may be",
    )
    command.add_argument("--block", **lists, metavar="FILE", help="domains and addresses, listed")
    command.add_argument("--hashes", **lists, metavar="FILE", help="MD5, SHA-256 of unwanted files")
    command.add_argument("--pdq", **lists, metavar="FILE", help="PDQ hashes of unwanted pictures")


def pictures(command: argparse.ArgumentParser) -> None:
    """Words of img2dataset, as pipeline.pictures.resize.Resize has them. None: its default."""
    flag = argparse.BooleanOptionalAction
    modes = ("no", "border", "keep_ratio", "keep_ratio_largest", "center_crop")
    formats = ("auto", "jpeg", "png", "webp", "avif")
    group = command.add_argument_group("pictures (docs/images.md)")
    group.add_argument("--image-size", type=count, metavar="PX", help="default: 1024")
    group.add_argument("--resize-mode", choices=modes, help="default: keep_ratio_largest")
    group.add_argument("--resize-only-if-bigger", action=flag, help="default: yes")
    group.add_argument("--skip-reencode", action=flag, help="keep what fits; default: yes")
    group.add_argument("--image-format", choices=formats, help="default: auto, jpeg or png")
    group.add_argument("--image-quality", type=count, metavar="N", help="default: 90")
    group.add_argument("--keep-originals", action=flag, help="also the bytes as sent")
    group.add_argument("--blur", metavar="WHAT", help="faces, plates, or module:name")
    group.add_argument("--images-alike", default="pdq", metavar="HASH", help="or phash:8 ...")
    fetchers = ("interleaf", "img2dataset")
    group.add_argument("--fetcher", choices=fetchers, default=fetchers[0])
