"""What of a release was taken down since: release/tombstones.json names what readers leave out."""

import json
from typing import Any

from jobs.inputs.lists import TAKEN_DOWN, Listed
from jobs.store import Store
from jobs.table import Table
from pipeline.web.blocklist import Blocklist

TOMBSTONES = "release/tombstones.json"


def mark(store: Store, release: Table) -> dict[str, Any]:
    """Write the tombstones of the release that lies there, as it is now; returns them.

    Without a list, or a release, there is nothing to write.
    """
    entries = Blocklist(Listed(store, TAKEN_DOWN)())
    documents: set[str] = set()
    images: set[str] = set()
    listed = store.exists(TAKEN_DOWN)
    for part in release.parts() if listed else ():
        for batch in release.read(part, ["doc_id", "url", "picture_metadata"]):
            for row in batch.to_pylist():
                if entries.entry(row["url"] or ""):
                    documents.add(row["doc_id"])
                    continue
                for picture in row["picture_metadata"]:
                    if entries.entry(picture["url"] or ""):
                        images.add(picture["image_id"])
    found = {"documents": sorted(documents), "images": sorted(images)}
    if listed and release.parts():
        store.write_text(TOMBSTONES, json.dumps(found, indent=1) + "\n")
    return found
