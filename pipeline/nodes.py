"""The nodes of documents, and the column that holds them."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pyarrow as pa

from schemas.document import NODE


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
    columns = [pa.array(values, field.type) for values, field in zip(members, NODE, strict=True)]
    more = signals or {}
    struct = pa.StructArray.from_arrays([*columns, *more.values()], fields=[*NODE, *more])
    offsets: list[int | None] = []
    at = 0
    for nodes in documents:
        offsets.append(at if nodes is not None else None)  # a null offset makes a null list
        at += len(nodes or ())
    return pa.ListArray.from_arrays(
        pa.array([*offsets, at], pa.int32()), struct, type=pa.list_(struct.type)
    )
