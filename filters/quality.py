"""Signals of a document's joined text that Gopher's, C4's and FineWeb's rules are made of.

n is the number of documents. All are counts over the text of the kept nodes with an empty line
between them, from one compiled pass (filters.compiled.document_counting), as datatrove's filters
define them, so that its decisions come out of them. Words are English tokens
(filters.compiled.tokenizing). Texts longer than a million characters are measured on their first
million.
"""

from functools import cache

import numpy as np
import pyarrow as pa

from filters.signals import Measure, Signal
from filters.text import buffers, columns

GOPHER_STOPWORDS = ("the", "be", "to", "of", "and", "that", "have", "with")

_QUALITY = "Gopher, arXiv 2112.11446, A.1.1, as datatrove gopher_quality_filter.py"
_REPETITION = "Gopher, arXiv 2112.11446, table A1, as datatrove gopher_repetition_filter.py"
_C4 = "C4, arXiv 1910.10683, 2.2, as datatrove c4_filters.py"
_FINEWEB = "FineWeb, arXiv 2406.17557, 3.6, as datatrove fineweb_quality_filter.py"


def _count(name: str, meaning: str, source: str, unit: str = "count") -> Signal:
    return Signal(name, pa.int32(), meaning, unit, source)


COUNTS = (
    _count("text_chars", "code points of the joined text, line feeds too", _REPETITION),
    _count("text_line_feeds", "line feeds of the joined text", _FINEWEB),
    _count("hashes", "hash signs", _QUALITY),
    _count("ellipses", "ellipses, ... or \u2026", _QUALITY),
    _count("lines", "lines, empty ones too, by any end of a line", _QUALITY),
    _count("bullet_lines", "lines that begin with \u2022 or -", _QUALITY),
    _count("ellipsis_lines", "lines that end in an ellipsis", _QUALITY),
    _count("paragraphs", "pieces between empty lines", _REPETITION),
    _count("repeated_paragraphs", "paragraphs that came before, letter by letter", _REPETITION),
    _count("repeated_paragraph_chars", "characters of repeated paragraphs", _REPETITION),
    _count("segments", "pieces between line feeds", _REPETITION),
    _count("repeated_segments", "segments that came before, letter by letter", _REPETITION),
    _count("repeated_segment_chars", "characters of repeated segments", _REPETITION),
    _count("full_lines", "lines between line feeds that are not blank", _FINEWEB),
    _count("ended_lines", "full lines that end in a sentence's last mark, of any script", _FINEWEB),
    _count("short_lines", "full lines of at most 30 characters", _FINEWEB),
    _count("repeated_line_chars", "characters of full lines that came before", _FINEWEB),
    _count("c4_sentences", "sentences in the lines that C4 keeps", _C4),
    _count(
        "c4_open_sentences",
        "sentences in the lines that C4 keeps where a line may end in any character",
        _C4,
    ),
    _count("c4_lost_lines", "lines of placeholder text or code that cost C4 the document", _C4),
    _count("c4_open_lost_lines", "such lines where a line may end in any character", _C4),
    _count("gopher_tokens", "tokens of English, marks too", _QUALITY),
    _count("gopher_words", "tokens that are more than marks", _QUALITY),
    _count("gopher_word_chars", "characters of those words", _QUALITY),
    _count("alphabetic_tokens", "tokens with a letter", _QUALITY),
    _count(
        "gopher_stopword_kinds", f"how many of {', '.join(GOPHER_STOPWORDS)} are there", _QUALITY
    ),
    *(
        _count(
            f"top_{n}gram_chars",
            f"characters of the most frequent {n}-gram of tokens, spaces between them too, times "
            "its appearances; of equals, the first",
            _REPETITION,
        )
        for n in (2, 3, 4)
    ),
    *(
        _count(
            f"repeated_{n}gram_chars",
            f"characters of {n}-grams of tokens that were met before, walking on behind each",
            _REPETITION,
        )
        for n in range(5, 11)
    ),
)


def counts(text: pa.Array) -> tuple[pa.Array, ...]:
    """COUNTS of each text. string (n,) -> 35 times int32 (n,); null for null."""
    from filters.compiled import (
        document_counting as counting,  # numba: only workers that count pay for it
    )

    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    found = counting.count_documents(*buffers(text), tables(), hashes_of(GOPHER_STOPWORDS))
    return columns(found, text)


DOCUMENT = Measure(counts, ("text",), COUNTS)


@cache
def tables() -> tuple[object, ...]:
    """Classes of characters; the tokenizer's exceptions, as hashes, packed lengths, and marks;

    and the classes of lines.
    """
    from filters.compiled.hashing import marks_of, table_of
    from filters.compiled.line_reading import line_classes
    from filters.compiled.token_classes import exceptions, token_classes, units
    from filters.compiled.token_rules import UNIT

    packed = {
        word: sum(length << (4 * place) for place, length in enumerate(lengths))
        for word, lengths in exceptions().items()
    }
    packed |= {unit: packed.get(unit, 0) | UNIT for unit in units()}
    hashes = hashes_of(tuple(packed))
    values = np.fromiter(packed.values(), np.int64, len(packed))
    keys, held = table_of(hashes, values)
    marks = marks_of(hashes[values & (UNIT - 1) != 0])
    return token_classes(), keys, held, marks, line_classes()


def hashes_of(words: tuple[str, ...]) -> np.ndarray:
    """Hashes of whole words, letter by letter. uint64 (words,)"""
    from filters.compiled.hashing import hash_points

    points = [np.array([ord(char) for char in word], np.uint32) for word in words]
    return np.array([hash_points(each, 0, len(each)) for each in points], np.uint64)
