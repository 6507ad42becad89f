"""Counts by the lists of a document's own language."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import own_language
from filters.signals import measured
from tests.filters.reference import words_of

NAMES = [signal.name for signal in own_language.SIGNALS]


def rows(texts: list[str | None], languages: list[str | None]) -> list[tuple[int | None, ...]]:
    columns = {"text": pa.array(texts, pa.string()), "language": pa.array(languages, pa.string())}
    found = measured((own_language.DOCUMENT,), columns)
    return list(zip(*(found[name].to_pylist() for name in NAMES), strict=True))


@pytest.mark.parametrize(
    ("text", "language", "frequent", "kinds", "flagged", "common"),
    [
        ("Die Katze und der Hund, und das Haus.", "de", 5, 4, 0, 8),
        ("Die Katze und der Hund", "en", 0, 0, 0, None),
        ("Le chat et la souris xqzvw.", "fr", 3, 3, 0, 5),
        ("Кот и собака не в доме", "ru", 3, 3, 0, 6),
        ("Kot i pies w domu", "pl", 2, 2, None, 5),
        ("Katten og hunden er på huset", "no", 3, 3, None, 6),
        ("猫と犬", "ja", None, None, None, None),
        ("", "de", 0, 0, 0, 0),
        ("wort", "und", None, None, None, None),
        (None, "de", None, None, None, None),
        ("wort", None, None, None, None, None),
    ],
)
def test_counts(text, language, frequent, kinds, flagged, common) -> None:
    [found] = rows([text], [language])
    assert found[:3] == (frequent, kinds, flagged)
    assert common is None or found[3] == common


def test_flagged_words() -> None:
    assert rows(["Du Arsch, sagte er."], ["de"])[0][2] == 1
    assert rows(["Du Arsch, sagte er."], ["fr"])[0][2] == 0


@pytest.mark.parametrize("language", own_language.FREQUENT)
def test_every_language_has_its_frequent_words(language: str) -> None:
    words = own_language.frequent_words(language)
    assert own_language.LEAST_WORDS <= len(words) <= own_language.MOST_WORDS
    if language in ("de", "fr", "ru"):
        assert rows([" ".join(words)], [language])[0][:2] == (len(words), len(words))


ANY = st.one_of(st.text(max_size=60), st.text("deruni ,.'-\n", max_size=80))


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.one_of(st.none(), ANY), st.sampled_from(["de", "fr", "ja"])), max_size=4)
)
def test_the_same_as_in_plain_python(given) -> None:
    texts, languages = [t for t, _ in given], [name for _, name in given]
    for text, language, found in zip(texts, languages, rows(texts, languages), strict=True):
        if text is None or language == "ja":
            assert found == (None,) * 4
            continue
        frequent = set(own_language.frequent_words(language))
        words = [word for word in words_of(text) if word in frequent]
        assert found[:2] == (len(words), len(set(words)))
