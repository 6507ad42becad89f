"""Turns: early documents first, few a host, no host behind another."""

import pytest

from pipeline.web.addresses import Gate
from pipeline.web.turns import Turns, Wish


def wish(host, document):
    return Wish(Gate().target(f"http://{host}.example/{document}"), document)


def taken(turns, last=None):
    """Every wish that may be taken now, as (host, document)."""
    found = []
    while (each := turns.take(last)) is not None:
        found.append(each)
    return found


def names(wishes):
    return "".join(f"{each.target.host[0]}{each.document}" for each in wishes)


def filled(order, per_host=2, total=9):
    turns = Turns(per_host, total)
    for document, host in enumerate(order):
        turns.add(wish(host, document))
    return turns


@pytest.mark.parametrize(
    "order, per_host, total, last, expected",
    [
        ("", 2, 9, None, ""),
        ("aaa", 2, 9, None, "a0a1"),
        ("aaab", 2, 9, None, "a0b3a1"),
        ("aaabbb", 9, 9, None, "a0b3a1b4a2b5"),
        ("abcdef", 2, 4, None, "a0b1c2d3"),
        ("aab", 2, 9, 0, "a0"),
        ("aab", 2, 9, 1, "a0a1"),
        ("aab", 2, 9, -1, ""),
    ],
)
def test_who_may_be_asked(order, per_host, total, last, expected):
    assert names(taken(filled(order, per_host, total), last)) == expected


def test_a_turn_given_back_goes_to_the_next_in_line():
    turns = filled("aaaab")
    first, *_ = taken(turns)
    assert taken(turns) == []
    turns.give_back(first)
    assert names(taken(turns)) == "a2"
    turns.add(wish("b", 9))
    turns.add(wish("a", 9))
    assert names(taken(turns)) == "b9"


def test_everyone_is_asked_once_in_the_end():
    turns, seen = filled("abacabad" * 20, per_host=2, total=3), []
    while running := taken(turns):
        seen += running
        for each in running:
            turns.give_back(each)
    assert sorted(each.document for each in seen) == list(range(160))
    assert turns.running == 0
