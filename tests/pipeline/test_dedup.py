"""What makes the better copy: a recipe's expression over a document's signals."""

import pyarrow as pa
import pytest

from filters.recipes import load, parse, to_toml
from filters.rules import Recipe, RecipeError
from jobs.commands.recipe import diff
from jobs.flows import check_recipe
from pipeline.dedup import Quality

ROWS = {
    "words": pa.array([5, 0, 7, None], pa.int32()),
    "stopwords": pa.array([2, 0, 7, 1], pa.int32()),
}


@pytest.mark.parametrize(
    ("survivor", "expected"),
    [
        ("words", [5.0, 0.0, 7.0, None]),
        ("-words", [-5.0, 0.0, -7.0, None]),
        ("stopwords / words", [0.4, None, 1.0, None]),
        ("1", [1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_quality(survivor: str, expected: list) -> None:
    stage = Quality(Recipe("x", survivor=survivor).better)
    (batch,) = stage.stream(iter([pa.record_batch(ROWS)]))
    assert batch["quality"].to_pylist() == expected
    assert str(batch["quality"][1].as_py())[0] != "-"  # no signed zero
    assert set(stage.reads.names) == {name for name in ROWS if name in survivor}


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("survivor", "wrods", "survivor': value reads 'wrods', which nothing measures; did you"),
        ("survivor", "url", "gives VARCHAR, not a number|which nothing measures"),
        ("survivor", "words +", "document rule 'survivor'"),
        ("capture", "newer", "capture is 'newer'; did you mean 'newest'"),
    ],
)
def test_what_cannot_be_a_survivor(key: str, value: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        check_recipe(parse(f'[recipe]\nname = "mine"\n{key} = "{value}"\n', "x.toml"))


def test_a_recipe_says_who_survives(tmp_path) -> None:
    text = '[recipe]\nname = "mine"\nsurvivor = "chars / words"\ncapture = "best"\n'
    mine = parse(text, "x.toml")
    assert parse(to_toml(mine), "x.toml") == mine
    assert (load("obelics").survivor, load("obelics").capture) == ("words", "newest")
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text(text if name == "a" else '[recipe]\nname = "mine"\n')
    said = list(diff(str(tmp_path / "a.toml"), str(tmp_path / "b.toml")))
    assert "survivor" in said[0]
    assert "chars / words -> words" in said[0]
    assert said[-1].startswith("2 rules differ")
