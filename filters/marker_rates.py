"""Markers as rates: how often each stands in a thousand words, and how far that is from before.

Style says nothing about one hit. What can be said is how many more hits a text has than texts of
its language had before November 2022, when chat models came into general use. `log_lift` is

    ln((hits + 1) / (expected + 1))

with `expected` the baseline's rate times the words of the text. The one hit added to both draws
short texts to 0, which is what they can tell. Sums of hits and of expectations add up, so that the
lift of a host, a month or a crawl is as exact as that of a document.
"""

from collections import Counter
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from math import log
from typing import Any

# Classes that people's texts have as well: the ones whose rate, not presence, speaks.
STYLE = ("assistant_boilerplate", "excess_vocabulary")
LEAST_WORDS = 10_000  # of a language, below which its baseline is no baseline


class BaselineError(ValueError):
    """A baseline cannot be used; the text tells the next move."""


@dataclass
class Tally:
    """Documents, their words, and hits by marker."""

    documents: int = 0
    words: int = 0
    hits: Counter[str] = field(default_factory=Counter)

    def add(self, words: int, markers: list[str]) -> None:
        """One more document."""
        self.documents += 1
        self.words += words
        self.hits.update(markers)

    def of(self, *classes: str) -> int:
        """Hits of these classes."""
        return sum(count for name, count in self.hits.items() if class_of(name) in classes)

    def among(self, names: Container[str]) -> int:
        """Hits of these markers."""
        return sum(count for name, count in self.hits.items() if name in names)

    def per_1000(self, *classes: str) -> float | None:
        """Hits of these classes in a thousand words; None where there is no word."""
        return 1000 * self.of(*classes) / self.words if self.words else None


def class_of(name: str) -> str:
    """The class of a marker's name, language/class/phrase."""
    return name.split("/", 2)[1]


def baseline(tallies: Mapping[str, Tally], before: str, lists: Mapping[str, int]) -> dict[str, Any]:
    """Rates by language as a value that JSON holds."""
    languages = {
        language: {
            "documents": tally.documents,
            "words": tally.words,
            "per_1000_words": {
                name: round(1000 * count / tally.words, 9)
                for name, count in sorted(tally.hits.items())
            },
        }
        for language, tally in sorted(tallies.items())
        if tally.words
    }
    return {"before": before, "lists": dict(lists), "languages": languages}


def style_rates(known: Mapping[str, Any], lists: Mapping[str, int]) -> dict[str, float]:
    """Expected hits of STYLE a word, by language, of those with LEAST_WORDS. Raises BaselineError.

    A baseline counted by other lists than these is none.
    """
    try:
        if known["lists"] != dict(lists):
            raise BaselineError("the baseline was counted by other lists of markers; make it again")
        return {
            language: sum(
                float(rate)
                for name, rate in values["per_1000_words"].items()
                if class_of(name) in STYLE
            )
            / 1000
            for language, values in known["languages"].items()
            if values["words"] >= LEAST_WORDS
        }
    except (KeyError, TypeError, IndexError, AttributeError) as error:
        raise BaselineError(f"that is no baseline of markers: {error!r}") from error


def log_lift(hits: int, expected: float) -> float:
    """ln((hits + 1) / (expected + 1)): 0 for as many as expected, 0.7 for twice as many."""
    return log((hits + 1) / (expected + 1))
