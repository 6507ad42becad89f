"""`interleaf explain STORE URL`: one page with every decision that was made about it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from filters import alike, recipes
from filters.rules import Recipe, Rule, values
from jobs.commands.explain_page import to_html, to_terminal
from jobs.decisions.explained import Asked, Explained, Piece
from jobs.flows import asked_of_text
from jobs.inputs.benchmarks import openers_of
from jobs.inputs.lists import lists_of
from jobs.runs import recipe_of
from jobs.settings import Settings
from jobs.store import Store, StoreError, read_run
from jobs.store_tables import Tables
from jobs.table import Table
from pipeline.reserve import Reserve
from schemas.columns import merged

MOST_ITEMS = 3  # of a benchmark that are named for a run of words


def show(store: Store, url: str, html: str | None = None) -> None:
    """Print what became of the page, its nodes and its pictures, or write it as a page.

    Raises StoreError where no document has the address.
    """
    found = explained(store, url)
    if html is None:
        to_terminal(found)
        return
    Path(html).write_text(to_html(found), encoding="utf-8", newline="\n")
    print(html)


def explained(store: Store, url: str) -> list[Explained]:
    """Every capture of the page. Raises StoreError where there is none."""
    at = Tables(store)
    recipe = recipe_of(read_run(store))
    captures = list(_find(at.documents, "url", url))
    if not captures:
        raise StoreError(_unknown(at, url))
    return [_explained(at, recipe, part, document) for part, document in captures]


def _explained(at: Tables, recipe: Recipe, part: str, document: dict[str, Any]) -> Explained:
    verdict = next((row for _, row in _find(at.verdicts, "doc_id", document["doc_id"], part)), None)
    choice = next((row for _, row in _find(at.choices, "doc_id", document["doc_id"])), None)
    place = f"{document['doc_id']}, {document['warc_file']} at {document['warc_offset']}"
    head = (document["url"], document["title"] or "(no title)", place)
    said = outcome(at, document["doc_id"], verdict, choice)
    if verdict is None:
        return Explained(*head, said, recipe=_named(recipe))
    asked, late = asked_of_text(recipe)
    broken = set(verdict["failed"]) | set(choice["failed"] or () if choice else ())
    nodes = _nodes(at, asked, document, verdict)
    pictures = _pictures(at, late, choice) if choice else []
    others, known = _together(at, document["doc_id"])
    table = merged(at.verdicts.schema, known)
    rules = _asked(table, recipe.document, verdict | others, broken)
    repeats = _repeats(at.store, nodes)
    return Explained(*head, said, rules, nodes, pictures, repeats, _named(recipe))


def _named(recipe: Recipe) -> str:
    return f"recipe {recipe.name}, fingerprint {recipes.fingerprint(recipe)[:12]}"


def _repeats(store: Store, nodes: Sequence[Piece]) -> list[str]:
    """What kept nodes repeat of the run's benchmarks, a line for each run of words."""
    opener = openers_of(store).index
    if opener is None:
        return []
    texts = [node.text for node in nodes if node.kind == "text" and not node.dropped]
    text = "\n\n".join(texts)
    found = []
    for begin, end, names, rows in opener().runs(text):
        said = "item" if len(rows) == 1 else "items"
        places = ", ".join(str(row + 1) for row in rows[:MOST_ITEMS])
        words = " ".join(text[begin:end].split())
        found.append(f"{', '.join(names)}, {said} {places}: {words}")
    return found


def outcome(
    at: Tables, doc_id: str, verdict: dict[str, Any] | None, choice: dict[str, Any] | None
) -> str:
    """Where the document's way ended, in one phrase."""
    if verdict is None:
        return "read; the recipe has not been applied yet"
    if verdict["dropped"]:
        return f"dropped by the rule {_first(verdict['failed'])}"
    left_out = _left_out(at, doc_id)
    if left_out:
        return left_out
    for _, row in _find(at.clusters, "doc_id", doc_id):
        if row["copy_of"]:
            return f"dropped: a near-duplicate of {row['copy_of']}"
    if choice is not None:
        why = _first(choice["failed"] or ())
        return f"dropped at export: {why}" if choice["dropped"] else "released"
    return "kept by the text rules; not exported yet"


def _first(failed: Sequence[str]) -> str:
    """The first rule that fails decides; the others are told."""
    return "; it also breaks ".join(each for each in (*failed[:1], ", ".join(failed[1:])) if each)


def _left_out(at: Tables, doc_id: str) -> str | None:
    """What became of a document between the text rules and the search for copies."""
    if at.hosts.parts() and not any(_find(at.hosts, "doc_id", doc_id)):
        return "dropped: there is a newer or better capture of the same address"
    if not at.lines.parts() or any(_find(at.lines, "doc_id", doc_id)):
        return None
    settings = Settings.made(read_run(at.store))
    reserve = Reserve(honours=settings.honours, lists=lists_of(at.store))
    for _, row in _find(at.hosts, "doc_id", doc_id):
        verdict = reserve.asked()(row)
        if verdict:
            return f"dropped: {verdict[0]} ({verdict[1]})"
    return "dropped: reserved when it was gathered"


def _together(at: Tables, doc_id: str) -> tuple[dict[str, Any], pa.Schema]:
    """What is known of documents like this one, 1 where there is none; and the columns of it."""
    schema = alike.COLUMNS
    row = next((row for _, row in _find(at.together, "doc_id", doc_id)), {})
    return {each.name: row.get(each.name, _ALONE.get(each.type)) for each in schema}, schema


_ALONE = {pa.int32(): 1}


def _asked(
    schema: pa.Schema, rules: Sequence[Rule], row: Mapping[str, Any], broken: set[str]
) -> list[Asked]:
    fields = [each for each in schema if not pa.types.is_nested(each.type)]
    return _valued(rules, _batch([row], pa.schema(fields)), [broken])[0]


def _batch(rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> pa.RecordBatch:
    arrays = [
        pa.array([row[name] for row in rows], schema.field(name).type) for name in schema.names
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _valued(
    rules: Sequence[Rule], batch: pa.RecordBatch, broken: Sequence[set[str]]
) -> list[list[Asked]]:
    """For each row every rule with its value, marked where it is among the row's `broken`."""
    columns = [column.to_pylist() for column in values(rules, batch)]
    return [
        [
            Asked(rule, column[n], rule.name in names)
            for rule, column in zip(rules, columns, strict=True)
        ]
        for n, names in enumerate(broken)
    ]


def _passed(asked: Sequence[Asked]) -> list[str]:
    return [each.brief for each in asked if not each.failed]


def _markers(node: Mapping[str, Any]) -> list[str]:
    """The phrases of chat models in a node, with their places in its text."""
    text = node["text"] or ""
    return [
        f"{hit['marker']} at {hit['start']:,} to {hit['end']:,}: "
        + " ".join(text[hit["start"] : hit["end"]].split())
        for hit in node["markers"] or ()
    ]


def _against(asked: Sequence[Asked], reasons: Sequence[str]) -> list[str]:
    """The reasons, those that are rules with the value beside the bound."""
    said = {each.rule.name: str(each) for each in asked}
    return [said.get(reason, reason) for reason in reasons]


def _nodes(
    at: Tables, recipe: Recipe, document: dict[str, Any], verdict: dict[str, Any]
) -> list[Piece]:
    nodes, judged = document["nodes"], verdict["nodes"]
    schema = pa.schema(at.documents.schema.field("nodes").type.value_type)
    failed = [set(each["failed"]) for each in judged]
    batch = _batch(nodes, schema)
    of_kind = {
        "text": _valued(recipe.node, batch, failed),
        "image": _valued(recipe.image, batch, failed),
    }
    pieces = []
    for n, (node, mine) in enumerate(zip(nodes, judged, strict=True)):
        asked = of_kind.get(node["kind"], of_kind["text"])[n]
        kind, shown = (node["kind"], node["tag"] or ""), _shown(node)
        against = _against(asked, mine["failed"])
        cut = mine["dropped"] is not None
        pieces.append(Piece(*kind, shown, cut, against, _passed(asked), _markers(node)))
    return pieces


def _shown(node: Mapping[str, Any]) -> str:
    if node["kind"] == "image":
        return f"{node['image_url']}" + (f" ({node['alt']})" if node["alt"] else "")
    return " ".join((node["text"] or "").split())


def _pictures(at: Tables, late: Sequence[Rule], choice: dict[str, Any]) -> list[Piece]:
    """The image links of a document that came to be asked for, with their verdicts."""
    facts = [f for f in at.images.schema.field("images").type.value_type if f.name != "bytes"]
    scores = pa.schema(at.judged.schema.field("scores").type.value_type)
    doc_id = choice["doc_id"]
    found: dict[str, dict[str, Any]] = {}
    for table, column in ((at.images, "images"), (at.judged, "scores")):
        for _, row in _find(table, "doc_id", doc_id):
            for image in row[column]:
                found.setdefault(image["image_id"], _alone()).update(image)
    for _, row in _find(at.picture_clusters, "doc_id", doc_id):
        found[row["image_id"]].update(row)
    links = [link for link in choice["links"] or () if link["image_id"] in found]
    schema = pa.schema({each.name: each for each in (*facts, *scores, *alike.OF_PICTURE)}.values())
    rows = [found[link["image_id"]] for link in links]
    asked = _valued(late, _batch(rows, schema), [set(link["failed"] or ()) for link in links])
    return [
        Piece(
            "image",
            "",
            link["url"],
            link["dropped"] is not None,
            _against(mine, link["failed"] or [link["dropped"]] if link["dropped"] else [])
            + _better(found[link["image_id"]]),
            _passed(mine),
        )
        for link, mine in zip(links, asked, strict=True)
    ]


def _alone() -> dict[str, Any]:
    return {each.name: _ALONE.get(each.type) for each in alike.PICTURE}


def _better(picture: Mapping[str, Any]) -> list[str]:
    """What is said of a picture of which another is the best copy, whether that drops it or not."""
    if picture["cluster_place"] == 1:
        return []
    place = f"{picture['best_image_id']} of document {picture['best_doc_id']}"
    return [f"like {picture['cluster_uses'] - 1} others of the crawl, the best is {place}"]


def _find(
    table: Table, column: str, value: str, part: str | None = None
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows whose `column` is `value`; the other columns are read only of parts that hold one."""
    for name in [part] if part else table.parts():
        found = False
        for batch in table.read(name, [column]):
            if pc.any(pc.equal(batch[column], value)).as_py():
                found = True
                break
        if found:
            for batch in table.read(name):
                for row in batch.filter(pc.equal(batch[column], value)).to_pylist():
                    yield name, row


def _unknown(at: Tables, url: str) -> str:
    for _, row in _find(at.quarantine, "url", url):
        return (
            f"{url} was read but could not be parsed: {row['error']}; its bytes are in quarantine/"
        )
    return (
        f"no document of {at.store.root} has the address {url}; "
        "give it exactly as crawled, scheme and slash included"
    )
