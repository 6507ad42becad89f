"""One input gives the same bytes on every engine and with any number of workers."""

import hashlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from filters import measures, recipes
from jobs.curate import Request, Where, curate
from jobs.inputs import benchmarks, sources
from jobs.miniweb import web
from jobs.settings import Settings
from jobs.status import accounts, unbalanced
from jobs.store import Store
from pipeline.web.downloads import Policy
from tests.conftest import must_have

pytestmark = pytest.mark.timeout(600)


QUIZ = "What is the best time to plant dahlias? (Complete guide)\n"


@contextmanager
def one_process() -> Iterator[Where]:
    yield Where("local", 1)


@contextmanager
def two_processes() -> Iterator[Where]:
    yield Where("local", 2)


@contextmanager
def two_ray_nodes() -> Iterator[Where]:
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster()
    try:
        for _ in range(2):
            cluster.add_node(num_cpus=1, include_dashboard=False)
        yield Where("ray", 2, cluster.address)
        assert len(cluster.list_all_nodes()) == 2
    finally:
        ray.shutdown()
        cluster.shutdown()


@contextmanager
def spark_cluster() -> Iterator[Where]:
    must_have(shutil.which("java"), "Java 17 (Spark runs on it)")
    yield Where("spark", 2, "local-cluster[2,1,1024]")


ENGINES = {
    "one process": one_process,
    "two processes": two_processes,
    "two Ray nodes": two_ray_nodes,
    "a Spark cluster": spark_cluster,
}


def digests(store: Path) -> dict[str, str]:
    """sha256 of every file that a run leaves, but for receipts and logs: they hold times."""
    files = sorted(file for file in store.rglob("*") if file.is_file())
    return {
        str(file.relative_to(store)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if not {"receipts", "log"} & set(file.relative_to(store).parts)
    }


def run(store: Path, files: list[Path], where: Where) -> dict[str, str]:
    with web.serve() as address:
        quiz = store.parent / "quiz.txt"
        quiz.parent.mkdir(parents=True, exist_ok=True)
        quiz.write_text(QUIZ)
        request = Request(
            measures.with_signals(recipes.load("obelics"), ["benchmarks"]),
            sources.sources([str(file) for file in files], None),
            Policy(proxy=address),
            settings=Settings(part_rows=12, benchmarks=benchmarks.read([str(quiz)], (), 5, ())),
        )
        assert curate(Store(str(store)), request, where)
    return digests(store)


@pytest.fixture(scope="module")
def expected(crawl_files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    store = tmp_path_factory.mktemp("engines") / "expected"
    found = run(store, crawl_files, Where("local", 1))
    assert unbalanced(accounts(Store(str(store)))) == []
    hits = [
        count
        for part in sorted((store / "documents").iterdir())
        for count in pq.read_table(part)["contaminated_ngrams"].to_pylist()
    ]
    assert 0 < sum(map(bool, hits)) < len(hits), "the benchmark should lie in some documents"
    for table in ("documents", "hosts", "images", "release/parquet"):
        parts = [name for name in found if name.startswith(f"{table}/")]
        assert len(parts) >= 2, f"{table} should lie in several parts, or this shows little"
    return found


@pytest.mark.parametrize("name", ENGINES)
def test_same_bytes(
    name: str, crawl_files: list[Path], expected: dict[str, str], tmp_path: Path
) -> None:
    with ENGINES[name]() as where:
        found = run(tmp_path / "store", crawl_files, where)
    assert found == expected
