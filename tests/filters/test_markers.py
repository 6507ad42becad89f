# ruff: noqa: RUF001 (letters and signs that look like others are what is tested)
"""Markers: what is found and where, what is not, and that the page of docs is fresh."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import markers
from filters.markers import CLASSES, MarkerError, build, found, read_list
from filters.signals import measured
from tests.marker_sets import page

TEXT = st.text(st.characters(exclude_categories=("Cs",)))


def hits(text: str) -> list[tuple[str, str]]:
    """(what stands there, class) of each hit."""
    rows = found(pa.array([text]))[-1].to_pylist()[0]
    return [(text[hit["start"] : hit["end"]], hit["marker"].split("/")[1]) for hit in rows]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", []),
        ("Nothing to see.", []),
        ("(As an AI language model, I", [("As an AI language model", "refusal")]),
        ("AS AN AI\u00a0LANGUAGE MODEL", [("AS AN AI\u00a0LANGUAGE MODEL", "refusal")]),
        ("as an ai-language\nmodel", [("as an ai-language\nmodel", "refusal")]),
        ("was an AI language model", []),
        ("as an AI language models", []),
        ("I’m unable to fulfill this request", [("I’m unable to fulfill this request", "refusal")]),
        ("'I'm an AI language model'", [("I'm an AI language model", "refusal")]),
        ("ALS KI‑SPRACHMODELL", [("ALS KI‑SPRACHMODELL", "refusal")]),
        ("je suis un mode\u0300le de langage", [("je suis un mode\u0300le de langage", "refusal")]),
        ("jestem modelem jezykowym", [("jestem modelem jezykowym", "refusal")]),
        ("Как ИИ, я не", [("Как ИИ, я не", "refusal")]),
        ("抱歉，我 无法满足您的请求。", [("抱歉，我 无法满足您的请求", "refusal")]),
        ("他说:作为一个AI语言模型", [("作为一个AI语言模型", "refusal")]),
        ("ＡＩ言語モデルとして、", [("ＡＩ言語モデルとして", "refusal")]),
        ("x turn12search7 y", [("turn12search7", "machine_citation")]),
        ("\ue200cite\ue202turn0search3\ue201", [("turn0search3", "machine_citation")]),
        ("http://a/?utm_source=chatgpt.com", [("utm_source=chatgpt.com", "machine_citation")]),
        ("Dear [Your Company Name],", [("[Your Company Name]", "unfilled_template")]),
        ("Dear your company name,", []),
        ("to delve deep", [("delve", "excess_vocabulary")]),
        ("a **bold** word", [("**bold**", "raw_markdown")]),
        ("2 ** 3 ** 4", []),
        ("## Head", [("##", "raw_markdown")]),
        ("a ## b", []),
        ("## Ä **ö**", [("##", "raw_markdown"), ("**ö**", "raw_markdown")]),
        ("[ä](https://x", [("[ä](http", "raw_markdown")]),
    ],
)
def test_hits(text: str, expected: list[tuple[str, str]]) -> None:
    assert hits(text) == expected


def test_hits_of_a_class_do_not_overlap() -> None:
    text = "I'm sorry, but I can't assist with that request"
    assert hits(text) == [("I'm sorry, but I can't assist with", "refusal")]


def test_every_marker_is_found_as_it_is_written() -> None:
    known = markers.markers()[:-4]
    counts = found(pa.array([marker.phrase for marker in known]))
    for at, marker in enumerate(known):
        kinds = {kind for row, kind in zip(counts, CLASSES, strict=False) if row[at].as_py()}
        assert marker.kind in kinds, marker.name


def test_nulls_slices_and_batches() -> None:
    column = pa.chunked_array([["delve", None], ["", "x delve"]])
    whole = measured(markers.NODE, {"text": column})
    assert whole["marker_excess_vocabulary"].to_pylist() == [1, None, 0, 1]
    assert [None if each is None else len(each) for each in whole["markers"].to_pylist()] == [
        1,
        None,
        0,
        1,
    ]
    part = found(pa.array(["delve", None, "", "x delve"]).slice(1, 3))
    assert part[-1].to_pylist() == whole["markers"].to_pylist()[1:]
    assert all(len(array) == 0 for array in found(pa.array([], pa.string())))


def test_a_long_text() -> None:
    text = "delve " * (10**7 // 6)
    *counts, spans = found(pa.array([text, "delve"]))
    assert counts[list(CLASSES).index("excess_vocabulary")].to_pylist() == [10**7 // 6, 1]
    assert [len(each) for each in spans.to_pylist()] == [100, 1]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(TEXT, st.sampled_from(["as an AI language model", "**", "[", "](http"]))))
def test_any_text(pieces: list[str]) -> None:
    text = " ".join(pieces)
    *counts, spans = found(pa.array([text, text]))
    assert all(count[0] == count[1] for count in counts)
    assert sum(count[0].as_py() for count in counts) >= len(spans[0])
    for hit in spans.to_pylist()[0]:
        assert 0 <= hit["start"] < hit["end"] <= len(text)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_broken_bytes_do_no_harm(pieces: list[bytes]) -> None:
    offsets = [0]
    for piece in pieces:
        offsets.append(offsets[-1] + len(piece))
    data = pa.py_buffer(b"".join(pieces))
    places = pa.array(offsets, pa.int32()).buffers()[1]
    column = pa.StringArray.from_buffers(len(pieces), places, data)
    assert all(len(array) == len(pieces) for array in found(column))


def test_the_order_of_texts_changes_nothing() -> None:
    texts = ["delve", "as an AI language model", "", "## x", "抱歉，我无法生成"] * 3
    ahead, back = found(pa.array(texts)), found(pa.array(texts[::-1]))
    for one, other in zip(ahead, back, strict=True):
        assert one.to_pylist() == other.to_pylist()[::-1]


HEAD = 'language = "xx"\nversion = 1\n[[group]]\nclass = "refusal"\nsource = "s"\n'


@pytest.mark.parametrize(
    "text, says",
    [
        ("a = ", "marker_lists/xx.toml"),
        ('language = "de"\nversion = 1', 'language = "xx"'),
        (HEAD.replace("refusal", "denial"), "no class 'denial'"),
        (HEAD.replace('source = "s"', ""), "no source"),
    ],
)
def test_a_wrong_list_says_so(text: str, says: str) -> None:
    with pytest.raises(MarkerError, match=says):
        read_list(text, "xx")


@pytest.mark.parametrize("phrases, says", [('"a b", "A-B"', "read the same"), ('"!"', "no word")])
def test_a_wrong_phrase_says_so(phrases: str, says: str) -> None:
    known = read_list(f"{HEAD}phrases = [{phrases}]", "xx")
    with pytest.raises(MarkerError, match=says):
        build((*known, *markers.markers()[-4:]))


def test_every_language_has_refusals_and_boilerplate() -> None:
    for kind in ("refusal", "assistant_boilerplate"):
        have = {marker.language for marker in markers.markers() if marker.kind == kind}
        assert have >= set(markers.LANGUAGES) - {"any"}


def test_the_page_is_fresh() -> None:
    figures = page.stored()
    assert figures["lists"] == markers.hashes(), "run: python -m tests.marker_sets"
    assert page.PAGE.read_text("utf-8") == page.rendered(figures)


def test_hard_classes_on_pages_of_people() -> None:
    """What must hold of the figures that the page states."""
    for half in page.stored()["pages"].values():
        assert half["with_hard"] <= 0.001 * half["documents"]
