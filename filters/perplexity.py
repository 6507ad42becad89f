"""How well a language model foretells a text: a log probability and the tokens it is over.

Both are counts that add up, so that the perplexity of any group of nodes is exact without reading
it again: `10 ** (-lm_log10 / 1e6 / lm_tokens)`. A sum of floats depends on its order; the log
probability of a node is therefore rounded once, to a millionth, and stored as a whole number.

A node is one sentence to the model, with its end counted as a token, as CCNet counts the lines of a
document. OBELICS reads a whole document as one line, its paragraphs joined without a space; the sum
over nodes has one more sentence end for each further node.

The model is a KenLM file (Heafield, WMT 2011) given by path; none is shipped. Without one the two
columns are null, in nodes and in documents, and a rule over them is refused.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, partial
from hashlib import file_digest
from pathlib import Path
from typing import Any

import pyarrow as pa

from filters.normalise import NORMALISATIONS, words
from filters.signals import Measure, Signal

_SOURCE = "CCNet, arXiv 1911.00359; OBELICS, obelics/processors/web_document_filtering.py"
MICRO = 1_000_000
MOST_CHARS = 1 << 20  # of a node; a longer text is no web paragraph, and its rest is not read

COUNTS = (
    Signal("lm_log10", pa.int64(), "log10 probability of the tokens", "millionths", _SOURCE),
    Signal("lm_tokens", pa.int64(), "tokens of the model, sentence ends too", "count", _SOURCE),
)


class LanguageModelError(ValueError):
    """A language model cannot be used; the text is one line that tells the next move."""


@dataclass(frozen=True)
class LanguageModel:
    """A KenLM file, how its text was written, and the sentencepiece model it was cut by, if any.

    `sha256` are the digests of model and pieces: the model that a worker loads is the one that the
    run was checked with.
    """

    path: str
    normalisation: str = "obelics"
    pieces: str | None = None
    sha256: tuple[str, str] = ("", "")

    @property
    def identity(self) -> dict[str, Any]:
        """All that its scores depend on; paths may move."""
        values = asdict(self) | {"path": None, "pieces": None}
        return {key: value for key, value in values.items() if value is not None}


def card_name(path: str) -> str:
    """Where the card of a model lies: what `interleaf train-lm` writes beside it."""
    return f"{path}.card.json"


def asked(path: str | None, pieces: str | None, normalisation: str | None) -> LanguageModel | None:
    """What the options --lm, --lm-pieces and --lm-text ask for. Raises LanguageModelError."""
    if path is not None:
        return language_model(path, pieces, normalisation)
    for option, given in (("--lm-pieces", pieces), ("--lm-text", normalisation)):
        if given is not None:
            raise LanguageModelError(
                f"{option} {given}: there is no model for it; give one with --lm MODEL"
            )
    return None


def language_model(path: str, pieces: str | None, normalisation: str | None) -> LanguageModel:
    """The model at `path`, checked and with its digests. Raises LanguageModelError.

    Without `normalisation` it is the one that the model's card names, or OBELICS'.
    """
    for file in filter(None, (path, pieces)):
        if not Path(file).is_file():
            raise LanguageModelError(f"there is no model {file}; make one: interleaf train-lm")
    card = Path(card_name(path))
    if normalisation is None and card.is_file():
        try:
            normalisation = json.loads(card.read_text("utf-8"))["normalisation"]
        except (ValueError, KeyError, TypeError) as error:
            raise LanguageModelError(f"{card} is no card of a model: {error!r}") from error
    normalisation = normalisation or "obelics"
    if normalisation not in NORMALISATIONS:
        raise LanguageModelError(
            f"{path}: there is no normalisation '{normalisation}'; {', '.join(NORMALISATIONS)}"
        )
    digests = (_digest(path), _digest(pieces) if pieces else "")
    model = LanguageModel(str(Path(path).resolve()), normalisation, pieces, digests)
    loaded(model)
    return model


def _digest(path: str) -> str:
    with Path(path).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


@cache
def loaded(model: LanguageModel) -> tuple[Any, Callable[[str], list[str]]]:
    """KenLM's model and what cuts a line into tokens, once a process. Raises LanguageModelError."""
    try:
        import kenlm
    except ImportError as error:
        raise LanguageModelError("KenLM is missing: pip install 'interleaf[perplexity]'") from error
    try:
        config = kenlm.Config()
        config.show_progress = False
        config.arpa_complain = kenlm.ARPALoadComplain.NONE
        known = kenlm.Model(model.path, config)
    except (OSError, RuntimeError) as error:
        line = " ".join(str(error).split())
        raise LanguageModelError(f"{model.path} is no KenLM model: {line}") from error
    if model.pieces is None:
        return known, words
    try:
        import sentencepiece

        cutter = sentencepiece.SentencePieceProcessor(model_file=model.pieces)
    except ImportError as error:
        raise LanguageModelError("--lm-pieces needs: pip install sentencepiece") from error
    except (OSError, RuntimeError) as error:
        raise LanguageModelError(f"{model.pieces} is no sentencepiece model: {error}") from error
    return known, cutter.encode_as_pieces


def scores(model: LanguageModel | None, text: pa.Array) -> tuple[pa.Array, ...]:
    """COUNTS of texts. string (n,) -> int64 (n,) twice; null for null, and without a model.

    A text without a token has 0 and 0.
    """
    if model is None:
        return tuple(pa.nulls(len(text), signal.type) for signal in COUNTS)
    known, cut = loaded(model)
    normalise = NORMALISATIONS[model.normalisation]
    sums: list[int | None] = []
    tokens: list[int | None] = []
    for value in text.to_pylist():
        line = None if value is None else cut(normalise(value[:MOST_CHARS]))
        if line is None:
            sums.append(None)
            tokens.append(None)
        elif not line:
            sums.append(0)
            tokens.append(0)
        else:
            sums.append(round(known.score(" ".join(line)) * MICRO))
            tokens.append(len(line) + 1)
    return pa.array(sums, pa.int64()), pa.array(tokens, pa.int64())


def measure(model: LanguageModel | None = None) -> Measure:
    """The measure of nodes by `model`; by none it gives nulls, so that tables have one shape."""
    return Measure(partial(scores, model), ("text",), COUNTS)
