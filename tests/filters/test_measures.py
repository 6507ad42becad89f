"""Every measure over any text: null for null, nothing for nothing, in time; sets where asked."""

import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import lines, measures, personal, quality, redpajama, text
from filters.quality import tables
from filters.recipes import load
from filters.rules import Recipe, RecipeError, Rule
from filters.signals import Measure, measured

TEXTUAL = {
    "text": text.NODE[0],
    "lines": lines.NODE,
    "quality": quality.DOCUMENT,
    "redpajama": redpajama.DOCUMENT,
    "personal": personal.NODE,
}
ANY = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="ab .,!?\n\r-'’…{[#1", max_size=120),
    st.lists(
        st.sampled_from(
            ["don't", "Mr.", "U.S.", "10km", "e.g.", "http://a.b/c", "a@b.co", "...", "\n\n", "\n",
             "\u2028", "—", "(x)", "[1]", "terms of use", "lorem ipsum", "Javascript", "3 likes",
             "READ MORE", "the the", "÷", "日本語", "İ", "Σ", "\U0001f600", "\x85", "US$5", "1-2"]
        ),
        max_size=40,
    ).map(" ".join),
)  # fmt: skip


def rows(measure: Measure, texts: list[str | None]) -> list[dict[str, object]]:
    columns = measured((measure,), {"text": pa.array(texts, pa.string())})
    return pa.RecordBatch.from_pydict(columns).to_pylist()


@pytest.mark.parametrize("name", TEXTUAL)
@settings(max_examples=120, deadline=None)
@given(texts=st.lists(st.one_of(st.none(), ANY), max_size=4))
def test_any_text(name: str, texts: list[str | None]) -> None:
    """A text's counts are its own, whatever lies beside it, and none is below zero."""
    found = rows(TEXTUAL[name], texts)
    for alone, row in zip(texts, found, strict=True):
        assert rows(TEXTUAL[name], [alone]) == [row]
        assert all((value is None) == (alone is None) or "entropy" in key
                   for key, value in row.items())  # fmt: skip
        assert all(value >= 0 for value in row.values() if value is not None)


@pytest.mark.parametrize("name", TEXTUAL)
def test_empty_and_nothing(name: str) -> None:
    assert rows(TEXTUAL[name], []) == []
    found = rows(TEXTUAL[name], ["", None])
    assert {value for value in found[0].values() if value} == set()
    assert set(found[1].values()) == {None}


@pytest.mark.parametrize("name", TEXTUAL)
@pytest.mark.parametrize("piece", ["a word. ", "x", "\n\n- 1, don't\n", ".", "日本", "1 "])
def test_ten_million_characters_in_time(name: str, piece: str) -> None:
    long = (piece * (10_000_000 // len(piece)))[:10_000_000]
    rows(TEXTUAL[name], ["a"])
    start = time.process_time()
    rows(TEXTUAL[name], [long])
    assert time.process_time() - start < 10


@pytest.mark.parametrize("name", TEXTUAL)
def test_texts_count_together_as_they_do_alone(name: str) -> None:
    """What is read together ends where it ends, whatever it ends in."""
    pieces = [
        "",
        "a word, a word",
        "Sign-in",
        "so\r",
        "\n",
        "well-",
        "known {",
        "é – 日本",
        "3 likes",
        "of ",
    ]
    texts = [(pieces[i % 10] + pieces[i % 7]) * (1 + i % 3) + "." * (i % 4) for i in range(900)]
    together = rows(TEXTUAL[name], texts)
    assert together[::13] == [rows(TEXTUAL[name], [each])[0] for each in texts[::13]]


def tokens_of(written: str) -> list[str]:
    """A text's English tokens, cut as the counts of documents cut them."""
    from filters.compiled import line_reading, tokenizing

    data = np.frombuffer(written.encode(), np.uint8)
    page = line_reading.empty_page(len(data))
    _, words = line_reading.read_page(data, 0, len(data), line_reading.line_classes(), page)
    out, opened, suffixes = tokenizing.empty_tokens(len(data))
    rules = (*tables()[:4], suffixes)
    count = tokenizing.cut(page[0], (words, page[2][0], opened), rules, out, 0)
    return [written[a:b] for a, b in zip(out[0][:count], out[1][:count], strict=True)]


@settings(max_examples=200, deadline=None)
@given(ANY)
def test_tokens_lie_in_order_and_hold_all_that_is_no_space(written: str) -> None:
    tokens = tokens_of(written)
    assert all(tokens)
    assert "".join(tokens) == "".join(written.split())


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("Don't stop, Mr. Smith.", ["Do", "n't", "stop", ",", "Mr.", "Smith", "."]),
        ("(well-known) U.S. e.g.", ["(", "well", "-", "known", ")", "U.S.", "e.g."]),
        ("10km, $5 5€ 3:00", ["10", "km", ",", "$", "5", "5", "€", "3:00"]),
        ("see www.a-b.org/x?y=1. ok...", ["see", "www.a-b.org/x?y=1", ".", "ok", "..."]),
        ("can't\u2014she'll can't", ["can't", "\u2014", "she'll", "ca", "n't"]),
        ("(so): x''", ["(", "so", "):", "x", "''"]),
        ("John\u2019s “quote”", ["John", "\u2019s", "“", "quote", "”"]),
    ],
)
def test_tokens(written: str, tokens: list[str]) -> None:
    assert tokens_of(written) == tokens


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", {"node_lines": 0}),
        ("One two three.", {"node_lines": 1, "c4_lines": 1, "c4_open_lines": 1, "cut_lines": 0}),
        ("One two three", {"c4_lines": 0, "c4_open_lines": 1}),
        ("We use cookies on this site.", {"c4_lines": 0, "c4_open_lines": 0}),
        ("The Lorem Ipsum text.", {"c4_fatal_lines": 1, "c4_lines": 0}),
        ("if (x) { y }", {"c4_fatal_lines": 0, "c4_open_fatal_lines": 1}),
        ("A fact is here.[12]", {"c4_lines": 1}),
        ("3 likes\n1,024K views", {"cut_lines": 2, "cut_line_words": 4, "line_words": 4}),
        ("ALL IN CAPITALS\nnot so here", {"cut_lines": 1, "cut_line_words": 3}),
        ("Sign-in or register", {"cut_line_words": 1, "cut_lines": 0}),
    ],
)
def test_lines(written: str, expected: dict[str, int]) -> None:
    [found] = rows(lines.NODE, [written])
    assert {name: found[name] for name in expected} == expected


def test_sets_are_measured_where_asked() -> None:
    assert measures.with_signals(load("obelics")).signals == ()
    assert measures.with_signals(load("gopher")).signals == ("quality",)
    assert measures.with_signals(load("redpajama_v2")).signals == ("redpajama",)
    assert measures.with_signals(load("obelics"), ["all"]).signals == measures.NAMES
    german = Rule("german", "language = 'de'", at_least=1)
    assert measures.with_signals(Recipe("x", document=(german,))).signals == ()
    assert measures.with_signals(Recipe("x", node=(german,))).signals == ("node_language",)
    with pytest.raises(RecipeError, match="did you mean 'quality'"):
        measures.with_signals(load("obelics"), ["qualty"])
