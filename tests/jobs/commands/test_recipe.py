"""`interleaf recipe`: what it prints, and errors that point at the line."""

from pathlib import Path

import pytest

from filters import recipes
from jobs.run import main

MINE = """[recipe]
name = "mine"

[[node]]
name = "words"
value = "words"
at_least = {least}

[[document]]
name = "long"
value = "{value}"
at_least = 10
"""


def mine(folder: Path, name: str = "mine.toml", least: object = 4, value: str = "words") -> str:
    path = folder / name
    path.write_text(MINE.format(least=least, value=value))
    return str(path)


@pytest.mark.parametrize("name", recipes.presets())
def test_show_can_be_read_again(name, tmp_path, capsys) -> None:
    assert main(["recipe", "show", name]) == 0
    said = capsys.readouterr().out
    assert recipes.parse(said, "said.toml") == recipes.load(name)


@pytest.mark.parametrize("name", recipes.presets())
def test_presets_can_be_applied(name, capsys) -> None:
    assert main(["recipe", "check", name]) == 0
    said = capsys.readouterr().out
    assert "can be applied" in said
    assert "warning" not in said


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"least": '"four"'}, "mine.toml:7: at_least"),
        ({"least": ""}, "mine.toml:7: is no TOML"),
        ({"value": "wrods"}, "mine.toml:11: document rule 'long': value reads 'wrods'"),
        ({"value": "words +"}, "mine.toml:11: rule 'long': value is no SQL"),
    ],
)
def test_errors_point_at_the_line(change, says, tmp_path, capsys) -> None:
    assert main(["recipe", "check", mine(tmp_path, **change)]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("shorter_syde", "did you mean 'shorter_side'?"),
        ("zzz", "'zzz', which nothing measures; docs/signals.md lists all, such as "),
        (
            "shorter_side + url_ui_words",
            "'url_ui_words' before the pictures are fetched and 'shorter_side' after it",
        ),
    ],
)
def test_what_no_step_measures_of_a_picture(value, says, tmp_path, capsys) -> None:
    path = mine(tmp_path)
    with Path(path).open("a") as file:
        file.write(f'\n[[image]]\nname = "seen"\nvalue = "{value}"\nat_least = 0\n')
    assert main(["recipe", "check", path]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"interleaf: {path}:16: image rule 'seen': it reads ")
    assert says in said
    assert len(said) < 300


def test_a_survivor_that_nothing_measures(tmp_path, capsys) -> None:
    path = mine(tmp_path)
    text = Path(path).read_text()
    Path(path).write_text(text.replace('"mine"\n', '"mine"\nsurvivor = "wurds"\n'))
    assert main(["recipe", "check", path]) == 2
    assert f"{path}:3: document rule 'survivor'" in capsys.readouterr().err


def test_diff(tmp_path, capsys) -> None:
    one = mine(tmp_path)
    other = mine(tmp_path, "other.toml", 5, "chars / words")
    Path(other).write_text(Path(other).read_text().replace('"long"', '"longer"'))
    assert main(["recipe", "diff", one, other]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "~ node words at_least: 4 -> 5",
        "- document long words, at least 10",
        "+ document longer chars / words, at least 10",
        "3 rules differ between mine (-) and mine (+)",
    ]
    assert main(["recipe", "diff", one, one]) == 0
    assert "decide alike" in capsys.readouterr().out


PICTURES = '\n[images]\nsize = 256\nmin_size = 100\nblur = "faces,plates"\n'


def test_a_recipe_may_say_what_becomes_of_pictures(tmp_path, capsys) -> None:
    one, other = mine(tmp_path), mine(tmp_path, "other.toml")
    with Path(other).open("a") as file:
        file.write(PICTURES)
    assert main(["recipe", "check", other]) == 0
    assert "pictures with size 256, blur faces,plates" in capsys.readouterr().out
    assert main(["recipe", "show", other]) == 0
    assert recipes.parse(capsys.readouterr().out, "said.toml") == recipes.load(other)
    assert main(["recipe", "diff", one, other]) == 0
    lines = [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "+ image min_size shorter_side, at least 100",
        "~ images size as usual -> 256",
        "~ images blur as usual -> faces,plates",
        "1 rules and 2 of [images] differ between mine (-) and mine (+)",
    ]
    assert recipes.fingerprint(recipes.load(one)) != recipes.fingerprint(recipes.load(other))


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("sise = 3", "mine.toml:15: unknown key 'sise'; did you mean 'size'?"),
        ("size = 0", "mine.toml:15: size is 0; it has to be a whole number of pixels"),
        ("size = true", "mine.toml:15: size is True"),
        ("quality = 101", "mine.toml:15: quality is 101"),
        ('mode = "crop"', "mine.toml:15: mode is 'crop'; it has to be one of no, border"),
        ('format = "gif"', "mine.toml:15: format is 'gif'"),
        ('only_if_bigger = "no"', "mine.toml:15: only_if_bigger is 'no'; it has to be true or"),
        ('blur = "noses"', "mine.toml:15: blur is 'noses'"),
        ('blur = ["faces"]', "mine.toml:15: blur is ['faces']"),
        ("min_size = 0.5", "mine.toml:15: min_size is 0.5"),
    ],
)
def test_wrong_options_point_at_the_line(line, says, tmp_path, capsys) -> None:
    path = mine(tmp_path)
    with Path(path).open("a") as file:
        file.write(f"\n[images]\n{line}\n")
    assert main(["recipe", "check", path]) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert says in said


def test_warnings(tmp_path, capsys) -> None:
    path = mine(tmp_path)
    assert main(["recipe", "check", path]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" names no")[0] for line in lines[1:]] == [
        f"warning: {path}:6: node rule 'words'",
        f"warning: {path}:11: document rule 'long'",
    ]
    Path(path).write_text('[recipe]\nname = "none"\n')
    assert main(["recipe", "check", path]) == 0
    assert "warning: none has no rule" in capsys.readouterr().out


def test_show_keeps_comments(tmp_path, capsys) -> None:
    path = mine(tmp_path)
    text = "# why: mine\n" + Path(path).read_text()
    Path(path).write_text(text)
    assert main(["recipe", "show", path]) == 0
    said = capsys.readouterr().out
    assert said.partition("\n")[2] == text
