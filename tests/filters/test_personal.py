"""Personal data by its form: what is found, what is not, and what masking leaves."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters import personal
from filters.signals import measured
from pipeline.mask import MASKS, Mask


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("write to a.b+c@mail.example.org.", ["emails"]),
        ("@someone on the web, a@b", []),
        ("card 4111 1111 1111 1111 ok", ["cards"]),
        ("card 4111 1111 1111 1112 no", []),
        ("0000 0000 0000 0000", []),
        ("IBAN GB82 WEST 1234 5698 7654 32", ["ibans"]),
        ("IBAN GB82 WEST 1234 5698 7654 33", []),
        ("DE89370400440532013000", ["ibans"]),
        ("from 8.8.8.8 and 192.168.0.1, v1.2.3.4.5, 999.1.1.1", ["public_ips"]),
        ("at 2606:4700:4700::1111, [2a00:1450:4001:81b::200e]:443.", ["public_ips"] * 2),
        ("IPv6:2001:4860:4860::8888: up; 12 2a0a::/29, 3000:1:2:3:4:5:6:7", ["public_ips"] * 2),
        ("2A02:26F0:0:0:0:0:0:1 and 2600::", ["public_ips"]),
        ("of 2001:db8::1, 3fff:1::2, 2001:0:1::3, fe80::2a00:1, fd00::2606:4700:1, ::1", []),
        ("on 2014:05:06 12:30, in 2023: 20, 2001:1:2:3:4:5:6:7:8, x2606:4700::1, 2606:4700::g", []),
        ("call +49 (30) 1234-5678 or (212) 555-0123 or 415-555-2671", ["phones"] * 3),
        ("on 2014-05-06 12:30, 1,234,567 of 10000000", []),
        ("", []),
    ],
)
def test_spans(text: str, kinds: list[str]) -> None:
    assert [kind for _, _, kind in personal.spans(text)] == kinds
    found = measured((personal.NODE,), {"text": pa.array([text])})
    assert {name: array[0].as_py() for name, array in found.items() if array[0].as_py()} == {
        kind: kinds.count(kind) for kind in set(kinds)
    }


def test_masks() -> None:
    text = pa.array(["me@a.org or +44 20 7946 0958", None, "plain"])
    masked = Mask().masked(text)
    assert masked.to_pylist() == ["[EMAIL] or [PHONE]", None, "plain"]
    assert Mask(("phones",)).masked(text)[0].as_py() == "me@a.org or [PHONE]"
    assert set(MASKS) == set(personal.KINDS)
    node = pa.struct([(name, pa.string()) for name in ("text", "alt", "caption")])
    said = {"text": "me@a.org", "alt": None, "caption": "ring me@a.org"}
    columns = {"nodes": pa.array([[said], []], pa.list_(node)), "title": ["8.8.8.8", None]}
    [batch] = Mask().stream(iter([pa.record_batch(columns)]))
    masked = {"text": "[EMAIL]", "alt": None, "caption": "ring [EMAIL]"}
    assert batch["nodes"].to_pylist() == [[masked], []]
    assert batch["title"].to_pylist() == ["[IP]", None]


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "a@b.org",
                "8.8.8.8",
                "2606:4700::1",
                "+49 30 123456",
                "4111111111111111",
                "x",
                "1",
                "-",
            ]
        )
    ).map(" ".join)
)
def test_a_masked_text_has_nothing_left(text: str) -> None:
    [masked] = Mask().masked(pa.array([text])).to_pylist()
    assert personal.spans(masked) == []


PIECES = [
    "+49 ", "0049", "00 ", "(212) 555-1234", "212-555-1234", "(", "212", ")", "555", "1234", " ",
    "-", ".", "/", "4111 1111 1111 1111", "GB82 WEST 1234 5698 7654 32", "DE89370400440532013000",
    "WEST", "8.8.8.8", "2a00:1450::", "2001", ":", "200e", "f", "a@b.org", "@", "é", "a",
    "A", "4567", "+", "\u0663", "\n", "_",
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_kinds_left_out_of_a_search_are_not_there(text: str) -> None:
    [possible] = personal.suspects(pa.array([text])).tolist()
    assert personal.spans(text, possible) == personal.spans(text)


def test_what_is_found_is_worth_a_search() -> None:
    texts = ["a@b.org", "8.8.8.8", "2aaa::1", "x +49301234567", "GB82WEST12345698765432", "none"]
    assert personal.suspects(pa.array(texts)).astype(bool).tolist() == [True] * 5 + [False]
