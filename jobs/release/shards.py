"""The release folder: the tar beside each Parquet part, and the files that describe them all.

parquet/part-00000.parquet      rows of schemas.shard, the form that answers questions
webdataset/part-00000.tar       the same rows in the same order, the form that streams
webdataset/README.md            what `datasets` must know to read the tars
manifest.json                   every shard: rows, pictures, bytes, sha256, first and last id
README.md, croissant.json       the dataset card, for people and for machines
"""

import hashlib
import io
import json
import tarfile
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from filters.recipes import fingerprint as recipe_fingerprint
from filters.rules import Recipe
from jobs.release import card, croissant
from jobs.store import Store
from schemas.receipt import Receipt
from schemas.shard import SHARD, fingerprint

PARQUET, TAR = "parquet", "webdataset"

# Entries of run.json that say how the rows came to be, and nothing of the machine.
_PROVENANCE = ("crawl", "versions", "word_lists", "models")


class ReleaseError(Exception):
    """The release folder cannot be described; the text is one line that tells the next move."""


class TarWriter:
    """Writes rows of SHARD to `file` as a WebDataset shard.

    A sample is KEY.json (the row's typed columns, one line of JSON) followed by its pictures,
    KEY.0.jpg, KEY.1.png ...; KEY is doc_id. Bytes depend on the rows alone: not on how they come
    in batches, no time, no owner.
    """

    def __init__(self, file: BinaryIO) -> None:
        # Open from one call to the next; close() ends it.
        self._tar = tarfile.open(fileobj=file, mode="w|", format=tarfile.USTAR_FORMAT)  # noqa: SIM115

    def write(self, batch: pa.RecordBatch) -> None:
        """Add the rows. Raises ValueError for a key that tar readers would cut in two."""
        for row in range(batch.num_rows):
            _write_sample(self._tar, batch, row)

    def close(self) -> None:
        """Write the end of the archive; `file` stays open."""
        self._tar.close()


def write_tar(rows: Iterable[pa.RecordBatch], file: BinaryIO) -> int:
    """Write rows of SHARD to `file` as one WebDataset shard; returns the number of samples."""
    samples = 0
    writer = TarWriter(file)
    for batch in rows:
        writer.write(batch)
        samples += batch.num_rows
    writer.close()
    return samples


def _write_sample(tar: tarfile.TarFile, batch: pa.RecordBatch, row: int) -> None:
    key = batch["doc_id"][row].as_py()
    if not key or "." in key or "/" in key:
        raise ValueError(f"doc_id {key!r} cannot name a sample: readers cut it at '.' and '/'")
    pictures = batch["pictures"][row].values
    names = pictures.field("path").to_pylist()
    about = batch["picture_metadata"][row].as_py()
    sample = {name: _plain(batch[name][row].as_py()) for name in card.TAR_COLUMNS}
    sample["pictures"] = [
        {"member": name.removeprefix(f"{key}.")} | facts
        for name, facts in zip(names, about, strict=True)
    ]
    text = json.dumps(sample, ensure_ascii=False).encode()
    _write_member(tar, f"{key}.json", pa.py_buffer(text))
    for name, data in zip(names, pictures.field("bytes"), strict=True):
        _write_member(tar, name, data.as_buffer())


def _write_member(tar: tarfile.TarFile, name: str, data: pa.Buffer) -> None:
    header = tarfile.TarInfo(name)  # its defaults: no owner, mode 644, time 0
    header.size = data.size
    tar.addfile(header, io.BytesIO(memoryview(data)))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


@dataclass
class _Survey:
    """What all the shards hold together."""

    documents: int = 0
    words: int = 0
    newest: datetime | None = None
    languages: Counter[str] = field(default_factory=Counter)
    members: Counter[str] = field(default_factory=Counter)

    def add(self, rows: pa.RecordBatch) -> None:
        self.documents += rows.num_rows
        self.words += pc.sum(rows["words"]).as_py() or 0
        self.languages.update(rows["language"].drop_null().to_pylist())
        for paths in rows["pictures"].flatten().field("path").to_pylist():
            self.members[paths.split(".", 1)[1]] += 1
        newest = pc.max(rows["fetched_at"]).as_py()
        if newest is not None and (self.newest is None or newest > self.newest):
            self.newest = newest


_SURVEYED = ["doc_id", "fetched_at", "language", "words", "pictures.list.element.path"]


def write_release(
    store: Store,
    recipe: Recipe,
    run: Mapping[str, Any],
    receipts: Iterable[Receipt],
    folder: str = "release",
) -> dict[str, Any]:
    """Write manifest.json, the cards and croissant.json of the shards in `folder`; the manifest.

    `run` is run.json; `receipts` are those of every step in the flow's order, for the funnel.
    A shard with a receipt is not hashed again. The same shards give the same files.
    Raises ReleaseError for a folder without shards and for one whose shards do not match.
    """
    survey = _Survey()
    parquet = [
        _parquet_shard(store, folder, name, survey)
        for name in store.names(f"{folder}/{PARQUET}")
        if name.endswith(".parquet")
    ]
    if not parquet:
        raise ReleaseError(f"there is no Parquet shard in {folder}/{PARQUET}; run the export first")
    rows = {shard["name"].rpartition("/")[2].removesuffix(".parquet"): shard for shard in parquet}
    tars = [
        _tar_shard(store, folder, name, rows.get(name.removesuffix(".tar")))
        for name in store.names(f"{folder}/{TAR}")
        if name.endswith(".tar")
    ]
    manifest = {
        "recipe": {"name": recipe.name, "fingerprint": recipe_fingerprint(recipe)},
        "schema_fingerprint": fingerprint(SHARD),
        "run": {name: run[name] for name in _PROVENANCE if name in run},
        "newest_capture": survey.newest.isoformat() if survey.newest else None,
        "totals": {
            "documents": survey.documents,
            "pictures": survey.members.total(),
            "words": survey.words,
            "bytes": sum(shard["bytes"] for shard in (*parquet, *tars)),
        },
        "languages": dict(sorted(survey.languages.items(), key=lambda pair: (-pair[1], pair[0]))),
        "members": sorted(survey.members, key=_place),
        PARQUET: parquet,
        TAR: tars,
    }
    files = {
        "manifest.json": _pretty(manifest),
        "README.md": card.dataset_card(manifest, recipe, card.funnel(receipts)),
        "croissant.json": _pretty(croissant.describe(manifest, recipe)),
    }
    if tars:
        files[f"{TAR}/README.md"] = card.tar_card(manifest)
    for name, text in files.items():
        store.write_text(f"{folder}/{name}", text)
    return manifest


def _parquet_shard(store: Store, folder: str, name: str, survey: _Survey) -> dict[str, Any]:
    filesystem, path = store.path(f"{folder}/{PARQUET}/{name}")
    before = survey.members.total()
    ids: list[str] = []
    with filesystem.open_input_file(path) as file:
        parquet = pq.ParquetFile(file)
        groups = [parquet.metadata.row_group(n).num_rows for n in range(parquet.num_row_groups)]
        for rows in parquet.iter_batches(columns=_SURVEYED):
            survey.add(rows)
            if rows.num_rows:
                span = pc.min_max(rows["doc_id"]).as_py()
                ids += [span["min"], span["max"]]
    return {
        "name": f"{PARQUET}/{name}",
        "rows": sum(groups),
        "pictures": survey.members.total() - before,
        "row_groups": groups,
        "first": min(ids, default=None),
        "last": max(ids, default=None),
    } | _weighed(store, folder, f"{PARQUET}/{name}", sum(groups))


def _tar_shard(
    store: Store, folder: str, name: str, twin: Mapping[str, Any] | None
) -> dict[str, Any]:
    if twin is None:
        raise ReleaseError(f"{TAR}/{name} has no Parquet part of its name; run the export again")
    same = {key: twin[key] for key in ("pictures", "first", "last")}
    measured = _weighed(store, folder, f"{TAR}/{name}", twin["rows"])
    return {"name": f"{TAR}/{name}", "samples": twin["rows"]} | same | measured


def _weighed(store: Store, folder: str, name: str, rows: int) -> dict[str, Any]:
    """Length and sha256 of a shard: from its receipt, else from its bytes."""
    filesystem, path = store.path(f"{folder}/{name}")
    size = filesystem.get_file_info(path).size
    receipt_name = f"receipts/{folder}/{name.rpartition('.')[0]}.json"
    if store.exists(receipt_name):
        receipt = Receipt.from_json(store.read_text(receipt_name))
        if (receipt.rows, receipt.bytes) != (rows, size):
            raise ReleaseError(f"{folder}/{name} is not what its receipt says; export it again")
        return {"bytes": size, "sha256": receipt.sha256}
    digest = hashlib.sha256()
    with filesystem.open_input_stream(path) as file:
        while piece := file.read(8 << 20):
            digest.update(piece)
    return {"bytes": size, "sha256": digest.hexdigest()}


def _place(member: str) -> tuple[int, str]:
    number, _, extension = member.partition(".")
    return int(number), extension


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
