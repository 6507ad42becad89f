"""Documents' own signals: sums carry the nodes' names, the joined text is measured again."""

import pyarrow as pa
import pytest

from filters import documents, language, text
from filters.signals import fields, measured

ENGLISH = "It was a bright day in the middle of April, and all the clocks of the town were wrong."
GERMAN = "Es war ein heller Tag mitten im April, und alle Uhren der Stadt gingen falsch."


def test_sums_have_the_names_of_node_counts() -> None:
    node = {signal.name for measure in text.NODE for signal in measure.gives}
    sums = {signal.name for signal in documents.SUMS}
    again = {field.name for field in fields(documents.DOCUMENT)}
    assert sums < node
    assert again - {"language", "language_score"} == node - sums
    assert not sums & again


def test_sums_of_nodes_are_the_counts_of_the_joined_text() -> None:
    nodes = [ENGLISH, GERMAN, "One more: don't!"]
    joined = measured(text.NODE, {"text": pa.array(["\n\n".join(nodes)])})
    apart = measured(text.NODE, {"text": pa.array(nodes)})
    for signal in documents.SUMS:
        between = 2 * (len(nodes) - 1) if signal.name in ("chars", "special_chars") else 0
        assert joined[signal.name][0].as_py() == sum(apart[signal.name].to_pylist()) + between


def test_repetition_spans_nodes() -> None:
    texts = pa.array([ENGLISH, ENGLISH + "\n\n" + ENGLISH, "", None])
    found = measured(documents.DOCUMENT, {"text": texts})
    repeated = found["repeated_word_ngrams"].to_pylist()
    assert repeated[0] == repeated[2] == 0
    assert repeated[3] is None
    assert repeated[1] == 2 * (len(ENGLISH.split()) - 4)


@pytest.mark.parametrize(
    ("written", "name", "least"),
    [
        (ENGLISH, "en", 0.9),
        (ENGLISH.upper(), "en", 0.9),
        (GERMAN.replace(" ", "\n"), "de", 0.9),
        ("这是一个关于语言识别的简单句子。", "zh", 0.9),
        (ENGLISH + " " + "la " * 100_000, "en", 0.0),
        ("", "und", 0.0),
        (" \n\t ", "und", 0.0),
        ("\x00", "en", 0.0),
    ],
)
def test_language(written: str, name: str, least: float) -> None:
    found, score = language.language(written)
    assert least <= score <= 1.0
    if least or not written.strip():
        assert found == name
    columns = measured(documents.DOCUMENT, {"text": pa.array([None, written], pa.string())})
    assert columns["language"].to_pylist() == [None, found]
    assert columns["language_score"].to_pylist() == [None, pytest.approx(score)]
    assert columns["language_score"].type == pa.float32()


def test_no_documents_no_rows() -> None:
    found = measured(documents.DOCUMENT, {"text": pa.array([], pa.string())})
    assert {name: len(array) for name, array in found.items()} == dict.fromkeys(found, 0)


def test_the_model_is_the_one_of_the_record() -> None:
    """Another model is another measure: a change here is a new version of the signals."""
    assert language.digest().startswith("8f3472cfe8738a7b")
