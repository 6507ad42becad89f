"""Blocks of 64 characters say what a loop over characters says. Importing this imports numba."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from filters.compiled import reading
from filters.compiled.blocks import (
    ITEMS,
    MARGIN,
    ROOM,
    above,
    alike,
    being,
    class_ranges,
    eight,
    first,
    having,
    lowest,
    next_ones,
    ones,
    within,
)
from filters.compiled.compiling import borrowing
from filters.compiled.hashing import (
    hash_line,
    hash_points,
    hash_text,
    holds,
    look_up,
    marks_of,
    may_hold,
    set_of,
    table_of,
)
from filters.compiled.line_reading import ALPHABETIC, BLANK, line_classes

SPREAD = 0x9E3779B97F4A7C15
TEXTS = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="ab .\n", max_size=300),
    st.text(alphabet="aé日 .…", max_size=300),
    st.builds(str.__mul__, st.text(alphabet=st.characters(max_codepoint=127)), st.integers(0, 9)),
)


@borrowing
def asked(data, at):  # type: ignore[no-untyped-def]
    low, high = np.uint8(48), np.uint8(57)
    return having(data, at, low), being(data, at, low), within(data, at, low, high), eight(data, at)


@borrowing
def same(items, one, other):  # type: ignore[no-untyped-def]
    return alike(items, one, other)


@borrowing
def counted(bits):  # type: ignore[no-untyped-def]
    return ones(bits), lowest(bits), above(bits)


@borrowing
def lowest_bits(count):  # type: ignore[no-untyped-def]
    return first(count)


@borrowing
def hashed(points, codes, begin, end):  # type: ignore[no-untyped-def]
    return hash_text(points, codes, begin, end)


@borrowing
def lined(points, begin, end):  # type: ignore[no-untyped-def]
    return hash_line(points, begin, end)


@borrowing
def behind_breaks(found, breaks, waiting):  # type: ignore[no-untyped-def]
    return next_ones(found, breaks, waiting)


@borrowing
def held_under(value, keys, held):  # type: ignore[no-untyped-def]
    return look_up(value, keys, held)


@borrowing
def in_set(value, keys, marks):  # type: ignore[no-untyped-def]
    return holds(value, keys), may_hold(value, marks)


def read(text: str, room: int = 0) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
    data = np.frombuffer(text.encode() + b"~" * room, np.uint8)
    points = np.empty(len(data) + MARGIN, np.uint32)
    codes, kinds = np.full((2, len(data) + MARGIN), 7, np.uint8)
    size = reading.read(data, 0, len(data) - room, line_classes(), (points, codes, kinds))
    return size, points, codes, kinds


@pytest.mark.parametrize("kind", [np.uint32, np.uint64])
@pytest.mark.parametrize("count", [0, 1, 31, 32, 40])
def test_items_are_compared_up_to_the_first_that_differs(kind: type, count: int) -> None:
    items = np.arange(120, dtype=kind)
    items[50 : 50 + count] = items[1 : 1 + count]
    assert same(items, 1, 50) == same(items, 50, 1) == min(count, ITEMS)


@settings(max_examples=50, deadline=None)
@given(st.binary(min_size=64, max_size=64))
def test_a_block_answers_for_each_byte(block: bytes) -> None:
    has, same, between, number = asked(np.frombuffer(b"x" + block, np.uint8), 1)
    assert has == sum(1 << i for i in range(64) if block[i] & 48)
    assert same == sum(1 << i for i in range(64) if block[i] == 48)
    assert between == sum(1 << i for i in range(64) if 48 <= block[i] <= 57)
    assert number == int.from_bytes(block[:8], "little")


@pytest.mark.parametrize("bits", [0, 1, 1 << 63, 0b1011000, (1 << 64) - 1])
def test_bits_are_counted(bits: int) -> None:
    trailing = (bits & -bits).bit_length() - 1 if bits else 64
    assert counted(np.uint64(bits)) == (bits.bit_count(), trailing, 64 - bits.bit_length())


@pytest.mark.parametrize("count", [-3, 0, 1, 63, 64, 99])
def test_the_lowest_bits(count: int) -> None:
    assert lowest_bits(count) == (1 << min(max(count, 0), 64)) - 1


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from([0, 20, ROOM]))
def test_a_text_is_read(text: str, room: int) -> None:
    size, points, codes, kinds = read(text, room)
    assert "".join(map(chr, points[:size])) == text
    assert [code < 128 for code in codes[:size]] == [char.isascii() for char in text]
    assert all(code == ord(char) for code, char in zip(codes, text, strict=False) if code < 128)
    assert kinds[:size].tolist() == [line_classes()[0][ord(char)] for char in text]
    assert not codes[size : size + MARGIN].any()
    assert not kinds[size : size + MARGIN].any()


def test_too_many_ranges_are_told() -> None:
    with pytest.raises(ValueError, match="raise blocks.MOST_RANGES"):
        class_ranges(np.arange(128, dtype=np.uint8) % np.uint8(5))


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_runs_are_what_stands_between(text: str) -> None:
    size, _, _, kinds = read(text)
    bounds = np.empty(size + 2, np.int32)
    every = np.uint64((1 << 64) - 1)
    count = reading.runs(kinds, size, (BLANK, every), bounds)
    blank = line_classes()[0] & BLANK
    words = "".join(" " if blank[ord(char)] else char for char in text).split(" ")
    found = [text[bounds[2 * i] : bounds[2 * i + 1]] for i in range(count)]
    assert found == [word for word in words if word]


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.integers(0, 64))
def test_runs_that_have_a_letter_are_counted(text: str, before: int) -> None:
    text = "x" * before + text
    size, _, _, kinds = read(text)
    blank, letter = line_classes()[0] & BLANK, line_classes()[0] & ALPHABETIC
    words = "".join(" " if blank[ord(char)] else char for char in text).split(" ")
    having = sum(any(letter[ord(char)] for char in word) for word in words)
    every = np.uint64((1 << 64) - 1)
    assert reading.runs_with(kinds, size, (BLANK, every), ALPHABETIC) == having


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_full_stops_and_places_are_counted(text: str) -> None:
    size, _, codes, _ = read(text)
    assert reading.ellipses(codes, size) == text.count("...")
    places = np.empty(size, np.int32)
    found = places[: reading.places(codes, size, np.uint8(97), places)]
    assert found.tolist() == [at for at, char in enumerate(text) if char == "a"]


@settings(max_examples=200, deadline=None)
@given(TEXTS)
@example("don\u2019t")
def test_a_text_has_one_hash(text: str) -> None:
    size, points, codes, _ = read(text)
    assert hashed(points, codes, 0, size) == hash_points(points, 0, size) != 0
    # Points that were folded since are ASCII where their codes are not.
    folded = np.where(points == ord("\u2019"), np.uint32(ord("'")), points)
    assert hashed(folded, codes, 0, size) == hash_points(folded, 0, size)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_a_line_has_one_hash_whatever_stands_behind_it(text: str, other: str) -> None:
    size, points, _, _ = read(text + other)
    end = len(text)
    alone = read(text)[1]
    alone[end:] = 7
    value = lined(points, 0, end)
    assert value == lined(alone, 0, end) != 0
    assert (value == lined(points, end, size)) == (text == other)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(), st.integers()), max_size=4), st.integers(0, 1))
def test_the_first_behind_a_break_are_told(blocks: list[tuple[int, int]], waiting: int) -> None:
    awaited = bool(waiting)
    for found, breaks in blocks:
        expected = 0
        for at in range(64):
            if found >> at & 1 and awaited and not breaks >> at & 1:
                expected, awaited = expected | 1 << at, False
            awaited = awaited or bool(breaks >> at & 1)
        every = (1 << 64) - 1
        given_ = np.uint64(found & ~breaks & every), np.uint64(breaks & every)
        told, left = behind_breaks(*given_, np.uint64(waiting))
        assert (told, left) == (expected, awaited)
        waiting = left


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(1, (1 << 64) - 1), max_size=300))
def test_a_table_holds_what_it_was_given(values: set[int]) -> None:
    given_ = np.array(sorted(value * SPREAD % (1 << 64) for value in values), np.uint64)
    keys, held = table_of(given_, np.arange(1, len(given_) + 1))
    assert [held_under(value, keys, held) for value in given_] == list(range(1, len(given_) + 1))
    others = {5, 1 << 40} - set(given_.tolist())
    assert all(held_under(np.uint64(other), keys, held) == 0 for other in others)


@settings(max_examples=50, deadline=None)
@given(st.sets(st.integers(1, (1 << 64) - 1), max_size=300))
def test_a_set_holds_what_it_was_given(values: set[int]) -> None:
    given_ = np.array(sorted(value * SPREAD % (1 << 64) for value in values), np.uint64)
    keys, marks = set_of(given_), marks_of(given_)
    assert all(in_set(value, keys, marks) == (True, True) for value in given_)
    others = {5, 1 << 40} - set(given_.tolist())
    assert not any(in_set(np.uint64(other), keys, marks)[0] for other in others)
