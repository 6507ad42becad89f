"""`python -m tests.bench.faces`: what `--blur` finds in real pictures, and what it misses.

Faces were counted by eye (faces.txt). A picture's hits are at most the faces that it has: where a
box lies was not written down. The same command counts the pictures that models call unsafe.
"""

import hashlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
from fastwarc.warc import ArchiveIterator, WarcRecordType

from filters.pictures import models, nsfw_mobilenet
from filters.pictures.detectors import DETECTORS, detected
from filters.pictures.models import ModelError
from filters.pictures.pixels import sniffed

WARC = Path(__file__).parents[3] / "shared/realweb/sites-open-images.warc.gz"
DIGITS = 16
LABELLED = {
    line.split()[0]: int(line.split()[1])
    for line in Path(__file__).with_suffix(".txt").read_text().splitlines()
    if not line.startswith("#")
}


def pictures() -> Iterator[tuple[str, bytes]]:
    """The labelled pictures, each once."""
    left = set(LABELLED)
    with WARC.open("rb") as file:
        for record in ArchiveIterator(file, record_types=WarcRecordType.response):
            data = record.reader.read()
            name = hashlib.sha256(data).hexdigest()[:DIGITS]
            if name in left and sniffed(data):
                left.discard(name)
                yield name, data


def main() -> int:
    """Print recall and false alarms of each detector, and its processor time."""
    if not WARC.exists():
        print(f"{WARC} is not there")
        return 1
    held = list(pictures())
    for word in DETECTORS:
        begun = time.process_time()
        try:
            found = {name: len(detected([word], data)[word]) for name, data in held}
        except ModelError as error:
            print(f"{word}: {error}")
            continue
        each_ms = (time.process_time() - begun) / len(held) * 1000
        empty = [name for name, _ in held if word != "faces" or not LABELLED[name]]
        alarms = sum(found[name] > 0 for name in empty)
        if word == "faces":
            there = sum(LABELLED[name] for name, _ in held)
            hits = sum(min(found[name], LABELLED[name]) for name, _ in held)
            print(f"faces: {hits} of {there} found in {len(held) - len(empty)} pictures")
        where = "without" if word == "faces" else "of all kinds, hardly a vehicle among them"
        print(f"{word}: found in {alarms} of {len(empty)} pictures {where}; {each_ms:.0f} ms each")
    unsafe(held)
    return 0


def unsafe(held: list[tuple[str, bytes]]) -> None:
    """How many pictures of these harmless sites each model calls unsafe, at OBELICS' bounds."""
    score = models.unsafe_scores([data for _, data in held]).to_numpy(zero_copy_only=False)
    views = [nsfw_mobilenet.seen(data) for _, data in held]
    begun = time.process_time()
    columns = nsfw_mobilenet.scores(pa.array(views, pa.large_binary()))
    each_ms = (time.process_time() - begun) / len(held) * 1000
    named = dict(zip(nsfw_mobilenet.CLASSES, columns, strict=True))
    porn, hentai = (named[name].to_numpy(zero_copy_only=False) for name in ("porn", "hentai"))
    five = (porn > 0.85) | (hentai > 0.9)
    print(f"unsafe > 0.85: {(score > 0.85).sum()} of {len(held)}")
    print(f"nsfw_porn > 0.85 or nsfw_hentai > 0.9: {five.sum()} of {len(held)}; {each_ms:.0f} ms")
    print(f"both: {((score > 0.85) & five).sum()}")


if __name__ == "__main__":
    sys.exit(main())
