"""What a part has finished before it is whole: it outlives a kill, and goes once the part is done.

A record is written as it comes, one behind the other: the row as JSON, then what it holds as
bytes, with the lengths and a checksum of both in front. A kill cuts at most the last one short.
On S3, where nothing can be appended to, records are put in pieces of PIECE_BYTES.
"""

import json
import struct
import uuid
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Self

from jobs.plan import part_name
from jobs.store import Store

PIECE_BYTES = 16 << 20
_HEAD = struct.Struct("<III")  # length of the JSON, length of the bytes, checksum

Row = dict[str, Any]


def spool_name(step: str, part: str) -> str:
    """The folder of what a part of a step has finished so far."""
    return f"spool/{step}/{part}"


@dataclass(frozen=True)
class Spool:
    """Opens the shelf of a part of a step. Only its configuration travels to a worker."""

    store: Store
    step: str

    @contextmanager
    def __call__(self, part: int) -> Iterator["Records"]:
        """The shelf of the part of that index."""
        with Records(self.store, spool_name(self.step, part_name(part))) as records:
            yield records


class Records:
    """The records of a folder: those that lie there, and new ones in a file of its own."""

    def __init__(self, store: Store, folder: str) -> None:
        self._store = store
        self._folder = folder
        self._places: dict[str, tuple[str, int, int]] = {}  # file, begin and length of the JSON
        self._readers: dict[str, BinaryIO] = {}
        self._file: BinaryIO | None = None
        self._waiting = bytearray()

    def __enter__(self) -> Self:
        for name in self._store.names(self._folder):
            self._index(f"{self._folder}/{name}")
        return self

    def __exit__(self, *error: object) -> None:
        self._put_piece()
        for file in (self._file, *self._readers.values()):
            if file is not None:
                file.close()

    def get(self, key: str) -> Row | None:
        """The row that was put under this key."""
        place = self._places.get(key)
        if place is None:
            return None
        name, start, text = place
        file = self._reader(name)
        file.seek(start)
        record = json.loads(file.read(text))
        row: Row = record["row"]
        return row | {column: file.read(length) for column, length in record["blobs"].items()}

    def put(self, key: str, row: Row) -> None:
        """Keep a row. It holds what JSON can, and bytes."""
        blobs = {name: value for name, value in row.items() if isinstance(value, bytes)}
        facts = {name: value for name, value in row.items() if name not in blobs}
        lengths = {name: len(value) for name, value in blobs.items()}
        text = json.dumps({"key": key, "row": facts, "blobs": lengths}).encode()
        blob = b"".join(blobs.values())
        checksum = zlib.crc32(blob, zlib.crc32(text))
        record = _HEAD.pack(len(text), len(blob), checksum) + text + blob
        if self._store.remote:
            self._waiting += record
            if len(self._waiting) >= PIECE_BYTES:
                self._put_piece()
            return
        if self._file is None:
            name = f"{self._folder}/{uuid.uuid4().hex}"
            self._file = self._store.appending(name)
        self._file.write(record)

    def _put_piece(self) -> None:
        if self._waiting:
            with self._store.writing(f"{self._folder}/{uuid.uuid4().hex}") as path:
                path.write_bytes(self._waiting)
            self._waiting = bytearray()

    def _index(self, name: str) -> None:
        """Note where the records of a file lie, up to the first that is not whole."""
        file = self._reader(name)
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            text_length, blob_length, checksum = _HEAD.unpack(head)
            start = file.tell()
            text, blob = file.read(text_length), file.read(blob_length)
            if len(blob) < blob_length or zlib.crc32(blob, zlib.crc32(text)) != checksum:
                return
            key = json.loads(text)["key"]
            self._places[key] = (name, start, text_length)

    def _reader(self, name: str) -> BinaryIO:
        if name not in self._readers:
            filesystem, path = self._store.path(name)
            self._readers[name] = filesystem.open_input_file(path)
        return self._readers[name]
