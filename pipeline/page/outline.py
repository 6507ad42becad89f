"""Where the nodes of a page stand: the elements around them.

One compiled pass. Importing this module imports numba.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numba
import numpy as np

from filters.compiled.blocks import MARGIN
from filters.compiled.compiling import borrowing
from filters.main.names import NUMBERS
from filters.main.pages import Outlines
from pipeline.page.elements import NAMED, NUMBER, TAGS, TEXT
from pipeline.page.spans import put

_CLASS, _ID, _ROLE = (NAMED[name] for name in ("class", "id", "role"))
_HTML = NUMBER["html"]
_KNOWN = np.array([NUMBERS.get(tag, 0) for tag in TAGS] + [0] * (TEXT + 1 - len(TAGS)), np.uint8)
_NAMES = tuple(np.frombuffer(tag.encode() or b"*", np.uint8) for tag in TAGS)
_LETTERS = np.concatenate([*_NAMES, np.zeros(MARGIN, np.uint8)])
_STARTS = np.cumsum([0, *map(len, _NAMES)])


class Outline(NamedTuple):
    """The elements that hold a page's nodes, and the place of each node among them.

    e elements, t texts, i images. Only blocks are noted, in the order in which the first node
    inside each is found: parents come before their children, and elements that hold nothing leave
    no trace.
    """

    tags: np.ndarray  # uint8 (e,): numbers of filters.main.names
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
def outlined(is_text, of, images, around, tree):  # type: ignore[no-untyped-def]
    """Where the m nodes of a page stand, and the blocks around them.

    `is_text` bool (m,) and `of` int32 (m,): as `assembly.assembled` gives them; the rest as
    `walk.steps_of` does: the row of each image first, int32 (images, 3), `around` int32 (n,).

    Gives, of each node, the tag and the ordinal of its row and its path; and of Outline the tags,
    parents, names, stops, elements and images.
    """
    rows = np.empty(len(of), np.int32)
    seen = 0
    for node in range(len(of)):
        if is_text[node]:
            rows[node] = max(of[node], 0)
        else:
            rows[node] = images[seen, 0]
            seen += 1
    elements, parents, inner = _elements(of, around)
    letters, stops = _named(elements, tree)
    texts, pictures = np.empty(len(of) - seen, np.int32), np.empty(seen, np.int32)
    seen = 0
    for node in range(len(of)):
        if is_text[node]:
            texts[node - seen] = inner[node]
        else:
            pictures[seen] = inner[node]
            seen += 1
    return (
        (tree[0][rows], tree[3][rows], paths(rows, tree)),
        (_KNOWN[tree[0][elements]], parents, letters, stops, texts, pictures),
    )


@numba.njit(cache=True, nogil=True)
def _elements(of, around):  # type: ignore[no-untyped-def]
    """The rows of the blocks around nodes, parents first; their parents; the block of each node."""
    place = np.full(len(around), -1, np.int32)
    rows, parents = np.empty(len(around), np.int32), np.empty(len(around), np.int32)
    inner, chain = np.empty(len(of), np.int32), np.empty(len(around), np.int32)
    count = 0
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
        inner[node] = place[of[node]] if of[node] >= 0 else -1
    return rows[:count], parents[:count], inner


@numba.njit(cache=True, nogil=True)
def _named(rows, tree):  # type: ignore[no-untyped-def]
    """Class, id and role of some rows, as names and stops of Outline."""
    attributes, names, spans, data = tree[6], tree[7], tree[8], tree[9]
    size = 0
    for row in rows:
        for i in range(attributes[row], attributes[row + 1]):
            size += 1 + spans[i, 3] - spans[i, 2]
    letters = np.empty(size + MARGIN, np.uint8)
    stops = np.zeros(len(rows) + 1, np.int32)
    at = 0
    for element in range(len(rows)):
        row = rows[element]
        for wanted in (_CLASS, _ID, _ROLE):
            for i in range(attributes[row], attributes[row + 1]):
                if names[i] == wanted:
                    if wanted != _CLASS:
                        letters[at] = 0x20
                        at += 1
                    at = put(data, spans[i, 2], spans[i, 3], letters, at)
        stops[element + 1] = at
    return letters[:at], stops


@numba.njit(cache=True, nogil=True)
def paths(rows, tree):  # type: ignore[no-untyped-def]
    """The elements around each of some rows, as /body/div/p: letters uint8, stops int32 (n + 1,).

    An element that HTML does not know has its own name if the tree has it, else *.
    """
    tags, parents, begins, stops, data = tree[0], tree[1], tree[4], tree[5], tree[9]
    lengths, chain = np.full(len(tags), -1, np.int32), np.empty(len(tags), np.int32)
    ends = np.zeros(len(rows) + 1, np.int32)
    for i in range(len(rows)):
        row, depth = rows[i], 0
        while row >= 0 and lengths[row] < 0:
            chain[depth] = row
            depth += 1
            row = parents[row] if tags[row] != _HTML else np.int32(-1)
        length = lengths[row] if row >= 0 else np.int32(0)
        while depth > 0:
            depth -= 1
            length += _length(chain[depth], tags, begins, stops)
            lengths[chain[depth]] = length
        ends[i + 1] = ends[i] + length
    out = np.empty(ends[-1] + MARGIN, np.uint8)
    places = np.full(len(tags), -1, np.int32)  # where a path that goes through each row begins
    for i in range(len(rows)):
        row, at, depth = rows[i], ends[i], 0
        while row >= 0 and places[row] < 0:
            chain[depth] = row
            depth += 1
            row = parents[row] if tags[row] != _HTML else np.int32(-1)
        if row >= 0:
            at = put(out, places[row], places[row] + lengths[row], out, at)
        while depth > 0:
            depth -= 1
            row = chain[depth]
            places[row] = ends[i]
            if tags[row] == _HTML:
                continue
            out[at] = 0x2F
            if stops[row] > begins[row]:
                at = put(data, begins[row], stops[row], out, at + 1)
            else:
                first, last = _STARTS[tags[row]], _STARTS[tags[row] + 1]
                at = put(_LETTERS, first, last, out, at + 1)
    return out[: ends[-1]], ends


@borrowing
def _length(row, tags, begins, stops):  # type: ignore[no-untyped-def]
    """Letters of one element in a path."""
    if tags[row] == _HTML:
        return 0
    own = stops[row] - begins[row]
    return 1 + (own if own > 0 else _STARTS[tags[row] + 1] - _STARTS[tags[row]])
