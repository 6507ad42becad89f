"""`interleaf demo`: the bundled mini-web is served, crawled into a WARC, and curated."""

import time
from pathlib import Path

from filters import recipes
from jobs import report, runs
from jobs.curate import Request, Where, curate, released
from jobs.inputs import sources
from jobs.miniweb import web
from jobs.miniweb.crawl import crawl
from jobs.store import Store, StoreError
from pipeline.web.downloads import Policy

WARC = "crawl/mini-web.warc.gz"


def demo(store: Store, where: Where) -> bool:
    """Run all of it into `store`; the last line printed is a sentence a visitor understands."""
    if store.remote:
        raise StoreError("the demo writes to a folder of this machine; give one with --store")
    started = time.monotonic()
    warc = Path(store.root) / WARC
    with web.serve() as address:
        print(f"serving {len(web.SEEDS)} small sites on {address} and crawling them ...")
        runs.open_store(store)
        warc.parent.mkdir(parents=True, exist_ok=True)
        with store.writing(WARC) as path:
            pages = crawl(web.SEEDS, address, path)
        request = Request(
            recipe=recipes.load("obelics"),
            inputs=sources.sources([str(warc)], None),
            web=Policy(proxy=address),
        )
        done = curate(store, request, where)
    if not done:
        return False
    page = report.write(store)
    print(
        f"\nFrom {pages} pages of {len(web.SEEDS)} small sites, {released(store)} were curated "
        f"in {time.monotonic() - started:.0f} s."
    )
    print(f"  shards for training  {Path(store.root) / 'release' / 'webdataset'}")
    print(f"  the same as Parquet  {Path(store.root) / 'release' / 'parquet'}")
    print(f"  what was kept, why   {page}")
    return True
