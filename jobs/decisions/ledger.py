"""What any recipe would decide of a store's documents, from their signals alone.

    ledger = Ledger(store)
    decision = ledger.decide(recipe)
    decision.kept.sum(), decision.funnel()

The answer is that of the step `text`, exactly: node rules, sums over the nodes that are left,
document rules. Signals lie in memory-mapped columns, rules run over whole columns. What is
measured on the text itself is known for the text as read and for the text that the store's own
recipe left; a document for which a recipe leaves other nodes is measured again, where it matters.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters import measures
from filters.arithmetic import program
from filters.rules import Recipe, RecipeError, Rule, broken, values
from jobs.decisions.marks import Judge, Marks, Words
from jobs.decisions.prerequisites import check
from jobs.decisions.signal_files import COUNTS, Part, measured, part, whole
from jobs.decisions.text_signals import Needs, TextSignals
from jobs.engine import cores
from jobs.flows import asked_of_text, check_recipe
from jobs.inputs.benchmarks import openers_of
from jobs.inputs.former import signals_of
from jobs.settings import Settings
from jobs.store import Store, StoreError, read_run
from jobs.store_tables import Tables, scores
from pipeline.nested import Opened, opened

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
    """What node rules leave of the documents; what was added up and measured of it so far.

    `texts`, `links`: for each part, which of its text and image nodes are left. `measured` is None
    until somebody asks. `asked`: what documents said to a rule; `values`: theirs, where the
    compiled pass cannot reckon them, under a rule without bounds.
    """

    texts: list[np.ndarray]
    links: list[np.ndarray]
    sums: dict[str, np.ndarray] = field(default_factory=dict)
    measured: TextSignals | None = None
    asked: dict[Rule, np.ndarray] = field(default_factory=dict)
    values: dict[Rule, pa.Array] = field(default_factory=dict)


class Ledger:
    """The signals of a store whose steps `read` and `text` are done."""

    def __init__(self, store: Store, workers: int | None = None) -> None:
        self._at = Tables(store)
        self._signals = signals_of(store)
        self._measured = measured(store)
        names = self._at.verdicts.parts()
        if not names or len(names) < len(self._at.inputs.parts()):
            raise StoreError(f"the step 'text' of {store.root} is not done; go on with it first")
        self._run = read_run(store)
        settings = Settings.made(self._run)
        given = settings.lm, openers_of(store).index, settings.domains.of(store)
        self._score = scores(self._signals, *given)[1]
        self._needs = Needs(self._score.measures)
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
        check(recipe, self._run)
        missing = {*measures.with_signals(recipe).signals} - {*self._signals}
        if missing:
            raise RecipeError(
                f"{recipe.name} reads signals that this store has not; measure them with: "
                f"interleaf run --signals {' '.join(sorted(missing))}"
            )
        asked, _ = asked_of_text(recipe)
        cut = self._cut(asked)
        needed = [self._needs.of(rule.columns) for rule in asked.document]
        failed = np.zeros((len(self.documents), len(needed)), bool, "F")  # asked rule by rule
        self._ask(cut, asked.document, np.array([not each for each in needed], bool), failed)
        unmeasured = self._ask_late(cut, asked.document, needed, failed)
        readers = Counter(number for each in needed for number in each)
        steps: dict[str, list[Collection[int]]] = {
            # What most rules read comes first: the more it drops, the less is left for the next.
            "kept": [self._needs.of(self._needs.gives({n})) for n, _ in readers.most_common()],
            "every": [[*readers]],
        }
        for numbers in steps.get(measure, ()):
            open_ = unmeasured if measure == "every" else np.asarray(~failed.any(axis=1))
            if self._measure(cut, numbers, open_):
                unmeasured = self._ask_late(cut, asked.document, needed, failed)
        return Decision(asked, failed, unmeasured)

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
            cut.values.clear()
        new = [rule for _, rule in chosen if rule not in cut.asked]
        if new:
            wanted = frozenset[str]().union(*(rule.columns for rule in new))
            columns = {n: pa.array(each) for n, each in self._sums(cut, wanted).items()}
            nothing = pa.nulls(len(self.documents), pa.int64())
            columns |= {n: nothing for n in self._score.unmeasured if n in wanted}
            columns |= {n: self._text(cut).column(n) for n in self._measured if n in wanted}
            batch = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
            quick, batch = self._reckoned(cut, new, batch)
            judge = Judge(quick, {})

            def asked(rows: pa.RecordBatch) -> np.ndarray:
                return judge.marks(rows, lambda rest: broken(rest, rows)).bits

            found = Marks(np.concatenate(self._mapped(asked, self._pieces(batch))))
            cut.asked |= {rule: found.of(number) for number, rule in enumerate(new)}
        for number, rule in chosen:
            failed[:, number] = cut.asked[rule]

    def _reckoned(
        self, cut: _Cut, rules: Sequence[Rule], batch: pa.RecordBatch
    ) -> tuple[list[Rule], pa.RecordBatch]:
        """The rules, with each value that is DuckDB's to reckon as a column more: bounds move."""
        quick = list(rules)
        for number in program(tuple(rules), batch.schema)[1]:
            value = Rule("value", rules[number].value)
            if value not in cut.values:
                found = self._mapped(partial(values, [value]), self._pieces(batch))
                cut.values[value] = pa.concat_arrays([each for (each,) in found])
            name = f"value_of_rule_{number}"
            batch = batch.append_column(name, cut.values[value])
            quick[number] = replace(rules[number], value=name)
        return quick, batch

    def _pieces(self, batch: pa.RecordBatch) -> list[pa.RecordBatch]:
        """A piece for each worker, at least one."""
        step = -(-batch.num_rows // self._workers) or 1
        return [batch.slice(begin, step) for begin in range(0, batch.num_rows, step)] or [batch]

    def _ask_late(
        self,
        cut: _Cut,
        rules: Sequence[Rule],
        needed: Sequence[Collection[int]],
        failed: np.ndarray,
    ) -> np.ndarray:
        """Ask the rules that need measures; whose text is still to be measured. bool (d,)"""
        self._ask(cut, rules, np.array([bool(each) for each in needed], bool), failed)
        unmeasured = np.zeros(len(failed), bool)
        for column, numbers in enumerate(needed):
            if numbers:
                missing = self._text(cut).missing(numbers)
                failed[missing, column] = False
                unmeasured |= missing
        return unmeasured

    def _cut(self, recipe: Recipe) -> _Cut:
        """What the node and image rules of `recipe` leave. The last few are remembered."""
        key = (recipe.node, recipe.image)
        if key not in self._cuts:
            found = self._mapped(lambda each: self._judged(each, recipe), self._parts)
            texts, links = ([each[side] for each in found] for side in (0, 1))
            if len(self._cuts) == CUTS_KEPT:
                self._cuts.pop(next(iter(self._cuts)))
            self._cuts[key] = _Cut(texts, links)
        return self._cuts[key]

    def _judged(self, each: Part, recipe: Recipe) -> tuple[np.ndarray, np.ndarray]:
        """Which text and which image nodes of one part are left."""
        texts, links = (
            Judge(rules, self._words).marks(nodes, partial(self._slowly, each, is_text)).kept
            for rules, nodes, is_text in (
                (recipe.node, each.texts, True),
                (recipe.image, each.links, False),
            )
        )
        return texts, links

    def _sums(self, cut: _Cut, wanted: Iterable[str]) -> dict[str, np.ndarray]:
        """Sums over what is left, int64 (d,): those of `wanted`, and one whatever is wanted."""
        known = (*COUNTS, *(signal.name for signal in self._score.sums))
        names = [name for name in known if name in wanted] or [COUNTS[0]]
        new = [name for name in names if name not in cut.sums]
        if new:
            parts = zip(self._parts, cut.texts, cut.links, strict=True)
            added = self._mapped(lambda of: of[0].added(of[1], of[2], new), parts)
            for name, pieces in zip(new, zip(*added, strict=True), strict=True):
                cut.sums[name] = np.concatenate(pieces)
        return {name: cut.sums[name] for name in names}

    def _text(self, cut: _Cut) -> TextSignals:
        """What is measured on the text that is left: as read, and as the store's recipe left it."""
        if cut.measured is None:
            pairs = zip(self._parts, cut.texts, strict=True)
            other = np.concatenate(self._mapped(lambda pair: pair[0].differs(pair[1]), pairs))
            texts = whole(self.documents["texts"]).to_numpy()
            shorter = self._sums(cut, ["text_nodes"])["text_nodes"] < texts
            cut.measured = TextSignals(self.documents, shorter, shorter & other)
        return cut.measured

    def _slowly(self, each: Part, text: bool, rules: list[Rule]) -> np.ndarray:
        """Ask rules over texts and addresses, or by DuckDB, of one part's text or image nodes."""
        nodes = self._nodes(each, frozenset[str]().union(*(rule.columns for rule in rules)))
        is_text = pc.equal(nodes.flat["kind"], "text").to_numpy(False)
        return broken(rules, nodes.flat.filter(pa.array(is_text == text)))

    def _nodes(self, each: Part, members: frozenset[str]) -> Opened:
        wanted = [f"nodes.list.element.{name}" for name in sorted(members | {"kind"})]
        table = pa.Table.from_batches(self._at.documents.read(each.name, ["doc_id", *wanted]))
        return opened(whole(table["nodes"]))

    def _measure(self, cut: _Cut, numbers: Collection[int], which: np.ndarray) -> bool:
        """Measure what is not known of these documents, bool (d,); False where all of it is."""
        which = which & self._text(cut).missing(numbers)
        if not which.any():
            return False
        measures = tuple(self._score.measures[number] for number in sorted(numbers))
        score = replace(self._score, sums=(), measures=measures)
        parts = zip(self._parts, self._rows, cut.texts, strict=True)
        asked = [(part, which[rows], texts) for part, rows, texts in parts if which[rows].any()]
        found = self._mapped(lambda of: score.of_text(*self._left(score.page, *of)), asked)
        self._text(cut).learn(numbers, which, found)
        gives = self._needs.gives(numbers)
        cut.asked = {rule: each for rule, each in cut.asked.items() if not rule.reads(gives)}
        cut.values = {rule: each for rule, each in cut.values.items() if not rule.reads(gives)}
        return True

    def _left(
        self, page: tuple[str, ...], each: Part, rows: np.ndarray, texts: np.ndarray
    ) -> tuple[Opened, dict[str, pa.Array]]:
        """The text nodes that are left of these documents of a part, and columns of their pages."""
        nodes = self._nodes(each, frozenset({"text"}))
        keep = pc.equal(nodes.flat["kind"], "text").to_numpy(False)
        keep[keep] = texts
        columns = {name: each.documents[name].filter(pa.array(rows)) for name in page}
        return nodes.where(keep).of_rows(rows), columns

    def _mapped(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Work over parts, in threads: numpy and Arrow leave the interpreter alone meanwhile."""
        with ThreadPoolExecutor(self._workers, "ledger") as pool:
            return list(pool.map(work, items))
