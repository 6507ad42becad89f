"""The language of every text: fastText's own answers, whatever the text.

Importing this module imports numba.
"""

import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from filters import language
from filters.compiled import fasttext_tables, lower_case
from tests.filters.asked_fasttext import asked
from tests.parity.texts import REALWEB, gold

CLOSE = 1e-4
TIE = 1e-5  # fastText gives up a branch that is less likely by less than this


def check(texts: list[str]) -> None:
    names, scores = language.languages(pa.array(texts, pa.string()))
    for text, name, score in zip(texts, names.to_pylist(), scores.to_pylist(), strict=True):
        best, *other = asked(text, 2)
        assert abs(score - best[1]) <= CLOSE, text[:200]
        assert name == best[0] or (name == other[0][0] and best[1] - other[0][1] < TIE), text[:200]


LETTERS = st.one_of(
    st.text(max_size=60),
    st.text("aàbÀß\u017fΣ\u03c3ςİ\u0131IªⒶ.'\u0301\u00ad", max_size=30),
    st.text(" \t\n\v\f\r\0\x1c\x85\xa0\u1680\u2003\u2028\u3000\u200bà、 い", max_size=30),
    st.text("<>/sS_label:", max_size=12),
)
WORDS = st.lists(
    st.sampled_from(
        ["the", "Straße", "и", "日本語", "</s>", "</S>", "</s>a", "__label__en", "<s>"]
    ),
    max_size=6,
).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(LETTERS | WORDS, max_size=5))
@example(["a" * 9_999 + "Éa" + "b" * 20])
@example(["ab " * 3_333 + "é" * 9, "é " * 9_999, "日" * 20_000, "Ⱥ" * 10_001, "İ" * 12_000])
@example(["\U0010ffff" * 10_001, "𐐀" * 4_000, "x" * 80_000, " " * 10_000 + "the"])
def test_any_text_as_fasttext_has_it(texts: list[str]) -> None:
    check(texts)


@pytest.mark.skipif(not REALWEB.is_dir(), reason=f"no real pages: {REALWEB} is absent")
def test_real_texts_as_fasttext_has_them() -> None:
    """Main texts, and their lines; python -m tests.bench.signals compares whole pages."""
    check(list(gold()))
    check([line for text in gold() for line in text.split("\n")[:6]])


def test_lower_case_is_pythons() -> None:
    """Every code point, alone and beside a sigma, through the table's rule."""
    table, several = lower_case.lower()
    assert len(table) == sys.maxunicode + 1
    for point in range(sys.maxunicode + 1):
        entry, char = int(table[point]), chr(point)
        if entry & lower_case.SEVERAL:
            row = several[entry & lower_case.POINT]
            assert char.lower() == "".join(chr(each) for each in row if each)
        else:
            assert char.lower() == chr(entry & lower_case.POINT)
    cased, passed = (table & bit != 0 for bit in (lower_case.CASED, lower_case.IGNORABLE))
    for point in (*range(0x600), *range(0x2000, 0x2100), *range(0xFE00, 0xFE20), 0x1F170, 0x1D400):
        char = chr(point)
        after = cased[point] and not passed[point]
        assert ((char + "Σ").lower()[-1] == "ς") == after, char
        assert (("a" + char + "Σ").lower()[-1] == "ς") == (after or passed[point]), char
        if not passed[point]:
            assert (("aΣ" + char).lower()[1] == "ς") != cased[point], char


def test_what_was_read_before_changes_nothing() -> None:
    """Bytes, not nearly: with words kept, with none, and in another order."""
    texts = pa.array([f"{word} {n} Wort mot слово" for n, word in enumerate(["la", "der"] * 300)])
    tables, _ = language._lid()
    once = language.ask(texts, tables, fasttext_tables.room(tables))
    room = fasttext_tables.room(tables)
    language.ask(pa.array(["слово mot " * 200, "la der " * 90]), tables, room)
    backwards = language.ask(texts.take(pa.array(range(len(texts) - 1, -1, -1))), tables, room)
    for one, other in zip(once, backwards, strict=True):
        assert one.tobytes() == np.ascontiguousarray(other[::-1]).tobytes()


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string()])
def test_columns(type_: pa.DataType) -> None:
    texts = pa.array(
        ["left out", None, "a plain sentence of English", "", "und auch Deutsch"], type_
    )
    names, scores = language.languages(texts.slice(1))
    assert names.to_pylist() == [None, "en", "und", "de"]
    assert scores.type == pa.float32()
    assert [scores[0].as_py(), scores[2].as_py()] == [None, 0.0]
    chunks = pa.chunked_array([texts.slice(1, 2), texts.slice(3)])
    assert language.languages(chunks)[0].to_pylist() == names.to_pylist()
    for empty in (pa.array([], type_), pa.nulls(2, type_)):
        assert language.languages(empty)[0].to_pylist() == [None] * len(empty)
