"""OBELICS' rules decide the same for at least 99 % of nodes and documents, with its own lists."""

import os
from functools import cache

import numpy as np
import pyarrow as pa
import pytest

from filters import recipes, text
from filters.compiled import counting, word_tables
from filters.compiled.characters import folding
from filters.compiled.word_reading import letters
from filters.rules import Rule, failures
from tests.parity import obelics
from tests.parity.texts import documents, gold, sample

SAME = 0.99
# Rules that no text alone decides: of a model, of images, of the documents beside it.
LEFT_OUT = {"english", "perplexity", "images", "texts", "image_set"}
READ = (*counting.COUNTS, "text_nodes")


@cache
def table() -> np.ndarray:
    """OBELICS' lists as the compiled pass looks them up."""
    known = obelics.lists()
    bits = {
        "stopwords": counting.STOPWORD,
        "flagged": counting.FLAGGED,
        "common": counting.COMMON,
        "spam": counting.SPAM,
    }
    pairs = [(word, bit) for name, bit in bits.items() for word in sorted(known[name])]
    words = pa.array([word for word, _ in pairs], pa.string())
    hashes = word_tables.hash_words(*text.buffers(words), folding())
    return word_tables.word_table(hashes, np.array([bit for _, bit in pairs], np.uint8))


def ours(texts: list[str], scope: str) -> list[bool]:
    """Which of the texts the recipe's rules for this scope keep, LEFT_OUT aside."""
    column = pa.array(texts, pa.string())
    found = counting.count_texts(*text.buffers(column), letters(), table())
    columns = dict(zip(counting.COUNTS, map(pa.array, found), strict=True))
    columns["text_nodes"] = pa.array(np.ones(len(texts), np.int32))
    broken = failures(asked(scope), pa.RecordBatch.from_pydict(columns))
    return [not names for names in broken.to_pylist()]


def asked(scope: str) -> tuple[Rule, ...]:
    """The recipe's rules for this scope, LEFT_OUT aside."""
    recipe = recipes.load("obelics_code")
    rules = recipe.node if scope == "nodes" else recipe.document
    return tuple(rule for rule in rules if rule.name not in LEFT_OUT)


def differing(texts: list[str], scope: str) -> tuple[int, list[str]]:
    """How many the reference keeps, and the texts of different decisions."""
    keeps = obelics.node_is_kept if scope == "nodes" else obelics.document_is_kept
    theirs = list(map(keeps, texts))
    found = zip(texts, ours(texts, scope), theirs, strict=True)
    return sum(theirs), [each for each, here, there in found if here != there]


def nodes(most: int = 20_000) -> list[str]:
    """Paragraphs of the documents, evenly spread."""
    found = [piece for each in documents() for piece in each.split("\n\n") if piece]
    return found[:: -(-len(found) // most)]


@pytest.mark.parametrize("scope", ["nodes", "documents"])
def test_every_rule_is_compared_or_left_out(scope: str) -> None:
    """Without a checkout too: a rule that comes into the recipe is told of here."""
    unread = {rule.name: sorted(rule.columns.difference(READ)) for rule in asked(scope)}
    assert not {name: columns for name, columns in unread.items() if columns}


@pytest.mark.parametrize("scope", ["nodes", "documents"])
def test_same_decisions(scope: str) -> None:
    if "OBELICS" not in os.environ:
        pytest.skip("OBELICS is not set: the path of a checkout of huggingface/OBELICS")
    sample(1)
    texts = nodes(4000) if scope == "nodes" else list(gold()[::4])
    assert len(differing(texts, scope)[1]) <= (1 - SAME) * len(texts)
