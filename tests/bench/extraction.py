"""Pages a second from crawl file to documents table, beside what others need for the text alone.

python -m tests.bench.extraction [WARC [PAGES]]

Each turn runs all in one process, one after another, on the same pages; CPU seconds; medians of
five turns, and the ratio of each pair. The others only read, decode and extract: they write
nothing, and give no images. The limit is what gunzip and Lexbor need to unpack and parse.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from filters.main.content import model
from jobs.inputs.sources import open_source, sources
from jobs.plan import Pass
from jobs.runs import write_inputs
from jobs.store import Store
from jobs.table import Table
from jobs.work import run_part
from pipeline.interleave import Interleave
from pipeline.warc import ReadWarc
from schemas.page import SOURCE

TURNS = 5
PAGES = Path(__file__).parents[3] / "shared" / "realweb" / "pages-open-00000.warc.gz"
RECORDS_PER_PAGE = 3
"""Of the file above: each page has its request and its metadata beside it."""

Way = Callable[[], None]


def bodies(warc: str, pages: int) -> list[bytes]:
    """The first pages of a crawl file, unpacked."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    found: list[bytes] = []
    with Path(warc).open("rb") as file:
        records = ArchiveIterator(file, record_types=WarcRecordType.response, parse_http=True)
        for record in records:
            if len(found) == pages:
                break
            found.append(record.reader.read())
    return found


def resiliparse(warc: str, pages: int) -> None:
    from resiliparse.extract.html2text import extract_plain_text
    from resiliparse.parse.encoding import bytes_to_str, detect_encoding

    for body in bodies(warc, pages):
        extract_plain_text(bytes_to_str(body, detect_encoding(body)), main_content=True)


def trafilatura(warc: str, pages: int) -> None:
    from trafilatura import extract

    for body in bodies(warc, pages):
        extract(body)


def limit(warc: str, pages: int) -> None:
    from selectolax.lexbor import LexborHTMLParser

    for body in bodies(warc, pages):
        LexborHTMLParser(body, options=1)


def ours(warc: str, pages: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(folder)
        inputs = Table(store, "inputs", SOURCE)
        write_inputs(inputs, sources([warc], pages * RECORDS_PER_PAGE))
        documents = Table(store, "documents", Interleave.adds)
        stages = (ReadWarc(open_source), Interleave())
        receipt = run_part(Pass("read", inputs.rows(), stages, documents, "records"), "part-00000")
        if receipt.error:
            raise SystemExit(receipt.error)


def timed(way: Way) -> float:
    begin = time.process_time()
    way()
    return time.process_time() - begin


def main(warc: str, pages: int) -> None:
    ways: dict[str, Callable[[str, int], None]] = {
        "interleaf": ours,
        "resiliparse": resiliparse,
        "trafilatura": trafilatura,
        "limit": limit,
    }
    model()
    for name, way in ways.items():
        if name != "trafilatura":
            way(warc, min(pages, 50))
    count = len(bodies(warc, pages))
    turns = [{name: timed(lambda w=way: w(warc, pages)) for name, way in ways.items()}
             for _ in range(TURNS)]  # fmt: skip
    print(f"{count} pages, one core, medians of {TURNS} turns")
    for name in ways:
        seconds = statistics.median(turn[name] for turn in turns)
        ratio = statistics.median(turn[name] / turn["interleaf"] for turn in turns)
        print(
            f"{name:12} {count / seconds:>8,.0f} pages/s   interleaf is {ratio:.2f} times as fast"
        )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(PAGES), int((sys.argv[2:] or ["1000"])[0]))
