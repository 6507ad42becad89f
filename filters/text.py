"""Signals of a text node: counts, never ratios, so that they add up and any bound can be moved.

n is the number of nodes. All counts come from one compiled pass (filters.compiled.counting says
how). The definitions follow OBELICS (arXiv 2306.16527, appendix A; obelics/processors/
web_document_filtering.py); the ratios that its rules bound are quotients of two of these counts.
"""

from collections.abc import Iterable
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.signals import Measure, Signal

_OBELICS = "OBELICS, obelics/processors/web_document_filtering.py"


def _count(name: str, meaning: str, source: str = _OBELICS) -> Signal:
    return Signal(name, pa.int32(), meaning, "count", source)


COUNTS = (
    _count("chars", "code points"),
    _count("special_chars", "punctuation, symbols, digits, white space, controls, emoji"),
    _count("tokens", "runs of word characters or apostrophes, and punctuation marks, one each"),
    _count("punctuation", "the punctuation marks , ; : ? ! . among the tokens"),
    _count("words", "words: split at white space, special characters stripped, empty ones gone"),
    _count("stopwords", "words that are function words (list stopwords)"),
    _count("flagged_words", "words of sex and abuse (list flagged_words)"),
    _count(
        "common_words",
        "words in general use (list common_words); a compound where all its parts are",
        "after OBELICS, whose list is the words seen twice in 10 million documents of OSCAR",
    ),
    _count(
        "spam_words",
        "words of advertising and page furniture (list spam_words)",
        "after OBELICS, build_obelics/13_final_processing.py, with a list of our own",
    ),
)

REPETITION = (
    _count(
        "repeated_char_ngrams",
        "appearances of the most frequent character 10-grams: of d distinct and s single ones, "
        "the min(floor(sqrt(d)), d - s) most frequent",
    ),
    _count("char_ngrams", "character 10-grams"),
    _count("repeated_word_ngrams", "appearances of word 5-grams that appear more than once"),
    _count("word_ngrams", "word 5-grams"),
)

# Each count that is a part of another: their quotient is a share, between 0 and 1.
PARTS = {
    "special_chars": "chars",
    "punctuation": "tokens",
    "stopwords": "words",
    "flagged_words": "words",
    "common_words": "words",
    "spam_words": "words",
    "repeated_char_ngrams": "char_ngrams",
    "repeated_word_ngrams": "word_ngrams",
}


def counts(text: pa.Array) -> tuple[pa.Array, ...]:
    """COUNTS, then REPETITION, of each text. string (n,) -> 13 times int32 (n,); null for null."""
    return _counted(text, _table())


def _counted(text: pa.Array, table: np.ndarray) -> tuple[pa.Array, ...]:
    """As counts, by a table of words."""
    from filters.compiled import counting  # numba: only workers that count pay for it
    from filters.compiled.word_reading import letters

    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    return columns(counting.count_texts(*buffers(text), letters(), table), text)


def repetition(text: pa.Array) -> tuple[pa.Array, ...]:
    """REPETITION of each text. string (n,) -> 4 times int32 (n,); null for null."""
    from filters.compiled import word_tables

    # Repetition asks no list, and words are counted faster without them.
    nothing = word_tables.word_table(np.empty(0, np.uint64), np.empty(0, np.uint8))
    return _counted(text, nothing)[len(COUNTS) :]


NODE = (Measure(counts, ("text",), (*COUNTS, *REPETITION)),)


def buffers(text: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """A text column's own memory: UTF-8 uint8 (bytes,), and where each text begins int64 (n + 1,).

    Takes string and large_string, whole or sliced; copies the offsets only.
    """
    kind = np.int64 if pa.types.is_large_string(text.type) else np.int32
    _, offsets, data = text.buffers()
    if offsets is None or not len(text):
        return np.empty(0, np.uint8), np.zeros(len(text) + 1, np.int64)
    starts = np.frombuffer(offsets, kind)[text.offset : text.offset + len(text) + 1]
    letters = np.empty(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    return letters, starts.astype(np.int64)


def columns(rows: Iterable[np.ndarray], text: pa.Array) -> tuple[pa.Array, ...]:
    """Counts of texts, int32 (n,) each and whole, as columns that are null where the text is."""
    missing = text.null_count
    said = pc.and_(text.is_valid(), True).buffers()[1] if missing else None  # bits from the first
    return tuple(
        pa.Array.from_buffers(pa.int32(), len(text), [said, pa.py_buffer(row)], missing)
        for row in rows
    )


@cache
def _table() -> np.ndarray:
    """The words of all lists, as the compiled pass looks them up."""
    from filters.compiled import counting, word_tables
    from filters.compiled.characters import folding
    from filters.wordlists import word_list

    bits = {
        "stopwords": counting.STOPWORD,
        "flagged_words": counting.FLAGGED,
        "common_words": counting.COMMON,
        "spam_words": counting.SPAM,
    }
    lists = [(word_list(name).words, bit) for name, bit in bits.items()]
    words = pa.array([word for words, _ in lists for word in words], pa.string())
    kinds = np.repeat([bit for _, bit in lists], [len(words) for words, _ in lists])
    hashed = word_tables.hash_words(*buffers(words), folding())
    return word_tables.word_table(hashed, kinds.astype(np.uint8))
