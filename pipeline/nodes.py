"""The nodes of documents, and the column that holds them."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import pyarrow as pa

from pipeline.image_links import Candidate
from schemas.document import CANDIDATE, NODE

MAX_WIDTH = 2**31 - 1


class Node(NamedTuple):
    """One node of a document; the fields are those of `schemas.document.NODE`."""

    kind: str
    tag: str
    text: str | None = None
    image_url: str | None = None
    image_id: str | None = None
    alt: str | None = None
    caption: str | None = None
    width_attr: str | None = None
    height_attr: str | None = None
    title: str | None = None
    link_url: str | None = None
    loading: str | None = None
    candidates: Sequence[Candidate] | None = None


def letters(nodes: list[Node]) -> int:
    """Length of all their text. [characters]"""
    return sum(len(node.text or "") for node in nodes)


def node_column(
    documents: Sequence[Sequence[Node] | None], signals: Mapping[pa.Field, pa.Array] | None = None
) -> pa.ListArray:
    """Nodes of documents as the column `nodes`; None gives null. (documents,)

    `signals`: more members, of all nodes in order.
    """
    flat = [node for nodes in documents if nodes is not None for node in nodes]
    members = zip(*flat, strict=True) if flat else ((),) * len(NODE)
    columns = [_member(field, values) for values, field in zip(members, NODE, strict=True)]
    more = signals or {}
    struct = pa.StructArray.from_arrays([*columns, *more.values()], fields=[*NODE, *more])
    return pa.ListArray.from_arrays(_offsets(documents), struct, type=pa.list_(struct.type))


def _member(field: pa.Field, values: Sequence[Any]) -> pa.Array:
    if field.name != "candidates":
        return pa.array(values, field.type)
    flat = [each for candidates in values if candidates for each in candidates]
    struct = pa.StructArray.from_arrays(
        [
            pa.array([each.url for each in flat], pa.string()),
            pa.array([min(each.width, MAX_WIDTH) or None for each in flat], pa.int32()),
        ],
        fields=list(CANDIDATE),
    )
    return pa.ListArray.from_arrays(_offsets(values), struct, type=field.type)


def _offsets(lists: Sequence[Sequence[Any] | None]) -> pa.Array:
    """Where each list begins, and the last ends; a null offset makes a null list. (n + 1,)"""
    ends = list(accumulate([len(each) if each else 0 for each in lists], initial=0))
    begins = [None if each is None else end for each, end in zip(lists, ends, strict=False)]
    return pa.array([*begins, ends[-1]], pa.int32())
