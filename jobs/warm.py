"""Compile the compiled passes once, so that the first run need not: part of `make setup`."""

import pyarrow as pa

from filters.contamination import indexed
from filters.measures import NAMES
from filters.minhash import band_keys
from jobs.flows import scores
from pipeline.components import EDGE, labels
from pipeline.interleave import Interleave
from pipeline.stage import chain
from schemas.page import PAGE

BODY = b"<title>t</title><body><h1>A page</h1><p>of a few <a href=x>words</a><img src=a.jpg> more"


def warm() -> None:
    """Send one small page through every stage that compiles."""
    row = {"warc_file": "w", "warc_offset": 0, "url": "http://a.example/", "body": BODY}
    page = pa.RecordBatch.from_pylist([row], PAGE)
    index, _ = indexed([("b", pa.array(["a few words"]))])
    index.matches("a few words")
    stages = scores(NAMES, benchmarks=lambda: index)
    for _ in chain((Interleave(), *stages), iter([page])):
        band_keys(pa.array(["a few words"]))
    labels([pa.RecordBatch.from_pydict({"u": [1], "v": [2]}, EDGE)])


if __name__ == "__main__":
    warm()
