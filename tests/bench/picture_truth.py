"""Pictures that look alike, found against pictures that were changed: recall and precision.

python -m tests.bench.picture_truth [--pictures N]     writes docs/image-duplicates.md

Real pictures of several sites, each with seeded mutants: scaled down, encoded again at another
quality or in another format, cropped a little, made lighter or darker. A mutant should be found
from its original; two pictures of different hosts should not meet. Pairs of one host are not
asked: a site shows the same thing twice, and nobody has said where.
"""

import argparse
import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from pathlib import Path
from textwrap import wrap
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from filters.pictures.hash_slots import BITS, USUAL, words_of
from filters.pictures.image_hashes import PDQ_MIN_QUALITY
from filters.pictures.looks import look
from filters.pictures.pixels import decoded, sniffed, vips

SHARED = Path(__file__).parents[3] / "shared"
CRAWL = SHARED / "realweb" / "sites-open-images.warc.gz"
PAGE = Path(__file__).parents[2] / "docs" / "image-duplicates.md"
RADII = {"pdq": (15, 23, 31, 39, 47), "phash": (4, 6, 8, 10, 12), "dhash": (2, 4, 8, 10, 12)}
LEAST_PX, MOST_A_HOST = 150, 40
CHANGES = ("scale", "encode", "crop", "light")


@dataclass(frozen=True)
class Seen:
    """The hashes of an original and of each of its mutants, with the change that made it."""

    host: str
    quality: int
    hashes: dict[str, str]
    mutants: list[tuple[str, dict[str, str]]]


def originals() -> Iterator[tuple[str, bytes]]:
    """Host and bytes of every different picture of at least LEAST_PX a side."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    known: set[bytes] = set()
    with CRAWL.open("rb") as crawl:
        for record in ArchiveIterator(crawl, record_types=WarcRecordType.response):
            data = record.reader.read()
            host = urlsplit(record.headers["WARC-Target-URI"]).hostname or ""
            format_ = sniffed(data)
            if format_ is None or data in known:
                continue
            try:
                image = decoded(data, format_)
            except vips().Error:
                continue
            if min(image.width, image.height) < LEAST_PX:
                continue
            known.add(data)
            yield host, data


def mutants(data: bytes, draw: random.Random) -> Iterator[tuple[str, bytes]]:
    """One of each of CHANGES, by how much being drawn; all in bytes as a site would send them."""
    image = decoded(data, sniffed(data) or "").copy_memory()
    if image.hasalpha():
        image = image.flatten(background=255)
    image = image.colourspace("srgb").cast("uchar")
    yield "scale", image.resize(draw.uniform(0.3, 0.8)).jpegsave_buffer(Q=90)
    quality = draw.randint(25, 80)
    suffix = draw.choice([f".jpg[Q={quality}]", f".webp[Q={quality}]"])
    yield "encode", image.write_to_buffer(suffix)
    left, top, right, bottom = (draw.uniform(0, 0.04) for _ in range(4))
    width, height = image.width, image.height
    box = (int(left * width), int(top * height))
    size = (int(width * (1 - left - right)), int(height * (1 - top - bottom)))
    yield "crop", image.crop(*box, *size).jpegsave_buffer(Q=90)
    factor = draw.choice([draw.uniform(0.7, 0.9), draw.uniform(1.1, 1.3)])
    yield "light", (image * factor).cast("uchar").jpegsave_buffer(Q=90)


def seen(most: int) -> Iterator[Seen]:
    """Hashes of all originals, and of mutants of the first `most`, few of a host."""
    draw = random.Random(11)
    per_host: dict[str, int] = defaultdict(int)
    for host, data in originals():
        own = look(data)
        if own is None:
            continue
        made: list[tuple[str, dict[str, str]]] = []
        if sum(per_host.values()) < most and per_host[host] < MOST_A_HOST:
            try:
                looks = [(change, look(changed)) for change, changed in mutants(data, draw)]
            except vips().Error:
                continue
            per_host[host] += 1
            made = [(change, hashes(each)) for change, each in looks if each is not None]
            assert len(made) == len(CHANGES)
        yield Seen(host, own.pdq_quality, hashes(own), made)


def hashes(each: Any) -> dict[str, str]:
    return {name: getattr(each, name) for name in BITS}


def _apart(pictures: list[Seen]) -> np.ndarray:
    """Pairs of pictures of different hosts, each once: bool (n, n)"""
    hosts = np.array([each.host for each in pictures])
    return np.triu(hosts[:, None] != hosts[None])


@dataclass(frozen=True)
class Row:
    """What a radius finds: recall by change, and pairs of strangers that it takes for one."""

    recall: dict[str, float]
    right: int
    wrong: int

    @property
    def precision(self) -> float:
        return self.right / (self.right + self.wrong) if self.right else 0.0


def measured(pictures: list[Seen], strangers: list[Seen], name: str, radius: int) -> Row:
    """A hash and a radius over originals with their mutants, and over all pairs of hosts."""
    length = BITS[name]
    own = words_of([each.hashes[name] for each in pictures], length)
    recall, right = {}, 0
    for number, change in enumerate(CHANGES):
        theirs = words_of([each.mutants[number][1][name] for each in pictures], length)
        found = np.bitwise_count(own ^ theirs).sum(axis=1) <= radius
        recall[change] = float(found.mean())
        right += int(found.sum())
    others = words_of([each.hashes[name] for each in strangers], length)
    near = np.stack([np.bitwise_count(others ^ word).sum(axis=1) <= radius for word in others])
    return Row(recall, right, int((near & _apart(strangers)).sum()))


def by_chance(bits: int, radius: int, count: int = 1_000_000) -> float:
    """Pairs within the radius among so many hashes whose bits were thrown by coin."""
    return comb(count, 2) * sum(comb(bits, n) for n in range(radius + 1)) / 2**bits


def table(pictures: list[Seen], strangers: list[Seen]) -> list[str]:
    """The table in Markdown, a row for a hash and a radius."""
    heads = ("hash", "bits", *CHANGES, "all", "strangers", "precision", "by chance")
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    for name, radii in RADII.items():
        for radius in radii:
            row = measured(pictures, strangers, name, radius)
            whole = sum(row.recall.values()) / len(row.recall)
            usual = " (usual)" if USUAL[name] == radius else ""
            cells = [name, f"{radius}{usual}", *(f"{row.recall[each]:.3f}" for each in CHANGES)]
            cells += [f"{whole:.3f}", f"{row.wrong:,}", f"{row.precision:.3f}"]
            cells.append(f"{by_chance(BITS[name], radius):,.1f}")
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def page(pictures: list[Seen], strangers: list[Seen], flat: int) -> str:
    """The whole page."""
    hosts = len({each.host for each in pictures})
    pairs = int(_apart(strangers).sum())
    text = (
        f"{len(pictures):,} real pictures of {hosts} hosts, each with four seeded mutants: scaled "
        "to 0.3 to 0.8 of its size; encoded again as JPEG or WebP of quality 25 to 80; up to 4 % "
        "cut off at each side; 10 to 30 % lighter or darker. `scale` to `all` are shares of "
        f"mutants within so many bits of their original. Strangers are {pairs:,} pairs of "
        f"originals from different hosts, {len(strangers):,} pictures in all: one within the bits "
        "counts as wrong, which may do it injustice. By chance: pairs within the bits among a "
        "million hashes whose bits were thrown by coin; they grow with the square of the number. "
        f"{flat:,} more pictures have a PDQ quality below {PDQ_MIN_QUALITY}: they have too little "
        "to hash, and are compared by their bytes alone."
    )
    return "\n".join(
        [
            "# Pictures that look alike",
            "",
            "Written by `python -m tests.bench.picture_truth`.",
            "",
            *wrap(text, 120),
            "",
            *table(pictures, strangers),
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", type=int, default=400, metavar="N")
    found = list(seen(parser.parse_args().pictures))
    kept = [each for each in found if each.quality >= PDQ_MIN_QUALITY]
    text = page([each for each in kept if each.mutants], kept, len(found) - len(kept))
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    print(f"written: {PAGE}")


if __name__ == "__main__":
    main()
