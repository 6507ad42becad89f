"""`interleaf takedown STORE --urls FILE`: from now on these addresses are gone.

They go on a list of the store that every later step obeys: the links are not asked for, the
documents and pictures not released. Shards that are there already are not rewritten: beside them
comes release/tombstones.json, which names what readers leave out.
"""

import json
from typing import Any

from jobs.inputs.lists import TAKEN_DOWN, Listed, add, read_lines
from jobs.store import Store, StoreError
from jobs.store_tables import Tables
from pipeline.web.blocklist import Blocklist

TOMBSTONES = "release/tombstones.json"


def take_down(store: Store, files: list[str]) -> None:
    """Add the addresses or domains of `files`, and print what it means for the release."""
    entries = read_lines(files)
    if not entries:
        raise StoreError("the list names nothing; give one address or domain a line")
    fresh = add(store, TAKEN_DOWN, entries)
    found = mark(store)
    print(f"{len(entries):,} entries, {fresh:,} of them new, are on {store.root}/{TAKEN_DOWN}")
    print(
        f"{store.root}/{TOMBSTONES} names {len(found['documents']):,} documents and "
        f"{len(found['images']):,} pictures of the release"
    )


def mark(store: Store) -> dict[str, Any]:
    """Write the tombstones of the release that lies there, as it is now; returns them.

    Without a list, or a release, there is nothing to write.
    """
    entries = Blocklist(Listed(store, TAKEN_DOWN)())
    documents: set[str] = set()
    images: set[str] = set()
    release = Tables(store).release
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
