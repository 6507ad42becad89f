"""The counts of filters.text again, in plain Python and with no care for speed."""

import math
import re
import unicodedata
from collections import Counter

from filters.wordlists import word_list

INVISIBLE = "\u200b\ufeff\ufffc"


def is_space(char: str) -> bool:
    return char.isspace() or char in INVISIBLE


def is_special(char: str) -> bool:
    category = unicodedata.category(char)
    return (
        is_space(char)
        or category[0] in "PSZC"
        or category in ("Nd", "No")
        or "\ufe00" <= char <= "\ufe0f"
    )


def folded(char: str) -> str:
    if char == "\u2019":
        return "'"
    return char.lower()[0] if char.isupper() or char.istitle() else char


def words_of(text: str) -> list[str]:
    pieces = "".join(" " if is_space(char) else char for char in text).split(" ")
    stripped = []
    for piece in pieces:
        kept = [number for number, char in enumerate(piece) if not is_special(char)]
        if kept:
            stripped.append("".join(map(folded, piece[kept[0] : kept[-1] + 1])))
    return stripped


def is_common(word: str, common: frozenset[str]) -> bool:
    parts = "".join(" " if is_special(char) else char for char in word).split(" ")
    return word in common or all(part in common for part in parts if part)


def repeated_chars(text: str) -> tuple[int, int]:
    ngrams = Counter(text[i : i + 10] for i in range(len(text) - 9))
    tallies = sorted(ngrams.values(), reverse=True)
    most = min(math.isqrt(len(tallies)), sum(tally > 1 for tally in tallies))
    return sum(tallies[:most]), sum(tallies)


def repeated_words(words: list[str]) -> tuple[int, int]:
    ngrams = Counter(tuple(words[i : i + 5]) for i in range(len(words) - 4))
    return sum(tally for tally in ngrams.values() if tally > 1), sum(ngrams.values())


LISTS = {
    name: frozenset(word_list(name).words)
    for name in ("stopwords", "flagged_words", "common_words", "spam_words")
}


def counted(text: str) -> dict[str, int]:
    """Every count of one text by its name."""
    words = words_of(text)
    tokens = re.findall(r"[\w']+|[,;:?!.]", text)
    chars, words_ngrams = repeated_chars(text), repeated_words(words)
    return {
        "chars": len(text),
        "special_chars": sum(map(is_special, text)),
        "tokens": len(tokens),
        "punctuation": sum(token in list(",;:?!.") for token in tokens),
        "words": len(words),
        "stopwords": sum(word in LISTS["stopwords"] for word in words),
        "flagged_words": sum(word in LISTS["flagged_words"] for word in words),
        "common_words": sum(is_common(word, LISTS["common_words"]) for word in words),
        "spam_words": sum(word in LISTS["spam_words"] for word in words),
        "repeated_char_ngrams": chars[0],
        "char_ngrams": chars[1],
        "repeated_word_ngrams": words_ngrams[0],
        "word_ngrams": words_ngrams[1],
    }
