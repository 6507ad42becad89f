"""`interleaf recut STORE --recipe R --verdicts FILE`: what R would keep, and every rule that drops.

The verdicts are those of the step `text` of a full run with R, decided from the store's signals;
no store is made and no text is copied. Without --verdicts a recut makes the release.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from filters.rules import Recipe
from jobs.commands.compare import not_asked
from jobs.decisions.ledger import Decision, Ledger
from jobs.report_page.markup import count, share
from jobs.store import Store
from pipeline.prune import VERDICT
from schemas.document import DOCUMENT

# As the table `verdicts` has them, without the nodes.
VERDICTS = pa.schema([DOCUMENT.field("doc_id"), *VERDICT])


def verdicts(ledger: Ledger, decision: Decision) -> pa.Table:
    """VERDICTS of every document, in the order of the store. (d,)"""
    rules = decision.broken.nonzero()[1]
    offsets = np.concatenate([[0], np.cumsum(decision.broken.sum(axis=1))]).astype(np.int32)
    names = pa.array([rule.name for rule in decision.recipe.document], pa.string())
    failed = pa.ListArray.from_arrays(
        pa.array(offsets), pa.DictionaryArray.from_arrays(pa.array(rules, pa.int32()), names)
    )
    first = np.where(decision.dropped < 0, 0, decision.dropped).astype(np.int32)
    dropped = pa.DictionaryArray.from_arrays(pa.array(first, mask=decision.dropped < 0), names)
    columns = [ledger.documents["doc_id"], dropped, failed]
    return pa.table(columns, VERDICTS.names)


def write(ledger: Ledger, decision: Decision, path: str) -> None:
    """VERDICTS as one Parquet file, the same bytes whatever the number of workers."""
    table = verdicts(ledger, decision)
    with pq.ParquetWriter(
        path,
        VERDICTS,
        compression={"doc_id": "none", "dropped": "zstd", "failed.list.element": "zstd"},
        use_dictionary=["dropped", "failed.list.element"],
    ) as writer:
        writer.write_table(table.cast(VERDICTS))


def act(store: Store, recipe: Recipe, out: str) -> Iterator[str]:
    """Decide, write; yield lines that say what came out. Raises RecipeError and StoreError."""
    ledger = Ledger(store)
    decision = ledger.decide(recipe, "none")
    new = int(decision.unmeasured.sum())
    if new:
        yield f"{count(new, 'document')} with another text than before: measuring what rules read"
        decision = ledger.decide(recipe, "every")
    total, kept = len(decision.kept), int(decision.kept.sum())
    yield f"{recipe.name}: keeps {kept:,} of {count(total, 'document')} ({share(kept, total)})"
    for name, (first, all_) in decision.funnel().items():
        yield f"    {name:32} {first:>12,} first {all_:>12,} in all"
    yield from not_asked(recipe)
    write(ledger, decision, out)
    yield f"written: {out}"
