"""Memory while many pages are read: python -m tests.bench.memory [PAGES]

The pages of one real crawl file go through again and again; after every tenth of the way the
most that the process has held so far is printed. It must not grow.
"""

import resource
import sys
import time
from itertools import cycle

from jobs.inputs.sources import open_source, sources
from pipeline.interleave import Interleave
from pipeline.warc import ReadWarc
from tests.bench.extraction import PAGES


def main(wanted: int) -> None:
    start = sources([str(PAGES)], None).to_batches()
    records = [
        batch.filter(batch["dropped"].is_null())
        for batch in ReadWarc(open_source).stream(iter(start))
    ]
    done, step, begin = 0, max(1, wanted // 10), time.monotonic()
    for out in Interleave().stream(cycle(records)):
        done += out.num_rows
        if done // step > (done - out.num_rows) // step:
            held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"{done:>8,} pages {held:>7,.0f} MiB {time.monotonic() - begin:>6.0f} s")
        if done >= wanted:
            return


if __name__ == "__main__":
    main(int((sys.argv[1:] or ["50000"])[0]))
