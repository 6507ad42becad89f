"""The stage that turns pages into interleaved documents."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pyarrow as pa
from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from filters.main_content import MAIN, MAIN_SCORE, main_content
from pipeline.charset import decoded
from pipeline.dom import Marks, base_of, parse, title_of
from pipeline.image_links import host_of, resolved
from pipeline.metadata import Metadata, Told, metadata_of
from pipeline.nodes import Node, letters, node_column
from pipeline.outline import Outline
from pipeline.parsing_cost import parsing_steps
from pipeline.pictures import Pictures
from pipeline.reading import MAX_DOM_NODES, Reader, TooManyNodesError
from pipeline.stage import Batches, with_columns
from schemas.columns import merged
from schemas.document import DOCUMENT, document_id, nodes_with
from schemas.page import PAGE

MUCH_NOSCRIPT = 2_000
"""Letters of <noscript> markup that may be more than a request to switch scripts on."""

ROW_FIELDS = ("doc_id", "host", "title", *Metadata._fields, "nodes")

_WANTED = (
    "warc_file", "warc_offset", "url", "http_charset", "tdm_reservation", "tdm_policy", "dropped",
    "error", "raw",
)  # fmt: skip


class UnreadableError(Exception):
    """A page that gives no document; the message is one of `schemas.page.ERRORS`."""


class Reading(NamedTuple):
    """What a page says: its title, its nodes in reading order, and what it says of itself."""

    title: str | None
    nodes: list[Node]
    metadata: Metadata
    outline: Outline


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
        readings: list[Reading] = []
        errors, raws = columns["error"], columns["raw"]
        for i, body in enumerate(batch["body"]):
            page = {name: values[i] for name, values in columns.items()}
            if page["dropped"] is not None or page["error"] is not None:
                rows.append((None,) * len(ROW_FIELDS))
                continue
            try:
                content = body.as_py() or b""
                reading = self.read(content, page["url"] or "", page["http_charset"])
            except UnreadableError as error:
                errors[i], raws[i] = str(error), content[: self.max_raw]
                rows.append((None,) * len(ROW_FIELDS))
                continue
            identifier = document_id(page["warc_file"], page["warc_offset"])
            said = reading.metadata._replace(
                tdm_reservation=page["tdm_reservation"] or reading.metadata.tdm_reservation,
                tdm_policy=page["tdm_policy"] or reading.metadata.tdm_policy,
            )
            host = host_of(page["url"] or "")
            rows.append((identifier, host, reading.title, *said, reading.nodes))
            readings.append(reading)
        added = dict(zip(ROW_FIELDS, zip(*rows, strict=True), strict=True)) if rows else {}
        return with_columns(
            batch,
            {
                name: pa.array(added.get(name, ()), DOCUMENT.field(name).type)
                for name in ROW_FIELDS[:-1]
            }
            | {"nodes": node_column(added.get("nodes", ()), main_signals(readings))}
            | {"error": pa.array(errors, pa.string()), "raw": pa.array(raws, pa.large_binary())},
        )

    def read(self, body: bytes, url: str, http_charset: str | None = None) -> Reading:
        """One page as title and nodes. Raises UnreadableError."""
        if len(body) > self.max_bytes:
            raise UnreadableError("too_large")
        html = decoded(body, http_charset)
        if parsing_steps(html) > self.max_parsing_steps:
            raise UnreadableError("too_large")
        try:
            return self._read_tree(html, url)
        except TooManyNodesError as error:
            raise UnreadableError("too_large") from error
        except (SelectolaxError, UnicodeError) as error:
            raise UnreadableError("parse_failed") from error

    def _read_tree(self, html: str, url: str) -> Reading:
        tree = parse(html)
        base = base_address(url, base_of(tree))
        marks = Marks(tree)
        reader = Reader(marks, Pictures(base), self.max_dom_nodes)
        nodes, outline = reader.read(root_of(tree)), reader.outline
        if reader.behind_scripts > MUCH_NOSCRIPT and letters(nodes) < reader.behind_scripts // 8:
            bare = parse(html, scripting=False)
            shown = Marks(bare, scripting=False)
            other = Reader(shown, Pictures(base), self.max_dom_nodes)
            without = other.read(root_of(bare))
            if letters(without) > 2 * letters(nodes):
                nodes, outline = without, other.outline
        told = Told(marks.licences, marks.json_ld)
        return Reading(title_of(tree), nodes, metadata_of(tree, told, base), outline)


def main_signals(readings: Sequence[Reading]) -> dict[pa.Field, pa.Array]:
    """MAIN_SCORE and MAIN of all nodes of these pages, in order."""
    is_text = [[node.kind == "text" for node in reading.nodes] for reading in readings]
    texts = [node.text for reading in readings for node in reading.nodes if node.kind == "text"]
    score, main = main_content(
        [reading.outline for reading in readings],
        is_text,
        pa.array(texts, pa.string()),
        pa.array([reading.title for reading in readings], pa.string()),
    )
    return {MAIN_SCORE.field: score, MAIN.field: main}


def root_of(tree: LexborHTMLParser) -> LexborNode:
    """The element <html>, which every page has once it is parsed."""
    if tree.root is None:
        raise SelectolaxError("no root")
    return tree.root


def base_address(url: str, base: str | None) -> str:
    """What relative addresses of a page start from: its <base> where that is usable, else `url`."""
    return (resolved(url, base) if base else None) or url
