"""The nodes of documents, and the column that holds them."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.elements import TAGS
from pipeline.image_links import Candidate
from schemas.document import CANDIDATE, NODE

if TYPE_CHECKING:
    from pipeline.metadata import Metadata
    from pipeline.outline import Outline
    from pipeline.pictures import Picture

MAX_WIDTH = 2**31 - 1

# How a picture goes into the column: the fields of `Node` after these are its own.
_OF_PICTURES = NODE.names[5:]


class Node(NamedTuple):
    """One node of a document; the fields are those of `schemas.document.NODE`."""

    kind: str
    tag: str
    text: str | None
    anchor: int
    path: str
    image_url: str | None = None
    image_id: str | None = None
    alt: str | None = None
    caption: str | None = None
    width_attr: str | None = None
    height_attr: str | None = None
    width_style: str | None = None
    height_style: str | None = None
    title: str | None = None
    link_url: str | None = None
    loading: str | None = None
    candidates: Sequence[Candidate] | None = None


class Texts(NamedTuple):
    """The text nodes of a page, and where its images stand among them; m nodes, t texts."""

    is_text: np.ndarray  # bool (m,)
    stops: np.ndarray  # int32 (t + 1,): where each text ends, after 0
    letters: np.ndarray  # uint8: all texts in UTF-8

    def text(self) -> str:
        """All of it, a line for each node."""
        data, stops = self.letters.tobytes(), self.stops.tolist()
        return "\n".join(data[a:b].decode() for a, b in pairwise(stops))


class Reading(NamedTuple):
    """What a page says: its title, its nodes, where they stand, and what it says of itself."""

    title: str | None
    texts: Texts
    pictures: list["Picture"]
    tags: np.ndarray  # uint8 (m,): number of the element around each text
    anchors: np.ndarray  # int32 (m,): elements before it
    paths: tuple[np.ndarray, np.ndarray]  # letters uint8, stops int32 (m + 1,)
    outline: "Outline"
    metadata: "Metadata"

    @property
    def nodes(self) -> list[Node]:
        """The nodes as tuples, in reading order."""
        data, stops = self.texts.letters.tobytes(), iter(self.texts.stops.tolist())
        begin, pictures, nodes = next(stops), iter(self.pictures), []
        path, ends = self.paths[0].tobytes(), self.paths[1].tolist()
        for i, is_text in enumerate(self.texts.is_text.tolist()):
            where = (int(self.anchors[i]), path[ends[i] : ends[i + 1]].decode())
            if is_text:
                stop = next(stops)
                node = Node("text", TAGS[self.tags[i]], data[begin:stop].decode(), *where)
                begin = stop
            else:
                picture = next(pictures)
                node = Node("image", picture.tag, None, *where, *picture[3:])  # type: ignore[arg-type]
            nodes.append(node)
        return nodes


def node_column(
    readings: Sequence[Reading | None], signals: Mapping[pa.Field, pa.Array] | None = None
) -> pa.ListArray:
    """Nodes of pages as the column `nodes`; None gives null. (readings,)

    `signals`: more members, of all nodes in order. Texts and paths go over as bytes, whole.
    """
    read = [reading for reading in readings if reading is not None]
    is_text = _joined([reading.texts.is_text for reading in read], np.bool_)
    tags = pa.array(TAGS).take(pa.array(_joined([reading.tags for reading in read], np.uint8)))
    pictures = [picture for reading in read for picture in reading.pictures]
    # Where each node's picture is among all of them; null for a text.
    at = pa.array((np.cumsum(~is_text) - 1).astype(np.int32), mask=is_text)
    members = list(zip(*pictures, strict=True)) or [()] * (2 + 1 + len(_OF_PICTURES))
    of_image = pa.array(members[2], pa.string()).take(at)
    texts = strings([(reading.texts.letters, reading.texts.stops) for reading in read], is_text)
    columns = [
        pa.array(["image", "text"]).take(pa.array(is_text.astype(np.int8))),
        pc.if_else(pa.array(is_text), tags, of_image),
        texts,
        pa.array(_joined([reading.anchors for reading in read], np.int32)),
        strings([reading.paths for reading in read]),
        *(
            _member(NODE.field(name), values).take(at)
            for name, values in zip(_OF_PICTURES, members[3:], strict=True)
        ),
    ]
    more = signals or {}
    struct = pa.StructArray.from_arrays([*columns, *more.values()], fields=[*NODE, *more])
    counts = [None if each is None else len(each.texts.is_text) for each in readings]
    return pa.ListArray.from_arrays(_offsets(counts), struct, type=pa.list_(struct.type))


def _joined(arrays: Sequence[np.ndarray], type_: Any) -> np.ndarray:
    return np.concatenate([np.empty(0, type_), *arrays])


def strings(
    pieces: Sequence[tuple[np.ndarray, np.ndarray]], where: np.ndarray | None = None
) -> pa.Array:
    """Strings out of letters (uint8) and where each ends, after 0; null where `where` is False."""
    lengths = _joined([stops[1:] - stops[:-1] for _, stops in pieces], np.int32)
    letters = _joined([letters for letters, _ in pieces], np.uint8)
    if where is None:
        valid, rows = None, lengths
    else:
        valid = pa.py_buffer(np.packbits(where, bitorder="little").tobytes())
        rows = np.zeros(len(where), np.int64)
        rows[where] = lengths
    ends = np.zeros(len(rows) + 1, np.int32)
    np.cumsum(rows, out=ends[1:])
    buffers = [valid, pa.py_buffer(ends), pa.py_buffer(letters)]
    return pa.Array.from_buffers(pa.string(), len(rows), buffers)


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
    counts = [len(each) if each else None for each in values]
    return pa.ListArray.from_arrays(_offsets(counts), struct, type=field.type)


def _offsets(counts: Sequence[int | None]) -> pa.Array:
    """Where each list begins, and the last ends; a null offset makes a null list. (n + 1,)"""
    ends = list(accumulate([count or 0 for count in counts], initial=0))
    begins = [None if n is None else end for n, end in zip(counts, ends, strict=False)]
    return pa.array([*begins, ends[-1]], pa.int32())
