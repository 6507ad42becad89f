"""`--robots-from`: a crawl's robots.txt stands in for ours, while it is young enough."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from jobs.commands import rights
from jobs.flows import curate
from jobs.inputs.captures import Captures, NewestCaptures
from jobs.on_local import Local
from jobs.run import main
from jobs.runs import execute, write_inputs
from jobs.settings import Settings
from jobs.store import RUN, read_run
from jobs.store_tables import Tables
from tests.attacks.server import reply, serving
from tests.jobs.commands.test_retry import RECIPE, RUN_OF_DEFAULTS, gathered, links, through
from tests.pipeline.crawl.test_robots_captures import THEN, warc

RULES = b"User-agent: *\nDisallow: /no\n"


@pytest.fixture
def server():
    with serving() as running:
        for host in "abc":
            for path in ("robots.txt", "ai.txt", ".well-known/tdmrep.json"):
                running.files[f"{host}.example/{path}"] = reply(404)
        yield running


def test_what_a_crawl_was_told_is_not_asked_for(server, tmp_path, capsys):
    old = warc(("http://a.example/robots.txt", 200, b"User-agent: *\nDisallow: /\n", []))
    (tmp_path / "0.warc.gz").write_bytes(old + warc(("http://b.example/robots.txt", 500, b"", [])))
    (tmp_path / "1.warc.gz").write_bytes(warc(("http://z.example/robots.txt", 200, RULES, [])))
    age = (datetime.now(UTC) - THEN).days + 2
    captures = Captures.read([str(tmp_path / "*.warc.gz")], age)
    settings = Settings(captures=captures)
    urls = [f"http://{host}.example/ok/1" for host in "ab"]
    at = gathered(tmp_path / "s", urls)
    rights_of = {"honours": RUN_OF_DEFAULTS["rights"]["honours"], **captures.as_json()}
    at.store.write_text(RUN, json.dumps(RUN_OF_DEFAULTS | {"rights": rights_of}))
    write_inputs(at.robots_inputs, captures.table())
    flow = curate(at.store, RECIPE, through(server), settings).between("origins", "fetch")
    assert [step.name for step in flow.steps][:5] == [
        "origins", "sites", "captures", "captured", "robots",
    ]  # fmt: skip
    assert execute(flow, Local(1), lambda _: None) == []
    found = [image["dropped"] for image in links(at).values()]
    assert found == ["robots_txt", None]
    asked = {url for url in server.asked if url.endswith("robots.txt")}
    assert asked == {"http://b.example/robots.txt"}
    assert Settings.made(read_run(at.store)).captures == captures
    rights.show(at.store)
    assert "1  robots.txt from captures of a crawl" in capsys.readouterr().out


def test_an_old_capture_does_not_count(tmp_path):
    at = Tables(gathered(tmp_path, []).store)
    assert NewestCaptures(at.captured, 30)(frozenset({"http://a.example:80"})).texts == {}


def test_age_is_counted_from_now(monkeypatch):
    now = datetime.now(UTC)
    rows = [
        {"origin": name, "read_at": now - timedelta(days=days), "body": b"", "http_status": 200}
        for name, days in (("young", 29), ("old", 31))
    ]

    class Held:
        def parts(self):
            return ["part"]

        def read(self, part):
            del part
            import pyarrow as pa

            return [pa.RecordBatch.from_pylist(rows)]

    found = NewestCaptures(Held(), 30)(frozenset({"young", "old"}))
    assert set(found.texts) == {"young"}


def test_no_such_file_ends_in_one_line(tmp_path, capsys):
    (tmp_path / "x.warc").write_bytes(b"")
    base = ["run", "obelics", "--input", str(tmp_path / "x.warc"), "--store", str(tmp_path / "s")]
    assert main([*base, "--robots-from", str(tmp_path / "none.warc.gz")]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "does not exist" in said
