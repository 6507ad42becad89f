"""A store's signals as flat columns on disk, to be mapped into memory: ledger/ in the store.

Written from `documents` and `verdicts`, part by part, when they are first asked for, and never
again: a finished part does not change. Whole numbers take the fewest bytes that hold them.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from jobs.inputs.former import signals_of
from jobs.store import Store
from jobs.store_tables import Tables, scores
from pipeline.nested import opened
from pipeline.score import NODE_COUNTS

FOLDER = "ledger"
# Of a document: what it is called and where it comes from, besides its signals.
ABOUT = ("doc_id", "url", "host", "fetched_at", "warc_file", "machine_links")
# Of a node: all but its texts and addresses. A rule that reads one of these opens `documents`.
LONG = frozenset({"text", "image_url", "image_id", "alt", "caption", "title", "link_url"})
COUNTS = tuple(signal.name for signal in NODE_COUNTS)
FORMER = "former_"  # before the name of a signal over the nodes that the store's recipe kept

_NARROW = ((pa.uint8(), 2**8), (pa.uint16(), 2**16), (pa.uint32(), 2**32))


@dataclass(frozen=True)
class Part:
    """The signals of one part. d documents hold t text nodes and i image nodes, in order.

    `documents` (d,): ABOUT, what is `measured` over all nodes and over those that the store's
    recipe kept, and how many `texts` and `links` each has. `texts` (t,), `links` (i,): the
    nodes' flat columns, and `kept`, by the store's recipe.
    """

    name: str
    documents: pa.RecordBatch
    texts: pa.RecordBatch
    links: pa.RecordBatch

    @cached_property
    def text_ends(self) -> np.ndarray:
        """Where the text nodes of each document begin, and the last ones end. int64 (d + 1,)"""
        return np.concatenate([[0], np.cumsum(self.documents["texts"].to_numpy())])

    @cached_property
    def link_ends(self) -> np.ndarray:
        """The same for image nodes."""
        return np.concatenate([[0], np.cumsum(self.documents["links"].to_numpy())])

    def added(self, texts: np.ndarray, links: np.ndarray, names: list[str]) -> list[np.ndarray]:
        """Sums over the nodes that are left, bool (t,) and (i,). int64 (d,) for each of `names`"""
        from filters.compiled.adding import add, add_at  # numba: only who decides pays for it

        counts = {COUNTS[0]: (texts, self.text_ends), COUNTS[1]: (links, self.link_ends)}
        places = np.flatnonzero(texts).astype(np.uint32)
        ends = np.searchsorted(places, self.text_ends)
        out = []
        for name in names:
            if name in counts:
                out.append(add(*counts[name]))
                continue
            column = self.texts[name]
            if pa.types.is_null(column.type):  # perplexity where no model was given
                out.append(np.zeros(len(ends) - 1, np.int64))
                continue
            values = (column.fill_null(0) if column.null_count else column).to_numpy()
            whole = len(places) == len(texts)
            out.append(add(values, ends) if whole else add_at(values, places, ends))
        return out

    def differs(self, texts: np.ndarray) -> np.ndarray:
        """Of which documents the store's recipe left other text nodes than bool (t,). bool (d,)"""
        from filters.compiled.adding import any_differs

        before = self.texts["kept"].to_numpy(zero_copy_only=False)
        return any_differs(texts, before, self.text_ends)


def part(at: Tables, name: str) -> Part:
    """The signals of a part; its files are written first where they are not there."""
    kinds = ("texts", "links", "documents")
    files = {kind: f"{FOLDER}/{name}.{kind}.arrow" for kind in kinds}
    # The last to be written: where it is, all are.
    if not at.store.exists(files["documents"]):
        for kind, batch in zip(kinds, _columns(at, name), strict=True):
            with (
                at.store.writing(files[kind]) as path,
                pa.OSFile(str(path), "wb") as sink,
                pa.ipc.new_file(sink, batch.schema) as writer,
            ):
                writer.write_batch(batch)
    texts, links, documents = (_mapped(at.store, files[kind]) for kind in kinds)
    return Part(name, documents, texts, links)


def measured(store: Store) -> tuple[str, ...]:
    """The signals of a store's documents that are measured on the text: they do not add up."""
    given = (measure.gives for measure in scores(signals_of(store))[1].measures)
    return tuple(signal.name for several in given for signal in several)


def _columns(at: Tables, name: str) -> tuple[pa.RecordBatch, pa.RecordBatch, pa.RecordBatch]:
    inner = pa.schema(at.documents.schema.field("nodes").type.value_type)
    flat = [f.name for f in inner if f.name not in LONG and not pa.types.is_nested(f.type)]
    on_text = measured(at.store)
    wanted = [*ABOUT, *on_text, *(f"nodes.list.element.{member}" for member in flat)]
    read = pa.Table.from_batches(at.documents.read(name, wanted)).combine_chunks()
    judged = ["doc_id", *on_text, "nodes.list.element.dropped"]
    former = pa.Table.from_batches(at.verdicts.read(name, judged)).combine_chunks()
    if not read["doc_id"].equals(former["doc_id"]):
        raise ValueError("documents and verdicts do not lie row by row; run the step text again")
    nodes = opened(whole(read["nodes"]))
    kept = pc.is_null(opened(whole(former["nodes"])).flat["dropped"])
    is_text = pc.equal(nodes.flat["kind"], "text").to_numpy(False)
    columns = {m: nodes.flat[m] for m in flat if m != "kind"} | {"kept": kept}
    found = pa.RecordBatch.from_arrays(list(columns.values()), names=list(columns))
    texts, links = (_narrowed(found.filter(pa.array(mask))) for mask in (is_text, ~is_text))
    documents = {each: whole(read[each]) for each in (*ABOUT, *on_text)}
    documents |= {f"{FORMER}{each}": whole(former[each]) for each in on_text}
    count = nodes.sums(is_text.astype(np.int64))
    documents |= {"texts": pa.array(count), "links": pa.array(nodes.lengths - count)}
    rows = pa.RecordBatch.from_arrays(list(documents.values()), names=list(documents))
    return texts, links, rows


def whole(column: pa.ChunkedArray) -> pa.Array:
    """The column as one array."""
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _narrowed(batch: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([_narrow(c) for c in batch.columns], batch.schema.names)


def _narrow(column: pa.Array) -> pa.Array:
    if column.null_count == len(column):
        return pa.nulls(len(column))
    if pa.types.is_string(column.type):
        words = column.dictionary_encode()
        small = len(words.dictionary) < 2**7
        type_ = pa.dictionary(pa.int8() if small else pa.int32(), words.type.value_type)
        return words.cast(type_)
    if not pa.types.is_integer(column.type):
        return column
    span = pc.min_max(column).as_py()
    low, high = span["min"] or 0, span["max"] or 0
    fits = (type_ for type_, above in _NARROW if low >= 0 and high < above)
    return column.cast(next(fits, column.type))


def _mapped(store: Store, name: str) -> pa.RecordBatch:
    filesystem, path = store.path(name)
    source = filesystem.open_input_file(path) if store.remote else pa.memory_map(path)
    return pa.ipc.open_file(source).get_batch(0)
