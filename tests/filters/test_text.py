"""Counts of text: rows for what each means, and the plain reference for everything else."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import text, wordlists
from filters.compiled import counting, word_tables
from filters.compiled.word_reading import letters
from filters.signals import measured
from tests.filters.reference import counted

NAMES = [signal.name for signal in text.NODE[0].gives]
GOLD = Path(__file__).parents[2].parent / "shared" / "realweb" / "gold-open.jsonl.gz"


def counts(texts: list[str | None], type_: pa.DataType | None = None) -> list[dict[str, int]]:
    columns = measured(text.NODE, {"text": pa.array(texts, type_ or pa.string())})
    return pa.RecordBatch.from_pydict(columns).to_pylist()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", dict.fromkeys(NAMES, 0)),
        ("  \n", {"chars": 3, "special_chars": 3, "words": 0, "tokens": 0}),
        ("a b", {"chars": 3, "words": 2, "special_chars": 1}),
        ("a\u00a0b\u3000c\u200bd", {"words": 4, "special_chars": 3}),
        ("é naïve ❤️", {"chars": 10, "words": 2, "special_chars": 4}),
        ("(Hello), -- 2024 «world»!", {"words": 2, "punctuation": 2, "tokens": 5}),
        ("don't DON\u2019T", {"words": 2, "stopwords": 2, "tokens": 3}),
        ("The of and zebra", {"stopwords": 3, "words": 4, "common_words": 4}),
        ("well-known and/or qzxv-known", {"words": 3, "common_words": 2}),
        ("qzxv well-", {"common_words": 1}),
        ("Porn, cookies; CLICK!", {"flagged_words": 1, "spam_words": 2, "punctuation": 3}),
        ("sexual health", {"flagged_words": 0}),
        ("123456789", {"char_ngrams": 0, "repeated_char_ngrams": 0, "words": 0}),
        ("1234567890", {"char_ngrams": 1, "repeated_char_ngrams": 0}),
        ("a" * 12, {"char_ngrams": 3, "repeated_char_ngrams": 3}),
        ("ab" * 10, {"char_ngrams": 11, "repeated_char_ngrams": 6}),  # 2 distinct, 1 counts
        ("a b c d", {"word_ngrams": 0, "repeated_word_ngrams": 0}),
        ("a b c d e " * 2, {"word_ngrams": 6, "repeated_word_ngrams": 2}),
        ("x " * 7, {"word_ngrams": 3, "repeated_word_ngrams": 3}),
    ],
)
def test_counts(written: str, expected: dict[str, int]) -> None:
    [found] = counts([written])
    assert {name: found[name] for name in expected} == expected
    assert found == counted(written)


@pytest.mark.parametrize("type_", [pa.string(), pa.large_string()])
def test_null_is_null_and_empty_is_zero(type_: pa.DataType) -> None:
    found = counts([None, "", "one two", None], type_)
    assert found[0] == found[3] == dict.fromkeys(NAMES)
    assert found[1] == dict.fromkeys(NAMES, 0)
    assert found[2]["words"] == 2
    assert counts([], type_) == []


def test_slices_and_chunks_count_as_whole_columns_do() -> None:
    texts = ["the one", None, "zwei Wörter", "", "three little words"]
    whole = counts(texts)
    column = pa.array(texts)
    for start in range(len(texts)):
        sliced = measured(text.NODE, {"text": column.slice(start, 2)})
        assert pa.RecordBatch.from_pydict(sliced).to_pylist() == whole[start : start + 2]
    chunked = pa.chunked_array([column.slice(0, 2), column.slice(2)])
    assert [array.to_pylist() for array in text.counts(chunked)] == [
        array.to_pylist() for array in text.counts(column)
    ]


ODD = st.sampled_from(
    ["the", "Don\u2019t", "well-known", "e.g.", "ǅ", "İ", "ß", "ﬀ", "\u02bc", "\u2019",
     "\u200b", "\u00ad", "٤",
     "½", "Ⅷ", "🇫🇷", "👩‍👩‍👧", "ー", "한국어", "ไทย", "\x00", "\x85", "\u2028", "\ufeff",
     "_", "...", "sex", "porn", "click", "\U0001f600", "\ue000", "\U000e0041", "a\u0301"]
)  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.one_of(ODD, st.text(alphabet="ab -.", max_size=4)), max_size=40).map(" ".join),
    st.lists(ODD, max_size=30).map("".join),
    st.text(alphabet="ab ", max_size=300),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.none(), TEXTS), max_size=4))
def test_the_compiled_pass_counts_as_the_reference_does(texts: list[str | None]) -> None:
    expected = [dict.fromkeys(NAMES) if each is None else counted(each) for each in texts]
    assert counts(texts) == expected


def test_real_paragraphs_count_as_the_reference_does() -> None:
    if not GOLD.exists():
        pytest.skip(f"no {GOLD}: the real pages are not beside this repository")
    with gzip.open(GOLD, "rt") as file:
        rows = [json.loads(line) for line in file]
    texts = [row["text"][:3000] for row in rows if row.get("text")][::15]
    assert counts(texts) == [counted(each) for each in texts]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.binary(max_size=12), st.text(max_size=4).map(str.encode)), max_size=5))
def test_broken_bytes_stay_in_their_row(pieces: list[bytes]) -> None:
    """Bytes that are no UTF-8 are replaced one by one; the row after them is not touched."""
    rows = [b"".join(pieces), b"the one"]
    data = np.frombuffer(b"".join(rows), np.uint8)
    starts = np.array([0, len(rows[0]), len(data)], np.int64)
    one = word_tables.word_table(np.array([1 << 40], np.uint64), np.ones(1, np.uint8))
    found = counting.count_texts(data, starts, letters(), one)
    chars, words = counting.COUNTS.index("chars"), counting.COUNTS.index("words")
    assert (found[chars, 1], found[words, 1]) == (7, 2)
    assert len(rows[0].decode(errors="ignore")) <= found[chars, 0] <= len(rows[0])


def test_repetition_looks_at_so_many_characters_only() -> None:
    [found] = counts(["ab " * (counting.MOST_CHARS // 2)])
    assert found["chars"] == 3 * (counting.MOST_CHARS // 2)
    assert found["char_ngrams"] == counting.MOST_CHARS - 9
    assert found["words"] == counting.MOST_CHARS // 2
    assert 0 < found["word_ngrams"] <= counting.MOST_CHARS // 3


def test_importing_loads_and_compiles_nothing() -> None:
    code = "import filters.text, filters.documents, sys; print('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "False"


def test_every_list_says_where_it_comes_from() -> None:
    rows = wordlists.catalogue()
    assert all(row[key] for row in rows for key in ("words", "source", "licence", "version"))
    hashes = wordlists.hashes()
    assert set(hashes) == {f"{row['name']}.{row['language']}" for row in rows} | {"characters"}
    assert all(len(digest) == 64 for digest in hashes.values())
    with pytest.raises(KeyError):
        wordlists.word_list("stopwords", "xx")


def test_every_part_is_never_more_than_its_whole() -> None:
    [found] = counts(["The the THE well-known 'sex', click! " * 9])
    assert all(0 < found[part] <= found[whole] for part, whole in text.PARTS.items() if found[part])
