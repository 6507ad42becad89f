"""`recut --verdicts` says of real pages what a full run says, node by node, for five recipes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from filters import measures, recipes
from filters.signals import Measure
from jobs.curate import Request, Where, curate
from jobs.decisions.ledger import Ledger
from jobs.inputs import sources
from jobs.run import main
from jobs.store import Store
from pipeline.web.downloads import Policy

HERE = Where("local", 1)
FIVE = ("obelics_code", "obelics_paper", "gopher", "c4", "fineweb_blog")
RECORDS = 900  # one in three is a page


def read(realweb: Path, folder: Path, name: str, signals: tuple[str, ...]) -> Store:
    """A full run with this recipe, up to its verdicts."""
    made = Store(str(folder))
    inputs = sources.sources([str(realweb / "pages-open-00000.warc.gz")], RECORDS)
    recipe = measures.with_signals(recipes.load(name), signals)
    assert curate(made, Request(recipe, inputs, Policy(), last="text"), HERE)
    return made


@pytest.fixture(scope="module")
def store(realweb: Path, tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("verdicts") / "store"
    return read(realweb, folder, FIVE[0], ("quality", "lines", "node_language"))


def table(store: Store, name: str) -> pa.Table:
    return pa.concat_tables(pq.read_table(f) for f in sorted(Path(store.root, name).iterdir()))


@pytest.mark.parametrize("name", FIVE)
def test_verdicts_are_those_of_a_full_run(name, store, realweb, tmp_path) -> None:
    full = read(realweb, tmp_path / "full", name, ())
    expected = table(full, "verdicts")
    file = tmp_path / "verdicts.parquet"
    assert main(["recut", store.root, "--recipe", name, "--verdicts", str(file)]) == 0
    found = pq.read_table(file)
    assert found.schema.names == ["doc_id", "dropped", "failed"]
    assert found.to_pylist() == expected.select(found.schema.names).to_pylist()
    assert len(found) > 250

    ledger, recipe = Ledger(store, 1), recipes.load(name)
    texts, links = ledger.marks(recipe)
    nodes = expected["nodes"].combine_chunks().flatten().field("failed").to_pylist()
    kinds = table(store, "documents")["nodes"].combine_chunks().flatten().field("kind")
    is_text = np.array(kinds.to_pylist()) == "text"
    asked = ledger.decide(recipe, "none").recipe
    for marks, rules, which in ((texts, asked.node, is_text), (links, asked.image, ~is_text)):
        bits = np.concatenate([each.bits for each in marks]).tolist()
        failed = [[rule.name for n, rule in enumerate(rules) if bit >> n & 1] for bit in bits]
        assert failed == [nodes[place] for place in which.nonzero()[0]]


@pytest.mark.parametrize("name", FIVE)
def test_what_is_not_measured_drops_nothing(name, store) -> None:
    """Of documents that are kept all is known, and no more is measured than that needs."""
    recipe = recipes.load(name)
    every = Ledger(store, 1).decide(recipe, "every")
    ledger = Ledger(store, 1)
    none, kept = ledger.decide(recipe, "none"), ledger.decide(recipe, "kept")
    assert not every.unmeasured.any()
    assert kept.kept.tolist() == every.kept.tolist()
    assert not (kept.unmeasured & kept.kept).any()
    assert not (none.broken & ~kept.broken).any()
    assert not (kept.broken & ~every.broken).any()
    left = kept.unmeasured & (kept.broken != every.broken).any(axis=1)
    assert (kept.broken != every.broken).any(axis=1).tolist() == left.tolist()


def test_a_rule_asks_for_its_own_measures_alone(store, monkeypatch) -> None:
    """C4 reads two counts of its text: neither languages nor n-grams of letters are counted."""
    ledger, ran = Ledger(store, 1), []

    def watched(measure: Measure) -> Measure:
        def compute(*columns):
            ran.append(measure.gives[0].name)
            return measure.compute(*columns)

        return replace(measure, compute=compute)

    monkeypatch.setattr(
        ledger,
        "_score",
        replace(ledger._score, measures=tuple(map(watched, ledger._score.measures))),
    )
    assert ledger.decide(recipes.load("c4"), "none").unmeasured.any()
    assert not ran
    ledger.decide(recipes.load("c4"))
    assert set(ran) == {"text_chars"}
    ledger.decide(recipes.load("c4"), "every")
    ran.clear()
    ledger.decide(recipes.load("c4"), "every")
    assert not ran
