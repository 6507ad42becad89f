"""Add signals: to every node, and to every document over its nodes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters.signals import DOCUMENTS, NODES, Measure, Signal, fields, measured
from pipeline.nested import Opened, opened, with_members
from pipeline.stage import Batches, with_columns
from schemas.document import DOCUMENT, NODE, nodes_with

_OBELICS = "OBELICS, arXiv 2306.16527, appendix A"
NODE_COUNTS = (
    Signal("text_nodes", pa.int32(), "text nodes", "nodes", _OBELICS),
    Signal("image_nodes", pa.int32(), "image nodes", "nodes", _OBELICS),
)


@dataclass(frozen=True)
class ScoreNodes:
    """Every node gains the signals of `text` (from its text) and of `link` (from its address)."""

    text: tuple[Measure, ...]
    link: tuple[Measure, ...]
    replaces = False

    @property
    def reads(self) -> pa.Schema:
        return nodes_with(NODE.field("text"), NODE.field("image_url"), NODE.field("alt"))

    @property
    def adds(self) -> pa.Schema:
        return nodes_with(*fields(self.text, NODES), *fields(self.link, NODES))

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            nodes = opened(batch["nodes"])
            columns = dict(zip(nodes.flat.schema.names, nodes.flat.columns, strict=True))
            signals = measured((*self.text, *self.link), columns)
            yield with_columns(batch, {"nodes": with_members(nodes, signals).closed()})


@dataclass(frozen=True)
class ScoreDocuments:
    """Every document gains `sums` of its nodes' counts and `measures` of its joined text.

    A measure may read columns of the page too, such as its `url`. Sums of what nobody measured,
    `unmeasured` by name, are null: nothing is known, which is not none.
    """

    sums: tuple[Signal, ...]
    measures: tuple[Measure, ...]
    unmeasured: frozenset[str] = frozenset()
    replaces = False

    @property
    def reads(self) -> pa.Schema:
        counts = [signal.field for signal in self.sums]
        page = (DOCUMENT.field(name) for name in self.page)
        return pa.schema([*nodes_with(NODE.field("kind"), NODE.field("text"), *counts), *page])

    @property
    def adds(self) -> pa.Schema:
        sums = [signal.shaped(DOCUMENTS) for signal in (*NODE_COUNTS, *self.sums)]
        return pa.schema([*sums, *fields(self.measures, DOCUMENTS)])

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            yield with_columns(batch, self.signals(opened(batch["nodes"]), batch))

    def signals(self, nodes: Opened, batch: pa.RecordBatch) -> dict[str, pa.Array]:
        """Document signals over these nodes of the batch's rows: name -> array (rows,)."""
        return self._added(nodes) | self.of_text(nodes, {n: batch[n] for n in self.page})

    @property
    def page(self) -> tuple[str, ...]:
        """Columns of the page that its measures read."""
        read = (name for each in self.measures for name in each.reads)
        return tuple(dict.fromkeys(name for name in read if name in DOCUMENT.names))

    def of_text(self, nodes: Opened, page: Mapping[str, pa.Array]) -> dict[str, pa.Array]:
        """The signals that do not add up, over the joined text of these nodes and the `page`."""
        return measured(self.measures, {"text": joined_text(nodes), **page})

    def again(
        self, nodes: Opened, changed: np.ndarray, known: pa.RecordBatch
    ) -> dict[str, pa.Array]:
        """The same signals, where the text of rows that have not `changed` was measured before.

        `changed` bool (rows,); `known` (rows,) has the signals of the others. Where it lacks one,
        every row is measured.
        """
        names = [signal.name for measure in self.measures for signal in measure.gives]
        if not set(names) <= set(known.schema.names):
            return self.signals(nodes, known)
        page = {name: known[name].filter(pa.array(changed)) for name in self.page}
        fresh = self.of_text(nodes.of_rows(changed), page)
        # Where each row lies in what was known, followed by what is new.
        place = np.arange(len(changed))
        place[changed] = len(changed) + np.arange(changed.sum())
        taken = {
            name: pa.concat_arrays([known[name], fresh[name]]).take(pa.array(place))
            for name in names
        }
        return self._added(nodes) | taken

    def _added(self, nodes: Opened) -> dict[str, pa.Array]:
        return node_counts(nodes) | {
            signal.name: pa.nulls(len(nodes.lengths), signal.type)
            if signal.name in self.unmeasured
            else _sum(nodes, signal)
            for signal in self.sums
        }


def node_counts(nodes: Opened) -> dict[str, pa.Array]:
    """How many text and image nodes each row has."""
    texts = _is_text(nodes).astype(np.int64)
    counted = (nodes.sums(texts), nodes.sums(1 - texts))
    names = (signal.name for signal in NODE_COUNTS)
    return {name: pa.array(n, pa.int32()) for name, n in zip(names, counted, strict=True)}


def joined_text(nodes: Opened) -> pa.Array:
    """The text of each row's text nodes, an empty line between them. string (rows,)"""
    texts = nodes.where(_is_text(nodes))
    offsets = np.concatenate([[0], np.cumsum(texts.lengths)]).astype(np.int32)
    lists = pa.ListArray.from_arrays(pa.array(offsets), pc.fill_null(texts.flat["text"], ""))
    return pc.binary_join(lists, "\n\n")


def _is_text(nodes: Opened) -> np.ndarray:
    return pc.fill_null(pc.equal(nodes.flat["kind"], "text"), False).to_numpy(False)


def _sum(nodes: Opened, signal: Signal) -> pa.Array:
    values = pc.fill_null(nodes.flat[signal.name], 0).to_numpy(False)
    return pa.array(nodes.sums(values)).cast(signal.type)
