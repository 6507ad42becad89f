"""N-grams of benchmarks looked for in real pages: MB/s on one core.

python -m tests.bench.contamination [WARC ...]

The benchmarks are made up (seeded), of words of the pages themselves: as many n-grams as a large
suite has. With short items each place of a text is looked up twice.
"""

import random
import sys
import time

import pyarrow as pa

from filters.contamination import WORDS, Index, indexed

ITEMS = 15_000


def made(texts: list[pa.Array], shortest: int) -> Index:
    """Items of `shortest` to 120 words, drawn from the words of the first texts."""
    draw = random.Random(11)
    words = " ".join(each or "" for each in texts[0].to_pylist()).split()
    items = [" ".join(draw.choices(words, k=draw.randint(shortest, 120))) for _ in range(ITEMS)]
    return indexed([("made_up", pa.array(items))])[0]


def main(files: list[str]) -> None:
    from tests.bench.__main__ import PAGES, show, timed
    from tests.bench.truth import texts_of

    texts = [pa.array(texts_of(files or [str(PAGES)], 2000))]
    size = sum(len((each or "").encode()) for each in texts[0].to_pylist())
    for name, shortest in (("13-grams", WORDS), ("and short items", 5)):
        begin = time.process_time()
        index = made(texts, shortest)
        index.table  # noqa: B018 - made at first use
        seconds = time.process_time() - begin
        print(f"{len(index.hashes):,} n-grams, read in {seconds:.2f} s")
        seconds = timed(lambda index=index: index.counts(texts[0]))
        show(name, len(texts[0]), "documents", seconds, size)


if __name__ == "__main__":
    main(sys.argv[1:])
