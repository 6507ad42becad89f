"""Train main content again, score it on sites that it never saw beside others, write the page.

python -m tests.quality [--folds 5]    the peers and LightGBM are the extras `peers` and `train`

Writes filters/main/model.npz (trained on all pages), tests/quality/measured.json and the measured
part of docs/main-content.md. The same code and pages give the same model.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jobs.inputs.opening import open_source
from jobs.inputs.sources import sources
from jobs.training.gold import MARKED, Example, agreement, examples
from jobs.training.rows import gathered
from jobs.training.train_main import chosen_texts, cross_validated, shipped
from pipeline.page.charset import in_utf8
from pipeline.warc import ReadWarc
from tests.quality.images import compared
from tests.quality.page import DOCUMENT, MEASURED, OURS, ROOT, model_hash, with_measured
from tests.quality.peers import READERS

REALWEB = ROOT.parent / "shared" / "realweb"
MODEL = ROOT / "filters" / "main" / "model.npz"


def texts_of(warcs: Sequence[str], pages: Sequence[Example]) -> dict[str, list[str]]:
    """What each of the others takes for main content, page by page."""
    judged = {page.gold["url"] for page in pages if page.gold["kind"] in (*MARKED, "snippets")}
    found: dict[str, dict[str, str]] = {name: {} for name in READERS}
    wanted = ["url", "body", "http_charset", "dropped"]
    start = iter(sources(list(warcs), None).to_batches())
    for batch in ReadWarc(open_source).stream(start):
        for row in batch.select(wanted).to_pylist():
            if row["dropped"] is None and row["url"] in judged:
                judged.remove(row["url"])
                html = in_utf8(row["body"] or b"", row["http_charset"]).decode()
                for name, read in READERS.items():
                    found[name][row["url"]] = read(html)
    return {
        name: [texts.get(page.gold["url"], "") for page in pages] for name, texts in found.items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.quality", description=__doc__)
    parser.add_argument("--folds", type=int, default=5, help="parts of the registered domains")
    parser.add_argument("--realweb", type=Path, default=REALWEB, help="folder of pages and gold")
    asked = parser.parse_args()
    try:
        versions = {name: version(name) for name in (*READERS, "lightgbm")}
    except ModuleNotFoundError as error:  # PackageNotFoundError is one
        print(f"not installed: {error}; make quality installs what it needs", file=sys.stderr)
        return 2
    warcs = sorted(map(str, asked.realweb.glob("pages-open-*.warc.gz")))
    if not warcs:
        print(f"no pages-open-*.warc.gz in {asked.realweb}: give --realweb", file=sys.stderr)
        return 2
    pages = list(examples(warcs, asked.realweb / "gold-open.jsonl.gz"))
    batch = gathered(pages)
    print(f"{len(pages)} pages, {len(batch.shares)} units", flush=True)
    found = cross_validated(batch, pages, asked.folds)
    MODEL.write_bytes(shipped(batch, pages, found.limits))
    gold = [page.gold for page in pages]
    texts = {OURS: chosen_texts(batch, pages, found.kept), **texts_of(warcs, pages)}
    measured: dict[str, Any] = {
        "model": model_hash(),
        "versions": versions,
        "bounds": found.limits,
        "readers": {name: asdict(agreement(gold, each)) for name, each in texts.items()},
        "images": compared(batch, pages, found.given, found.kept)._asdict(),
    }
    MEASURED.write_text(json.dumps(measured, indent=1) + "\n")
    DOCUMENT.write_text(with_measured(DOCUMENT.read_text("utf-8"), measured), "utf-8")
    print(DOCUMENT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
