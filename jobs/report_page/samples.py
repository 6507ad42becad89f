"""Sample documents: released ones as a reader sees them, dropped ones with what cut them."""

import base64
import heapq
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from filters import alike
from filters.rules import Recipe, Rule, values
from jobs.decisions.explained import bounds
from jobs.report_page.markup import Html, calm, count, joined, tag, void, web
from jobs.store_tables import Tables
from jobs.table import Table

RELEASED, DROPPED = 20, 10
SIDE_PX = 320
PICTURE_BYTES = 3 << 20  # of all thumbnails; as base64 they are a third more
TITLE, URL, TEXT, CELL = 200, 300, 4000, 300
OPEN_NODES, OPEN_CHARS = 8, 1500  # what is seen of a document before it is unfolded
MOST_NODES, MOST_CHARS = 120, 15_000
# What a release can hold, by its first bytes: libvips is never left to choose a decoder.
LOADERS = (
    (b"\xff\xd8\xff", "jpegload_buffer"),
    (b"\x89PNG\r\n", "pngload_buffer"),
    (b"RIFF", "webpload_buffer"),
)
HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))


def released(at: Tables) -> Html:
    """The first documents of the release by doc_id, a hash: a fair draw, always the same."""
    rows = rows_at(at.release, _smallest(at.release, RELEASED))
    budget = PICTURE_BYTES // RELEASED
    return joined(*(_article(row, budget) for row in rows))


def dropped(at: Tables, recipe: Recipe) -> Html:
    """Documents that a document rule cut, by doc_id; two of each first rule before a third."""
    chosen = _first_of_each_rule(at)
    verdicts = rows_at(at.verdicts, chosen, without=("nodes",))
    pages = rows_at(at.documents, chosen)
    schema = pa.schema([f for f in at.verdicts.schema if not pa.types.is_nested(f.type)])
    asked = [rule for rule in recipe.document if not rule.reads(alike.NAMES)]
    cards = []
    for verdict, page in zip(verdicts, pages, strict=True):
        batch = pa.RecordBatch.from_pylist([verdict], schema=schema)
        found = zip(asked, values(asked, batch), strict=True)
        broken = [
            (rule, value[0].as_py()) for rule, value in found if rule.name in verdict["failed"]
        ]
        cards.append(_dropped_card(page, broken))
    return joined(*cards)


def _article(row: Mapping[str, Any], budget: int) -> Html:
    pictures = [picture["bytes"] for picture in row["pictures"]]
    drawn: dict[int, Html] = {}
    for index, about in enumerate(row["picture_metadata"]):
        small = thumbnail(pictures[index]) if budget > 0 else None
        budget -= len(small or b"")
        drawn[index] = picture(small if budget >= 0 else None, about)
    blocks = [
        drawn[node["image"]] if node["image"] is not None else _text(node)
        for node in first(row["nodes"], MOST_NODES, MOST_CHARS)
    ]
    facts = (
        count(row["words"] or 0, "word"),
        count(len(pictures), "picture"),
        row["language"] or "no language",
    )
    body = _folded(blocks, row["nodes"], "the rest of the document")
    return tag("article", _header(row, *facts), tag("div", *body))


def _header(page: Mapping[str, Any], *facts: str) -> Html:
    return tag(
        "header",
        tag("h3", web(page["title"] or "(no title)", TITLE)),
        tag("p", web(page["url"], URL), class_="url"),
        *(tag("p", fact, class_="facts") for fact in facts),
    )


def first(nodes: Sequence[Mapping[str, Any]], most: int, chars: int) -> list[Mapping[str, Any]]:
    """The first nodes, `most` at most, until their shown text has more than `chars` characters."""
    out = []
    for node in nodes[:most]:
        out.append(node)
        chars -= min(len(node["text"] or ""), TEXT)
        if chars < 0:
            break
    return out


def _folded(
    blocks: Sequence[Html], nodes: Sequence[Mapping[str, Any]], rest: str
) -> Iterator[Html]:
    """The first blocks as they are, the others under a line that unfolds them."""
    seen = len(first(nodes, OPEN_NODES, OPEN_CHARS))
    yield tag("div", *blocks[:seen], class_="reading")
    if len(nodes) > seen:
        more = len(nodes) - len(blocks)
        note = tag("p", f"and {count(more, 'node')} that this page leaves out") if more else None
        head = tag("summary", f"{rest}: {count(len(nodes) - seen, 'node')}")
        body = tag("div", *blocks[seen:], note, class_="reading")
        yield tag("details", head, body)


def _text(node: Mapping[str, Any]) -> Html:
    element = node["tag"] or ""
    words = web(node["text"], TEXT)
    if element in HEADINGS:
        return tag("p", words, class_="heading")
    if element in ("pre", "code"):
        return tag("pre", words)
    if element in ("li", "dt", "dd"):
        return tag("p", words, class_="item")
    return tag("blockquote" if element == "blockquote" else "p", words)


def picture(small: bytes | None, about: Mapping[str, Any]) -> Html:
    """A figure with its caption or alternative text; without a thumbnail an empty box."""
    size = f"{about['width']} by {about['height']} px, {about['format']}"
    words = about["caption"] or about["alt"]
    caption = tag("figcaption", web(words, CELL) if words else None, tag("i", size))
    if small is None:
        return tag("figure", tag("div", "picture", class_="unseen"), caption)
    source = f"data:image/jpeg;base64,{base64.b64encode(small).decode()}"
    return tag("figure", void("img", src=source, alt=calm(about["alt"] or "")[:CELL]), caption)


def thumbnail(data: bytes) -> bytes | None:
    """A JPEG of ours, at most 320 px a side, on white; None for what does not decode."""
    import pyvips

    loader = next((name for magic, name in LOADERS if data.startswith(magic)), None)
    if loader is None:
        return None
    try:
        image = getattr(pyvips.Image, loader)(data, fail_on="truncated")
        image = image.thumbnail_image(SIDE_PX, height=SIDE_PX, size="down", export_profile="srgb")
        if image.hasalpha():
            image = image.flatten(background=[255] * (image.bands - 1))
        written: bytes = image.jpegsave_buffer(Q=78, optimize_coding=True, keep="none")
    except pyvips.Error:
        return None
    return written


def _dropped_card(page: Mapping[str, Any], broken: Sequence[tuple[Rule, Any]]) -> Html:
    rows = [
        tag(
            "tr",
            tag("th", rule.name),
            tag("td", "missing" if value is None else f"{value:.4g}"),
            tag("td", bounds(rule)),
            tag("td", tag("code", rule.value)),
        )
        for rule, value in broken
    ]
    head = tag("tr", *(tag("th", name) for name in ("rule", "value", "wanted", "measured as")))
    texts = first([node for node in page["nodes"] if node["text"]], MOST_NODES, MOST_CHARS)
    reading = tag("div", *(_text(node) for node in texts), class_="reading")
    return tag(
        "article",
        _header(page, f"{count(len(page['nodes']), 'node')} before any rule"),
        tag(
            "div",
            tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="scroll"),
            tag("details", tag("summary", "its text"), reading) if texts else None,
        ),
    )


# doc_id -> (part, row in the part)
_Places = dict[str, tuple[str, int]]


def _smallest(table: Table, most: int) -> _Places:
    found = heapq.nsmallest(most, _places(table, ["doc_id"]))
    return {row["doc_id"]: (part, index) for _, part, index, row in found}


def _first_of_each_rule(at: Tables, most: int = DROPPED) -> _Places:
    """The smallest doc_ids, with two of each first rule before there is a third of any."""
    rows = (found for found in _places(at.verdicts, ["doc_id", "dropped"]) if found[3]["dropped"])
    by_rule: dict[str, list[Any]] = {}
    for found in rows:
        bin_ = by_rule.setdefault(found[3]["dropped"], [])
        bin_.append(found)
        if len(bin_) > 4 * most:
            bin_[:] = heapq.nsmallest(most, bin_)
    taken: Counter[str] = Counter()
    ranked = []
    for doc_id, part, index, row in sorted(each for bin_ in by_rule.values() for each in bin_):
        ranked.append((taken[row["dropped"]] // 2, doc_id, part, index))
        taken[row["dropped"]] += 1
    chosen = heapq.nsmallest(most, ranked)
    return {doc_id: (part, index) for _, doc_id, part, index in sorted(chosen, key=itemgetter(1))}


def _places(table: Table, columns: list[str]) -> Iterator[tuple[str, str, int, dict[str, Any]]]:
    for part in table.parts():
        index = 0
        for batch in table.read(part, columns):
            for row in batch.to_pylist():
                yield row["doc_id"], part, index, row
                index += 1


def rows_at(table: Table, places: _Places, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """These rows, in order of `places`; only the row groups that hold one are read."""
    rows: dict[str, dict[str, Any]] = {}
    names = [name for name in table.schema.names if name not in without]
    wanted: dict[str, list[int]] = {}
    for part, index in places.values():
        wanted.setdefault(part, []).append(index)
    for part, indices in sorted(wanted.items()):
        filesystem, path = table.store.path(table.file(part))
        with filesystem.open_input_file(path) as file:
            parquet = pq.ParquetFile(file)
            for group in sorted({index // table.group_rows for index in indices}):
                inside = [i % table.group_rows for i in indices if i // table.group_rows == group]
                read = parquet.read_row_group(group, columns=names)
                for row in read.take(pa.array(sorted(inside))).to_pylist():
                    rows[row["doc_id"]] = row
    return [rows[doc_id] for doc_id in places]
