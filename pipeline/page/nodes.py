"""The nodes of documents, and the column that holds them."""

from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from pipeline.page.elements import TAGS
from pipeline.page.image_columns import Images, arrow_strings, image_columns, joined
from pipeline.page.image_links import Candidate
from schemas.document import NODE, image_id

if TYPE_CHECKING:
    from pipeline.page.metadata import Metadata
    from pipeline.page.outline import Outline

_TAG_NAMES = (*TAGS, "background")


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
    images: Images
    tags: np.ndarray  # uint8 (m,): number of the element around each text
    anchors: np.ndarray  # int32 (m,): elements before it
    paths: tuple[np.ndarray, np.ndarray]  # letters uint8, stops int32 (m + 1,)
    outline: "Outline"
    metadata: "Metadata"

    @property
    def nodes(self) -> list[Node]:
        """The nodes as tuples, in reading order."""
        data, stops = self.texts.letters.tobytes(), iter(self.texts.stops.tolist())
        begin, seen, nodes = next(stops), 0, []
        path, ends = self.paths[0].tobytes(), self.paths[1].tolist()
        for i, is_text in enumerate(self.texts.is_text.tolist()):
            where = (int(self.anchors[i]), path[ends[i] : ends[i + 1]].decode())
            if is_text:
                stop = next(stops)
                node = Node("text", TAGS[self.tags[i]], data[begin:stop].decode(), *where)
                begin = stop
            else:
                tag, said = _TAG_NAMES[self.images.tags[seen]], self.images.strings(seen)
                node = Node("image", tag, None, *where, **said)  # type: ignore[arg-type]
                node = node._replace(
                    image_id=image_id(node.image_url or ""), candidates=self.images.offered(seen)
                )
                seen += 1
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
    tags = _joined([reading.tags for reading in read], np.uint8)
    images = joined([reading.images for reading in read])
    tags[~is_text] = images.tags
    of_images = image_columns(images, ~is_text)
    texts = strings([(reading.texts.letters, reading.texts.stops) for reading in read], is_text)
    columns = [
        pa.array(["image", "text"]).take(pa.array(is_text.astype(np.int8))),
        pa.array(_TAG_NAMES).take(pa.array(tags)),
        texts,
        pa.array(_joined([reading.anchors for reading in read], np.int32)),
        strings([reading.paths for reading in read]),
        *(of_images[name] for name in NODE.names[5:]),
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
    return arrow_strings(letters, np.append(0, np.cumsum(lengths)), where)


def _offsets(counts: Sequence[int | None]) -> pa.Array:
    """Where each list begins, and the last ends; a null offset makes a null list. (n + 1,)"""
    ends = list(accumulate([count or 0 for count in counts], initial=0))
    begins = [None if n is None else end for n, end in zip(counts, ends, strict=False)]
    return pa.array([*begins, ends[-1]], pa.int32())
