"""What each rule of the recipe measures, on how many things, and how many of them it cuts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filters import alike
from filters.rules import Recipe, Rule, failures, values
from jobs.decisions.explained import bounds
from jobs.plan import Flow, Pass
from jobs.report_page import histograms
from jobs.report_page.funnel import bar
from jobs.report_page.markup import Html, joined, share, tag
from jobs.store_tables import Tables
from jobs.table import Table
from pipeline.copies.pictures_alike import beside_alike
from pipeline.export import Choose
from pipeline.nested import opened
from pipeline.prune import Decide
from pipeline.stage import with_columns
from schemas.columns import is_struct_list

# Beyond these the page looks at parts spread over the table instead of all of them.
MOST_ROWS = 1_000_000


@dataclass
class Seen:
    """One rule over all things looked at: values float64 (n,), NaN where missing.

    `kept` bool (n,): no rule of the scope cuts it; `cut`: this one does; `alone`: only this one.
    `later`: the recipe's rule says more, which is asked when the pictures are there.
    """

    rule: Rule
    values: list[np.ndarray] = field(default_factory=list)
    kept: list[np.ndarray] = field(default_factory=list)
    cut: int = 0
    alone: int = 0
    later: bool = False


@dataclass(frozen=True)
class Scope:
    """The rules for one kind of thing; `looked` of them were seen, in `parts` of `of` parts."""

    noun: str
    seen: tuple[Seen, ...]
    looked: int
    parts: int
    of: int


def scopes(at: Tables, recipe: Recipe, flow: Flow) -> list[Scope]:
    """Every kind of thing that the flow judges and the store has signals of."""
    stages = [stage for step in flow.steps if isinstance(step, Pass) for stage in step.stages]
    early = next(stage for stage in stages if isinstance(stage, Decide))
    late = next(stage for stage in stages if isinstance(stage, Choose))
    found = (
        _scope("documents", early.document, at.verdicts, _documents),
        _scope("text nodes", early.node, at.documents, _nodes(early.node, text=True)),
        _scope("image nodes", early.link, at.documents, _nodes(early.link, text=False)),
        _scope("pictures", late.image, at.judged, _pictures(at, late.image)),
        _scope("documents with pictures", _of_likeness(recipe), at.together, _documents),
    )
    written = {rule.name: rule for rule in recipe.document}
    for seen in found[0].seen:
        seen.later = seen.rule != written[seen.rule.name]
    return [scope for scope in found if scope.looked]


def drawn(scope: Scope) -> Html:
    """A card for each rule."""
    note = None
    if scope.parts < scope.of:
        note = tag("p", f"Seen in {scope.parts:,} of {scope.of:,} parts, spread evenly.")
    cards = tag("div", *(_card(seen, scope) for seen in scope.seen), class_="cards")
    head = tag("h3", scope.noun.capitalize(), tag("i", f"{scope.looked:,} seen"))
    return joined(head, note, cards)


def _of_likeness(recipe: Recipe) -> tuple[Rule, ...]:
    """Document rules over what is known only of documents that are compared by their pictures."""
    names = {signal.name for signal in alike.DOCUMENT}
    return tuple(rule for rule in recipe.document if rule.reads(names) == rule.columns)


_Read = Callable[[Table, str], Iterator[pa.RecordBatch]]


def _scope(noun: str, rules: tuple[Rule, ...], table: Table, read: _Read) -> Scope:
    seen = tuple(Seen(rule) for rule in rules)
    looked = used = 0
    parts = table.parts() if rules else []
    for part in _spread(parts):
        if looked > MOST_ROWS:
            break
        used += 1
        for batch in read(table, part):
            if batch.num_rows:
                _look(rules, seen, batch)
            looked += batch.num_rows
    return Scope(noun, seen, looked, used, len(parts))


def _look(rules: tuple[Rule, ...], seen: tuple[Seen, ...], batch: pa.RecordBatch) -> None:
    broken = failures(rules, batch)
    lengths = pc.list_value_length(broken).to_numpy(zero_copy_only=False)
    parents = np.repeat(np.arange(batch.num_rows), lengths)
    names = np.array(broken.flatten().to_pylist(), dtype=object)
    kept = lengths == 0
    for each, applies, measured in zip(
        seen, _applies(rules, batch), values(rules, batch), strict=True
    ):
        mine = parents[names == each.rule.name]
        each.values.append(measured.to_numpy(zero_copy_only=False)[applies])
        each.kept.append(kept[applies])
        each.cut += len(mine)
        each.alone += int((lengths[mine] == 1).sum())


def _applies(rules: tuple[Rule, ...], batch: pa.RecordBatch) -> Iterator[np.ndarray]:
    """Which rows each rule judges: its `when` measured as if it were a value. bool (n,)"""
    for rule in rules:
        if rule.when is None:
            yield np.ones(batch.num_rows, bool)
        else:
            (when,) = values((Rule(rule.name, rule.when),), batch)
            yield when.to_numpy(zero_copy_only=False) == 1


def _documents(table: Table, part: str) -> Iterator[pa.RecordBatch]:
    flat = [f.name for f in table.schema if not pa.types.is_nested(f.type) and f.name != "doc_id"]
    yield from table.read(part, flat)


def _nodes(rules: tuple[Rule, ...], *, text: bool) -> _Read:
    def read(table: Table, part: str) -> Iterator[pa.RecordBatch]:
        wanted = _members(table.schema.field("nodes"), rules) | {"kind"}
        for batch in table.read(part, [f"nodes.list.element.{name}" for name in sorted(wanted)]):
            flat = opened(batch["nodes"]).flat
            is_text = pc.fill_null(pc.equal(flat["kind"], "text"), False)
            yield flat.filter(is_text if text else pc.invert(is_text))

    return read


def _pictures(at: Tables, rules: tuple[Rule, ...]) -> _Read:
    """Pictures that were fetched, with what the judge measured of them; never their bytes."""

    def read(table: Table, part: str) -> Iterator[pa.RecordBatch]:
        ours = _members(at.images.schema.field("images"), rules) | {"dropped"}
        lists = next(f for f in table.schema if is_struct_list(f.type))
        theirs = _members(lists, rules) | {lists.type.value_type.field(0).name}
        left = at.images.read(part, [f"images.list.element.{name}" for name in sorted(ours)])
        alike_ = any(rule.reads(alike.NAMES) for rule in rules)
        rows = table.rows()
        if alike_:
            rows = rows.marked(at.picture_clusters, alike.SHOWN, many=True)
        right = rows.read(part, {lists.name: frozenset(theirs)})
        for images, judged in zip(left, right, strict=True):
            flat, scores = opened(images["images"]).flat, opened(judged[lists.name])
            if alike_:
                scores = beside_alike(scores, opened(judged[at.picture_clusters.name]))
            beside = scores.flat
            columns = dict(zip(beside.schema.names, beside.columns, strict=True))
            both = with_columns(flat, columns)
            yield both.filter(pc.is_null(both["dropped"]))

    return read


def _members(lists: pa.Field, rules: tuple[Rule, ...]) -> set[str]:
    """Members of a list<struct> column that some rule mentions."""
    names = pa.schema(lists.type.value_type).names
    return {name for rule in rules for name in rule.reads(names)}


def _spread(parts: list[str]) -> list[str]:
    """The parts so that any first few of them lie evenly over the table."""
    bits = max(1, (len(parts) - 1).bit_length())
    order = sorted(range(len(parts)), key=lambda n: int(f"{n:0{bits}b}"[::-1], 2))
    return [parts[n] for n in order]


def _card(seen: Seen, scope: Scope) -> Html:
    rule = seen.rule
    numbers, kept = np.concatenate(seen.values), np.concatenate(seen.kept)
    finite = np.isfinite(numbers)
    missing = len(numbers) - int(finite.sum())
    cut = f"cuts {seen.cut:,} ({share(seen.cut, scope.looked)}), {seen.alone:,} by it alone"
    facts = [cut if seen.cut else "cuts none"]
    if missing:
        facts.append(f"{missing:,} without a value")
    if seen.later:
        facts.append("asked in full at the export")
    numbers, kept = numbers[finite], kept[finite]
    return tag(
        "div",
        tag("h4", rule.name),
        tag("p", tag("code", rule.value), f" {bounds(rule)}", _condition(rule), class_="rule"),
        _drawing(rule, numbers, kept, scope.noun) if len(numbers) else None,
        tag("p", " · ".join(facts), class_="facts"),
        class_="card",
    )


def _condition(rule: Rule) -> Html | None:
    return joined(", where ", tag("code", rule.when)) if rule.when else None


def _drawing(rule: Rule, numbers: np.ndarray, kept: np.ndarray, noun: str) -> Html:
    if rule.at_least == 1 and np.isin(numbers, (0, 1)).all():
        yes = int(numbers.sum())
        words = f"{yes:,} yes, {len(numbers) - yes:,} no"
        drawing = bar(len(numbers), kept=yes, dropped=len(numbers) - yes)
        return joined(drawing, tag("p", words, class_="tick"))
    return histograms.drawn(numbers, kept, (rule.at_least, rule.at_most), noun)
