"""Where the nodes of a page stand: the elements around them.

One compiled pass. Importing this module imports numba.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np

from filters.main_names import NUMBERS
from filters.main_pages import Outlines
from pipeline.elements import NAMED, NUMBER, TAGS, TEXT

_CLASS, _ID, _ROLE = (NAMED[name] for name in ("class", "id", "role"))
_HTML = NUMBER["html"]
_KNOWN = np.array([NUMBERS.get(tag, 0) for tag in TAGS] + [0] * (TEXT + 1 - len(TAGS)), np.uint8)
_NAMES = tuple(np.frombuffer(tag.encode() or b"*", np.uint8) for tag in TAGS)
_LETTERS = np.concatenate(_NAMES)
_STARTS = np.cumsum([0, *map(len, _NAMES)])


class Outline(NamedTuple):
    """The elements that hold a page's nodes, and the place of each node among them.

    e elements, t texts, i images. Only blocks are noted, in the order in which the first node
    inside each is found: parents come before their children, and elements that hold nothing leave
    no trace.
    """

    tags: np.ndarray  # uint8 (e,): numbers of filters.main_names
    parents: np.ndarray  # int32 (e,): -1 for none
    names: np.ndarray  # uint8: class, id and role of each element, in UTF-8
    stops: np.ndarray  # int32 (e + 1,): where each name ends, after 0
    elements: np.ndarray  # int32 (t,): the innermost element around each text, -1 for none
    images: np.ndarray  # int32 (i,): the same of each image
    linked: np.ndarray  # int32 (t,): letters in links
    joined: np.ndarray  # bool (t,): only images divide the text from the one before it


def outlines_of(pages: Sequence[Outline]) -> Outlines:
    """Outlines of pages one after another."""

    def joined(name: str, type_: type[np.generic]) -> np.ndarray:
        return np.concatenate([np.empty(0, type_), *(getattr(page, name) for page in pages)])

    def starts(name: str) -> np.ndarray:
        return np.cumsum([0, *(len(getattr(page, name)) for page in pages)], dtype=np.int64)

    lengths = [page.stops[1:] - page.stops[:-1] for page in pages]
    return Outlines(
        starts("tags"),
        joined("tags", np.uint8),
        joined("names", np.uint8),
        np.cumsum(np.concatenate([[0], *lengths]), dtype=np.int64),
        joined("parents", np.int32),
        starts("elements"),
        joined("elements", np.int32),
        joined("linked", np.int32),
        joined("joined", np.bool_),
        joined("images", np.int32),
    )


@numba.njit(cache=True, nogil=True)
def outlined(of, around, tree):  # type: ignore[no-untyped-def]
    """From the block around each node and around each block, what Outline is made of.

    The elements' tags uint8 (e,), parents, names and stops; the element of each node, int32 (m,).
    """
    attributes, names, spans, data = tree[6], tree[7], tree[8], tree[9]
    place = np.full(len(around), -1, np.int32)
    rows = np.empty(len(around), np.int32)
    parents = np.empty(len(around), np.int32)
    elements = np.empty(len(of), np.int32)
    chain = np.empty(len(around), np.int32)
    count = size = 0
    for node in range(len(of)):
        block, depth = of[node], 0
        while block >= 0 and place[block] < 0:
            chain[depth] = block
            depth += 1
            block = around[block]
        while depth > 0:
            depth -= 1
            row = chain[depth]
            place[row], rows[count] = count, row
            parents[count] = place[around[row]] if around[row] >= 0 else -1
            count += 1
            for i in range(attributes[row], attributes[row + 1]):
                size += 1 + spans[i, 3] - spans[i, 2]
        elements[node] = place[of[node]] if of[node] >= 0 else -1
    letters, stops = np.empty(size, np.uint8), np.zeros(count + 1, np.int32)
    at = 0
    for element in range(count):
        row = rows[element]
        for wanted in (_CLASS, _ID, _ROLE):
            for i in range(attributes[row], attributes[row + 1]):
                if names[i] == wanted:
                    if wanted != _CLASS:
                        letters[at] = 0x20
                        at += 1
                    for k in range(spans[i, 2], spans[i, 3]):
                        letters[at] = data[k]
                        at += 1
        stops[element + 1] = at
    return _KNOWN[tree[0][rows[:count]]], parents[:count], letters[:at], stops, elements


@numba.njit(cache=True, nogil=True)
def paths(rows, tree):  # type: ignore[no-untyped-def]
    """The elements around each of some rows, as /body/div/p: letters uint8, stops int32 (n + 1,).

    An element that HTML does not know has its own name if the tree has it, else *.
    """
    tags, parents, begins, stops, data = tree[0], tree[1], tree[4], tree[5], tree[9]
    ends = np.zeros(len(rows) + 1, np.int32)
    size = 0
    for i in range(len(rows)):
        row = rows[i]
        while row >= 0 and tags[row] != _HTML:
            own = stops[row] - begins[row]
            size += 1 + (own if own > 0 else _STARTS[tags[row] + 1] - _STARTS[tags[row]])
            row = parents[row]
        ends[i + 1] = size
    out = np.empty(size, np.uint8)
    for i in range(len(rows)):
        row, at = rows[i], ends[i + 1]
        while row >= 0 and tags[row] != _HTML:
            if stops[row] > begins[row]:
                for k in range(stops[row] - 1, begins[row] - 1, -1):
                    at -= 1
                    out[at] = data[k]
            else:
                for k in range(_STARTS[tags[row] + 1] - 1, _STARTS[tags[row]] - 1, -1):
                    at -= 1
                    out[at] = _LETTERS[k]
            at -= 1
            out[at] = 0x2F
            row = parents[row]
    return out, ends
