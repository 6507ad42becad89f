"""What several floors' tests share: the mini-web crawled once, and where the real pages lie."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def realweb() -> Path:
    """The folder of real pages; a test that needs it is skipped, aloud, where it is absent."""
    folder = SHARED / "realweb"
    if not folder.is_dir():
        pytest.skip(f"no real pages: {folder} is absent (it is not part of the repository)")
    return folder


@pytest.fixture(scope="session")
def crawl_files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The mini-web as three WARC files, crawled once."""
    from jobs.miniweb import web
    from jobs.miniweb.crawl import crawl

    folder = tmp_path_factory.mktemp("crawl")
    whole = folder / "whole.warc.gz"
    with web.serve() as address:
        crawl(web.SEEDS, address, whole)
    return split(whole, 3)


def split(warc: Path, pieces: int) -> list[Path]:
    """One WARC as several, cut between gzip members."""
    from fastwarc.warc import ArchiveIterator

    with warc.open("rb") as file:
        starts = [record.stream_pos for record in ArchiveIterator(file, parse_http=False)]
    data = warc.read_bytes()
    cuts = [starts[len(starts) * i // pieces] for i in range(pieces)] + [len(data)]
    files = []
    for index in range(pieces):
        path = warc.with_name(f"piece-{index}.warc.gz")
        path.write_bytes(data[cuts[index] : cuts[index + 1]])
        files.append(path)
    return files


@pytest.fixture
def mini_web() -> Iterator[str]:
    """The mini-web, served afresh: the proxy's address."""
    from jobs.miniweb import web

    with web.serve() as address:
        yield address


def must_have(present: object, what: str) -> None:
    """Skip, aloud, where something is not installed; in CI that is a failure."""
    if not present:
        if os.environ.get("CI"):
            pytest.fail(f"{what} is missing, and CI must have it")
        pytest.skip(f"{what} is missing")
