"""Near-duplicates from texts to the identifiers to remove, beside three other libraries.

python -m tests.bench.duplicates [DOCUMENTS]

All with word 5-grams and 14 bands of 8 rows, one core, CPU seconds of this process, in one run and
in turns; medians of three. Needs rensa, datasketch and datatrove (with spacy); one that is not
installed is left out, aloud. datatrove gets fewer documents: it is slow, and linear in them.
"""

import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from filters.banding import PRESETS
from jobs import runs
from jobs.on_local import Local
from jobs.plan import Flow
from jobs.steps import duplicates
from jobs.steps.duplicates import Duplicates
from jobs.store import Store
from jobs.table import Table
from tests.engines.test_clusters import document, written

BANDING = PRESETS["fineweb"]
TURNS, SLOW = 3, 10  # datatrove: one document of SLOW
WORD = re.compile(r"\w+")


def texts_of(count: int) -> list[str]:
    """Texts of about 6 kB; a fifth of them near-duplicates of another."""
    draw = random.Random(3)
    letters = "etaoinshrdlucmfwyp"
    words = ["".join(draw.choices(letters, k=draw.randint(2, 9))) for _ in range(20_000)]
    weights = [1 / (n + 10) for n in range(len(words))]
    texts: list[str] = []
    while len(texts) < count:
        if texts and draw.random() < 0.2:
            split = draw.choice(texts).split()
            for _ in range(draw.randint(0, 12)):
                split[draw.randrange(len(split))] = draw.choice(words)
        else:
            split = draw.choices(words, weights, k=930)
        texts.append(" ".join(split))
    return texts


def shingles(text: str) -> list[str]:
    words = WORD.findall(text.lower())
    return [" ".join(words[i : i + 5]) for i in range(max(1, len(words) - 4))]


Work = Callable[[list[str]], tuple[float, int]]


def ours(texts: list[str]) -> tuple[float, int]:
    """The flow's own steps: documents in Parquet, signatures, SQL, union-find, clusters."""
    rows = [document("bench", index, text) for index, text in enumerate(texts)]
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        tables = {name: Table(store, name, shape) for name, (shape, _) in duplicates.SHAPES.items()}
        hosts = written(store, rows, 1)
        flow = Flow(duplicates.steps(hosts.rows(), tables, Duplicates(BANDING)))
        begin = time.process_time()
        failed = runs.execute(flow, Local(1), lambda _: None)
        seconds = time.process_time() - begin
        assert failed == []
        copies = [batch["copy_of"] for batch in tables["clusters"].read("part-00000")]
        return seconds, sum(len(each) - each.null_count for each in copies)


def with_rensa(texts: list[str]) -> tuple[float, int]:
    """Its batch of digests, and its LSH over them: as fast as it goes."""
    import rensa

    begin = time.process_time()
    digests = rensa.RMinHash.digest_matrix_from_token_sets(
        [shingles(text) for text in texts], BANDING.permutations, 42
    )
    lsh = rensa.RMinHashLSH(0.8, BANDING.permutations, BANDING.bands)
    flags = lsh.query_duplicate_flags_matrix_one_shot(digests)
    return time.process_time() - begin, sum(map(bool, flags))


def with_datasketch(texts: list[str]) -> tuple[float, int]:
    """MinHash objects, and an index that is asked before each insertion."""
    import datasketch

    begin = time.process_time()
    index = datasketch.MinHashLSH(
        num_perm=BANDING.permutations, params=(BANDING.bands, BANDING.rows)
    )
    removed = 0
    blank = datasketch.MinHash(BANDING.permutations)
    for number, text in enumerate(texts):
        each = blank.copy()
        each.update_batch([shingle.encode() for shingle in set(shingles(text))])
        removed += bool(index.query(each))
        index.insert(number, each)
    return time.process_time() - begin, removed


def with_datatrove(texts: list[str]) -> tuple[float, int]:
    """Its signatures, buckets and clusters, as files in a folder."""
    from datatrove.data import Document
    from datatrove.pipeline.dedup import minhash

    config = minhash.MinhashConfig(n_grams=5, num_buckets=14, hashes_per_bucket=8)
    with tempfile.TemporaryDirectory() as folder:
        places = [f"{folder}/{name}" for name in ("signatures", "buckets", "removed")]
        sign = minhash.MinhashDedupSignature(places[0], config)
        buckets = minhash.MinhashDedupBuckets(places[0], places[1], config=config)
        join = minhash.MinhashDedupCluster(places[1], places[2], config=config)
        begin = time.process_time()
        documents = (Document(text=text, id=str(n)) for n, text in enumerate(texts))
        for _ in sign.run(documents, rank=0, world_size=1) or ():
            pass
        for bucket in range(config.num_buckets):
            buckets.run(rank=bucket, world_size=config.num_buckets)
        join.run(world_size=1)
        seconds = time.process_time() - begin
        return seconds, sum(file.stat().st_size // 4 for file in Path(places[2]).glob("*.remove"))


OTHERS: dict[str, tuple[Work, int]] = {
    "rensa": (with_rensa, 1),
    "datasketch": (with_datasketch, 1),
    "datatrove": (with_datatrove, SLOW),
}


def rates(work: Work, texts: list[str], turns: int) -> tuple[float, int]:
    """Median documents a second, and how many were removed."""
    found = [work(texts) for _ in range(turns)]
    return statistics.median(len(texts) / seconds for seconds, _ in found), found[0][1]


def main(count: int) -> None:
    texts = texts_of(count)
    size = sum(map(len, texts)) / len(texts)
    print(f"{count:,} texts of {size:,.0f} characters")
    ours(texts[:50])  # compiles
    rows = [("ours", *rates(ours, texts, TURNS))]
    print(f"{'ours':12} {rows[0][1]:>9,.0f} documents/s, {rows[0][2]:,} to remove", flush=True)
    for name, (work, fewer) in OTHERS.items():
        some = texts[: count // fewer]
        try:
            work(some[:50])
        except ModuleNotFoundError as error:
            print(f"{name:12} left out: {error.name} is not installed")
            continue
        rate, removed = rates(work, some, TURNS if fewer == 1 else 1)
        again, _ = rates(ours, texts, 1)  # paired: what this machine gives us just now
        print(
            f"{name:12} {rate:>9,.0f} documents/s, {removed:,} of {len(some):,} to remove; "
            f"ours beside it {again:,.0f}: {again / rate:.1f} times",
            flush=True,
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
