"""A worker that dies costs a try of what it was doing, and nothing else."""

import os
import signal
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from jobs.on_local import Local
from jobs.plan import Flow, Pass
from jobs.runs import execute
from jobs.store import Store
from jobs.table import Table
from jobs.work import write_part
from pipeline.stage import Batches

ROW = pa.schema([("doc_id", pa.string()), ("deaths", pa.int64())])


@dataclass(frozen=True)
class Dies:
    """Kills its own process as often as its row says, counting in a file; counts its work too."""

    folder: str
    reads = ROW
    adds = pa.schema([])
    replaces = False

    def stream(self, batches: Batches) -> Batches:
        for batch in batches:
            (row,) = batch.to_pylist()
            mark = Path(self.folder) / row["doc_id"]
            mark.write_text(mark.read_text() + "x" if mark.exists() else "x")
            if len(mark.read_text()) <= row["deaths"]:
                os.kill(os.getpid(), signal.SIGKILL)
            yield batch


def made(store: Store, deaths: list[int]) -> Pass:
    table = Table(store, "rows", ROW)
    step = Pass("make", table.rows(), (), table, unit=None)
    for index, number in enumerate(deaths):
        rows = pa.RecordBatch.from_pylist([{"doc_id": f"d{index}", "deaths": number}], ROW)
        write_part(step, f"part-{index:05d}", iter([rows]), started=0.0)
    return Pass("die", table.rows(), (Dies(store.root),), Table(store, "out", ROW))


@pytest.mark.parametrize(("deaths", "failed"), [([0, 2, 0, 1], []), ([0, 9, 0], ["part-00001"])])
def test_a_dead_worker(deaths: list[int], failed: list[str], tmp_path: Path) -> None:
    step = made(Store(str(tmp_path)), deaths)
    engine = Local(2)
    try:
        receipts = execute(Flow((step,)), engine, lambda _: None)
    finally:
        engine.close()
    assert [receipt.part for receipt in receipts] == failed
    done = [f"part-{i:05d}" for i in range(len(deaths)) if f"part-{i:05d}" not in failed]
    assert step.output.parts() == done
    assert all("worker process died" in receipt.error for receipt in receipts)
