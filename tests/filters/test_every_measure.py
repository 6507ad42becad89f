"""Every measure that there is over anything that the web may hold; one left out is a failure."""

import importlib
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import filters
from filters import domains, perplexity
from filters.pictures.views import VIEWS
from filters.signals import Measure, measured

FOLDER = Path(filters.__path__[0])
LONG = 10_000_000
SECONDS = 10
PIECES = ("a word. ", "日本", "http://a.b/?c=d&.")
# Of measures that read pictures, their sizes or how many there are: no text is too long for them.
UNREAD = frozenset(
    {"bytes", "machine_links", "original_width", "original_height", *(v.name for v in VIEWS)}
)


def names_of(measure: Measure) -> str:
    compute = getattr(measure.compute, "func", measure.compute)
    return f"{compute.__module__}.{compute.__name__}"


def on_list() -> bytes:
    return b"a.example\nb\n"


def found() -> dict[str, Measure]:
    """Every measure that a module of filters holds, and those that are made when asked for."""
    known: list[Measure] = []
    for file in sorted(FOLDER.rglob("*.py")):
        path = file.relative_to(FOLDER.parent).with_suffix("")
        for value in vars(importlib.import_module(".".join(path.parts))).values():
            each = value if isinstance(value, tuple) else (value,)
            known += [one for one in each if isinstance(one, Measure)]
    known += [perplexity.measure(), domains.measure((("mine", on_list),))]
    return {names_of(measure): measure for measure in known}


MEASURES = found()
CHARACTERS = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="ab .,!?\n\r\t-'…{[#1@/:", max_size=80),
    st.sampled_from(["", " ", "\0", "\ufeff", "\U0010ffff", "İΣ", "a@b.co", "http://[", "1" * 40,
                     "http://b/x", "Certainly! **As an AI**", "ﷺ", "\u202e", "e\u0301" * 9]),
)  # fmt: skip
VALUES = {
    "bytes": st.one_of(st.binary(max_size=60), st.just(b"\x89PNG\r\n\x1a\n")),
    "original_width": st.integers(0, 2**31 - 1),
    "original_height": st.integers(0, 2**31 - 1),
    "language": st.sampled_from(["en", "de", "ja", "und", "xx", ""]),
    **{view.name: st.sampled_from([bytes([n]) * view.size for n in (0, 99)]) for view in VIEWS},
}
VALUES["machine_links"] = st.lists(CHARACTERS, max_size=3)
TYPES = {
    "machine_links": pa.list_(pa.string()),
    "original_width": pa.int32(),
    "original_height": pa.int32(),
}
TYPES |= dict.fromkeys(("bytes", *(view.name for view in VIEWS)), pa.large_binary())


def rows(measure: Measure, given: list[tuple[Any, ...]]) -> list[dict[str, Any]]:
    columns = {
        name: pa.array([row[at] for row in given], TYPES.get(name, pa.string()))
        for at, name in enumerate(measure.reads)
    }
    out = measured((measure,), columns)
    assert {len(column) for column in out.values()} == {len(given)}
    assert {name: out[name].type for name in out} == {s.name: s.type for s in measure.gives}
    return pa.RecordBatch.from_pydict(out).to_pylist()


def test_each_measure_of_a_run_is_among_them() -> None:
    """What flows measure is found here, so that a new file of measures is tested without a word."""
    from filters.measures import ALL, NAMES, chosen
    from jobs.store_tables import scores

    assert ALL not in NAMES
    nodes, documents = scores(NAMES)
    run = {names_of(measure) for measure in (*nodes.text, *nodes.link, *documents.measures)}
    assert run <= set(MEASURES)
    assert len(chosen(NAMES)) == len(NAMES) + 1
    reads = {name for measure in MEASURES.values() for name in measure.reads}
    assert reads - set(VALUES) == {"text", "url", "image_url", "alt"}, "say what it may hold"


@pytest.mark.parametrize("name", MEASURES)
def test_anything(name: str) -> None:
    """A row's values are its own, whatever lies beside it; none is below zero but logarithms."""
    measure = MEASURES[name]
    value = st.tuples(*(st.none() | VALUES.get(each, CHARACTERS) for each in measure.reads))

    @settings(max_examples=15 if UNREAD & set(measure.reads) else 40, deadline=None)
    @given(st.lists(value, max_size=4))
    def check(some: list[tuple[Any, ...]]) -> None:
        together = rows(measure, some)
        for row, alone in zip(together, some, strict=True):
            assert repr(rows(measure, [alone])) == repr([row])
            assert all(n >= 0 for n in row.values() if isinstance(n, int))

    check()
    assert rows(measure, []) == []


@pytest.mark.parametrize("name", [n for n, m in MEASURES.items() if not UNREAD & set(m.reads)])
def test_ten_million_characters_in_time(name: str) -> None:
    measure = MEASURES[name]
    rows(measure, [("a",) * len(measure.reads)])
    for piece in PIECES:
        long = (piece * (LONG // len(piece) + 1))[:LONG]
        given_ = tuple("en" if each == "language" else long for each in measure.reads)
        start = time.process_time()
        rows(measure, [given_])
        assert time.process_time() - start < SECONDS, piece
