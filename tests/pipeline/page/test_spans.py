"""Bytes of a page, searched and copied 64 at once, against Python's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filters.compiled.blocks import MARGIN
from pipeline.page.spans import found, holds, in_bytes, is_plain, place_of, put, space_of

SPACES = b" \t\n\v\f\r"
AROUND = 70
"""Bytes before a span, so that it begins anywhere in a block."""


def laid(text: bytes, before: int) -> tuple[np.ndarray, int, int]:
    """A text between bytes that are all one searches for: what lies outside must not count."""
    data = (b"# ab" * AROUND)[:before] + text + b"# ab" * MARGIN
    return np.frombuffer(data, np.uint8), before, before + len(text)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, AROUND), st.sampled_from(b"# aZ\0\xff"))
def test_places(text: bytes, before: int, byte: int):
    data, begin, stop = laid(text, before)
    at = text.find(bytes([byte]))
    assert place_of(data, begin, stop, byte) == (begin + at if at >= 0 else stop)
    spaces = [i for i, each in enumerate(text) if each in SPACES]
    assert space_of(data, begin, stop) == (begin + spaces[0] if spaces else stop)
    assert is_plain(data, begin, stop) == (text.isascii() and text.decode("latin-1").isprintable())


@settings(deadline=None)
@given(st.text("ab(BX ", max_size=150), st.integers(0, AROUND))
@pytest.mark.parametrize("word", ["ab(", "ab", "bab("])
def test_words(word: str, text: str, before: int):
    data, begin, stop = laid(text.encode(), before)
    (letters,) = in_bytes(word)
    assert holds(data, begin, stop, letters, False) == (word in text)
    assert holds(data, begin, stop, letters, True) == (word in text.lower())
    at = text.lower().find(word)
    assert found(data, begin, stop, letters, True) == (begin + at if at >= 0 else -1)


@settings(deadline=None)
@given(st.binary(max_size=200), st.integers(0, AROUND))
def test_a_copy(text: bytes, before: int):
    data, begin, stop = laid(text, before)
    out = np.zeros(3 + len(text) + MARGIN, np.uint8)
    assert put(data, begin, stop, out, 3) == 3 + len(text)
    assert out[3 : 3 + len(text)].tobytes() == text
