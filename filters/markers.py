"""Markers of text that a machine wrote: lists by language and class, their hits and counts.

A marker is a phrase that answers of chat models leave on pages. Some classes are hard: a hit says
that a machine wrote the sentence, or that somebody quotes one. The others are habits that people
have as well; they say something about many words and nothing about one document, and are read as
rates against a crawl of before November 2022 (filters.marker_rates).

The lists lie in filters/marker_lists/*.toml: one file a language, "any" for what has none. A node
gains a count for each class and the spans of the hits; counts add up over nodes. Nothing is dropped
for a marker unless a recipe says so.
"""

import tomllib
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from filters.signals import Measure, Signal
from filters.text import buffers

# Class -> what a hit of it is. A hard class is one of HARD.
CLASSES = {
    "refusal": "a chat model says no, or says what it is",
    "prompt_residue": "the turn between request and answer, or what stands beside it in the window",
    "machine_citation": "citation marks and link parameters of chat models",
    "unfilled_template": "a place that was to be filled in, in words that people do not use",
    "placeholder": "a place that was to be filled in, in words that people use as well",
    "assistant_boilerplate": "turns that assistants favour",
    "excess_vocabulary": "words that became more frequent with chat models",
    "raw_markdown": "markdown that nobody turned into HTML: bold, links, headings, fences",
}
HARD = ("refusal", "prompt_residue", "machine_citation", "unfilled_template")
EXCESS = "excess_vocabulary"  # the class that is told apart by the models' time
MARKDOWN = ("bold", "link", "heading", "fence")  # in the order of filters.compiled.marker_pass
LANGUAGES = ("any", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "zh")

HIT = pa.struct(
    [
        pa.field("start", pa.int32(), metadata={"meaning": "first code point", "unit": "chars"}),
        pa.field("end", pa.int32(), metadata={"meaning": "the one after it", "unit": "chars"}),
        pa.field("marker", pa.string(), metadata={"meaning": "language/class/phrase"}),
    ]
)
_SOURCE = "filters/marker_lists"


class MarkerError(ValueError):
    """A list of markers is not one; the text names the file and what is wrong."""


@dataclass(frozen=True)
class Marker:
    """One phrase. `since` is the month in which it was first seen of machines, "" for none."""

    phrase: str
    kind: str
    language: str
    since: str
    era: str
    source: str

    @property
    def name(self) -> str:
        """Its identifier: language/class/phrase."""
        return f"{self.language}/{self.kind}/{self.phrase}"


class Automaton(NamedTuple):
    """Everything that `filters.compiled.marker_pass.find` looks up, in its order."""

    fold: np.ndarray
    vocabulary: tuple[np.ndarray, np.ndarray]
    edges: tuple[np.ndarray, np.ndarray]
    nodes: tuple[np.ndarray, np.ndarray, np.ndarray]
    markers: tuple[np.ndarray, np.ndarray, int]


COUNTS = tuple(
    Signal(f"marker_{kind}", pa.int32(), f"hits: {meaning}", "count", _SOURCE)
    for kind, meaning in CLASSES.items()
)
HITS = Signal(
    "markers", pa.list_(HIT), "where markers stand, the first 100 of a text", "hits", _SOURCE
)


@cache
def markers() -> tuple[Marker, ...]:
    """Every marker of every list, those of markdown last. Raises MarkerError."""
    found = [marker for language in LANGUAGES for marker in read_list(_file(language), language)]
    about = {"language": "any", "since": "2023-01", "era": "", "source": "CommonMark"}
    return (*found, *(Marker(name, "raw_markdown", **about) for name in MARKDOWN))


def read_list(text: str, language: str) -> list[Marker]:
    """The markers of one file's text. Raises MarkerError."""
    where = f"marker_lists/{language}.toml"
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MarkerError(f"{where}: {error}") from error
    if values.get("language") != language or not isinstance(values.get("version"), int):
        raise MarkerError(f'{where}: needs language = "{language}" and version = a number')
    found = []
    for group in values.get("group", ()):
        kind = group.get("class")
        if kind not in CLASSES or kind == "raw_markdown":
            raise MarkerError(f"{where}: there is no class '{kind}'; one of {', '.join(CLASSES)}")
        if not group.get("source"):
            raise MarkerError(f"{where}: a group of class '{kind}' names no source")
        about = (language, group.get("since", ""), group.get("era", ""), group["source"])
        found += [Marker(phrase, kind, *about) for phrase in group.get("phrases", ())]
    return found


@cache
def eras() -> dict[str, str]:
    """Month from which on a time's models write as they do -> those models, oldest first.

    From the markers of excess vocabulary: the words that models favour change with them.
    """
    found: dict[str, str] = {}
    for marker in sorted(markers(), key=lambda marker: (marker.since, len(marker.era))):
        if marker.kind == EXCESS:
            found.setdefault(marker.since, marker.era)
    return found


@cache
def since() -> dict[str, str]:
    """Name of each marker of excess vocabulary -> its month of `eras`."""
    return {marker.name: marker.since for marker in markers() if marker.kind == EXCESS}


def hashes() -> dict[str, str]:
    """sha256 of every list, for the record of a run."""
    return {
        f"markers.{language}": sha256(_file(language).encode()).hexdigest()
        for language in LANGUAGES
    }


def versions() -> dict[str, int]:
    """The version that each list gives itself."""
    return {language: tomllib.loads(_file(language))["version"] for language in LANGUAGES}


def _file(language: str) -> str:
    return (
        resources.files("filters").joinpath("marker_lists", f"{language}.toml").read_text("utf-8")
    )


@cache
def automaton() -> Automaton:
    """The lists as the compiled pass reads them, built once a process."""
    return build(markers())


def build(known: tuple[Marker, ...]) -> Automaton:
    """An automaton over `known`, whose last four are markdown's. Raises MarkerError."""
    from filters.compiled import marker_pass
    from filters.compiled.marker_folding import folding

    fold = folding()
    ids: dict[int, int] = {}
    tree: list[dict[int, int]] = [{}]
    ends = [-1]
    lengths = []
    for index, marker in enumerate(known[: -len(MARKDOWN)]):
        text = np.frombuffer(marker.phrase.encode(), np.uint8)
        words = [ids.setdefault(int(w), len(ids)) for w in marker_pass.hash_phrase(text, fold)]
        lengths.append(len(words))
        if not 0 < len(words) <= marker_pass.MOST_WORDS:
            raise MarkerError(f"the marker '{marker.name}' has no word, or too many")
        state = 0
        for word in words:
            if word not in tree[state]:
                tree[state][word] = len(tree)
                tree.append({})
                ends.append(-1)
            state = tree[state][word]
        if ends[state] >= 0:
            other = known[ends[state]].name
            raise MarkerError(f"the markers '{other}' and '{marker.name}' read the same")
        ends[state] = index
    fail, also = _links(tree, ends)
    states, letters, targets = _edges(tree)
    kinds = list(CLASSES)
    return Automaton(
        fold,
        marker_pass.table_of(np.array(list(ids), np.uint64), np.arange(len(ids), dtype=np.int32)),
        marker_pass.table_of(marker_pass.edge_keys(states, letters), targets),
        (fail, np.array(ends, np.int32), also),
        (
            np.array([*lengths, *(0 for _ in MARKDOWN)], np.int32),
            np.array([kinds.index(marker.kind) for marker in known], np.int32),
            len(kinds),
        ),
    )


def _edges(tree: list[dict[int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = [(state, word, to) for state, below in enumerate(tree) for word, to in below.items()]
    flat = np.array(rows, np.int64).reshape(-1, 3)
    return flat[:, 0].copy(), flat[:, 1].copy(), flat[:, 2].astype(np.int32)


def _links(tree: list[dict[int, int]], ends: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Of each state: the longest proper suffix that is one, and the longest that is a marker."""
    fail, also = np.zeros(len(tree), np.int32), np.zeros(len(tree), np.int32)
    waiting = [0]
    for state in waiting:  # grows as it goes: breadth first
        for word, below in tree[state].items():
            waiting.append(below)
            at = int(fail[state])
            while word not in tree[at] and at:
                at = int(fail[at])
            fail[below] = tree[at][word] if state and word in tree[at] else 0
            suffix = int(fail[below])
            also[below] = suffix if ends[suffix] >= 0 else also[suffix]
    return fail, also


def found(text: pa.Array) -> tuple[pa.Array, ...]:
    """COUNTS, then HITS, of texts: string (n,) -> int32 (n,) a class, and list<HIT> (n,).

    Null for null. Phrases of every language are looked for, whatever the text's own.
    """
    from filters.compiled import marker_pass

    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    data, starts = buffers(text)
    counts, spans, start, end, marker = marker_pass.find(data, starts, *automaton())
    null = text.is_null().to_numpy(zero_copy_only=False) if text.null_count else None
    hit = pa.StructArray.from_arrays(
        [pa.array(start), pa.array(end), _names().take(pa.array(marker))], fields=list(HIT)
    )
    offsets = pa.array(
        spans.astype(np.int32), mask=None if null is None else np.append(null, False)
    )
    hits: Any = pa.ListArray.from_arrays(offsets, hit, type=HITS.type)
    return (*(pa.array(row, mask=null) for row in counts), hits)


@cache
def _names() -> pa.Array:
    return pa.array([marker.name for marker in markers()], pa.string())


NODE = (Measure(found, ("text",), (*COUNTS, HITS)),)
