"""Signals of what else in the crawl is like a picture or a document: who shares it, who is best.

A place of 1 is the best copy, so a recipe keeps the best alone by a rule such as

    value = "cluster_place"
    at_most = 1

and without one nothing is dropped. Where a thing is alone, all numbers are 1.
"""

import pyarrow as pa

from filters.signals import DOCUMENTS, IMAGES, Signal

_OBELICS = "OBELICS, build_obelics/11_01 to 11_03"
_OMNICORPUS = "OmniCorpus, arXiv 2406.08418"
_OWN = "filters/alike.py"

PICTURE = (
    Signal(
        "cluster_id", pa.string(), "smallest sha256 of the pictures that look alike", "hex", _OWN
    ),
    Signal("cluster_size", pa.int32(), "different files among those", "count", _OMNICORPUS),
    Signal("cluster_uses", pa.int32(), "links of documents that show one of those", "count", _OWN),
    Signal(
        "cluster_place",
        pa.int32(),
        "1 for the largest by area, then by sha256 and doc_id",
        "count",
        _OWN,
    ),
    Signal("bytes_uses", pa.int32(), "links of documents that show the same bytes", "count", _OWN),
    Signal("bytes_place", pa.int32(), "1 for the first document by doc_id", "count", _OWN),
)

DOCUMENT = (
    Signal(
        "image_set_uses",
        pa.int32(),
        "documents with the same set of image links",
        "count",
        _OBELICS,
    ),
    Signal(
        "image_set_place",
        pa.int32(),
        "1 for the one of the best quality (the recipe's survivor), then the older, then by doc_id",
        "count",
        _OBELICS,
    ),
    Signal(
        "interleaved_id",
        pa.string(),
        "smallest doc_id of the documents alike in text and in pictures",
        "hex",
        _OWN,
    ),
    Signal("interleaved_size", pa.int32(), "documents among those", "count", _OWN),
    Signal(
        "interleaved_place",
        pa.int32(),
        "1 for the best of them, as by image_set_place",
        "count",
        _OWN,
    ),
)

OF_PICTURE = pa.schema([signal.shaped(IMAGES) for signal in PICTURE])
COLUMNS = pa.schema([signal.shaped(DOCUMENTS) for signal in DOCUMENT])

# What the export reads of a picture: these, and which one it is.
SHOWN = ("image_id", *(signal.name for signal in PICTURE))

NAMES = frozenset(signal.name for signal in (*PICTURE, *DOCUMENT))
