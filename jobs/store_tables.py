"""Every table of a store: its name, its columns, and the stages that measure what is in them."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa

from filters import contamination, domains, machine_links, markers, measures, perplexity, urls
from filters.perplexity import LanguageModel
from filters.pictures import image_markers
from jobs.inputs.former import former_store, signals_of
from jobs.steps import duplicates, permission, picture_duplicates
from jobs.store import Store
from jobs.table import ALL, BROKEN, Table
from pipeline import lines
from pipeline.dedup import LINK, PART, Address, Quality
from pipeline.interleave import Interleave
from pipeline.judge import JUDGED
from pipeline.prune import VERDICT
from pipeline.recall import KNOWN
from pipeline.score import ScoreDocuments, ScoreNodes
from schemas.columns import merged
from schemas.document import DOCUMENT, nodes_with
from schemas.image import IMAGES
from schemas.page import QUARANTINE, SOURCE
from schemas.shard import CHOICE, SHARD


def scores(
    signals: tuple[str, ...],
    lm: LanguageModel | None = None,
    benchmarks: contamination.Opener | None = None,
    lists: domains.Named = (),
) -> tuple[ScoreNodes, ScoreDocuments]:
    """The stages that measure the base, marker phrases and these sets of filters.measures.

    Without a language model the two columns of perplexity are null, without benchmarks and lists
    of domains theirs.
    """
    sets = measures.chosen(signals)
    nodes = tuple(measure for each in sets for measure in each.node)
    sums = tuple(signal for each in sets for signal in each.sums)
    given = {
        contamination.DOCUMENT: contamination.measure(benchmarks),
        domains.DOCUMENT: domains.measure(lists),
    }
    document = tuple(given.get(measure, measure) for each in sets for measure in each.document)
    return (
        ScoreNodes(
            (*nodes, *markers.NODE, perplexity.measure(lm)), (*urls.LINK, *image_markers.LINK)
        ),
        ScoreDocuments(
            (*sums, *markers.COUNTS, *perplexity.COUNTS),
            (*document, *machine_links.DOCUMENT),
            frozenset() if lm else frozenset(signal.name for signal in perplexity.COUNTS),
        ),
    )


@dataclass(frozen=True)
class Tables:
    """Every table of a store, by name. A store that was recut has those of READ in its former.

    `signals` are the sets that its run measures; None: those that its run.json names.
    """

    store: Store
    signals: tuple[str, ...] | None = None

    def __getattr__(self, name: str) -> Table:
        known = shapes(signals_of(self.store) if self.signals is None else self.signals)
        if name not in known:
            raise AttributeError(name)
        shape, options = known[name]
        folder = FOLDERS.get(name, name)
        store = former_store(self.store) if name in READ else None
        if store is not None:
            return getattr(Tables(store, self.signals), name)
        return Table(self.store, folder, shape, **options)


@cache
def shapes(signals: tuple[str, ...]) -> dict[str, tuple[pa.Schema, dict[str, Any]]]:
    """Table -> its columns, and what it holds of the stream it is cut from."""
    nodes, documents = scores(signals)
    scored = merged(merged(Interleave.adds, nodes.adds), documents.adds)
    good = merged(merged(scored, Quality.adds), Address.adds)
    verdicts = [DOCUMENT.field("doc_id"), *VERDICT, *documents.adds, *nodes_with(*VERDICT)]
    return {
        "inputs": (SOURCE, {}),
        "documents": (scored, {}),
        "quarantine": (QUARANTINE, {"holds": BROKEN}),
        "verdicts": (pa.schema(verdicts), {"holds": ALL}),
        "good": (good, {}),
        "hosts": (good.append(PART), {}),
        **duplicates.SHAPES,
        "paragraphs": (lines.PARAGRAPH, {}),
        "repeated_paragraphs": (lines.PARAGRAPH, {}),
        "lines": (good.append(PART), {}),
        "links": (LINK, {}),
        "known": (KNOWN, {}),
        "repeated_links": (LINK, {}),
        **permission.SHAPES,
        "images": (IMAGES, {"holds": ALL, "group_rows": 64}),
        "judged": (JUDGED, {"holds": ALL}),
        **picture_duplicates.SHAPES,
        "choices": (CHOICE, {"holds": ALL}),
        "release": (SHARD, {"group_rows": 64}),
        "shards": (SHARD, {"form": "tar"}),
    }


def node_columns(signals: tuple[str, ...]) -> pa.Schema:
    """The columns of a node once it is measured."""
    return pa.schema(shapes(signals)["documents"][0].field("nodes").type.value_type)


# Made by the passes that read crawl files, or before them.
READ = frozenset(
    {"inputs", "documents", "quarantine", "given_embeddings", "robots_inputs", "captures"}
)
FOLDERS = {"release": "release/parquet", "shards": "release/webdataset", **permission.FOLDERS}
