"""One release for all readers, and Hugging Face caches that stay in the test's folder."""

from pathlib import Path

import pytest

from tests.trainers import tiny_release


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release folder: two parts of seven documents and an empty one."""
    folder = tmp_path_factory.mktemp("store")
    tiny_release.write(folder, tiny_release.pages())
    return folder / "release"
