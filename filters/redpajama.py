"""RedPajama-V2's quality signals of a document's joined text, as the counts they are made of.

n is the number of documents. VALUES says how each published signal comes out of the counts; counts
are kept because they can be bounded any way one likes. Signals of single lines are summed over the
document's lines. Left out are signals that need a model or a list of somebody else's (ccnet_*,
*_importance, ml_*, ut1_blacklist; filters.domains takes domain lists by path). Stop words and
flagged words are the lists that this project names.
"""

import string
import sys
import unicodedata
from functools import cache

import numpy as np
import pyarrow as pa

from filters.signals import Measure, Signal
from filters.text import buffers, columns

_SOURCE = "RedPajama-Data v2, app/src/core/quality_signals; arXiv 2411.12372"

_MEANINGS = {
    "rps_words": "words once ASCII punctuation is gone, letters small",
    "rps_word_chars": "characters of those words, accents counted apart",
    "rps_distinct_words": "different ones among them",
    "rps_sentences": "matches of a word and all up to a full stop, ! or ?",
    "rps_symbols": "hash signs and ellipses",
    "rps_raw_words": "runs of word characters, and runs of marks",
    "rps_alphabetic_words": "raw words with a letter from a to z",
    "rps_capital_words": "raw words in capitals",
    "rps_stopwords": "raw words that are function words (list stopwords), letter by letter",
    "rps_lines": "lines between line feeds, empty ones too",
    "rps_ellipsis_lines": "lines that end in an ellipsis",
    "rps_curly_brackets": "curly brackets",
    "rps_chars": "code points",
    "rps_lorem_ipsum": "appearances of lorem ipsum",
    "rps_flagged_phrases": "words and phrases of the list LDNOOBW",
    "rps_top_2gram_chars": "characters of the most frequent 2-gram by its appearances; 0 for one",
    "rps_top_3gram_chars": "characters of the most frequent 3-gram by its appearances; 0 for one",
    "rps_top_4gram_chars": "characters of the most frequent 4-gram by its appearances; 0 for one",
    "rps_repeated_5gram_chars": "characters of words in 5-grams that appear more than once",
    "rps_repeated_6gram_chars": "characters of words in 6-grams that appear more than once",
    "rps_repeated_7gram_chars": "characters of words in 7-grams that appear more than once",
    "rps_repeated_8gram_chars": "characters of words in 8-grams that appear more than once",
    "rps_repeated_9gram_chars": "characters of words in 9-grams that appear more than once",
    "rps_repeated_10gram_chars": "characters of words in 10-grams that appear more than once",
    "rps_ended_lines": "lines that end in . ! ? or a closing double quotation mark",
    "rps_javascript_words": "words that are javascript",
    "rps_capital_chars": "capital letters",
    "rps_figure_chars": "numeric characters",
    "rps_line_chars": "characters of the lines once normalized",
    "rps_bullet_lines": "lines that begin with a bullet, one of ten signs",
}
COUNTS = tuple(
    Signal(name, pa.int32(), meaning, "count", _SOURCE) for name, meaning in _MEANINGS.items()
)
ENTROPY = Signal(
    "rps_unigram_entropy",
    pa.float64(),
    "entropy of the document's words; null where it has none",
    "nats",
    _SOURCE,
)

# The published signal -> the SQL that gives it; NULL where the published one is null or nothing.
_TOPS = {
    f"rps_doc_frac_chars_top_{n}gram": f"rps_top_{n}gram_chars / rps_word_chars" for n in (2, 3, 4)
}
_DUPES = {
    f"rps_doc_frac_chars_dupe_{n}grams": f"rps_repeated_{n}gram_chars / rps_word_chars"
    for n in range(5, 11)
}
VALUES = {
    "rps_doc_word_count": "rps_words",
    "rps_doc_mean_word_length": "rps_word_chars / rps_words",
    "rps_doc_frac_unique_words": "rps_distinct_words / rps_words",
    "rps_doc_unigram_entropy": "rps_unigram_entropy",
    "rps_doc_num_sentences": "rps_sentences",
    "rps_doc_symbol_to_word_ratio": "rps_symbols / rps_raw_words",
    "rps_doc_frac_no_alph_words": "1 - rps_alphabetic_words / rps_raw_words",
    "rps_doc_frac_all_caps_words": "rps_capital_words / rps_raw_words",
    "rps_doc_stop_word_fraction": "rps_stopwords / rps_raw_words",
    "rps_doc_frac_lines_end_with_ellipsis": "rps_ellipsis_lines / rps_lines",
    "rps_doc_curly_bracket": "rps_curly_brackets / rps_chars",
    "rps_doc_lorem_ipsum": "rps_lorem_ipsum / greatest(rps_word_chars + rps_words - 1, 0)",
    "rps_doc_ldnoobw_words": "rps_flagged_phrases",
    **_TOPS,
    **_DUPES,
    "rps_lines_ending_with_terminal_punctution_mark": "rps_ended_lines",
    "rps_lines_javascript_counts": "rps_javascript_words",
    "rps_lines_num_words": "rps_words",
    "rps_lines_numerical_chars_fraction": "rps_figure_chars / rps_line_chars",
    "rps_lines_start_with_bulletpoint": "rps_bullet_lines",
    "rps_lines_uppercase_letter_fraction": "rps_capital_chars / rps_chars",
}


def counts(text: pa.Array) -> tuple[pa.Array, ...]:
    """COUNTS and ENTROPY of each text. string (n,) -> int32 (n,) each, float64 (n,)."""
    from filters.compiled import (
        redpajama_counting as counting,  # numba: only workers that count pay for it
    )

    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    found, entropies = counting.count_documents(*buffers(text), letters(), *_lists())
    # A text that is missing has no words either.
    return (*columns(found, text), pa.array(np.abs(entropies), mask=found[0] == 0))


DOCUMENT = Measure(counts, ("text",), (*COUNTS, ENTROPY))


@cache
def letters() -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray, np.ndarray]:
    """Classes (filters.compiled.reading.read), `lower` int32 (0x110000,), `longer` int32 (k, 3)."""
    from filters.compiled import redpajama_words as counting
    from filters.compiled.blocks import class_ranges

    points = sys.maxunicode + 1
    kinds, lower = np.zeros(points, np.uint8), np.arange(points, dtype=np.int32)
    spans: list[tuple[int, int]] = []
    longer: list[int] = []
    for point in range(points):
        char = chr(point)
        kind = counting.SPACE if char.isspace() else 0
        kind |= counting.WORD if char.isalnum() or char == "_" else 0
        kind |= counting.CAPITAL if char.isupper() else 0
        kind |= counting.SMALL if char.islower() or (char.istitle() and not char.isupper()) else 0
        kind |= counting.FIGURE if char.isnumeric() else 0
        kinds[point] = kind
        new = unicodedata.normalize("NFD", char.lower())
        if len(new) == 1 and point != counting.SIGMA:  # which may end its word
            lower[point] = ord(new)
        else:
            spans.append((len(longer), len(longer) + len(new)))
            longer += map(ord, new)
            lower[point] = -len(spans)
    kinds[[ord(char) for char in string.punctuation]] |= counting.MARK
    kinds[[ord(char) for char in string.ascii_letters]] |= counting.LATIN
    kinds[0x2026] |= counting.ELLIPSIS
    table = np.zeros((max(len(spans), len(longer)), 3), np.int32)
    table[: len(spans), :2] = spans
    table[: len(longer), 2] = longer
    return (kinds, class_ranges(kinds)), lower, table


@cache
def _lists() -> tuple[object, object, np.uint64]:
    """Tables of the stop words and of the flagged phrases, and the hash of javascript."""
    from filters.compiled.hashing import marks_of, set_of, table_of
    from filters.compiled.redpajama_words import join
    from filters.quality import hashes_of
    from filters.wordlists import word_list

    stops = hashes_of(word_list("stopwords").words)
    held: dict[int, int] = {}
    for phrase in word_list("flagged_phrases").words:
        words = hashes_of(tuple(phrase.split()))
        value = words[0]
        held[int(value)] = held.get(int(value), 0) | 1 << (len(words) - 1)
        for word in words[1:]:
            value = np.uint64(join(value, word))  # compiled code gives a plain int back
        if len(words) > 1:
            held[int(value)] = held.get(int(value), 0) | 1 << 32
    hashes = np.array(list(held), np.uint64)
    phrases = table_of(hashes, np.array(list(held.values()), np.int64))
    return set_of(stops), (*phrases, marks_of(hashes)), hashes_of(("javascript",))[0]
