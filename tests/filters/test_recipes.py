"""Recipe files: presets, round trips, and mistakes with the line to look at."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest

from filters import alike, measures, perplexity, recipes, urls
from filters.pictures import images
from filters.rule_checks import check
from filters.rules import RecipeError
from filters.signals import fields
from schemas.columns import merged
from schemas.document import NODE
from schemas.image import IMAGE

ROOT = Path(__file__).parents[2]
EVERY = measures.chosen(measures.NAMES)
LM = [signal.field for signal in perplexity.COUNTS]
LINK = pa.schema([*NODE, *fields(m for each in EVERY for m in each.node), *LM, *fields(urls.LINK)])
PICTURE = pa.schema([*fields(images.IMAGE), pa.field("unsafe", pa.float32())])
NODES = pa.schema([(name, pa.int32()) for name in ("text_nodes", "image_nodes")])
SUMS = [signal.field for each in EVERY for signal in each.sums]
DOCUMENT = pa.schema([*NODES, *SUMS, *LM, *fields(m for each in EVERY for m in each.document)])

MINE = """\
[recipe]
name = "mine"

[[node]]
name = "words"          # a comment
value = "words"
at_least = 4

[[document]]
name = "english"
value = "language_score"
when = "language = 'en'"
at_least = 0.8
missing = "keep"
source = "\\"me\\"\\n\\u007f"
"""


def all_of(image: pa.Schema) -> pa.Schema:
    known = {field.name: field for field in (*LINK, *image, *PICTURE)}
    return pa.schema(known.values())


@pytest.mark.parametrize("name", [*recipes.presets(), *recipes.ALIASES])
def test_presets_can_be_applied(name: str) -> None:
    recipe = recipes.load(name)
    assert recipe.name == recipes.ALIASES.get(name, name)
    assert recipe.description
    check(recipe, LINK, all_of(IMAGE), merged(DOCUMENT, alike.COLUMNS))
    rules = (*recipe.node, *recipe.image, *recipe.document)
    assert all(rule.source and rule.place for rule in rules)


@pytest.mark.parametrize("name", recipes.presets())
def test_an_image_rule_reads_what_is_known_before_the_fetch_or_after_it(name: str) -> None:
    before, after = set(LINK.names), set(IMAGE.names) - set(LINK.names) | set(PICTURE.names)
    for rule in recipes.load(name).image:
        assert bool(rule.reads(before)) != bool(rule.reads(after)), rule


@pytest.mark.parametrize("name", recipes.presets())
def test_round_trip(name: str) -> None:
    recipe = recipes.load(name)
    again = recipes.parse(recipes.to_toml(recipe), "again.toml")
    assert again == recipe
    assert recipes.fingerprint(again) == recipes.fingerprint(recipe)


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(MINE, "utf-8")
    recipe = recipes.load(str(file))
    assert recipe.node[0].place == f"{file}:6"
    assert recipe.document[0].source == '"me"\n\x7f'
    assert recipe.image == ()
    assert recipes.parse(recipes.to_toml(recipe), "x.toml") == recipe


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("at_least = 4", "at_least = 4.0", True),
        ('name = "mine"', 'name = "yours"', True),
        ('source = "\\"me\\"', 'source = "you', True),
        ("# a comment", "", True),
        ("at_least = 4", "at_least = 5", False),
        ("at_least = 4", "at_most = 4", False),
        ('missing = "keep"', "", False),
        ('name = "words" ', 'name = "few_words" ', False),
        ("[[document]]", "[[node]]", False),
        ('name = "mine"', 'name = "mine"\nsurvivor = "words"\ncapture = "newest"', True),
        ('name = "mine"', 'name = "mine"\nsurvivor = "chars"', False),
        ('name = "mine"', 'name = "mine"\ncapture = "best"', False),
    ],
)
def test_a_fingerprint_is_of_what_decides(old: str, new: str, same: bool) -> None:
    assert old in MINE
    one = recipes.fingerprint(recipes.parse(MINE, "x.toml"))
    other = recipes.fingerprint(recipes.parse(MINE.replace(old, new), "x.toml"))
    assert (one == other) == same


def test_pinned_fingerprint() -> None:
    found = recipes.fingerprint(recipes.parse(MINE, "x.toml"))
    assert found == PINNED


PINNED = "0340045db81b805f9f83ed31854cb0388b6213fc61644991efb71a8c178845f4"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "at_least = 4",
            "atleast = 4",
            "x.toml:7: unknown key 'atleast'; did you mean 'at_least'?",
        ),
        ("at_least = 4", "zzz = 4", "x.toml:7: unknown key 'zzz'; there are name, value"),
        ("at_least = 4", "where = 'x'", "x.toml:7: unknown key 'where'"),
        ("at_least = 4", 'at_least = "4"', "x.toml:7: at_least is '4'; it has to be a number"),
        ("at_least = 4", "at_least = true", "x.toml:7: at_least is True; it has to be a number"),
        ('value = "words"', "value = 3", "x.toml:6: value is 3; it has to be a text in quotes"),
        ('value = "words"', "", "x.toml:4: this rule has no value; add value = ..."),
        ('name = "words"', "", "x.toml:4: this rule has no name; add name = ..."),
        ('name = "mine"', "", "x.toml:1: the recipe has no name"),
        ('name = "mine"', "nam = 'x'", "x.toml:2: unknown key 'nam'; did you mean 'name'?"),
        ("[recipe]", "[recipes]", "x.toml:1: unknown table 'recipes'; did you mean 'recipe'?"),
        ("[[node]]", "[[nodes]]", "x.toml:4: unknown table 'nodes'; did you mean 'node'?"),
        ("[[node]]", "[node]", "x.toml:4: write [[node]], twice ["),
        ("at_least = 4", "at_least = ", "x.toml:7: is no TOML"),
        ("[recipe]", "node = 3\n[recipe]", "x.toml:5: is no TOML"),
        (MINE, "", "x.toml:1: needs a table [recipe] with a name"),
        (MINE, "recipe = 3", "x.toml:1: needs a table [recipe]"),
        (MINE, "[recipe]\nname = 'x'\nnode = 3", "x.toml:3: unknown key 'node'"),
        (MINE, "node = 3\n[recipe]\nname = 'x'", "x.toml:1: write [[node]]"),
        (MINE, "node = [3]\n[recipe]\nname = 'x'", "x.toml:1: needs a table [node]"),
    ],
)
def test_a_mistake_in_a_file_is_one_line(old: str, new: str, message: str) -> None:
    assert old in MINE
    with pytest.raises(RecipeError) as caught:
        recipes.parse(MINE.replace(old, new, 1), "x.toml")
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_misspelt_signal_is_named_with_file_and_line() -> None:
    recipe = recipes.parse(MINE.replace('value = "words"', 'value = "wrods"'), "mine.toml")
    with pytest.raises(RecipeError) as caught:
        check(recipe, LINK, PICTURE, DOCUMENT)
    assert str(caught.value) == (
        "mine.toml:6: node rule 'words': value reads 'wrods', which nothing measures;"
        " did you mean 'words'?"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("obelix", "no recipe 'obelix' among c4, "),
        ("obelix", "did you mean 'obelics'?"),
        ("", "no recipe ''"),
        ("../recipes/obelics_code", "no recipe"),
        ("nowhere/mine.toml", "nowhere/mine.toml: No such file or directory"),
    ],
)
def test_recipes_that_are_not_there(name: str, message: str) -> None:
    with pytest.raises(RecipeError) as caught:
        recipes.load(name)
    assert message in str(caught.value)


def test_files_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    with pytest.raises(RecipeError, match="Is a directory"):
        (tmp_path / "folder.toml").mkdir()
        recipes.load(str(tmp_path / "folder.toml"))
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(RecipeError, match="is not UTF-8"):
        recipes.load(str(file))


def test_presets_and_counts_work_from_inside_a_zip(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.zip"
    with zipfile.ZipFile(bundle, "w") as archive:
        for file in sorted(ROOT.glob("filters/**/*")):
            if file.suffix in (".py", ".toml", ".txt"):
                archive.write(file, file.relative_to(ROOT))
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import pyarrow as pa\n"
        "from filters import recipes, text\n"
        "assert recipes.__file__.startswith(sys.argv[1])\n"
        "print(len(recipes.load('obelics').node), text.counts(pa.array(['the one']))[4][0])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(bundle)],
        cwd=tmp_path,
        env={"NUMBA_CACHE_DIR": str(tmp_path / "cache"), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "9 2\n", done.stderr
