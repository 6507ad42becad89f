"""The lists in docs/ are what the code says, and the code in docs/ works."""

import re
from pathlib import Path

import pyarrow as pa

from filters import measures, recipes
from filters.rule_checks import check
from filters.rules import failures
from filters.signals import measured
from jobs import describe
from jobs.flows import readable

DOCS = Path(__file__).parents[2] / "docs"


def test_the_list_of_signals_is_fresh() -> None:
    written = (DOCS / "signals.md").read_text("utf-8")
    assert written == describe.page(), "run: python -m jobs.describe > docs/signals.md"


def test_the_list_has_all_that_a_rule_can_read() -> None:
    page = (DOCS / "signals.md").read_text("utf-8")
    for part, schema in zip(page.split("\n## Of ")[1:], readable().values(), strict=True):
        names = re.findall(r"^\| `(\w+)` \|.*\|.*\|.*\|.*\|.*\|.*\|$", part, re.MULTILINE)
        assert names == schema.names


def test_every_signal_says_what_it_is() -> None:
    for scope, schema in readable().items():
        for field in schema:
            about = {key.decode(): value.decode() for key, value in field.metadata.items()}
            assert about["meaning"], field.name
            assert describe.unit(field), field.name
            if "version" in about:
                assert about["source"], field.name
                assert about["unit"], field.name
                assert about["shape"] == f"({scope}s,)", field.name
    for each in measures.chosen(measures.NAMES):
        names = [s.name for s in (*each.sums, *(s for m in each.document for s in m.gives))]
        assert len(names) == len(set(names)), each.name


def test_a_signal_is_added_as_the_page_says() -> None:
    page = (DOCS / "add-a-signal.md").read_text("utf-8")
    function, row, line = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    room: dict[str, object] = {"SignalSet": measures.SignalSet}
    exec(function + row + "ADDED = " + line, room)
    lines = [each for each in (function + row + line).splitlines() if each.strip()]
    imports = [each for each in lines if each.startswith(("import", "from"))]
    assert len(lines) - len(imports) <= 15
    text = pa.array(["STOP that, NOW", "", None, "I am calm"])
    found = measured(room["ADDED"].node, {"text": text})["shouted_words"]
    assert found.to_pylist() == [2, 0, None, 0]
    rule = re.search(r"```toml\n(.*?)```", page, re.DOTALL)
    recipe = recipes.parse('[recipe]\nname = "calm"\n' + rule[1], "calm.toml")
    node = pa.record_batch({"shouted_words": found, "words": pa.array([3, 0, 0, 3], pa.int32())})
    schema = pa.schema([*node.schema])
    check(recipe, schema, schema, schema)
    assert failures(recipe.node, node).to_pylist() == [["calm"], ["calm"], ["calm"], []]
