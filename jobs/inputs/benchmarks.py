"""What a run is compared with: n-grams and pictures of benchmarks, kept in the store.

The user's files are read once, where the run is started; the stages look into what lies under
`benchmarks/` in the store, so that workers need none of the files, and a recut has them too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from typing import Any

import pyarrow as pa

from filters import contamination
from filters.contamination import Index
from filters.pictures.benchmark_images import Pictures
from jobs.inputs import benchmark_files
from jobs.store import RUN, Store, read_run

NGRAMS, PICTURES = "benchmarks/ngrams.arrow", "benchmarks/pictures.txt"


@dataclass(frozen=True)
class Benchmarks:
    """`said` is what run.json says of them, None for no benchmarks; the others go to the store."""

    said: dict[str, Any] | None = None
    index: Index | None = field(default=None, compare=False, repr=False)
    pictures: Pictures | None = field(default=None, compare=False, repr=False)

    def write(self, store: Store) -> None:
        """Put what is looked for where the stages find it."""
        if self.index is not None:
            with store.writing(NGRAMS) as path, pa.OSFile(str(path), "wb") as file:
                table = self.index.to_table()
                with pa.ipc.new_file(file, table.schema) as writer:
                    writer.write_table(table)
        if self.pictures is not None:
            store.write_text(PICTURES, "".join(f"{line}\n" for line in self.pictures.lines()))


NONE = Benchmarks()


def read(
    files: Sequence[str], fields: Sequence[str], words: int, pictures: Sequence[str]
) -> Benchmarks:
    """The benchmarks in these files. Raises SourceError."""
    if not files and not pictures:
        return NONE
    said: dict[str, Any] = {}
    index, known = None, None
    if files:
        texts = benchmark_files.texts(files, fields)
        index, short = contamination.indexed(texts, words)
        said["texts"] = {
            "words": words,
            "items": {name: len(text) for name, text in texts},
            "too_short": {name: n for (name, _), n in zip(texts, short, strict=True)},
            "ngrams": int((index.holders >= 0).sum()),
            "sha256": index.digest(),
        }
    if pictures:
        pairs, flat = benchmark_files.pictures(pictures)
        known = Pictures.of(pairs)
        lines = "\n".join(known.lines())
        said["pictures"] = {
            "hashes": len(known.names),
            "too_little_to_hash": flat,
            "sha256": sha256(lines.encode()).hexdigest(),
        }
    return Benchmarks(said, index, known)


@dataclass(frozen=True)
class Held:
    """Opens the n-grams or the pictures that lie in a store, once a process."""

    store: Store
    name: str
    digest: str

    def __call__(self) -> Any:
        """An Index, or Pictures."""
        return _held(self)


@lru_cache(maxsize=4)
def _held(held: Held) -> Index | Pictures:
    if held.name == PICTURES:
        lines = held.store.read_text(PICTURES).splitlines()
        pairs = (line.partition(",")[::2] for line in lines)
        return Pictures.of(pairs)
    filesystem, path = held.store.path(held.name)
    with filesystem.open_input_file(path) as file:
        return Index.from_table(pa.ipc.open_file(file).read_all())


@dataclass(frozen=True)
class Openers:
    """What the stages of a flow open: None where the run was given none."""

    index: Held | None = None
    pictures: Held | None = None


def openers(store: Store, benchmarks: Benchmarks) -> Openers:
    """What a flow over this store looks into."""
    said = benchmarks.said or {}
    return Openers(
        *(
            Held(store, name, said[key]["sha256"]) if key in said else None
            for key, name in (("texts", NGRAMS), ("pictures", PICTURES))
        )
    )


def openers_of(store: Store) -> Openers:
    """What a run that is made looks into."""
    run = read_run(store) if store.exists(RUN) else {}
    return openers(store, Benchmarks(run.get("benchmarks")))


def carry(former: Store, store: Store) -> None:
    """What one store looks into, into another."""
    held = openers_of(former)
    index = held.index() if held.index else None
    Benchmarks(None, index, held.pictures() if held.pictures else None).write(store)


def described(said: dict[str, Any] | None) -> str:
    """What run.json says, in a line."""
    if not said:
        return "no benchmarks"
    parts = []
    if texts := said.get("texts"):
        short = sum(texts["too_short"].values())
        parts.append(
            f"{texts['ngrams']:,} {texts['words']}-grams of {', '.join(texts['items'])} "
            f"({sum(texts['items'].values()):,} items, {short:,} too short to look for)"
        )
    if pictures := said.get("pictures"):
        parts.append(
            f"{pictures['hashes']:,} pictures ({pictures['too_little_to_hash']:,} more with too "
            "little to hash)"
        )
    return f"benchmarks: {'; '.join(parts)}"
