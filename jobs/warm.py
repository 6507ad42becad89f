"""Compile the compiled passes once, so that the first run need not: part of `make setup`."""

import numpy as np
import pyarrow as pa

from filters.arithmetic import program
from filters.contamination import indexed
from filters.measures import NAMES
from filters.minhash import band_keys
from filters.pictures.hash_slots import Radius
from filters.rules import Rule
from jobs.store_tables import scores
from pipeline.copies.components import EDGE, labels
from pipeline.copies.near_hashes import SLOT, NearHashes
from pipeline.interleave import Interleave
from pipeline.pictures import decoding
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
    _decide()
    warm_hashes()
    decoding.prepare()
    labels([pa.RecordBatch.from_pydict({"u": [1], "v": [2]}, EDGE)])


def _decide() -> None:
    """What the ledger compiles, for the types that its files have."""
    from filters.compiled.adding import add, add_at, any_differs

    rows = pa.RecordBatch.from_pydict({"words": pa.array([1, 2], pa.uint16())})
    program((Rule("words", "words / 2", 1, when="words > 0"),), rows.schema)[0].marks(rows)
    kept, ends = np.ones(2, bool), np.array([0, 2])
    add(kept, ends)
    any_differs(kept, kept, ends)
    for type_ in (pa.uint8(), pa.uint16(), pa.uint32()):
        values = pa.array([1, 2], type_).to_numpy()
        add(values, ends)
        add_at(values, np.array([0, 1], np.uint32), ends)


def warm_hashes() -> None:
    """Compare two hashes."""
    node = {"slot": 0, "across": 0, "value": 0, "node": 0, "hash": bytes(32)}
    slots = pa.RecordBatch.from_pylist([node], SLOT)
    for _ in NearHashes(Radius()).stream(iter([slots])):
        pass


if __name__ == "__main__":
    warm()
