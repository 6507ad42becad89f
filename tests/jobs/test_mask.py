"""A recipe that masks: the release is masked, nothing before it changes, a recut switches it."""

import gzip
import json
import re
from dataclasses import replace
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from filters import recipes
from filters.rules import Recipe, RecipeError, Rule
from jobs.commands.recut import Request as Recut
from jobs.commands.recut import recut
from jobs.curate import Where
from jobs.miniweb import pages
from jobs.run import main
from jobs.store import Store
from pipeline.mask import OVERLAP, Mask
from pipeline.web.downloads import Policy
from tests.jobs.commands.test_recut import digests, full

PLAIN = Recipe("plain", document=(Rule("words", "words", at_least=5),))
MASKED = replace(PLAIN, name="masked", mask=("emails", "phones"))
PRIVATE = ("ann@post.example.org", "+44 20 7946 0958")
PUBLIC_IP = "8.8.8.8"


@pytest.fixture(scope="module")
def crawl(tmp_path_factory) -> Path:
    """One page with personal data in every place of words, and a picture of the mini-web."""
    host, site = next((host, site) for host, site in pages.sites().items() if site.pages)
    picture = picture_of(host, next(iter(site.pages)))
    said = f"{PRIVATE[0]} or {PRIVATE[1]}"
    html = f"""<html><head><title>Ask {said}</title></head><body><article><h1>How to reach us</h1>
      <p>Write to {said}, our server is {PUBLIC_IP}, and somebody will answer within a few days.</p>
      <figure><img src="{picture}" alt="The desk of {said}"><figcaption>Ring {said}</figcaption>
      </figure><p>Nothing of this paragraph is personal, so that all of it stays here.</p>
      </article></body></html>"""
    file = tmp_path_factory.mktemp("crawl") / "one.warc.gz"
    http = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + html.encode()
    head = f"""WARC/1.0
WARC-Type: response
WARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>
WARC-Date: 2021-03-01T00:00:00Z
WARC-Target-URI: http://{host}/contact.html
Content-Type: application/http; msgtype=response
Content-Length: {len(http)}

"""
    file.write_bytes(gzip.compress(head.replace("\n", "\r\n").encode() + http + b"\r\n\r\n"))
    return file


def picture_of(host: str, page: object) -> str:
    body = pages.answer(host, page if isinstance(page, str) else page.path).body.decode()
    found = re.search(r'<img[^>]*\ssrc="([^"]+\.(?:jpg|png|webp))"', body)
    assert found
    return found[1]


@pytest.fixture(scope="module")
def stores(crawl: Path, tmp_path_factory) -> dict[str, Path]:
    from jobs.miniweb import web

    folder = tmp_path_factory.mktemp("stores")
    with web.serve() as address:
        made = {r.name: full(folder / r.name, [crawl], r, address) for r in (PLAIN, MASKED)}
        for former, recipe in ((PLAIN, MASKED), (MASKED, PLAIN)):
            again = folder / f"{recipe.name}-again"
            request = Recut(recipe, Policy(proxy=address))
            assert recut(Store(str(made[former.name])), Store(str(again)), request, Where())
            made[f"{recipe.name}-again"] = again
    return made


def words(store: Path) -> str:
    """Everything that a reader of the release reads, but addresses."""
    [row] = pq.read_table(store / "release" / "parquet").to_pylist()
    names = ("title", "texts", "metadata", "nodes", "picture_metadata")
    return json.dumps({name: row[name] for name in names}, ensure_ascii=False)


def test_the_release_is_masked_and_nothing_else(stores: dict[str, Path]) -> None:
    plain, masked = words(stores["plain"]), words(stores["masked"])
    for private, mark in zip(PRIVATE, ("[EMAIL]", "[PHONE]"), strict=True):
        assert plain.count(private) >= 4
        assert masked == masked.replace(private, "")
        assert masked.count(mark) == plain.count(private)
    assert PUBLIC_IP in masked, "only the kinds that were asked for"
    plain, masked = digests(stores["plain"]), digests(stores["masked"])
    differ = {name.split("/")[0] for name in plain if plain[name] != masked[name]}
    assert differ == {"release"}
    assert "[EMAIL]" in (stores["masked"] / "release" / "README.md").read_text()
    assert "[EMAIL]" not in (stores["plain"] / "release" / "README.md").read_text()


@pytest.mark.parametrize("name", ["plain", "masked"])
def test_a_recut_switches_it(name: str, stores: dict[str, Path]) -> None:
    assert digests(stores[f"{name}-again"]) == digests(stores[name])


def test_recipes_name_what_they_mask(tmp_path: Path, capsys) -> None:
    text = recipes.to_toml(MASKED)
    assert 'mask = ["emails", "phones"]' in text
    assert recipes.parse(text, "x").mask == MASKED.mask
    assert recipes.fingerprint(MASKED) != recipes.fingerprint(PLAIN)
    with pytest.raises(RecipeError, match=r"x:\d+: no personal data is called 'email'.*'emails'"):
        recipes.parse(text.replace("emails", "email"), "x")
    paths = [tmp_path / f"{r.name}.toml" for r in (PLAIN, MASKED)]
    for path, recipe in zip(paths, (PLAIN, MASKED), strict=True):
        path.write_text(recipes.to_toml(recipe))
    assert main(["recipe", "diff", *map(str, paths)]) == 0
    assert "nothing -> emails, phones" in capsys.readouterr().out


def test_a_text_of_any_length_is_masked_to_its_end(monkeypatch) -> None:
    monkeypatch.setattr("pipeline.mask.MOST_CHARS", 2 * OVERLAP)
    monkeypatch.setattr("filters.personal.MOST_CHARS", 2 * OVERLAP)
    for size in range(OVERLAP - 30, OVERLAP + 5):
        text = (
            f"{'x ' * (size // 2)}{' ' * (size % 2)}{PRIVATE[0]} {'y ' * 3 * OVERLAP}{PRIVATE[0]}."
        )
        assert Mask(("emails",))._masked(text) == text.replace(PRIVATE[0], "[EMAIL]")
