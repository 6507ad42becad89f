"""What any recipe would decide of a store's documents, from their signals alone.

    ledger = Ledger(store)
    decision = ledger.decide(recipe)
    decision.kept.sum(), decision.funnel()

The answer is that of the step `text`, exactly: node rules, sums over the nodes that are left,
document rules. Signals lie in memory-mapped columns, rules run over whole columns. What is
measured on the text itself is known for the text as read and for the text that the store's own
recipe left; a document for which a recipe leaves other nodes is measured again, where it matters.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters import measures
from filters.rules import Recipe, RecipeError, Rule, broken
from jobs.benchmarks import openers_of
from jobs.engine import cores
from jobs.flows import Tables, asked_of_text, check_recipe, scores
from jobs.former import signals_of
from jobs.marks import Judge, Marks, Words
from jobs.signal_files import FORMER, Part, measured, part, whole
from jobs.store import Store, StoreError
from pipeline.nested import Opened, opened
from pipeline.score import NODE_COUNTS

COUNTS = tuple(field.name for field in NODE_COUNTS)
CUTS_KEPT = 4
ANSWERS_KEPT = 256


@dataclass(frozen=True)
class Decision:
    """What a recipe decides. d documents, r document rules as the step `text` asks them.

    `broken` bool (d, r): every rule that a document fails. Of a document in `unmeasured`, bool
    (d,), those rules are not known that read what its new text would have to be measured for.
    """

    recipe: Recipe
    broken: np.ndarray
    unmeasured: np.ndarray

    @property
    def kept(self) -> np.ndarray:
        """Documents that fail no rule, as far as is known. bool (d,)"""
        return np.asarray(~self.broken.any(axis=1))

    @property
    def dropped(self) -> np.ndarray:
        """Index of the first rule that each document is known to fail, -1 where kept. (d,)"""
        if not self.recipe.document:
            return np.full(len(self.broken), -1)
        return np.where(self.broken.any(axis=1), self.broken.argmax(axis=1), -1)

    def funnel(self) -> dict[str, tuple[int, int]]:
        """Rule -> documents that it drops first, documents that fail it at all; in order."""
        first = np.bincount(self.dropped + 1, minlength=len(self.recipe.document) + 1)
        names = [rule.name for rule in self.recipe.document]
        counts = zip(first[1:].tolist(), self.broken.sum(axis=0).tolist(), strict=True)
        return dict(zip(names, counts, strict=True))


@dataclass
class _Cut:
    """What node rules leave of the documents: sums over it, and what is measured of it so far."""

    texts: list[np.ndarray]
    sums: dict[str, np.ndarray]
    measured: dict[str, pa.Array]
    stale: np.ndarray
    asked: dict[Rule, np.ndarray] = field(default_factory=dict)


class Ledger:
    """The signals of a store whose steps `read` and `text` are done."""

    def __init__(self, store: Store, workers: int | None = None) -> None:
        self._at = Tables(store)
        self._signals = signals_of(store)
        self._score = scores(self._signals, benchmarks=openers_of(store).index)[1]
        self._measured = measured(store)
        names = self._at.verdicts.parts()
        if not names or len(names) < len(self._at.inputs.parts()):
            raise StoreError(f"the step 'text' of {store.root} is not done; go on with it first")
        self._workers = workers or cores()
        self._parts = self._mapped(lambda name: part(self._at, name), names)
        self.documents = pa.Table.from_batches([each.documents for each in self._parts])
        ends = np.cumsum([each.documents.num_rows for each in self._parts])
        counts = (each.documents.num_rows for each in self._parts)
        self._rows = [slice(end - n, end) for n, end in zip(counts, ends, strict=True)]
        self._cuts: dict[tuple[object, ...], _Cut] = {}
        self._words: Words = {}

    def decide(self, recipe: Recipe, measure: str = "kept") -> Decision:
        """What `recipe` decides. Raises RecipeError for one that cannot be applied.

        `measure` says which documents are measured again, of those whose text is not one that was
        measured before: "kept", those that no other rule drops, so that every verdict is exact;
        "every" one, so that every failing rule is known; or "none", which leaves them open.
        """
        check_recipe(recipe)
        missing = {*measures.with_signals(recipe).signals} - {*self._signals}
        if missing:
            raise RecipeError(
                f"{recipe.name} reads signals that this store has not; measure them with: "
                f"interleaf run --signals {' '.join(sorted(missing))}"
            )
        asked, _ = asked_of_text(recipe)
        cut = self._cut(asked)
        late = np.array([bool(rule.reads(self._measured)) for rule in asked.document], bool)
        failed = np.zeros((len(cut.stale), len(late)), bool)
        self._ask(cut, asked.document, ~late, failed)
        if late.any():
            if measure != "none":
                open_ = np.ones(len(failed), bool) if measure == "every" else ~failed.any(axis=1)
                self._measure(cut, cut.stale & open_)
            self._ask(cut, asked.document, late, failed)
            failed[np.ix_(cut.stale, late)] = False
        unmeasured = cut.stale if late.any() else np.zeros(len(cut.stale), bool)
        return Decision(asked, failed, unmeasured.copy())

    def marks(self, recipe: Recipe) -> tuple[list[Marks], list[Marks]]:
        """For each part, the node rules that its text nodes fail, the image rules of its links."""
        asked, _ = asked_of_text(recipe)
        texts, links = Judge(asked.node, self._words), Judge(asked.image, self._words)
        found = self._mapped(
            lambda each: (
                texts.marks(each.texts, partial(self._slowly, each, True)),
                links.marks(each.links, partial(self._slowly, each, False)),
            ),
            self._parts,
        )
        return [one for one, _ in found], [other for _, other in found]

    def nodes(self, recipe: Recipe) -> dict[str, tuple[int, int]]:
        """Node and image rule -> nodes that it drops first, nodes that fail it at all; in order."""
        asked, _ = asked_of_text(recipe)
        out = {}
        scopes = (("node", asked.node), ("image", asked.image))
        for (scope, rules), found in zip(scopes, self.marks(recipe), strict=True):
            for number, rule in enumerate(rules):
                first = sum(each.first(number) for each in found)
                out[f"{scope} {rule.name}"] = first, sum(each.count(number) for each in found)
        return out

    def _ask(self, cut: _Cut, rules: Sequence[Rule], which: np.ndarray, failed: np.ndarray) -> None:
        """Ask those rules that were not asked of this cut yet; fill their columns of `failed`."""
        chosen = [(n, rule) for n, rule in enumerate(rules) if which[n]]
        if len(cut.asked) > ANSWERS_KEPT:
            cut.asked.clear()
        new = [rule for _, rule in chosen if rule not in cut.asked]
        if new:
            wanted = frozenset[str]().union(*(rule.columns for rule in new))
            sums = (signal.name for signal in self._score.sums)
            columns = {n: pa.array(cut.sums[n]) for n in (*COUNTS, *sums) if n in wanted}
            columns |= {n: cut.measured[n] for n in self._measured if n in wanted}
            columns = columns or {COUNTS[0]: pa.array(cut.sums[COUNTS[0]])}
            batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
            found = Judge(new, {}).marks(batch, lambda rest: broken(rest, batch))
            cut.asked |= {rule: found.of(number) for number, rule in enumerate(new)}
        for number, rule in chosen:
            failed[:, number] = cut.asked[rule]

    def _cut(self, recipe: Recipe) -> _Cut:
        """What the node and image rules of `recipe` leave. The last few are remembered."""
        key = (recipe.node, recipe.image)
        if key not in self._cuts:
            found = self._mapped(lambda each: self._judged(each, recipe), self._parts)
            texts, sums, stale = (list(column) for column in zip(*found, strict=True))
            changed = np.concatenate(stale)
            added = {name: np.concatenate([each[name] for each in sums]) for name in sums[0]}
            if len(self._cuts) == CUTS_KEPT:
                self._cuts.pop(next(iter(self._cuts)))
            measured = self._known(changed[:, 0])
            self._cuts[key] = _Cut(texts, added, measured, np.asarray(changed.all(axis=1)))
        return self._cuts[key]

    def _known(self, shorter: np.ndarray) -> dict[str, pa.Array]:
        """What is measured on text: on all of it, or on what the store's recipe left."""
        pick = pa.array(shorter)
        return {
            name: pc.if_else(pick, *(whole(self.documents[n]) for n in (FORMER + name, name)))
            for name in self._measured
        }

    def _judged(
        self, each: Part, recipe: Recipe
    ) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
        """One part: which text nodes are left, sums of what is left, and whose text changed.

        The last is bool (d, 2): against the text as read, and against what the store's recipe left.
        """
        from filters.adding import (
            add_kept,
            add_kept_wide,
            any_differs,
        )  # numba: only who decides pays for it

        kept, shown = (
            Judge(rules, self._words).kept(nodes, partial(self._slowly, each, is_text))
            for rules, nodes, is_text in (
                (recipe.node, each.texts, True),
                (recipe.image, each.links, False),
            )
        )
        ends, link_ends = (
            np.concatenate([[0], np.cumsum(each.documents[name].to_numpy())])
            for name in ("texts", "links")
        )
        sums = {
            "text_nodes": add_kept(kept, kept, ends),
            "image_nodes": add_kept(shown, shown, link_ends),
        }
        for signal in self._score.sums:
            column = each.texts[signal.name]
            if pa.types.is_null(column.type):  # perplexity where no model was given
                column = pa.array(np.zeros(len(column), np.int64))
            values = column.fill_null(0).to_numpy()
            add = add_kept if signal.type == pa.int32() else add_kept_wide
            sums[signal.name] = add(values, kept, ends)
        before = each.texts["kept"].to_numpy(zero_copy_only=False)
        cut = sums["text_nodes"] < each.documents["texts"].to_numpy()
        other = any_differs(kept, before, ends)
        return kept, sums, np.stack([cut, other], axis=1)

    def _slowly(self, each: Part, text: bool, rules: list[Rule]) -> np.ndarray:
        """Ask rules over texts and addresses, or by DuckDB, of one part's text or image nodes."""
        nodes = self._nodes(each, frozenset[str]().union(*(rule.columns for rule in rules)))
        is_text = pc.equal(nodes.flat["kind"], "text").to_numpy(False)
        return broken(rules, nodes.flat.filter(pa.array(is_text == text)))

    def _nodes(self, each: Part, members: frozenset[str]) -> Opened:
        wanted = [f"nodes.list.element.{name}" for name in sorted(members | {"kind"})]
        table = pa.Table.from_batches(self._at.documents.read(each.name, ["doc_id", *wanted]))
        return opened(whole(table["nodes"]))

    def _measure(self, cut: _Cut, which: np.ndarray) -> None:
        """Measure these documents, bool (d,), on what the node rules left of their text."""
        if not which.any():
            return
        fresh: dict[str, list[pa.Array]] = {name: [] for name in self._measured}
        for each, rows, texts in zip(self._parts, self._rows, cut.texts, strict=True):
            if not which[rows].any():
                continue
            nodes = self._nodes(each, frozenset({"text"}))
            keep = pc.equal(nodes.flat["kind"], "text").to_numpy(False)
            keep[keep] = texts
            signals = self._score.of_text(
                nodes.where(keep).of_rows(which[rows]),
                each.documents["url"].filter(pa.array(which[rows])),
            )
            for name, column in signals.items():
                fresh[name].append(column)
        place = np.arange(len(which))
        place[which] = len(which) + np.arange(which.sum())
        for name, columns in fresh.items():
            both = pa.concat_arrays([cut.measured[name], *columns])
            cut.measured[name] = both.take(pa.array(place))
        cut.stale &= ~which
        for rule in [rule for rule in cut.asked if rule.reads(self._measured)]:
            del cut.asked[rule]

    def _mapped(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Work over parts, in threads: numpy and Arrow leave the interpreter alone meanwhile."""
        with ThreadPoolExecutor(self._workers, "ledger") as pool:
            return list(pool.map(work, items))
