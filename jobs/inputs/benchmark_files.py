"""Benchmarks in the user's files: items of text, and pictures as files or as hashes."""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from filters.pictures.image_hashes import PDQ_MIN_QUALITY
from filters.pictures.known_hashes import checked
from filters.pictures.pixels import sniffed
from jobs.inputs.sources import SourceError
from pipeline.pictures.apart import Apart, CrashedError

FIELDS = ("text",)
MOST_LINE_BYTES = 16 << 20
MOST_PICTURE_BYTES = 64 << 20
_JSON = (".jsonl", ".ndjson", ".json")
_HEAD_BYTES = 4096


def texts(files: Sequence[str], fields: Sequence[str]) -> list[tuple[str, pa.Array]]:
    """The name of each file, without its endings, and its items: string (n,).

    JSON, an object a line; Parquet; or text, an item a line; .gz of the first and the last. An
    item is all texts in the `fields` that the file has, in their order. Raises SourceError.
    """
    found: dict[str, pa.Array] = {}
    for file in files:
        name = Path(file).name.partition(".")[0]
        if name in found:
            raise SourceError(f"two benchmarks are called '{name}'; rename {file}")
        found[name] = pa.array(_items(Path(file), fields or FIELDS), pa.string())
        if not len(found[name]):
            raise SourceError(f"the benchmark {file} has no item; give another file")
    return sorted(found.items())


def _items(path: Path, fields: Sequence[str]) -> Iterator[str]:
    kinds = path.suffixes[-2:] if path.suffix == ".gz" else path.suffixes[-1:]
    try:
        if kinds[:1] == [".parquet"]:
            yield from _parquet(path, fields)
        elif kinds[:1] and kinds[0] in _JSON:
            yield from _json(path, fields)
        else:
            yield from _lines(path)
    except (OSError, EOFError, UnicodeDecodeError, pa.ArrowInvalid) as error:
        said = " ".join(str(error).split())
        raise SourceError(f"cannot read the benchmark {path}: {said}") from error


def _parquet(path: Path, fields: Sequence[str]) -> Iterator[str]:
    with pq.ParquetFile(path) as file:
        names = file.schema_arrow.names
        wanted = _wanted(fields, names, path)
        for batch in file.iter_batches(1024, columns=wanted):
            for row in batch.to_pylist():
                yield _joined(row[name] for name in wanted)


def _json(path: Path, fields: Sequence[str]) -> Iterator[str]:
    for number, line in enumerate(_lines(path), 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise SourceError(f"{path}:{number}: is no JSON: {error}") from None
        if not isinstance(row, dict):
            raise SourceError(f"{path}:{number}: is no JSON object; give one a line")
        yield _joined(row[name] for name in _wanted(fields, row, path))


def _lines(path: Path) -> Iterator[str]:
    """Lines that are not empty."""
    with _opened(path) as file:
        number = 0
        while line := file.readline(MOST_LINE_BYTES + 1):
            number += 1
            if len(line) > MOST_LINE_BYTES:
                raise SourceError(f"{path}:{number}: is longer than {MOST_LINE_BYTES:,} bytes")
            text = line.decode()
            if text.strip():
                yield text


def _opened(path: Path) -> BufferedIOBase:
    return gzip.open(path) if path.suffix == ".gz" else path.open("rb")


def _wanted(fields: Sequence[str], names: Iterable[str], path: Path) -> list[str]:
    held = list(names)
    wanted = [name for name in fields if name in held]
    if not wanted:
        raise SourceError(
            f"{path} has no field {' or '.join(fields)} but {', '.join(held)[:200]}; name what to "
            "look for with --benchmark-fields"
        )
    return wanted


def _joined(values: Iterable[Any]) -> str:
    return "\n".join(_strings(list(values)))


def _strings(value: Any) -> Iterator[str]:
    """Every text in a value: choices are lists, or objects with a list."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from _strings(list(value.values()))
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)


def pictures(paths: Sequence[str]) -> tuple[list[tuple[str, str]], int]:
    """Pairs (PDQ hash, name), and how many pictures have too little to hash.

    A path is a picture, a folder with pictures anywhere below it, or a text of PDQ hashes, one a
    line, with a name behind a comma. Raises SourceError.
    """
    found: list[tuple[str, str]] = []
    files: list[tuple[Path, str]] = []
    for given in map(Path, paths):
        if given.is_dir():
            inside = [(each, str(each.relative_to(given))) for each in sorted(given.rglob("*"))]
            held = [(each, name) for each, name in inside if each.is_file() and _sniffed(each)]
            if not held:
                raise SourceError(f"the folder {given} holds no picture; give another")
            files += held
        elif _sniffed(given):
            files.append((given, given.name))
        else:
            found += _hashes(given)
    with Apart("filters.pictures.views:answered", 2) as apart, ThreadPoolExecutor(2) as pool:
        looks = list(pool.map(lambda each: _look(each[0], apart), files))
    seen = [
        (look["pdq"], name)
        for look, (_, name) in zip(looks, files, strict=True)
        if look["pdq_quality"] >= PDQ_MIN_QUALITY
    ]
    return found + seen, len(files) - len(seen)


def _sniffed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return sniffed(file.read(_HEAD_BYTES)) is not None
    except OSError as error:
        raise SourceError(f"cannot read the benchmark {path}: {error.strerror}") from error


def _look(path: Path, apart: Apart) -> dict[str, Any]:
    if path.stat().st_size > MOST_PICTURE_BYTES:
        raise SourceError(f"{path} is larger than {MOST_PICTURE_BYTES:,} bytes; give a smaller one")
    try:
        look, _ = apart.ask(path.read_bytes(), {"views": []})
    except CrashedError:
        look = {}
    if not look:
        raise SourceError(f"{path} is a broken picture; mend it or leave it out")
    return look


def _hashes(path: Path) -> Iterator[tuple[str, str]]:
    try:
        lines = path.read_text("utf-8").splitlines()
    except UnicodeDecodeError:
        raise SourceError(f"{path} is neither a picture nor a text of PDQ hashes") from None
    for number, line in enumerate(lines, 1):
        word = line.split(",")[0].strip()
        if not word or word[0] == "#":
            continue
        try:
            hash_ = checked(word)
        except ValueError as error:
            raise SourceError(f"{path}:{number}: {error}") from None
        yield hash_, line.partition(",")[2].strip() or f"{path.name}:{number}"
