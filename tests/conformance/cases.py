"""The pages of tests/pages: what each should give, and what we make of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pipeline.interleave import Interleave
from pipeline.page.nodes import Reading

PAGES = Path(__file__).parents[1] / "pages"

COMPARED = ("kind", "tag", "text", "image_url")
"""Members that every expected node has; others are compared where a page names them."""


class Case(NamedTuple):
    """One folder of tests/pages."""

    name: str
    why: str
    body: bytes
    expected: dict[str, Any]
    fails: str | None  # why we are known to fail it

    @property
    def group(self) -> str:
        return str(self.expected["group"])

    @property
    def url(self) -> str:
        return str(self.expected["url"])


def cases() -> Iterator[Case]:
    for folder in sorted(PAGES.iterdir()):
        fails = folder / "fails.md"
        yield Case(
            folder.name,
            (folder / "why.md").read_text("utf-8").strip(),
            (folder / "page.html").read_bytes(),
            json.loads((folder / "expected.json").read_text("utf-8")),
            fails.read_text("utf-8").strip() if fails.exists() else None,
        )


def read(case: Case) -> Reading:
    return Interleave().read(case.body, case.url, case.expected["http_charset"])


def told(case: Case, reading: Reading) -> dict[str, Any]:
    """What we make of a page, as far as the case says what it should be."""
    expected = case.expected
    nodes = []
    for at, node in enumerate(reading.nodes):
        wanted = expected["nodes"][at] if at < len(expected["nodes"]) else {}
        names = (*COMPARED, *(name for name in wanted if name not in COMPARED))
        members = {name: getattr(node, name) for name in names}
        if members.get("candidates"):
            members["candidates"] = [each._asdict() for each in node.candidates]
            for each in members["candidates"]:
                each.pop("density")
        nodes.append({name: value for name, value in members.items() if name in wanted or value})
    told_ = {"title": reading.title, "nodes": nodes}
    if "metadata" in expected:
        said = reading.metadata._asdict()
        if said["published_at"] is not None:
            said["published_at"] = said["published_at"].isoformat()
        told_["metadata"] = {name: said[name] for name in expected["metadata"]}
    return told_
