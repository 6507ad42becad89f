"""Apply a recipe: a verdict for every node and document, with every rule that failed."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.rules import Rule, failures
from pipeline.nested import Opened, opened, with_members
from pipeline.score import ScoreDocuments
from pipeline.stage import Batches, with_columns
from schemas.columns import column, merged
from schemas.document import nodes_with

VERDICT = (
    column("dropped", pa.string(), "first rule that it breaks; null where it is kept"),
    column("failed", pa.list_(pa.string()), "every rule that it breaks, in the recipe's order"),
)


@dataclass(frozen=True)
class Decide:
    """Judge nodes, measure each document again over the nodes that are kept, judge documents.

    `node` rules are for text nodes and `link` rules for image nodes, over the members `nodes`;
    `document` rules are for the document that is left. Nothing is removed here: whoever writes
    the rows leaves out what has a `dropped`.

    Signals that documents come with are those over their nodes without a `dropped`: as read, over
    all of them; beside a former verdict, over those that it kept. What is measured on the text is
    measured again only where other text nodes are kept now.
    """

    node: tuple[Rule, ...]
    link: tuple[Rule, ...]
    document: tuple[Rule, ...]
    score: ScoreDocuments
    nodes: tuple[pa.Field, ...]
    replaces = False

    @property
    def reads(self) -> pa.Schema:
        return merged(self.score.reads, nodes_with(*self.nodes))

    @property
    def adds(self) -> pa.Schema:
        return pa.schema([*nodes_with(*VERDICT), *self.score.adds, *VERDICT])

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            nodes = opened(batch["nodes"])
            before = _kept(nodes)
            is_text = pc.equal(nodes.flat["kind"], "text").to_numpy(False)
            broken = _broken(nodes.flat, is_text, self.node)
            broken = pc.if_else(pa.array(is_text), broken, _broken(nodes.flat, ~is_text, self.link))
            judged = with_members(nodes, verdict(broken))
            kept = _kept(judged)
            changed = nodes.sums(((before != kept) & is_text).astype(np.int64)) > 0
            signals = self.score.again(judged.where(kept), changed, batch)
            scored = pa.RecordBatch.from_arrays(list(signals.values()), names=list(signals))
            document = verdict(failures(self.document, scored))
            yield with_columns(batch, {"nodes": judged.closed()} | signals | document)


def early_and_late(
    rules: tuple[Rule, ...], after_fetch: frozenset[str]
) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Image rules that need no picture, and those that read a column known only `after_fetch`."""
    late = tuple(rule for rule in rules if rule.reads(after_fetch))
    return tuple(rule for rule in rules if rule not in late), late


def asked_early(
    rules: tuple[Rule, ...], counts: frozenset[str], unknown: frozenset[str] = frozenset()
) -> tuple[Rule, ...]:
    """Document rules as far as they can be asked before the pictures are there.

    Numbers of nodes (`counts`) can only fall from here on: a rule that reads one is asked for its
    lower bound now, and in whole at the export; one that reads what is `unknown` only there.
    """
    known = (rule for rule in rules if not rule.reads(unknown))
    asked = (replace(rule, at_most=None) if rule.reads(counts) else rule for rule in known)
    return tuple(rule for rule in asked if (rule.at_least, rule.at_most) != (None, None))


def verdict(broken: pa.ListArray) -> dict[str, pa.Array]:
    """The columns `dropped` and `failed` from the list of rules that each thing breaks."""
    lengths = pc.list_value_length(broken).to_numpy(False)
    starts = broken.offsets.to_numpy()[:-1]
    firsts = pa.array(np.where(lengths > 0, starts, 0), mask=lengths == 0)
    return {"dropped": broken.values.take(firsts), "failed": broken}


def _kept(nodes: Opened) -> np.ndarray:
    """Which nodes have no `dropped`, or were not judged yet. bool (members,)"""
    if "dropped" not in nodes.flat.schema.names:
        return np.ones(nodes.flat.num_rows, bool)
    kept: np.ndarray = pc.is_null(nodes.flat["dropped"]).to_numpy(False)
    return kept


def _broken(flat: pa.RecordBatch, where: np.ndarray, rules: tuple[Rule, ...]) -> pa.ListArray:
    """Rules broken by the rows `where`; the other rows break none. (members,)"""
    found = failures(rules, flat.filter(pa.array(where)))
    lengths = np.zeros(flat.num_rows, np.int32)
    lengths[where] = pc.list_value_length(found).to_numpy(False)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), found.flatten())
