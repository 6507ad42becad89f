"""`interleaf takedown STORE --urls FILE`: from now on these addresses are gone.

They go on a list of the store that every later step obeys: the links are not asked for, the
documents and pictures not released. Shards that are there already are not rewritten: beside them
comes release/tombstones.json, which names what readers leave out.
"""

from jobs.inputs.lists import TAKEN_DOWN, add, read_lines
from jobs.release.tombstones import TOMBSTONES, mark
from jobs.store import Store, StoreError
from jobs.store_tables import Tables


def take_down(store: Store, files: list[str]) -> None:
    """Add the addresses or domains of `files`, and print what it means for the release."""
    entries = read_lines(files)
    if not entries:
        raise StoreError("the list names nothing; give one address or domain a line")
    fresh = add(store, TAKEN_DOWN, entries)
    found = mark(store, Tables(store).release)
    print(f"{len(entries):,} entries, {fresh:,} of them new, are on {store.root}/{TAKEN_DOWN}")
    print(
        f"{store.root}/{TOMBSTONES} names {len(found['documents']):,} documents and "
        f"{len(found['images']):,} pictures of the release"
    )
