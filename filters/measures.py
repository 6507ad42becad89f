"""What can be measured, in sets: the base always, the others where a recipe or a run asks.

A rule that reads a signal asks for the set that has it, and a recipe may name sets under `signals`,
so that a run measures what it decides by and no more. Adding a signal is a function, a row in the
table of its file, and where it is a new file a line here.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from filters import (
    contamination,
    documents,
    domains,
    language,
    lines,
    own_language,
    personal,
    quality,
    redpajama,
    text,
)
from filters.rules import Recipe, RecipeError, Rule, closest
from filters.signals import Measure, Signal

ALL = "all"


@dataclass(frozen=True)
class SignalSet:
    """Measures that come together: of nodes, with what is summed over them, and of documents."""

    name: str
    meaning: str
    node: tuple[Measure, ...] = ()
    sums: tuple[Signal, ...] = ()
    document: tuple[Measure, ...] = ()


BASE = SignalSet(
    "base",
    "OBELICS' counts of words and characters, repetition, and the document's language; always",
    text.NODE,
    documents.SUMS,
    documents.DOCUMENT,
)
SETS = (
    SignalSet("lines", "what line rules keep and cut", (lines.NODE,), lines.COUNTS),
    SignalSet("quality", "Gopher, C4 and FineWeb", document=(quality.DOCUMENT,)),
    SignalSet("redpajama", "RedPajama-V2's rps_*", document=(redpajama.DOCUMENT,)),
    SignalSet(
        "personal",
        f"personal data in the first {personal.MOST_CHARS:,} characters of a node (a recipe's "
        "`mask` covers all of them)",
        (personal.NODE,),
        personal.COUNTS,
    ),
    SignalSet("domains", "the page's own address", document=(domains.DOCUMENT,)),
    SignalSet("own_language", "lists of its own language", document=(own_language.DOCUMENT,)),
    SignalSet("node_language", "language of every node", (language.MEASURE,)),
    SignalSet(
        "benchmarks",
        "what a run's benchmarks hold too; null without --benchmarks",
        document=(contamination.DOCUMENT,),
    ),
)
NAMES = tuple(each.name for each in SETS)


def with_signals(recipe: Recipe, asked: Iterable[str] = ()) -> Recipe:
    """The recipe with every set that it needs under `signals`, in the order of SETS.

    `asked` are names of sets, or "all". Raises RecipeError for a set that is not there.
    """
    wanted = {*recipe.signals, *asked}
    for name in sorted(wanted - {*NAMES, ALL}):
        hint = closest(name, NAMES, f"; there are {', '.join(NAMES)}, {ALL}")
        raise RecipeError(f"{recipe.name}: no signals are called {name!r}{hint}")
    chosen = (each.name for each in SETS if {ALL, each.name} & wanted or _reads(recipe, each))
    return replace(recipe, signals=tuple(chosen))


def chosen(names: Iterable[str]) -> tuple[SignalSet, ...]:
    """The base and the sets of these names, in the order of SETS."""
    wanted = set(names)
    return (BASE, *(each for each in SETS if each.name in wanted))


def _reads(recipe: Recipe, each: SignalSet) -> bool:
    node = {signal.name for measure in each.node for signal in measure.gives}
    document = {signal.name for measure in each.document for signal in measure.gives}
    return _any(recipe.node, node) or _any(
        (*recipe.document, recipe.better), document | {signal.name for signal in each.sums}
    )


def _any(rules: tuple[Rule, ...], names: set[str]) -> bool:
    return bool(names) and any(rule.reads(names) for rule in rules)
