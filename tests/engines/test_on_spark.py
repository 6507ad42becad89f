"""What one machine gives, Spark gives: captures, known documents, meaning. One session for all."""

from pathlib import Path
from typing import Any

import pytest

from filters.banding import SHINGLES, Banding
from jobs.on_local import Local
from jobs.steps.duplicates import Duplicates
from tests.engines import test_captures as captures
from tests.engines import test_semantic as meaning
from tests.engines.conftest import local
from tests.engines.test_clusters import clusters, everyone

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("capture", captures.EXPECTED)
def test_captures(capture: str, spark: Any, tmp_path: Path) -> None:
    expected = captures.kept(Local(1), tmp_path / "a", capture, 0)
    assert captures.kept(spark, tmp_path / "b", capture, 1) == expected


def test_meaning(spark: Any, tmp_path: Path) -> None:
    rows = meaning.corpus()[0]
    asked = meaning.near(meaning.given(tmp_path / "given"), 6)
    expected = meaning.found(tmp_path / "a", local(), rows, 2, asked)
    assert meaning.found(tmp_path / "b", spark, rows[::-1], 1, asked) == expected


def test_verified_against_a_store(tmp_path: Path, spark: Any) -> None:
    """The true similarity of shingles, old documents and new ones: as on one machine."""
    rows = everyone()
    old = [row for index, row in enumerate(rows) if index % 3]
    new = [row for index, row in enumerate(rows) if not index % 3 or index % 20 == 0]
    true = Banding("true", bands=1, rows=2, verify=SHINGLES, threshold=0.5)
    clusters(tmp_path / "old", local(), old, 2, Duplicates(true))
    near = Duplicates(true, (str(tmp_path / "old"),))
    expected = clusters(tmp_path / "a", local(), new, 3, near)
    assert sum(row["copy_of"] is not None for row in expected) > 50
    assert clusters(tmp_path / "b", spark, new[::-1], 2, near) == expected
