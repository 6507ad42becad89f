"""The examples as one batch: their features, with what other domains say of words and names."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from filters.main.content import features, said_elsewhere
from filters.main.features import Units
from filters.main.pages import Names, Pages, names_of, pages_of
from filters.main.text import MOST_WORDS, keys_of, pairs
from filters.main.tokens import told as told_of
from jobs.training.gold import Example
from jobs.training.votes import Uses, Votes, told, votes
from pipeline.page.outline import outlines_of

MASS_OF_A_VOTE = 50.0
"""Text that an element's name needs for its domain's whole vote. [words]"""


@dataclass(frozen=True)
class Gathered:
    """Examples as arrays: u units, w words, e elements."""

    pages: Pages
    units: Units
    said: np.ndarray  # float32 (u,) how much of each other units say, at most
    shares: np.ndarray  # float64 (u,) how much of each is main content
    tokens: np.ndarray  # float64 (u,)
    known: np.ndarray  # bool (u,) the shares that are known
    page: np.ndarray  # int64 (u,)
    domains: np.ndarray  # int64 (p,)
    names: Names

    @property
    def word_uses(self) -> Uses:
        """Each word, and each with the next, of the first MOST_WORDS of every unit."""
        begin = self.pages.begin
        lengths = np.minimum(np.diff(begin), MOST_WORDS)
        units, places = _spread(begin[:-1], lengths)
        doubles = pairs(self.pages.words, self.pages.begin)
        keys = np.concatenate([self.pages.words[places], doubles[places]])
        real = keys != 0
        units = np.concatenate([units, units])
        return Uses(keys_of(keys[real]), units[real], np.ones(int(real.sum())))

    @property
    def name_uses(self) -> Uses:
        """Each token of the names above every unit."""
        first = np.repeat(self.pages.held[:-1], np.diff(self.units.starts))
        element = np.where(self.units.elements >= 0, first + self.units.elements, -1)
        parents = np.where(
            self.pages.parents >= 0,
            np.repeat(self.pages.held[:-1], np.diff(self.pages.held)) + self.pages.parents,
            -1,
        )
        starts, keys = self.names.begin, self.names.keys
        units = np.flatnonzero(element >= 0)
        element = element[units]
        found: list[tuple[np.ndarray, np.ndarray]] = []
        while len(units):
            name = self.names.of[element]
            owners, places = _spread(starts[name], starts[name + 1] - starts[name])
            found.append((keys[places], units[owners]))
            element = parents[element]
            units, element = units[element >= 0], element[element >= 0]
        all_keys, all_units = (np.concatenate(each) for each in zip(*found, strict=True))
        return Uses(all_keys, all_units, np.maximum(self.tokens, 0.5)[all_units] / MASS_OF_A_VOTE)

    def votes(self, counted: np.ndarray) -> tuple[Votes, Votes]:
        """What the pages that are `counted`, bool (p,), say of words and of names."""
        units = counted[self.page] & self.known
        shares, domains = np.nan_to_num(self.shares), self.domains[self.page]
        words, names = (
            votes(uses, shares, domains, units) for uses in (self.word_uses, self.name_uses)
        )
        return words, names

    def told(self, words: Votes, names: Votes) -> Pages:
        """The pages, each told what other domains say."""
        domains = self.domains[np.repeat(self.page, np.diff(self.pages.begin))]
        doubles = pairs(self.pages.words, self.pages.begin)
        single = told(words, keys_of(self.pages.words), domains)
        double = np.where(doubles != 0, told(words, keys_of(doubles), domains), 0).astype(np.int8)
        of = self.names.of
        lengths = np.diff(self.names.begin)[of]
        owner, places = _spread(self.names.begin[:-1][of], lengths)
        domains = np.repeat(self.domains, np.diff(self.pages.held))[owner]
        value = told(names, self.names.keys[places], domains)
        said = told_of(value, np.cumsum([0, *lengths], dtype=np.int64))
        return self.pages._replace(singles=single, doubles=double, told=said)


def gathered(examples: Sequence[Example]) -> Gathered:
    """All examples as one batch."""
    texts = pa.array([text for each in examples for text in each.texts], pa.string())
    titles = pa.array([each.title for each in examples], pa.string())
    outlines = outlines_of([each.outline for each in examples])
    pages = pages_of(outlines, texts, titles, None)
    rows, units, _ = features(pages)
    shares = np.concatenate([each.shares for each in examples])
    tokens = np.concatenate([each.tokens for each in examples])
    count = len(units.mass)
    weight = np.bincount(units.of, tokens, count)
    share = np.bincount(units.of, shares * tokens, count) / np.maximum(weight, 1)
    numbers = {d: n for n, d in enumerate(sorted({each.gold["domain"] for each in examples}))}
    return Gathered(
        pages,
        units,
        said_elsewhere(rows),
        share,
        weight,
        np.isfinite(share) & (weight > 0),
        np.repeat(np.arange(len(examples)), np.diff(units.starts)),
        np.array([numbers[each.gold["domain"]] for each in examples], np.int64),
        names_of(outlines),
    )


def _spread(starts: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Runs of places as two columns: the run, the place."""
    runs = np.repeat(np.arange(len(starts)), lengths)
    inside = np.arange(len(runs)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return runs, starts[runs] + inside
