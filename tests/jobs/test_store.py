"""A store's writes are whole or absent."""

import pytest

from jobs.store import Store, StoreError


def test_a_failed_write_leaves_nothing(tmp_path) -> None:
    store = Store(str(tmp_path))
    with pytest.raises(RuntimeError), store.writing("a/b.txt") as path:
        path.write_text("half")
        raise RuntimeError
    assert not store.exists("a/b.txt")
    assert list((tmp_path / ".tmp").iterdir()) == []


def test_opening_clears_what_a_killed_run_left(tmp_path) -> None:
    (tmp_path / ".tmp").mkdir()
    (tmp_path / ".tmp" / "half").write_text("x")
    Store(str(tmp_path)).open_for_run()
    assert not (tmp_path / ".tmp" / "half").exists()


def test_an_unwritable_store_says_so_in_one_line(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot write to the store .* with --store") as error:
        Store(str(tmp_path / "file" / "store")).open_for_run()
    assert "\n" not in str(error.value)
