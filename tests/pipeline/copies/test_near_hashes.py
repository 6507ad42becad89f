"""Edges between hashes against every pair compared; and what is left out is told."""

import random
from typing import Any

import pyarrow as pa
import pytest

from filters.pictures.hash_slots import BITS, Radius, nodes_of, words_of
from filters.pictures.image_hashes import distance
from pipeline.copies import components
from pipeline.copies.near_hashes import SLOT, NearHashes


def hashes(name: str, bits: int, count: int, seed: int = 3) -> list[str]:
    """Distinct hashes, most of them some bits away from one before: on both sides of the radius."""
    draw = random.Random(seed)
    found = [draw.getrandbits(BITS[name]) for _ in range(4)]
    while len(found) < count:
        word = draw.choice(found)
        for bit in draw.sample(range(BITS[name]), draw.randint(1, 2 * bits + 2)):
            word ^= 1 << bit
        found.append(word)
    return [f"{word:0{BITS[name] // 4}x}" for word in sorted(set(found))]


def slot_rows(radius: Radius, words: list[str], shards: int = 1) -> dict[int, list[dict]]:
    """Part -> its rows, as the SQL deals them: here written once more, in plain words."""
    packed = words_of(words, BITS[radius.hash])
    values, nodes = radius.slots.values(packed), nodes_of(packed)
    parts: dict[int, list[dict]] = {}
    for row, word in enumerate(words):
        for slot in range(radius.slots.count):
            for across in range(shards):
                if across.bit_count() <= radius.slots.flips:
                    value = int(values[row, slot])
                    part = slot * shards + (value % shards ^ across)
                    made = {"slot": slot, "across": across, "value": value}
                    one = made | {"node": int(nodes[row]), "hash": bytes.fromhex(word)}
                    parts.setdefault(part, []).append(one)
    for rows in parts.values():
        rows.sort(key=lambda row: (row["slot"], row["across"], row["node"]))
    return parts


def found(stage: NearHashes, parts: dict[int, list[dict]], size: int = 7) -> pa.Table:
    batches = [
        batch
        for _, rows in sorted(parts.items())
        for batch in stage.stream(
            iter(pa.Table.from_pylist(rows, SLOT).to_batches(max_chunksize=size))
        )
    ]
    return pa.Table.from_batches(batches, stage.adds)


def edges_of(table: pa.Table) -> list[tuple[int, int]]:
    rows = table.filter(table["error"].is_null()).to_pylist()
    return [(row["u"], row["v"]) for row in rows]


def labelled(edges: list[tuple[int, int]]) -> dict[int, int]:
    table = pa.Table.from_pylist([{"u": u, "v": v} for u, v in edges], components.EDGE)
    labels = components.labels(table.to_batches())
    return dict(zip(labels["node"].to_pylist(), labels["label"].to_pylist(), strict=True))


def by_every_pair(radius: Radius, words: list[str]) -> list[tuple[int, int]]:
    nodes = nodes_of(words_of(words, BITS[radius.hash])).tolist()
    return [
        (nodes[a], nodes[b])
        for a in range(len(words))
        for b in range(a)
        if distance(words[a], words[b]) <= radius.bits
    ]


@pytest.mark.parametrize("shards", [1, 4])
@pytest.mark.parametrize(
    "name, bits", [("pdq", 31), ("pdq", 0), ("phash", 4), ("phash", 8), ("dhash", 15)]
)
def test_the_same_components_as_by_every_pair(name: str, bits: int, shards: int) -> None:
    radius = Radius(name, bits)
    words = hashes(name, bits, 120)
    pairs = by_every_pair(radius, words)
    parts = slot_rows(radius, words, shards)
    table = found(NearHashes(radius), parts)
    edges = edges_of(table)
    assert set(map(frozenset, edges)) <= set(map(frozenset, pairs)), "an edge beyond the radius"
    assert labelled(edges) == labelled(pairs)
    assert table["error"].null_count == len(table), "nothing is left out"
    # A forest in every part: no more edges than rows, however many pairs there are.
    assert len(edges) <= sum(map(len, parts.values()))


def test_what_a_value_has_too_many_of_is_told() -> None:
    """One slot equal in all: each looks at the first few that have the value, and no others."""
    radius = Radius("phash", 0)
    words = [f"{n:016x}" for n in range(40)]
    few = found(NearHashes(radius, most=5), slot_rows(radius, words))
    told = [row for row in few.to_pylist() if row["error"]]
    assert {(row["slot"], row["value"], row["hashes"]) for row in told} == {(0, 0, 40), (1, 0, 40)}
    pairs = 40 * 39 // 2
    compared = sum(min(place, 5) for place in range(40))
    assert {row["not_compared"] for row in told} == {pairs - compared}
    whole = found(NearHashes(radius), slot_rows(radius, words))
    assert whole["error"].null_count == len(whole)


@pytest.mark.parametrize("shards", [1, 8])
def test_what_is_left_out_is_the_same_for_any_shards(shards: int) -> None:
    radius = Radius("phash", 8)
    draw = random.Random(1)
    words = sorted(f"{draw.getrandbits(12) << 40 | draw.getrandbits(12):016x}" for _ in range(300))

    def told(many: int) -> tuple[dict[int, int], dict[Any, int]]:
        table = found(NearHashes(radius, most=3), slot_rows(radius, words, many))
        left: dict[Any, int] = {}
        for row in table.to_pylist():
            if row["error"]:
                key = row["slot"], row["value"]
                left[key] = left.get(key, 0) + row["not_compared"]
        return labelled(edges_of(table)), left

    assert told(shards) == told(1)
    assert told(1)[1]


def test_one_cluster_of_all_is_found_though_values_are_capped() -> None:
    """Thousands of near hashes: the first of a value hold the others together."""
    radius = Radius("pdq", 31)
    draw = random.Random(9)
    base = draw.getrandbits(256)
    words = [
        f"{base ^ 1 << draw.randrange(256) ^ 1 << draw.randrange(256):064x}" for _ in range(900)
    ]
    table = found(NearHashes(radius, most=20), slot_rows(radius, sorted(set(words))), 256)
    labels = labelled(edges_of(table))
    assert len(labels) == len(set(words))
    assert len(set(labels.values())) == 1


def test_nothing() -> None:
    assert found(NearHashes(Radius()), {0: []}).num_rows == 0
