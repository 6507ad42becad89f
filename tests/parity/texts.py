"""The texts that decisions are compared on: our documents of real pages, and their gold texts."""

import gzip
import json
import random
from functools import cache
from pathlib import Path

import pytest

REALWEB = Path(__file__).parents[2].parent / "shared" / "realweb"


@cache
def documents() -> tuple[str, ...]:
    """The joined text of every page of the first file."""
    from jobs.inputs.sources import open_source, sources
    from pipeline.interleave import Interleave
    from pipeline.nested import opened
    from pipeline.score import joined_text
    from pipeline.warc import ReadWarc

    start = sources([str(REALWEB / "pages-open-00000.warc.gz")], None).to_batches()
    records = ReadWarc(open_source).stream(iter(start))
    pages = (batch.filter(batch["dropped"].is_null()) for batch in records)
    found = (joined_text(opened(batch["nodes"])) for batch in Interleave().stream(pages))
    return tuple(text for column in found for text in column.to_pylist() if text)


@cache
def gold() -> tuple[str, ...]:
    """The main text that people marked on the pages."""
    with gzip.open(REALWEB / "gold-open.jsonl.gz", "rt", encoding="utf-8") as file:
        rows = [json.loads(line).get("text") for line in file]
    return tuple(text for text in rows if text)


def sample(count: int) -> list[str]:
    """So many of both kinds each, the same every time; skips aloud where there are none."""
    if not REALWEB.is_dir():
        pytest.skip(f"no real pages: {REALWEB} is absent (it is not part of the repository)")
    chosen = random.Random(4)
    return [
        text
        for texts in (documents(), gold())
        for text in chosen.sample(texts, min(count, len(texts)))
    ]
