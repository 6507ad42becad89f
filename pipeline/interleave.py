"""The stage that turns pages into interleaved documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urljoin

import pyarrow as pa
from selectolax.lexbor import SelectolaxError

from pipeline.charset import decoded
from pipeline.dom import base_of, hidden_in, layout_tables_in, parse, parsing_steps, title_of
from pipeline.image_links import host_of, resolved
from pipeline.pictures import Pictures
from pipeline.reading import MAX_DOM_NODES, Marks, Node, Reader, TooManyNodes
from pipeline.stage import Batches, with_columns
from schemas.document import DOCUMENT, NODE, NODES, document_id
from schemas.page import PAGE

ROW_FIELDS = ("doc_id", "host", "title", "nodes")


class Unreadable(Exception):
    """A page that gives no document; the message is one of `schemas.page.ERRORS`."""


class Reading(NamedTuple):
    """What a page says: its title, and its nodes in reading order."""

    title: str | None
    nodes: list[Node]


@dataclass(frozen=True)
class Interleave:
    """Pages in, documents out: every visible text block and every image, in reading order.

    Rows that are already dropped or in error pass with null nodes. A page that is too large or
    cannot be parsed gets an `error` and its bytes in `raw`, cut at `max_raw`.
    """

    max_bytes: int = 16 << 20
    max_raw: int = 1 << 20
    max_dom_nodes: int = MAX_DOM_NODES
    max_parsing_steps: int = 100_000_000

    reads = PAGE
    adds = DOCUMENT
    replaces = False

    def stream(self, batches: Batches) -> Batches:
        """Each batch with doc_id, host, title and nodes beside its columns."""
        for batch in batches:
            yield self._read_batch(batch)

    def _read_batch(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        wanted = ("warc_file", "warc_offset", "url", "http_charset", "dropped", "error", "raw")
        columns = {name: batch[name].to_pylist() for name in wanted}
        rows: list[tuple[Any, ...]] = []
        errors, raws = columns["error"], columns["raw"]
        for i, body in enumerate(batch["body"]):
            page = {name: values[i] for name, values in columns.items()}
            if page["dropped"] is not None or page["error"] is not None:
                rows.append((None,) * len(ROW_FIELDS))
                continue
            try:
                content = body.as_py() or b""
                reading = self.read(content, page["url"] or "", page["http_charset"])
            except Unreadable as error:
                errors[i], raws[i] = str(error), content[: self.max_raw]
                rows.append((None,) * len(ROW_FIELDS))
                continue
            identifier = document_id(page["warc_file"], page["warc_offset"])
            rows.append((identifier, host_of(page["url"] or ""), reading.title, reading.nodes))
        added = dict(zip(ROW_FIELDS, zip(*rows, strict=True), strict=True)) if rows else {}
        return with_columns(
            batch,
            {name: pa.array(added.get(name, ()), pa.string()) for name in ROW_FIELDS[:3]}
            | {"nodes": node_column(added.get("nodes", ()))}
            | {"error": pa.array(errors, pa.string()), "raw": pa.array(raws, pa.large_binary())},
        )

    def read(self, body: bytes, url: str, http_charset: str | None = None) -> Reading:
        """One page as title and nodes. Raises Unreadable."""
        if len(body) > self.max_bytes:
            raise Unreadable("too_large")
        html = decoded(body, http_charset)
        if parsing_steps(html) > self.max_parsing_steps:
            raise Unreadable("too_large")
        try:
            tree = parse(html)
            if tree.root is None:
                return Reading(None, [])
            marks = Marks(hidden_in(tree, html), layout_tables_in(tree))
            pictures = Pictures(base_address(url, base_of(tree)))
            nodes = Reader(marks, pictures, self.max_dom_nodes).read(tree.root)
            return Reading(title_of(tree), nodes)
        except TooManyNodes as error:
            raise Unreadable("too_large") from error
        except (SelectolaxError, UnicodeError) as error:
            raise Unreadable("parse_failed") from error


def base_address(url: str, base: str | None) -> str:
    """What relative addresses of a page start from: its <base> where that is usable, else `url`."""
    return (resolved(url, base) if base else None) or url


def node_column(documents: Sequence[Sequence[Node] | None]) -> pa.ListArray:
    """Nodes of documents as the column `nodes`; None gives null. (documents,)"""
    flat = [node for nodes in documents if nodes is not None for node in nodes]
    members = zip(*flat, strict=True) if flat else ((),) * len(NODE)
    struct = pa.StructArray.from_arrays(
        [pa.array(values, field.type) for values, field in zip(members, NODE, strict=True)],
        fields=list(NODE),
    )
    offsets: list[int | None] = []
    at = 0
    for nodes in documents:
        offsets.append(at if nodes is not None else None)  # a null offset makes a null list
        at += len(nodes or ())
    return pa.ListArray.from_arrays(pa.array([*offsets, at], pa.int32()), struct, type=NODES)
