"""The crawl of a page: by address, by warcinfo, else the month."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.commands.crawls import UNDATED, crawls, months
from jobs.runs import write_inputs
from jobs.store import Store
from jobs.store_tables import Tables
from schemas.page import SOURCE

INFO = b"WARC/1.0\r\nWARC-Type: warcinfo\r\n\r\nisPartOf: CC-MAIN-2023-14\r\npublisher: x\r\n"
MARCH = datetime(2024, 3, 5, tzinfo=UTC)


def test_crawls(tmp_path: Path) -> None:
    own, plain = "CC-MAIN-20240220211055-20240221001055-00000.warc.gz", "plain.warc"
    (tmp_path / own).write_bytes(gzip.compress(INFO) + b"then what no one can unpack")
    (tmp_path / plain).write_bytes(INFO)
    (tmp_path / "odd.warc.gz").write_bytes(b"\x1f\x8bnothing")
    listed = "s3://commoncrawl/crawl-data/CC-MAIN-2024-10/segments/1/warc/listed.warc.gz"
    rows = [(own, str(tmp_path / own)), (plain, str(tmp_path / plain)), ("listed", listed)]
    rows += [("odd", str(tmp_path / "odd.warc.gz")), ("gone", "gone\0.warc.gz")]
    rows.append(("CC-MAIN-2013-20-x", "anywhere"))
    at = Tables(Store(str(tmp_path / "store")))
    inputs = [{"warc_file": name, "location": place, "limit": None} for name, place in rows]
    write_inputs(at.inputs, pa.Table.from_pylist(inputs, SOURCE))
    crawl = crawls(at)
    said = [crawl(name, MARCH) for name, _ in rows]
    assert said[:3] == ["CC-MAIN-2023-14", "CC-MAIN-2023-14", "CC-MAIN-2024-10"]
    assert said[3:] == ["2024-03", "2024-03", "CC-MAIN-2013-20"]
    assert crawl(None, None) == UNDATED


@pytest.mark.parametrize(
    "order", [("2024-02", "CC-MAIN-2024-10", "2024-04"), ("CC-MAIN-2022-49", "2023-01")]
)
def test_crawls_lie_among_months(order) -> None:
    places = [months(each) for each in order]
    assert places == sorted(places)
    assert len(set(places)) == len(places)
