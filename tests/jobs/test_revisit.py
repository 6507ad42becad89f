"""A later run asks whether pictures changed, and keeps those that did not."""

import hashlib
from dataclasses import replace

import pytest

from jobs.flows import curate
from jobs.inputs import lists
from jobs.on_local import Local
from jobs.revisit import revisited
from jobs.run import main
from jobs.runs import execute
from jobs.settings import Settings
from jobs.store import Store, StoreError
from tests.attacks.server import PNG, picture, reply
from tests.jobs.commands.test_retry import POLICY, RECIPE, gathered, server, through  # noqa: F401

TAG, DATE = '"a-1"', "Sat, 01 Nov 2025 10:00:00 GMT"
LINKS = {
    "tagged": (reply(200, PNG, f"ETag: {TAG}"), (f"If-None-Match: {TAG}",)),
    "dated": (
        reply(200, PNG, f"Last-Modified: {DATE}"), (f"If-Modified-Since: {DATE}", 'ETag: "new"'),
    ),
    "changed": (reply(200, PNG, 'ETag: "1"'), ()),
    "plain": (reply(200, PNG), ()),
    "long": (reply(200, PNG, "ETag: " + "x" * 2000), ()),
    "gone": (reply(404, b"", 'ETag: "1"'), ()),
    "moved": (reply(301, b"", "Location: http://b.example/there"), ()),
    "now-forbidden": (reply(200, PNG, 'ETag: "1"'), ('If-None-Match: "1"', "X-Robots-Tag: noai")),
}  # fmt: skip
THERE = reply(200, PNG, 'ETag: "there"'), ('If-None-Match: "there"',)


def run(at, policy, earlier=None):
    """The rows of images and of how they were asked for, by the name of the link."""
    first = "known" if earlier else "origins"
    flow = curate(at.store, RECIPE, policy, earlier=earlier)
    steps = flow.between("origins", "fetch").steps
    links = [step for step in flow.steps if step.name in ("links", "repeated")]
    assert execute(replace(flow, steps=(*links, *steps)), Local(1), lambda _: None) == []
    assert first in {step.name for step in steps}
    found = []
    for table in (at.images, at.asked):
        rows = (r for part in table.parts() for b in table.read(part) for r in b.to_pylist())
        images = [image for row in rows for image in row["images"]]
        found.append({image["url"].rsplit("/", 1)[1]: image for image in images})
    return found


@pytest.fixture
def web(server):  # noqa: F811
    for name, (said, told) in LINKS.items():
        server.files[f"a.example/{name}"] = said
        if told:
            server.told[f"a.example/{name}"] = told
    server.files["b.example/there"], server.told["b.example/there"] = THERE
    return server


def both(web, tmp_path, between=None):
    urls = [f"http://a.example/{name}" for name in LINKS]
    old, new = (gathered(tmp_path / name, urls) for name in ("old", "new"))
    for at in (old, new):
        at.repeated_links.unsign("part-00000")
    before, _ = run(old, through(web))
    web.files["a.example/changed"] = reply(200, picture(9, 9), 'ETag: "2"')
    web.heads.clear()
    if between:
        between(new.store)
    return before, *run(new, through(web), old.store)


def test_unchanged_pictures_are_kept_and_others_come(web, tmp_path):
    before, images, asked = both(web, tmp_path)
    kept = {name for name, row in asked.items() if (row["evidence"] or "").startswith("304")}
    assert kept == {"tagged", "dated", "moved"}
    assert {name for name in LINKS if images[name] != before[name]} == {"changed", "now-forbidden"}
    assert images["changed"]["width"] == 9
    assert images["now-forbidden"]["dropped"] == "noai"
    assert asked["tagged"]["etag"] == TAG
    assert (asked["dated"]["etag"], asked["dated"]["last_modified"]) == ('"new"', DATE)
    assert asked["moved"]["answered_by"] == "http://b.example/there"
    conditional = {
        head.split(" ", 2)[1].rsplit("/", 1)[1]
        for head in web.heads
        if "If-None-Match" in head or "If-Modified-Since" in head
    }
    # Not to the address that redirects: it was not what said so.
    assert conditional == {"tagged", "dated", "changed", "now-forbidden", "there"}


@pytest.mark.parametrize("digest, kept", [("sha256", 3), ("md5", 0)])
def test_a_list_of_hashes_holds_for_what_is_kept(web, tmp_path, digest, kept):
    entry = hashlib.new(digest, PNG).hexdigest()
    _, images, asked = both(web, tmp_path, lambda store: lists.add(store, lists.HASHES, {entry}))
    dropped = {name for name in LINKS if images[name]["dropped"] == "hash_listed"}
    assert dropped - {"now-forbidden"} == {*LINKS} - {"changed", "gone", "now-forbidden"}
    assert all(images[name]["bytes"] is None for name in dropped)
    sent = [head for head in web.heads if "If-None-Match" in head or "If-Modified" in head]
    assert bool(sent) == bool(kept)
    assert asked["tagged"]["evidence"] == entry


def test_what_was_taken_down_stays_so(web, tmp_path):
    def take_down(store):
        old = Store(str(tmp_path / "old"))
        lists.add(old, lists.TAKEN_DOWN, {"http://a.example/tagged"})
        lists.inherit(store, [old.root])

    _, images, asked = both(web, tmp_path, take_down)
    assert (images["tagged"]["dropped"], images["tagged"]["bytes"]) == ("taken_down", None)
    assert asked["dated"]["evidence"].startswith("304")


@pytest.mark.parametrize("option", ["--revisit", "--against"])
def test_a_run_takes_the_takedowns_of_the_stores_it_builds_on(tmp_path, monkeypatch, option):
    (tmp_path / "a.warc").write_bytes(b"")
    old, new = (Store(str(tmp_path / name)) for name in ("old", "new"))
    common = ["run", "obelics", "--input", str(tmp_path / "a.warc"), "--workers", "1"]
    assert main([*common, "--store", old.root]) == 0
    lists.add(old, lists.TAKEN_DOWN, {"a.example"})
    asked = [*common, "--store", new.root, option, old.root, "--to", "read"]
    assert main(asked) == 0
    assert lists.lists_of(new).taken_down() == {"a.example"}


def test_a_304_that_nobody_asked_for_is_no_picture(web, tmp_path):
    web.files["a.example/plain"] = reply(304)
    _, images, _ = both(web, tmp_path)
    assert images["plain"]["dropped"] == "http_3xx"


def test_stores_that_cannot_be_revisited(tmp_path, capsys):
    store = Store(str(tmp_path / "new"))
    with pytest.raises(StoreError, match="no run in"):
        revisited(str(tmp_path / "none"), store, Settings())
    at = gathered(tmp_path / "old")
    with pytest.raises(StoreError, match="the store of this run"):
        revisited(at.store.root, at.store, Settings())
    with pytest.raises(StoreError, match="leave out --revisit"):
        revisited(at.store.root, store, Settings())
    (tmp_path / "a.warc").write_bytes(b"")
    asked = ["run", "obelics", "--input", str(tmp_path / "a.warc"), "--store", store.root]
    assert main([*asked, "--revisit", str(tmp_path / "none")]) == 2
    assert "--revisit takes the store of an earlier run" in capsys.readouterr().err
