"""Which of a page's nodes are its main content: a score for each, from where it stands.

A first model of trees looks at each unit (a text node, or several that only images divide): its
own counts, its words and the names of its ancestors against a lexicon, what the elements around it
hold, its neighbours, the units that are like it. A second one looks at the scores that the first
gave to the units around. What is main is then chosen page by page, so that F1 over words is
expected to be the highest, less what the page says twice. docs/main-content.md says how the models
were made and what they score; jobs/training/train_main.py makes them.
"""

from collections.abc import Sequence
from functools import cache
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa

from filters.main.pages import Lexicon, Outlines, Pages, pages_of
from filters.signals import Signal

if TYPE_CHECKING:
    from filters.main.features import Units
    from filters.main.trees import Trees

SOURCE = "filters/main/model.npz; docs/main-content.md"
MAIN_SCORE = Signal(
    "main_score", pa.float32(), "how likely the node is main content", "probability", SOURCE
)
MAIN = Signal("main", pa.bool_(), "the node is main content", "flag", SOURCE)

MODEL = "model.npz"


class Model(NamedTuple):
    """What jobs.training.train_main makes: two steps of trees, their columns, the lexicon.

    `columns` int64: the features of the first step. `again` int64: those of them that the second
    reads after those of filters.main.smoothing. `limits`: a page's least and highest bound.
    """

    first: "Trees"
    second: "Trees"
    columns: np.ndarray
    again: np.ndarray
    limits: tuple[float, float]
    lexicon: Lexicon


@cache
def model() -> Model:
    """The model that this tree carries, loaded once a process."""
    return loaded(resources.files("filters.main").joinpath(MODEL).read_bytes())


def loaded(content: bytes) -> Model:
    """A model from the bytes of its file."""
    from filters.main.text import table
    from filters.main.trees import Trees

    with np.load(BytesIO(content), allow_pickle=False) as file:
        held = {name: file[name] for name in file.files}
    first, second = (
        Trees(*(held[f"{step}_{name}"] for name in Trees._fields)) for step in ("first", "second")
    )
    lexicon = Lexicon(
        *(table(held[f"{kind}_keys"], held[f"{kind}_values"]) for kind in ("word", "name"))
    )
    low, high = held["limits"].tolist()
    return Model(first, second, held["columns"], held["again"], (low, high), lexicon)


def feature_names() -> tuple[str, ...]:
    """The columns of `features`."""
    from filters.main import judging

    return judging.NAMES


def units_of(pages: Pages) -> "Units":
    """The text units of pages."""
    from filters.main import features as main_features

    nodes = pages.nodes, pages.joined, pages.linked, pages.elements
    return main_features.Units(*main_features.merged(pages.counts, *nodes, pages.held, pages.tags))


def features(pages: Pages) -> tuple[np.ndarray, "Units", np.ndarray]:
    """Features of the first step float32 (u, features), the units, and their groups int64 (2, u).

    A page's rows depend on that page alone.
    """
    from filters.main import judging

    units = units_of(pages)
    rows, alike = judging.features_of(pages, units, 0, len(pages.held) - 1)
    return rows, units, alike


def smoothing(
    pages: Pages, units: "Units", alike: np.ndarray, first: np.ndarray, more: tuple[np.ndarray, ...]
) -> np.ndarray:
    """Features of the second step: those of the scores `first` float32 (u,), then some others.

    `more`: features float32 (u, f), and which of their columns, int64 (k,).
    """
    from filters.main import judging

    last = len(pages.held) - 1
    out: np.ndarray = judging.smoothed(pages, units, 0, last, first, alike, *more)
    return out


def said_elsewhere(rows: np.ndarray) -> np.ndarray:
    """How much of a unit other units of its page say, at most: of `features`. float32 (u,)"""
    names = feature_names()
    return rows[:, names.index("said_before")] + rows[:, names.index("said_after")]


def verdicts(
    pages: Pages, units: "Units", said: np.ndarray, second: np.ndarray, limits: np.ndarray
) -> np.ndarray:
    """Which units are main content, by scores of the `second` step float32 (u,). bool (u,)

    `said` float32 (u,) of `said_elsewhere`; `limits` float32 (p, 2): each page's bounds.
    """
    from filters.main.repeats import without_repeats
    from filters.main.smoothing import chosen

    kept = chosen(second, units.starts, units.mass, limits[:, 0], limits[:, 1])
    return without_repeats(kept, units.starts, pages.begin, pages.words, said)


def main_content(
    outlines: Outlines,
    is_text: Sequence[np.ndarray],
    texts: pa.Array,
    titles: pa.Array,
    known: Model | None = None,
) -> tuple[pa.Array, pa.Array]:
    """MAIN_SCORE float32 (m,) and MAIN bool (m,) of all nodes of p pages, in order.

    `is_text` bool says of each page's nodes which are text, the others are images; `texts` (n,)
    those of all text nodes in order, `titles` string (p,). The same for a page, whatever pages
    stand beside it. Images have no part in the scores of text.
    """
    from filters.main.images import with_images
    from filters.main.judging import judged

    known = known or model()
    pages = pages_of(outlines, texts, titles, known.lexicon)
    units = units_of(pages)
    again = known.columns[known.again]
    scores, said = judged(pages, units, known.columns, known.first, again, known.second)
    limits = np.tile(np.array(known.limits, np.float32), (len(titles), 1))
    kept = verdicts(pages, units, said, scores, limits)
    of_nodes = np.concatenate([np.empty(0, np.bool_), *is_text])
    starts = np.cumsum([0, *map(len, is_text)], dtype=np.int64)
    both = with_images(of_nodes, starts, outlines.images, pages, units, scores, kept)
    return pa.array(both[0]), pa.array(both[1])
