"""The stage that turns pages into interleaved documents."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import numpy as np
import pyarrow as pa
from selectolax.lexbor import SelectolaxError

from filters.main.content import MAIN, MAIN_SCORE, main_content
from filters.signals import NODES
from pipeline.page.charset import in_utf8
from pipeline.page.image_links import host_of, resolved
from pipeline.page.metadata import Metadata, Told, metadata_of
from pipeline.page.nodes import Reading, node_column, strings
from pipeline.page.parsing_cost import parsing_steps
from pipeline.page.tree import MAX_DOM_NODES, TooManyNodesError, Tree, parse
from pipeline.stage import Batches, with_columns
from schemas.columns import merged
from schemas.document import DOCUMENT, document_id, nodes_with
from schemas.page import PAGE

if TYPE_CHECKING:
    from pipeline.page.reading import Reader

MUCH_NOSCRIPT = 2_000
"""Markup in <noscript> that may be more than a request to switch scripts on. [bytes]"""

TOGETHER = 32
"""Pages whose trees are held at once."""

MOST_TOGETHER = 4 << 20
"""No more are parsed beside pages of this size in all. [bytes]"""

ROW_FIELDS = ("doc_id", "host", "title", *Metadata._fields)

_WANTED = (
    "warc_file", "warc_offset", "url", "http_charset", "tdm_reservation", "tdm_policy", "dropped",
    "error", "raw",
)  # fmt: skip


Of = ParamSpec("Of")
Found = TypeVar("Found")


class UnreadableError(Exception):
    """A page that gives no document; the message is one of `schemas.page.ERRORS`."""


def _failing(work: Callable[Of, Found]) -> Callable[Of, Found]:
    """Turns what a page can do to the parser into UnreadableError."""

    @wraps(work)
    def tried(*args: Of.args, **kwargs: Of.kwargs) -> Found:
        try:
            return work(*args, **kwargs)
        except TooManyNodesError as error:
            raise UnreadableError("too_large") from error
        except (SelectolaxError, UnicodeError) as error:
            raise UnreadableError("parse_failed") from error

    return tried


@dataclass(frozen=True)
class Interleave:
    """Pages in, documents out: every visible text block and every image, in reading order.

    Rows that are already dropped or in error pass with null nodes. A page that is too large or
    cannot be parsed gets an `error` and its bytes in `raw`, cut at `max_raw`. Where nearly all
    of a page is for readers without scripts, it is read as they see it. Every node says how likely
    it is main content, and whether it is.
    """

    max_bytes: int = 16 << 20
    max_raw: int = 1 << 20
    max_dom_nodes: int = MAX_DOM_NODES
    max_parsing_steps: int = 100_000_000

    reads = PAGE
    adds = merged(DOCUMENT, nodes_with(MAIN_SCORE.shaped(NODES), MAIN.shaped(NODES)))
    replaces = False

    def stream(self, batches: Batches) -> Batches:
        """Each batch with doc_id, host, title and nodes beside its columns."""
        for batch in batches:
            yield self._read_batch(batch)

    def _read_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = {name: batch[name].to_pylist() for name in _WANTED}
        errors, raws, body_of = columns["error"], columns["raw"], _bodies(batch["body"])
        readings: list[Reading | None] = [None] * batch.num_rows
        for row, found in self._readings(columns, body_of):
            if isinstance(found, UnreadableError):
                errors[row], raws[row] = str(found), body_of(row)[: self.max_raw]
            else:
                readings[row] = found
        rows = [_fields(columns, row, reading) for row, reading in enumerate(readings)]
        added = dict(zip(ROW_FIELDS, zip(*rows, strict=True), strict=True)) if rows else {}
        return with_columns(
            batch,
            {name: pa.array(added.get(name, ()), DOCUMENT.field(name).type) for name in ROW_FIELDS}
            | {
                "nodes": node_column(
                    readings, main_signals([each for each in readings if each is not None])
                )
            }
            | {"error": pa.array(errors, pa.string()), "raw": pa.array(raws, pa.large_binary())},
        )

    def _readings(
        self, columns: dict[str, list[Any]], body_of: Callable[[int], bytes]
    ) -> Iterator[tuple[int, Reading | UnreadableError]]:
        """What each page says, by its row. Some are parsed, then these are read, and so on.

        Page by page, the parser and the reader would push each other out of the processor's caches.
        """
        waiting: list[tuple[int, bytes]] = []
        size = 0
        charsets, errors = columns["http_charset"], columns["error"]
        for row, dropped in enumerate(columns["dropped"]):
            if dropped is not None or errors[row] is not None:
                continue
            try:
                waiting.append((row, self._decoded(body_of(row), charsets[row])))
            except UnreadableError as error:
                yield row, error
                continue
            size += len(waiting[-1][1])
            if len(waiting) == TOGETHER or size > MOST_TOGETHER:
                yield from self._read(waiting, columns["url"])
                waiting, size = [], 0
        yield from self._read(waiting, columns["url"])

    def _read(
        self, pages: list[tuple[int, bytes]], urls: list[str | None]
    ) -> Iterator[tuple[int, Reading | UnreadableError]]:
        from pipeline.page.reading import Reader  # numba: only workers that read pay for it

        trees = []
        for row, html in pages:
            try:
                trees.append((row, html, self._tree(html)))
            except UnreadableError as error:
                yield row, error
        found = []
        for row, html, reader in [(row, html, Reader(tree)) for row, html, tree in trees]:
            try:
                found.append((row, reader.told, *self._reading(html, reader, urls[row] or "")))
            except UnreadableError as error:
                yield row, error
        for row, told, base, reading in found:
            try:
                yield row, _with_metadata(reading, told, base)
            except UnreadableError as error:
                yield row, error

    def read(self, body: bytes, url: str, http_charset: str | None = None) -> Reading:
        """One page as title and nodes. Raises UnreadableError."""
        from pipeline.page.reading import Reader

        html = self._decoded(body, http_charset)
        reader = Reader(self._tree(html))
        base, reading = self._reading(html, reader, url)
        return _with_metadata(reading, reader.told, base)

    def _decoded(self, body: bytes, http_charset: str | None) -> bytes:
        """The page in UTF-8, where it is not too large to parse."""
        if len(body) > self.max_bytes:
            raise UnreadableError("too_large")
        html = in_utf8(body, http_charset)
        if parsing_steps(html) > self.max_parsing_steps:
            raise UnreadableError("too_large")
        return html

    @_failing
    def _tree(self, html: bytes, *, scripting: bool = True) -> Tree:
        return parse(html, scripting=scripting, most=self.max_dom_nodes)

    @_failing
    def _reading(self, html: bytes, reader: "Reader", url: str) -> tuple[str, Reading]:
        """What the page's addresses start from, and the page without its metadata."""
        base = base_address(url, reader.told.base)
        reading, behind = reader.read(base)
        letters = len(reading.texts.letters)
        if behind > MUCH_NOSCRIPT and letters < behind // 8:
            bare = type(reader)(self._tree(html, scripting=False))
            without, _ = bare.read(base)
            if len(without.texts.letters) > 2 * letters:
                reading = without._replace(title=reading.title)
        return base, reading


@_failing
def _with_metadata(reading: Reading, told: Told, base: str) -> Reading:
    return reading._replace(metadata=metadata_of(told, base))


def _fields(columns: dict[str, list[Any]], row: int, reading: Reading | None) -> tuple[Any, ...]:
    """A page's values of ROW_FIELDS."""
    if reading is None:
        return (None,) * len(ROW_FIELDS)
    url, said = columns["url"][row] or "", reading.metadata
    said = said._replace(
        tdm_reservation=columns["tdm_reservation"][row] or said.tdm_reservation,
        tdm_policy=columns["tdm_policy"][row] or said.tdm_policy,
    )
    identifier = document_id(columns["warc_file"][row], columns["warc_offset"][row])
    return identifier, host_of(url), reading.title, *said


def _bodies(column: pa.LargeBinaryArray) -> Callable[[int], bytes]:
    """What gives the body of a row; Arrow's own way copies it twice. Empty for null."""
    _, ends, data = column.buffers()
    if ends is None or data is None:
        return lambda _row: b""
    at = np.frombuffer(ends, np.int64)[column.offset :].tolist()
    view = memoryview(data)
    return lambda row: bytes(view[at[row] : at[row + 1]])


def main_signals(readings: Sequence[Reading]) -> dict[pa.Field, pa.Array]:
    """MAIN_SCORE and MAIN of all nodes of these pages, in order."""
    from pipeline.page.outline import outlines_of

    texts = strings([(reading.texts.letters, reading.texts.stops) for reading in readings])
    titles = pa.array([reading.title for reading in readings], pa.string())
    is_text = [reading.texts.is_text for reading in readings]
    outlines = outlines_of([reading.outline for reading in readings])
    score, main = main_content(outlines, is_text, texts, titles)
    return {MAIN_SCORE.shaped(NODES): score, MAIN.shaped(NODES): main}


def base_address(url: str, base: str | None) -> str:
    """What relative addresses of a page start from: its <base> where that is usable, else `url`."""
    return (resolved(url, base) if base else None) or url
