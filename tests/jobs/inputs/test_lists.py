"""The user's lists: what is read, and what a wrong one says."""

import pytest

from jobs.inputs.lists import Given, lists_of
from jobs.run import main
from jobs.store import Store

PDQ = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"


def test_lists_reach_the_stages(tmp_path):
    (tmp_path / "pdq.csv").write_text(f"# hash, quality\n{PDQ.upper()},100\n\n{PDQ} again\n")
    (tmp_path / "md5.txt").write_text("D41D8CD98F00B204E9800998ECF8427E  empty\n")
    given = Given.read([], [str(tmp_path / "md5.txt")], [str(tmp_path / "pdq.csv")])
    assert given.looks == {PDQ}
    assert set(given.digests()) == {"hashes", "looks"}
    store = Store(str(tmp_path / "store"))
    store.open_for_run()
    given.write(store)
    assert Given.of(store) == given
    assert lists_of(store).looks() == {PDQ}
    assert lists_of(store).hashes() == {"d41d8cd98f00b204e9800998ecf8427e"}


@pytest.mark.parametrize(
    "option, line", [("--pdq", "d41d8cd98f00b204"), ("--pdq", ", 100"), ("--hashes", PDQ + "00")]
)
def test_a_wrong_list_ends_in_one_line(option, line, tmp_path, capsys):
    (tmp_path / "list.txt").write_text(f"{line}\n")
    (tmp_path / "x.warc").write_bytes(b"")
    base = ["run", "obelics", "--input", str(tmp_path / "x.warc"), "--store", str(tmp_path / "s")]
    assert main([*base, option, str(tmp_path / "list.txt")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert f"'{line}' is no" in said
