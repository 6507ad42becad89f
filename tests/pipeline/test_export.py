"""What the last pass keeps, and how it lays a document out."""

import json
import pickle
from typing import Any

import pyarrow as pa
import pytest

from filters.rules import Rule
from pipeline.export import Assemble, Choose
from pipeline.obelics import file_words, rendered
from pipeline.stage import Stage, chain
from schemas.shard import SHARD, features, fingerprint
from tests.trainers.tiny_release import (
    RECIPE,
    batch,
    document,
    image,
    page,
    released,
    shows,
    text,
)

PARAGRAPHS = [text("One."), shows(1), text("Two."), shows(2)]


def chosen(rows: list[dict[str, Any]], stage: Choose | None = None) -> list[dict[str, Any]]:
    stage = stage or Choose(RECIPE.image, RECIPE.document)
    return next(stage.stream(iter([batch(rows)]))).to_pylist()


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (document(1, PARAGRAPHS, [image(1), image(2)]), None),
        (document(1, PARAGRAPHS, [image(1), image(2, dropped="http_4xx")]), None),
        (document(1, PARAGRAPHS, [], copy_of="other"), "near_duplicate"),
        (document(1, PARAGRAPHS, [image(1), image(2)], copy_of="other"), "near_duplicate"),
        (document(1, PARAGRAPHS, []), "no_image_left"),
        (document(1, [text("One.")], [image(1)]), "no_image_left"),
        (document(1, PARAGRAPHS, [image(n, dropped="dns") for n in (1, 2)]), "no_image_left"),
        (document(1, PARAGRAPHS, [image(3)]), "no_image_left"),
        (document(1, [shows(1)], [image(1)]), "no_text_left"),
        (document(1, [text(""), shows(1)], [image(1)]), "no_text_left"),
        (document(1, PARAGRAPHS, [image(1), image(2)], words=1), None),
        (document(1, PARAGRAPHS, [image(1), image(2, original_width=9)]), None),
        (
            document(1, PARAGRAPHS, [image(n, original_width=9) for n in (1, 2)]),
            "no_image_left",
        ),
    ],
)  # fmt: skip
def test_document_verdicts(row: dict[str, Any], verdict: str | None) -> None:
    assert [one["dropped"] for one in chosen([page(7, 1), row, page(8, 2)])] == [
        None,
        verdict,
        None,
    ]


def test_an_image_gets_its_first_failing_rule_and_keeps_an_earlier_reason() -> None:
    row = document(
        1,
        PARAGRAPHS,
        [
            image(1, original_width=9),
            image(2, unsafe=0.9),
            image(3, original_width=9, dropped="timeout"),
            image(4),
            image(5, original_height=9, unsafe=0.9),
        ],
    )
    found = [one["dropped"] for one in chosen([row])[0]["images"]]
    assert found == ["small_image", "unsafe_image", "timeout", None, "small_image"]


def test_document_rules_count_what_is_left() -> None:
    rows = [
        document(1, PARAGRAPHS, [image(1), image(2, dropped="dns")]),
        document(2, PARAGRAPHS, [image(1), image(2)]),
    ]
    few = Rule("too_few_images", "image_nodes", at_least=2)
    assert [one["dropped"] for one in chosen(rows, Choose((), (few,)))] == ["too_few_images", None]
    each = Rule("pictures_a_text", "image_nodes / text_nodes", at_most=0.5)
    assert [one["dropped"] for one in chosen(rows, Choose((), (each,)))] == [None, each.name]


def test_rules_that_no_fetch_changes_are_not_asked_again() -> None:
    # The columns that it reads need not be here.
    rule = Rule("special", "special_chars / text_nodes", at_most=0.3)
    row = document(1, PARAGRAPHS, [image(1)])
    assert chosen([row], Choose((), (rule,)))[0]["dropped"] is None


def test_a_document_over_the_byte_cap_is_dropped() -> None:
    row = document(1, PARAGRAPHS, [image(1), image(2)])
    total = sum(len(one["bytes"]) for one in row["images"])
    assert chosen([row], Choose(max_document_bytes=total))[0]["dropped"] is None
    assert chosen([row], Choose(max_document_bytes=total - 1))[0]["dropped"] == "too_many_bytes"


@pytest.mark.parametrize("scores", [slice(1), slice(None, None, -1)])
def test_scores_that_do_not_lie_beside_the_images_fail_the_part(scores: slice) -> None:
    row = document(1, PARAGRAPHS, [image(1), image(2)])
    row["scores"] = row["scores"][scores]
    with pytest.raises(ValueError, match="judge this part again"):
        chosen([row])


def test_the_layout_of_a_document() -> None:
    nodes = [
        text("Title", "h1"),
        text("One."),
        shows(1, caption="A bird"),
        text("Two."),
        shows(2),  # dropped: its neighbours become one text
        text(""),
        text("Three.", "li"),
        shows(3, alt=None, width_attr="120", height_attr="auto"),
        shows(1),
        shows(4, width_attr=None, height_attr=None),
    ]
    images = [image(1), image(2, dropped="http_5xx"), image(3), image(4)]
    row = document(1, nodes, images)
    (one,) = released([row]).to_pylist()
    url = [image(n)["url"] for n in range(5)]
    assert one["texts"] == ["Title\n\nOne.", None, "Two.\n\nThree.", None, None, None]
    assert one["images"] == [None, url[1], None, url[3], url[1], url[4]]
    assert [(node["text"], node["image"]) for node in one["nodes"]] == [
        ("Title", None),
        ("One.", None),
        (None, 0),
        ("Two.", None),
        ("Three.", None),
        (None, 1),
        (None, 0),
        (None, 2),
    ]
    key = row["doc_id"]
    assert [p["path"] for p in one["pictures"]] == [
        f"{key}.0.png",
        f"{key}.1.jpg",
        f"{key}.2.png",
    ]
    assert [p["bytes"] for p in one["pictures"]] == [image(n)["bytes"] for n in (1, 3, 4)]
    about = one["picture_metadata"]
    assert [(p["image_id"], p["caption"], p["alt"]) for p in about] == [
        ("image1", "A bird", "bird 1"),
        ("image3", None, None),
        ("image4", None, "bird 4"),
    ]
    assert about[0]["unsafe"] == pytest.approx(0.1)
    metadata = json.loads(one["metadata"])
    assert metadata[0] is metadata[2] is None
    assert metadata[1] == {
        "document_url": row["url"],
        "unformatted_src": url[1],
        "src": url[1],
        "formatted_filename": "Blue Bird",
        "alt_text": "bird 1",
        "rendered_width": "50%",
        "rendered_height": 20,
        "original_width": 160,
        "original_height": 160,
        "format": "png",
    }
    assert metadata[3]["rendered_width"] == 120
    assert "rendered_height" not in metadata[3]
    assert "alt_text" not in metadata[3]
    assert json.loads(one["general_metadata"]) == {
        "url": row["url"],
        "warc_filename": "crawl/00000.warc.gz",
        "warc_record_offset": 1000,
        "warc_record_length": None,
    }


def test_dropped_documents_come_out_for_the_books_without_their_pictures() -> None:
    rows = [
        page(1, 2),
        document(2, PARAGRAPHS, [image(1), image(2, dropped="dns")], copy_of="other"),
        document(3, PARAGRAPHS, [image(1), image(2, dropped="dns")]),
    ]
    stages = (Choose(RECIPE.image, RECIPE.document), Assemble())
    found = pa.Table.from_batches(chain(stages, iter([batch(rows)]))).to_pylist()
    assert [one["dropped"] for one in found] == [None, "near_duplicate", None]
    assert [len(one["pictures"]) for one in found] == [2, 0, 1]
    links = [[link["dropped"] for link in one["links"]] for one in found]
    assert links == [[None, None], ["document_dropped", "dns"], [None, "dns"]]


@pytest.mark.parametrize("batch_rows", [1, 3, 1000])
def test_rows_do_not_depend_on_batches(batch_rows: int) -> None:
    rows = [page(n, n % 5) for n in range(120)]
    assert released(rows, batch_rows).equals(released(rows, 60))


def test_nothing_in_nothing_out() -> None:
    stages = (Choose(RECIPE.image, RECIPE.document), Assemble())
    assert list(chain(stages, iter([]))) == []
    assert released([]).num_rows == 0


def test_stages_keep_the_contract() -> None:
    for stage in (Choose(RECIPE.image, RECIPE.document), Assemble()):
        assert isinstance(stage, Stage)
        assert pickle.loads(pickle.dumps(stage)) == stage
    made = next(chain((Choose(), Assemble()), iter([batch([page(1, 1)])])))
    assert made.schema.equals(Assemble.adds, check_metadata=True)


def test_the_schema_tells_datasets_what_it_holds() -> None:
    known = json.loads(SHARD.metadata[b"huggingface"])["info"]["features"]
    assert known == features(SHARD)
    assert list(known) == SHARD.names
    assert known["pictures"]["feature"] == {"_type": "Image"}
    assert known["nodes"][0]["image"] == {"dtype": "int32", "_type": "Value"}


def test_the_fingerprint_names_the_shape_alone() -> None:
    renamed = pa.schema([field.remove_metadata() for field in SHARD])
    element = SHARD.get_field_index("texts")
    as_parquet = SHARD.set(element, pa.field("texts", pa.list_(pa.field("element", pa.string()))))
    assert fingerprint(renamed) == fingerprint(as_parquet) == fingerprint()
    assert fingerprint(SHARD.remove(0)) != fingerprint()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("https://a.example/x/Blue_Bird-300x200.jpg", "Blue Bird"),
        ("https://a.example/caf%C3%A9-cr%C3%A8me.webp?w=20#top", "café crème"),
        ("https://a.example/", ""),
        ("https://a.example/1234.png", ""),
        ("https://a.example/x1.png", ""),
        ("https://[bad/one.png", ""),
        ("https://a.example/" + "a" * 1000, "a" * 200),
    ],
)
def test_file_words(url: str, words: str) -> None:
    assert file_words(url) == words


@pytest.mark.parametrize(
    ("attribute", "size"),
    [
        ("300", 300), ("300px", 300), (" 300.5 px", 300), ("50%", "50%"), ("33.3 %", "33.3%"),
        ("auto", None), ("", None), (None, None), ("-3", None), ("9" * 50, None), ("2em", None),
    ],
)  # fmt: skip
def test_rendered(attribute: str | None, size: int | str | None) -> None:
    assert rendered(attribute) == size
