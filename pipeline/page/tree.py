"""A page's tree as arrays: a row for each element and text, in document order."""

from collections.abc import Iterable, Iterator
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np
from selectolax.lexbor import LexborHTMLParser, SelectolaxError

from pipeline.page.elements import NAMED, NAMES, TAGS, TEXT, fnv

WITHOUT_EVENTS = 1
"""Lexbor's option to build the same tree without mutation events, in less time."""

MAX_DOM_NODES = 1_000_000


class TooManyNodesError(Exception):
    """The tree has more nodes than the caller allows."""


class Arrays(NamedTuple):
    """n rows, a attributes, b bytes. What a page says in UTF-8 lies in `data`.

    A row is an element or, under the tag TEXT, a text. Comments have none, nor has what is in
    <svg>, <style> and <script>, but for scripts of JSON-LD and TeX.
    """

    tags: np.ndarray  # uint8 (n,): numbers of pipeline.page.elements
    parents: np.ndarray  # int32 (n,): -1 for the first
    ends: np.ndarray  # int32 (n,): the first row after all that is in this one
    ordinals: np.ndarray  # int32 (n,): elements before it, those of <svg> with them
    begins: np.ndarray  # int32 (n,): where a text, or an unknown element's name, begins in data
    stops: np.ndarray  # int32 (n,): and where it ends
    attributes: np.ndarray  # int32 (n + 1,): where each row's attributes begin
    names: np.ndarray  # uint8 (a,): numbers of pipeline.page.elements
    spans: np.ndarray  # int32 (a, 4): where an unknown name begins and ends, and the value
    data: np.ndarray  # uint8 (b,), with blocks.MARGIN bytes behind it in memory


class Tree:
    """A parsed page. If scripts run, <noscript> holds one raw text, as in a browser."""

    def __init__(self, arrays: Arrays, *, scripting: bool = True) -> None:
        self.arrays = arrays
        self.scripting = scripting

    @cached_property
    def letters(self) -> bytes:
        """All names, values and texts."""
        return self.arrays.data.tobytes()

    @cached_property
    def tags(self) -> bytes:
        """The column of that name, quick to ask row by row, as the next one is."""
        return self.arrays.tags.tobytes()

    @cached_property
    def parents(self) -> list[int]:
        """The column of that name."""
        rows: list[int] = self.arrays.parents.tolist()
        return rows

    @cached_property
    def _attributes(self) -> tuple[memoryview, bytes, memoryview]:
        at = self.arrays
        held, spans = memoryview(at.attributes), memoryview(at.spans.ravel())  # type: ignore[arg-type]
        return held, at.names.tobytes(), spans

    def attributes(self, row: int) -> dict[str, str]:
        """The attributes of an element that are kept; one without a value is empty."""
        held, names, spans = self._attributes
        data, found = self.letters, {}
        for i in range(held[row], held[row + 1]):
            at, number = 4 * i, names[i]
            name = NAMES[number] if number else data[spans[at] : spans[at + 1]].decode()
            found[name] = data[spans[at + 2] : spans[at + 3]].decode()
        return found

    def attribute(self, row: int, name: str) -> str | None:
        """One of the attributes of pipeline.page.elements; None where the element has none such."""
        return next(self.said((row,), name))

    def said(self, rows: Iterable[int], name: str) -> Iterator[str | None]:
        """One attribute of each of these elements, as `attribute` gives it."""
        held, names, spans = self._attributes
        wanted, letters = NAMED[name], self.letters
        for row in rows:
            at = names.find(wanted, held[row], held[row + 1])
            yield None if at < 0 else letters[spans[4 * at + 2] : spans[4 * at + 3]].decode()

    def values(self, name: str) -> list[tuple[int, str]]:
        """Rows of all elements with this attribute, and its values."""
        at = self.arrays
        found = np.flatnonzero(at.names == NAMED[name])
        rows = np.searchsorted(at.attributes, found, side="right") - 1
        spans = at.spans[found, 2:].tolist()
        data = self.letters
        return [(row, data[a:b].decode()) for row, (a, b) in zip(rows.tolist(), spans, strict=True)]

    def tag(self, row: int) -> str:
        """An element's name; empty for a text."""
        number = self.tags[row]
        if number == TEXT:
            return ""
        return TAGS[number] or self._span(row)

    def text(self, row: int) -> str:
        """All text in an element, as it stands."""
        first, end = row + 1, int(self.arrays.ends[row])
        if self.tags[row] == TEXT:
            return self._span(row)
        if end - first <= 1:  # nothing, or nothing but a text
            return self._span(first) if end > first and self.tags[first] == TEXT else ""
        return "".join(map(self._span, self._rows(TEXT, first, end)))

    def find(self, row: int, tags: tuple[int, ...], most: int = MAX_DOM_NODES) -> list[int]:
        """Rows of the elements of these numbers that an element holds, itself among them.

        Only the first `most` rows are looked at.
        """
        end = min(int(self.arrays.ends[row]), row + most)
        found = [each for tag in tags for each in self._rows(tag, row, end)]
        return sorted(found) if len(tags) > 1 else found

    def _rows(self, tag: int, first: int, end: int) -> Iterator[int]:
        find = self.tags.find
        at = find(tag, first, end)
        while at >= 0:
            yield at
            at = find(tag, at + 1, end)

    def before(self, row: int) -> int | None:
        """The element before one, where nothing but white space lies between."""
        tags, parents, above = self.tags, self.parents, self.parents[row]
        here = row - 1
        while here > above >= 0:
            while parents[here] != above:
                here = parents[here]
            if tags[here] != TEXT:
                return here
            if self._span(here).strip():
                break
            here -= 1
        return None

    def _span(self, row: int) -> str:
        return self.letters[self.arrays.begins[row] : self.arrays.stops[row]].decode()


def parse(html: bytes | str, *, scripting: bool = True, most: int = MAX_DOM_NODES) -> Tree:
    """The tree of a page, in UTF-8, as a browser builds it.

    Raises TooManyNodesError for more than `most` nodes, SelectolaxError for what is no page.
    """
    from pipeline.page import tree_memory

    page = html if isinstance(html, bytes) else html.encode("utf-8", "replace")
    parser = LexborHTMLParser(page, options=WITHOUT_EVENTS, scripting=scripting)
    if parser.root is None:
        raise SelectolaxError("no root")
    arrays = Arrays(*tree_memory.flattened(parser.root.mem_id, most, *known()))
    if not len(arrays.tags):
        raise TooManyNodesError
    return Tree(arrays, scripting=scripting)


def fragment(html: str) -> Tree:
    """The tree of a piece of a page, in a page of its own."""
    return parse(f"<!doctype html><body>{html}", scripting=False)


@cache
def known() -> tuple[Any, ...]:
    """Our numbers for Lexbor's, and for the hashes of our names: see `tree_memory.flattened`.

    Found by asking Lexbor, once a process. Raises SelectolaxError where this release of
    selectolax lays out its trees in another way.
    """
    from pipeline.page import tree_memory

    parser = LexborHTMLParser("<p>", options=WITHOUT_EVENTS)
    tags = np.zeros(tree_memory.STATIC, np.uint8)
    for number, tag in enumerate(TAGS[1:], 1):
        identifier = parser.create_node(tag).tag_id
        if identifier < tree_memory.STATIC:
            tags[identifier] = number
    names = np.zeros(tree_memory.STATIC, np.uint8)
    listed = " ".join(f"{name}=1" for name in NAMES[1:])
    element = LexborHTMLParser(f"<i {listed}>", options=WITHOUT_EVENTS).css_first("i")
    if element is None:
        raise SelectolaxError("no element")
    for number, identifier in enumerate(tree_memory.attribute_ids(element.mem_id), 1):
        if identifier < tree_memory.STATIC:
            names[identifier] = number
    tables = (tags, _numbers(TAGS), names, _numbers(NAMES))
    _check(tables)
    return tables


_PROBE = (
    '<!doctype html><title>a &amp; b</title><p class="c d" data-of-a-long-name-that-is-not-known=1>'
    "one<!-- no --><br>two<a-custom-element-of-a-long-name id=i>\u00e9</a-custom-element-of-a-long"
    '-name><img src="x.png" data-src="y.png"><table><td>cell</table>'
)


def _check(tables: tuple[Any, ...]) -> None:
    """Read a known page both ways."""
    from pipeline.page import tree_memory

    parser = LexborHTMLParser(_PROBE, options=WITHOUT_EVENTS)
    if parser.root is None:
        raise SelectolaxError("no root")
    tree = Tree(Arrays(*tree_memory.flattened(parser.root.mem_id, 100, *tables)))
    ours = [
        (tree.tag(row), tree.text(row), tree.attributes(row))
        for row in tree.find(0, tuple(range(TEXT)))
    ]
    nodes = [node for node in parser.root.traverse() if node.is_element_node]
    theirs = [(node.tag, node.text(), node.attributes) for node in nodes]
    kept = [
        (tag, text, {k: v or "" for k, v in attributes.items() if k in NAMED or tag == "img"})
        for tag, text, attributes in theirs
    ]
    if ours != kept:
        raise SelectolaxError("this selectolax is not supported: install selectolax 1.0")


def _numbers(names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of names from 1 on, by the FNV-1a of each: `filters.compiled.hashing.table_of`.

    The first name has none.
    """
    from filters.compiled.hashing import table_of

    keys, held = table_of(
        np.array([fnv(name) for name in names[1:]], np.uint64), np.arange(1, len(names))
    )
    return keys, held
