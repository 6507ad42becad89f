"""Which crawl files to read: paths, globs, addresses, Common Crawl's own lists."""

import glob
import gzip
import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

import pyarrow as pa
from pyarrow import fs

from jobs.inputs.opening import open_source
from jobs.store import s3
from schemas.page import SOURCE

__all__ = ["COMMON_CRAWL", "SourceError", "crawl_sources", "open_source", "sources"]

COMMON_CRAWL = "https://data.commoncrawl.org/"
# A WARC file of Common Crawl holds 100,000 records and more; half of that leaves room.
RECORDS_PER_FILE = 50_000
_MOST_PATHS_BYTES = 64 << 20
_CRAWL = re.compile(r"CC-MAIN-\d{4}(-\d{2,4})?")
_WILD = re.compile(r"[*?[]")


class SourceError(Exception):
    """The inputs cannot be used as asked; the message is one line that tells the next move."""


def sources(patterns: Iterable[str], limit: int | None) -> pa.Table:
    """SOURCE rows, by location, for paths, globs (also on s3) and addresses.

    `limit` records are shared evenly among the files, the first of them get what is over; a file
    whose share is none is left out. SourceError where there is nothing to read.
    """
    found = sorted({location for pattern in patterns for location in _expanded(pattern)})
    if not found:
        raise SourceError("no input; name WARC files with --input, or a crawl with --crawl")
    local = [location for location in found if not _is_remote(location)]
    parent = os.path.commonpath([str(Path(path).parent) for path in local]) if local else ""
    names = [_key(at) if _is_remote(at) else os.path.relpath(at, parent) for at in found]
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise SourceError(
            f"{count} inputs are all called {name}; rename them, or give each a store of its own"
        )
    return _table(list(zip(names, found, strict=True)), limit)


def crawl_sources(
    crawl: str, segments: tuple[int, int] | None, limit: int | None, base: str = COMMON_CRAWL
) -> pa.Table:
    """SOURCE rows for the WARC files [a:b) of a Common Crawl crawl, in the order of its list.

    Without `segments` a `limit` takes one file per started 50,000 records. `base`: any http(s)://
    or s3:// address, or folder, under which crawl-data/ lies.
    """
    if not _CRAWL.fullmatch(crawl):
        raise SourceError(f"'{crawl}' names no crawl; it should look like CC-MAIN-2024-10")
    base = base.rstrip("/") + "/"
    paths = _crawl_paths(f"{base}crawl-data/{crawl}/warc.paths.gz", crawl)
    if segments:
        chosen = paths[slice(*segments)]
    elif limit is not None:
        chosen = paths[: -(-limit // RECORDS_PER_FILE)]
    else:
        chosen = paths
    if not chosen:
        raise SourceError(
            f"{crawl} has {len(paths)} files; choose --segments within 0:{len(paths)}"
        )
    return _table([(path, base + path) for path in chosen], limit)


def _table(files: list[tuple[str, str]], limit: int | None) -> pa.Table:
    """SOURCE rows of (warc_file, location) pairs, with their shares of the limit."""
    share, over = (0, 0) if limit is None else divmod(limit, len(files))
    rows = [
        {"warc_file": name, "location": at, "limit": None if limit is None else share + (i < over)}
        for i, (name, at) in enumerate(files)
    ]
    return pa.Table.from_pylist([row for row in rows if row["limit"] != 0], SOURCE)


def _is_remote(location: str) -> bool:
    return location.startswith(("s3://", "http://", "https://"))


def _key(location: str) -> str:
    """A remote file's name without bucket or host: where it moves, its identifiers stay."""
    if location.startswith("s3://"):
        return location.removeprefix("s3://").partition("/")[2]
    parts = urlsplit(location)
    return (parts.path + (f"?{parts.query}" if parts.query else "")).lstrip("/")


def _expanded(pattern: str) -> list[str]:
    if pattern.startswith("s3://"):
        return _s3_expanded(pattern)
    if _is_remote(pattern):
        try:
            open_source(pattern).close()
        except OSError as error:
            raise SourceError(f"cannot read {pattern} ({error}); check the address") from error
        return [pattern]
    if "://" in pattern:
        raise SourceError(f"cannot read {pattern}; inputs are paths, s3://, http:// or https://")
    path = Path(pattern).expanduser()
    if path.is_dir():
        raise SourceError(f"{pattern} is a folder; name its files, as in '{path}/*.warc.gz'")
    if path.exists():
        return [str(path.absolute())]
    matches = [Path(match) for match in glob.glob(str(path), recursive=True)]  # noqa: PTH207
    files = [str(match.absolute()) for match in matches if match.is_file()]
    if not files:
        what = "matches no file" if _WILD.search(pattern) else "does not exist"
        raise SourceError(f"{pattern} {what}; paths start from {Path.cwd()}")
    return files


def _s3_expanded(pattern: str) -> list[str]:
    path = pattern.removeprefix("s3://")
    wild = _WILD.search(path)
    try:
        if not wild:
            infos = [s3().get_file_info(path)]
        else:
            folder = path[: wild.start()].rpartition("/")[0]
            selector = fs.FileSelector(folder, recursive="/" in path[wild.start() :])
            infos = s3().get_file_info(selector)
    except OSError as error:
        raise SourceError(f"cannot list {pattern} ({error}); check the AWS_* variables") from error
    keys = [info.path for info in infos if info.type == fs.FileType.File]
    matches = keys if not wild else [key for key in keys if _matches(key, path)]
    if not matches:
        raise SourceError(f"{pattern} matches no object; list the bucket to see what is there")
    return [f"s3://{key}" for key in matches]


def _matches(key: str, pattern: str) -> bool:
    """True where every folder of `key` matches that of `pattern`: * stays within one."""
    keys, patterns = key.split("/"), pattern.split("/")
    return len(keys) == len(patterns) and all(map(fnmatchcase, keys, patterns))


def _crawl_paths(location: str, crawl: str) -> list[str]:
    """The lines of a crawl's warc.paths.gz."""
    try:
        with open_source(location) as stored, gzip.open(stored) as lines:
            listed = lines.read(_MOST_PATHS_BYTES + 1)
    except FileNotFoundError as error:
        raise SourceError(
            f"there is no {location}; see commoncrawl.org for the names of crawls like {crawl}"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"cannot read {location} ({error}); try again later") from error
    if len(listed) > _MOST_PATHS_BYTES:
        raise SourceError(f"{location} is no list of paths; check --crawl-base")
    paths = listed.decode("utf-8", "replace").split()
    if not paths or any("://" in path or path.startswith("/") or ".." in path for path in paths):
        raise SourceError(f"{location} is no list of paths; check --crawl-base")
    return paths
