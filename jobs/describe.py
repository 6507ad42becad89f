"""Write docs/signals.md: every column that a rule can read, from the schemas that check rules.

python -m jobs.describe > docs/signals.md
"""

from collections.abc import Iterator

import pyarrow as pa

from filters import measures, redpajama, wordlists
from jobs.flows import readable

_HEAD = """\
# Signals

Written by `python -m jobs.describe` from the schemas that every recipe is checked against; a test
compares. A signal is a count wherever it can be, so that it adds up and any bound can be moved;
rules divide. A document's sums are over its kept nodes; what does not add up is measured on the
text of its kept nodes, an empty line between them. A changed measure has a new version. What has
none is not measured: the page or the file says it.

A signal is one number or word for each node, image or document: its shape is (nodes,), (images,)
or (documents,), which stands in the metadata of its Arrow field as `shape`, beside `meaning`,
`unit`, `source` and `version`. A list can be read from the tables and by no rule.

A set is measured where a rule reads one of its signals, a recipe names it
(`signals = ["personal"]`) or a run asks for it (`--signals personal`, `--signals all`); those of
no set always, as are those of the set base:

"""
_SCOPES = {
    "node": """\
## Of a node

Rules under `[[node]]` read these of texts; rules under `[[image]]` that are to decide before the
fetch read them of image nodes.
""",
    "image": """\
## Of an image

After the fetch: what came, how it looks, and who else in the crawl shows it. A rule that reads one
of these waits for the picture, and reads nothing of the node.
""",
    "document": """\
## Of a document

Rules under `[[document]]` read these.
""",
}
_SAID = {"node": "the page", "image": "the fetch"}
_RPS = """
## Published names of RedPajama-V2

What each `rps_*` signal of RedPajama-V2 is in terms of the counts above; it can be the `value` of a
rule. Those of lines are published for every line. Here the set is measured on documents alone, and
they are summed over a document's lines, a share being that of all of them together: a second count
over single nodes would cost as much again as the whole set.

| published | value |
|---|---|
"""


def page() -> str:
    """The page, in Markdown."""
    out = [_HEAD]
    out += [f"- `{each.name}`: {each.meaning}\n" for each in measures.chosen(measures.NAMES)]
    for scope, schema in readable().items():
        out.append(f"\n{_SCOPES[scope]}\n" + "".join(_table(scope, schema)))
    out.append(_RPS)
    out += [f"| `{name}` | `{sql}` |\n" for name, sql in redpajama.VALUES.items()]
    out.append("\n## Word lists\n\n" + _lists())
    return "".join(out)


def _table(scope: str, schema: pa.Schema) -> Iterator[str]:
    yield "| signal | set | type | unit | meaning | source | version |\n"
    yield "|---|---|---|---|---|---|---|\n"
    sets = _sets(scope)
    for field in schema:
        about = {key.decode(): value.decode() for key, value in field.metadata.items()}
        cells = (
            f"`{field.name}`",
            sets.get(field.name, ""),
            "list" if pa.types.is_nested(field.type) else str(field.type),
            unit(field),
            about["meaning"],
            about.get("source") or _SAID[scope],
            about.get("version", ""),
        )
        yield f"| {' | '.join(cells)} |\n"


def unit(field: pa.Field) -> str:
    """The unit that a field states; of one that needs none, what it holds."""
    given = (field.metadata or {}).get(b"unit", b"").decode()
    kinds = {pa.types.is_boolean: "flag", pa.types.is_string: "text", pa.types.is_nested: "rows"}
    kinds[pa.types.is_large_binary] = "bytes"
    return given or next((said for is_kind, said in kinds.items() if is_kind(field.type)), "")


def _sets(scope: str) -> dict[str, str]:
    """Signal -> the set that it belongs to."""
    found: dict[str, str] = {}
    for each in measures.chosen(measures.NAMES):
        several = {"node": each.node, "document": each.document}.get(scope, ())
        names = [signal.name for measure in several for signal in measure.gives]
        if scope == "document":
            names += [signal.name for signal in each.sums]
        found |= dict.fromkeys(names, each.name)
    return found


def _lists() -> str:
    lines = ["| list | words | source | licence | version |", "|---|---|---|---|---|"]
    lines += [
        f"| {row['name']}.{row['language']} | {row['words']} | {row['source']} | {row['licence']} "
        f"| {row['version']} |"
        for row in wordlists.catalogue()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
