"""fastText's own answers, asked as OBELICS asks: what filters.language has to give."""

from functools import cache

import fasttext
import pyarrow as pa

from filters import language

MOST_CHARS = 10_000


@cache
def model() -> "fasttext.FastText._FastText":
    return fasttext.load_model(str(language._path()))


def asked(text: str, count: int = 1) -> list[tuple[str, float]]:
    """So many of the likeliest languages, and their probabilities."""
    line = " ".join(text[:MOST_CHARS].lower().split())
    if not line:
        return [(language.UNDETERMINED, 0.0)]
    names, scores = model().predict(line, k=count)
    return [
        (name.removeprefix("__label__"), min(float(score), 1.0))
        for name, score in zip(names, scores, strict=True)
    ]


def languages(text: pa.Array) -> list[tuple[str, float]]:
    """The language of each text of a column."""
    return [asked(each or "")[0] for each in text.to_pylist()]
