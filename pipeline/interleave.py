"""The stage that turns pages into interleaved documents."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from selectolax.lexbor import SelectolaxError

from filters.main_content import MAIN, MAIN_SCORE, main_content
from pipeline.charset import in_utf8
from pipeline.image_links import host_of, resolved
from pipeline.metadata import Metadata
from pipeline.nodes import Reading, node_column, strings
from pipeline.parsing_cost import parsing_steps
from pipeline.stage import Batches, with_columns
from pipeline.tree import MAX_DOM_NODES, TooManyNodesError, parse
from schemas.columns import merged
from schemas.document import DOCUMENT, document_id, nodes_with
from schemas.page import PAGE

MUCH_NOSCRIPT = 2_000
"""Markup in <noscript> that may be more than a request to switch scripts on. [bytes]"""

ROW_FIELDS = ("doc_id", "host", "title", *Metadata._fields)

_WANTED = (
    "warc_file", "warc_offset", "url", "http_charset", "tdm_reservation", "tdm_policy", "dropped",
    "error", "raw",
)  # fmt: skip


class UnreadableError(Exception):
    """A page that gives no document; the message is one of `schemas.page.ERRORS`."""


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
    adds = merged(DOCUMENT, nodes_with(MAIN_SCORE.field, MAIN.field))
    replaces = False

    def stream(self, batches: Batches) -> Batches:
        """Each batch with doc_id, host, title and nodes beside its columns."""
        for batch in batches:
            yield self._read_batch(batch)

    def _read_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = {name: batch[name].to_pylist() for name in _WANTED}
        rows: list[tuple[Any, ...]] = []
        readings: list[Reading | None] = []
        errors, raws, body_of = columns["error"], columns["raw"], _bodies(batch["body"])
        for i, dropped in enumerate(columns["dropped"]):
            if dropped is not None or errors[i] is not None:
                rows.append((None,) * len(ROW_FIELDS))
                readings.append(None)
                continue
            page = {name: values[i] for name, values in columns.items()}
            content = body_of(i)
            try:
                reading = self.read(content, page["url"] or "", page["http_charset"])
            except UnreadableError as error:
                errors[i], raws[i] = str(error), content[: self.max_raw]
                rows.append((None,) * len(ROW_FIELDS))
                readings.append(None)
                continue
            identifier = document_id(page["warc_file"], page["warc_offset"])
            said = reading.metadata._replace(
                tdm_reservation=page["tdm_reservation"] or reading.metadata.tdm_reservation,
                tdm_policy=page["tdm_policy"] or reading.metadata.tdm_policy,
            )
            host = host_of(page["url"] or "")
            rows.append((identifier, host, reading.title, *said))
            readings.append(reading)
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

    def read(self, body: bytes, url: str, http_charset: str | None = None) -> Reading:
        """One page as title and nodes. Raises UnreadableError."""
        if len(body) > self.max_bytes:
            raise UnreadableError("too_large")
        html = in_utf8(body, http_charset)
        if parsing_steps(html) > self.max_parsing_steps:
            raise UnreadableError("too_large")
        try:
            return self._read_html(html, url)
        except TooManyNodesError as error:
            raise UnreadableError("too_large") from error
        except (SelectolaxError, UnicodeError) as error:
            raise UnreadableError("parse_failed") from error

    def _read_html(self, html: bytes, url: str) -> Reading:
        from pipeline.reading import Reader  # numba: only workers that read pay for it

        reader = Reader(parse(html, most=self.max_dom_nodes))
        base = base_address(url, reader.told.base)
        reading, behind = reader.read(base)
        letters = len(reading.texts.letters)
        if behind > MUCH_NOSCRIPT and letters < behind // 8:
            bare = Reader(parse(html, scripting=False, most=self.max_dom_nodes))
            without, _ = bare.read(base)
            if len(without.texts.letters) > 2 * letters:
                return without._replace(title=reading.title, metadata=reading.metadata)
        return reading


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
    from pipeline.outline import outlines_of

    texts = strings([(reading.texts.letters, reading.texts.stops) for reading in readings])
    titles = pa.array([reading.title for reading in readings], pa.string())
    is_text = [reading.texts.is_text for reading in readings]
    outlines = outlines_of([reading.outline for reading in readings])
    score, main = main_content(outlines, is_text, texts, titles)
    return {MAIN_SCORE.field: score, MAIN.field: main}


def base_address(url: str, base: str | None) -> str:
    """What relative addresses of a page start from: its <base> where that is usable, else `url`."""
    return (resolved(url, base) if base else None) or url
