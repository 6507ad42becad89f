"""Main content: compiled passes against plain ones, and what must hold for any page."""

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.main import content as measure
from filters.main import features as main_features
from filters.main import smoothing as main_smoothing
from filters.main import text as main_text
from filters.main import trees as main_trees
from filters.main.names import CONCEPTS
from filters.main.pages import _utf8, classes, names_of, pages_of
from pipeline.interleave import Interleave
from pipeline.page.outline import Outline, outlines_of
from tests.filters.main import plain

PROSE = (
    "The committee met on Tuesday to hear the report, which found that most of the bridges were"
    " sound. Two of them, however, will be closed in the spring."
)
LINKS = "".join(f"<li><a href=/{n}>Section {n} of the site</a>" for n in range(12))
ARTICLE = (
    f"<title>Bridges closed</title><body><ul class=site-menu>{LINKS}</ul><div class=article>"
    f"<h1>Bridges closed</h1><p>{PROSE}<p>{PROSE[:90]} Nobody was hurt.<img src=a.jpg>"
    f"<p>Engineers said so, and they should know. {PROSE[20:]}</div>"
    "<div id=footer><p>Copyright 2020. <a href=/x>All rights reserved</a></div>"
)
SHOP = f"<title>Shop</title><p>Price 3.99<img src=b.jpg><ul>{LINKS}</ul>"


def read(page, *, pictures=True):
    """The page; without `pictures`, with no image in it."""
    if not pictures:
        page = re.sub("<img[^>]*>", "", page)
    return Interleave().read(page.encode(), "http://h.example/", "utf-8")


def scored(*pages, pictures=True):
    """Of each page (text, (score, main)) for each node."""
    found = [read(page, pictures=pictures) for page in pages]
    kinds = [reading.texts.is_text for reading in found]
    texts = [n.text for reading in found for n in reading.nodes if n.kind == "text"]
    titles = pa.array(["Bridges closed"] * len(pages), pa.string())
    outlines = outlines_of([reading.outline for reading in found])
    columns = measure.main_content(outlines, kinds, pa.array(texts, pa.string()), titles)
    rows = iter(zip(*(column.to_pylist() for column in columns), strict=True))
    return [[(node.text, next(rows)) for node in reading.nodes] for reading in found]


def test_an_article_is_told_from_its_menu():
    (page,) = scored(ARTICLE)
    main = [text for text, (_, kept) in page if kept and text]
    assert [text[:9] for text in main if len(text) > 40] == ["The commi", "The commi", "Engineers"]
    assert not any(text.startswith(("Section", "Copyright")) for text in main)
    assert [row[1] for text, row in page if text is None] == [True]


def test_a_page_is_scored_the_same_in_any_company():
    pages = [ARTICLE, SHOP, "", "<p>x", "<img src=a.jpg>", ARTICLE.replace("<p>", "<div>")]
    alone = [scored(page)[0] for page in pages]
    assert scored(*pages) == scored(*pages) == alone
    assert scored(*reversed(pages)) == alone[::-1]


def test_nothing_at_all():
    assert scored() == []
    assert scored("") == [[]]
    assert scored("<img src=a.jpg>") == [[(None, (0.0, False))]]


@pytest.mark.parametrize(
    "page",
    [
        ARTICLE,
        SHOP,
        "<p>First half of a line of words,<img src=1.jpg> and the second half of it.",
        "<p>One <img src=1.jpg> <img src=2.jpg>two</p><p><img src=3.jpg>three",
        "<table><tr><td>1<td>2<tr><td><img src=1.jpg>3<td>4</table>",
        "<div><img src=1.jpg><div><img src=2.jpg></div><p>text</div><article><img src=4.jpg>",
    ],
)
def test_images_never_change_the_scores_of_text(page):
    spoken = [
        [(word, row) for text, row in rows for word in (text or "").split()]
        for rows in (scored(page)[0], scored(page, pictures=False)[0])
    ]
    assert spoken[0] == spoken[1]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=40), max_size=4))
def test_text_is_read_as_the_plain_reference_reads_it(texts):
    kinds, lower = classes()
    counts, words, begin = main_text.read_texts(*_utf8(pa.array(texts, pa.string())), kinds, lower)
    for text, row, first, last in zip(texts, counts, begin[:-1], begin[1:], strict=True):
        bits = {"letters": main_text.LETTER, "digits": main_text.DIGIT, "commas": main_text.COMMA}
        of = [(char, kinds[ord(char)]) for char in text]
        expected = {name: sum(kind & bit != 0 for _, kind in of) for name, bit in bits.items()}
        pieces = "".join(" " if k & main_text.SPACE else char for char, k in of).split(" ")
        expected |= {"chars": len(text), "words": sum(map(bool, pieces))}
        expected["longest"] = max(map(len, pieces))
        got = dict(zip(main_text.COUNTS, row.tolist(), strict=True))
        assert {name: got[name] for name in expected} == expected
        spoken = plain.words_of(text, kinds, lower, main_text)
        again = main_text.read_texts(*_utf8(pa.array(spoken, pa.string())), kinds, lower)[1]
        assert words[first:last].tolist() == again.tolist()


@pytest.mark.parametrize("cut", range(1, 4))
def test_broken_bytes_stay_inside_their_text(cut):
    data = np.frombuffer("漢".encode() * 2 + b"\xf0\x9f\x98", np.uint8)
    counts, _, _ = main_text.read_texts(data, np.array([0, cut, len(data)]), *classes())
    assert counts[:, 0].sum() >= 2


def named(names):
    data = [name.encode() for name in names]
    stops = np.cumsum([0, *map(len, data)]).astype(np.int32)
    empty, count = np.empty(0, np.int32), len(names)
    return outlines_of(
        [
            Outline(
                np.zeros(count, np.uint8),
                np.full(count, -1, np.int32),
                np.frombuffer(b"".join(data), np.uint8),
                stops,
                *(empty,) * 3,
                np.empty(0, np.bool_),
            )
        ]
    )


NAME = st.text("abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-_ é", max_size=60)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(NAME, st.sampled_from(["mainCol entry-text", "ADBox", "post-12 navBar"])))
)
def test_names_are_read_as_the_plain_reference_reads_them(names):
    found = names_of(named(names))
    for name, bits in zip(names, found.concepts[found.of].tolist(), strict=True):
        held = {concept for n, concept in enumerate(CONCEPTS) if bits >> n & 1}
        assert held == plain.concepts_of(name)
    different = list(dict.fromkeys(names))
    assert np.diff(found.begin).tolist() == [len(plain.tokens_of(name)) for name in different]


def test_tokens_of_a_kind_are_one():
    found = names_of(named(["post-12", "POST-7 post-9", "post"]))
    first, second, third = np.split(found.keys, found.begin[1:-1])
    assert first.tolist() == second.tolist() != third.tolist()
    assert len(set(found.hashes.tolist())) == 3


@pytest.mark.parametrize("rows", [0, 1, 255, 256, 600])
def test_trees_are_those_of_the_plain_reference(rows):
    rng, count = np.random.default_rng(rows), 7
    trees = main_trees.Trees(
        rng.integers(0, 5, count * 3).astype(np.int16),
        rng.normal(size=count * 3).astype(np.float32),
        np.array([0xFFFFFFFE, 0xFFFFFFF8, 0xFFFFFFFB] * count, np.uint32),
        np.arange(count + 1, dtype=np.int32) * 3,
        rng.normal(size=(count, 32)).astype(np.float32),
    )
    data = rng.normal(size=(rows, 5)).astype(np.float32)
    found = main_trees.scores(data, np.arange(5), trees)
    np.testing.assert_allclose(found, plain.tree_scores(data, trees), atol=1.1e-4)


def test_the_compiled_sums_and_bounds_are_the_plain_ones():
    reading = read(ARTICLE)
    texts = pa.array([n.text for n in reading.nodes if n.kind == "text"])
    pages = pages_of(outlines_of([reading.outline]), texts, pa.array(["t"]), None)
    rows, units, _ = measure.features(pages)
    sums = main_features.sums_below(
        units.mass, units.linked, units.good, units.tags, units.elements, pages.parents
    )
    expected = plain.sums_below(units.mass, units.elements, pages.parents)
    np.testing.assert_allclose(sums[:, main_features.MASS], expected, rtol=1e-5)
    names = measure.feature_names()
    assert rows.shape == (len(units.mass), len(set(names))) == (len(units.mass), len(names))
    assert np.isfinite(rows).all()
    scores = rows[:, names.index("linked")].copy()
    bound, best = main_smoothing.best_bound(scores, units.mass)
    assert (best, bound) == pytest.approx(plain.best_bound(scores, units.mass), abs=1e-5)


def test_the_model_fits_the_features():
    known = measure.model()
    assert known.columns.max() < len(measure.feature_names())
    assert known.first.features.max() < len(known.columns)
    assert known.second.features.max() < len(main_smoothing.NAMES) + len(known.again)


def test_a_long_name_and_a_deep_page():
    assert len(scored("<div class='" + "a" * 100_000 + "'>" + "<div>" * 3000 + "text")[0]) == 1
