"""The engines that answers are compared on, started once for each module."""

import shutil
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from jobs.on_local import Local
from tests.conftest import must_have


@cache
def local() -> Local:
    return Local(1)


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    must_have(shutil.which("java"), "Java 17 (Spark runs on it)")
    from jobs.on_spark import Spark

    engine = Spark(2)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def on_ray() -> Iterator[Any]:
    from jobs.on_ray import Ray

    engine = Ray(1)
    yield engine
    engine.close()
