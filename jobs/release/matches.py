"""The report of links whose file met a hash list: for whoever must look into it, and for no shard.

It names address, document, digest, entry and time, and holds nothing of the picture. It is written
after every run and by `interleaf rights`.
"""

import json
from collections.abc import Iterator
from typing import Any

from jobs.inputs.lists import HASHES, LOOKS
from jobs.store import Store
from jobs.table import Table
from pipeline.pictures.matching import LISTED

MATCHES = "matches.jsonl"


def report(store: Store, asked: Table) -> Iterator[str]:
    """Write MATCHES, one JSON object a line, and say so; nothing where nothing matched."""
    if not any(map(store.exists, (HASHES, LOOKS))):
        return
    found = list(_matches(asked))
    if found or store.exists(MATCHES):
        store.write_text(MATCHES, "".join(json.dumps(match) + "\n" for match in found))
    if found:
        yield f"{len(found):,} links match the hash lists: {store.root}/{MATCHES}"


def _matches(asked: Table) -> Iterator[dict[str, Any]]:
    for part in asked.parts():
        for batch in asked.read(part):
            for row in batch.to_pylist():
                for link in row["images"]:
                    if link["dropped"] == LISTED:
                        found = {name: link[name] for name in ("url", "sha256", "evidence")}
                        when = link["asked_at"] and link["asked_at"].isoformat()
                        yield found | {"doc_id": row["doc_id"], "asked_at": when}
