"""OBELICS' rules for text in plain Python, after its published code, over its own word lists.

The lists and the set of special characters are read out of a checkout of huggingface/OBELICS, at
the path that the environment variable OBELICS gives; nothing of it is run or kept. Its list of
common words and its models are not published: the common words are ours, and the rules of models
are left out. The spam words and their bound are those of build_obelics/13_final_processing.py.
"""

import ast
import math
import os
import re
import string
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

from filters.wordlists import word_list

PUNCTUATION = list(",;:?!.")


@cache
def lists() -> dict[str, frozenset[str]]:
    """What its files hold, and our common words. Raises KeyError without a path."""
    known: dict[str, Any] = {}
    for file in ("obelics/utils/filtering_utils.py", "build_obelics/13_final_processing.py"):
        for node in ast.parse(Path(os.environ["OBELICS"], file).read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                try:
                    known[node.targets[0].id] = ast.literal_eval(node.value)
                except ValueError:  # no literal: made of others
                    continue
    import emoji

    special = string.punctuation + string.digits + string.whitespace
    special += known["other_special_characters"]
    return {
        "special": frozenset(special) | frozenset(emoji.EMOJI_DATA),
        "stopwords": frozenset(known["STOPWORDS"]),
        "flagged": frozenset(known["FLAGGED_WORDS"]),
        "spam": frozenset(known["SPAM_WORDS"]),
        "common": frozenset(word_list("common_words").words),
    }


def words_of(text: str) -> list[str]:
    special = lists()["special"]
    pieces = (piece.lower() for piece in re.split("[ \n\t]", text) if piece)
    found = []
    for piece in pieces:
        kept = [i for i, char in enumerate(piece) if char not in special]
        if kept:
            found.append(piece[kept[0] : kept[-1] + 1])
    return found


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def values(text: str) -> dict[str, float]:
    """Every ratio of OBELICS of one text, and its number of words; text without odd white space."""
    known = lists()
    spaces = {char for char in known["special"] if len(char) == 1 and char.isspace()} - set("\n\t")
    text = "".join(" " if char in spaces | {"\ufffc", "\u200b"} else char for char in text)
    words = words_of(text)
    chars = Counter(text[i : i + 10] for i in range(len(text) - 9))
    tallies = sorted(chars.values(), reverse=True)
    most = min(math.isqrt(len(tallies)), sum(tally > 1 for tally in tallies))
    grams = Counter(tuple(words[i : i + 5]) for i in range(len(words) - 4))
    tokens = re.findall(r"[\w']+|[,;:?!.]", text)
    return {
        "words": len(words),
        "char_repetition": share(sum(tallies[:most]), sum(tallies)),
        "word_repetition": share(sum(n for n in grams.values() if n > 1), sum(grams.values())),
        "special_chars": share(sum(char in known["special"] for char in text), len(text)),
        "stopwords": share(sum(word in known["stopwords"] for word in words), len(words)),
        "flagged_words": share(sum(word in known["flagged"] for word in words), len(words)),
        "spam_words": share(sum(word in known["spam"] for word in words), len(words)),
        "punctuation": share(sum(token in PUNCTUATION for token in tokens), len(tokens)),
        "tokens": len(tokens),
        "common_words": share(sum(word in known["common"] for word in words), len(words)),
    }


def node_is_kept(text: str) -> bool:
    """Do the rules for nodes keep it?"""
    value = values(text)
    return (
        4 <= value["words"] <= 1000
        and value["char_repetition"] <= 0.1
        and value["word_repetition"] <= 0.1
        and value["special_chars"] <= 0.3
        and value["stopwords"] >= 0.3
        and value["flagged_words"] <= 0.01
        and (value["tokens"] < 12 or value["punctuation"] >= 0.001)
        and value["common_words"] >= 0.8
        and value["spam_words"] < 0.12
    )


def document_is_kept(text: str) -> bool:
    """Do the rules for documents keep it, the rules of language and perplexity aside?"""
    value = values(text)
    return (
        10 <= value["words"] <= 2000
        and value["char_repetition"] <= 0.1
        and value["word_repetition"] <= 0.2
        and value["special_chars"] <= 0.275
        and value["stopwords"] >= 0.35
        and value["flagged_words"] <= 0.01
        and value["punctuation"] >= 0.03
        and value["common_words"] >= 0.9
    )
