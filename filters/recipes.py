"""Recipes as files: presets that come with the package, and files of one's own.

A recipe is TOML: a table [recipe] with name, description and source; where pictures are to be
resized otherwise than usual a table [images] (filters.picture_options); then tables [[node]],
[[image]] and [[document]], one a rule, with the members of filters.rules.Rule. Every error is one
line that begins with the file and the line to look at.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any

from filters.picture_options import options
from filters.rules import SCOPES, Placed, Recipe, RecipeError, Rule, closest

ALIASES = {"obelics": "obelics_code"}

IMAGES = "images"
_TABLES = ("recipe", IMAGES, *SCOPES)

_HEAD = {
    "name": str,
    "description": str,
    "source": str,
    "signals": list,
    "survivor": str,
    "capture": str,
    "mask": list,
}
_TOLD = ("name", "description", "source")
_CHOICES = ("survivor", "capture")
_LISTS = ("signals", "mask")
_USUAL = Recipe("")
CAPTURES = ("newest", "best")
_MEMBERS = {
    "name": str,
    "value": str,
    "at_least": (int, float),
    "at_most": (int, float),
    "missing": str,
    "when": str,
    "source": str,
}
_SAID = {str: "a text in quotes", (int, float): "a number", list: "a list of names in quotes"}
_TABLE = re.compile(r"\s*\[\[?\s*([^\[\]]+?)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column \d+\)")


def presets() -> tuple[str, ...]:
    """Names of the recipes that come with the package, sorted; aliases are not among them."""
    files = resources.files("filters").joinpath("recipes").iterdir()
    return tuple(sorted(file.name[:-5] for file in files if file.name.endswith(".toml")))


def load(name_or_path: str) -> Recipe:
    """The preset of this name, or the recipe in this .toml file. Raises RecipeError."""
    return parse(*written(name_or_path))


def written(name_or_path: str) -> tuple[str, str]:
    """The TOML text of a recipe, comments and all, and its file's name. Raises RecipeError."""
    if name_or_path.endswith(".toml"):
        try:
            text = Path(name_or_path).read_text("utf-8")
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError) as error:
            raise RecipeError(f"{name_or_path}: {error.strerror}; give a file to read") from None
        except UnicodeDecodeError:
            raise RecipeError(f"{name_or_path}: is not UTF-8; save it as UTF-8") from None
        return text, name_or_path
    name = ALIASES.get(name_or_path, name_or_path)
    if name not in presets():
        known = (*presets(), *ALIASES)
        hint = closest(name, known, "; a file's name ends in .toml")
        raise RecipeError(f"no recipe {name_or_path!r} among {', '.join(sorted(known))}{hint}")
    file = resources.files("filters").joinpath("recipes", f"{name}.toml")
    return file.read_text("utf-8"), file.name


def parse(text: str, file: str) -> Recipe:
    """The recipe that a TOML text holds; `file` is its name in messages. Raises RecipeError.

    Only the form is looked at here: whether the rules can be applied is filters.rules.check's
    business.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _AT_LINE.search(str(error))
        line = int(found[1]) if found else text.count("\n") + 1
        said = _AT_LINE.sub("", str(error)).replace("\n", " ")
        raise RecipeError(f"{file}:{line}: is no TOML: {said}") from None
    lines = dict(_lines(text))
    for name in tables:
        if name not in _TABLES:
            hint = closest(name, _TABLES, f"; there are {', '.join(_TABLES)}")
            raise RecipeError(f"{file}:{lines.get((name, 0, ''), 1)}: unknown table {name!r}{hint}")
    head = _members(tables.get("recipe"), _HEAD, ("recipe", 0), (file, lines))
    for name, known in (("signals", _sets), ("mask", _kinds)):
        head[name] = known(head.get(name, []), lines.get(("recipe", 0, name), 1), file)
    if head.get("capture", CAPTURES[0]) not in CAPTURES:
        line = lines.get(("recipe", 0, "capture"), 1)
        hint = closest(head["capture"], CAPTURES, f"; it can be {' or '.join(CAPTURES)}")
        raise RecipeError(f"{file}:{line}: capture is {head['capture']!r}{hint}")
    if "survivor" in head:
        line = lines.get(("recipe", 0, "survivor"), 1)
        head["survivor"] = Placed(head["survivor"], f"{file}:{line}")
    scopes: dict[str, Any] = {}
    for scope in SCOPES:
        written = tables.get(scope, [])
        if not isinstance(written, list):
            raise RecipeError(f"{file}:{lines.get((scope, 0, ''), 1)}: write [[{scope}]], twice [")
        scopes[scope] = tuple(
            _rule(table, (scope, number), (file, lines)) for number, table in enumerate(written)
        )
    at = {key: line for (table, _, key), line in lines.items() if table == IMAGES}
    images, rules = options(tables.get(IMAGES, {}), file, at)
    scopes["image"] += rules
    return Recipe(**head, **scopes, images=images)


def to_toml(recipe: Recipe) -> str:
    """The recipe as TOML; parse gives an equal one."""
    out = ["[recipe]"]
    out += [f"{name} = {_written(getattr(recipe, name))}" for name in _TOLD]
    for name in _CHOICES:
        if getattr(recipe, name) != getattr(_USUAL, name):
            out.append(f"{name} = {_written(getattr(recipe, name))}")
    for name in _LISTS:
        if getattr(recipe, name):
            out.append(f"{name} = [{', '.join(map(_written, getattr(recipe, name)))}]")
    if recipe.images:
        out += [
            "",
            f"[{IMAGES}]",
            *(f"{name} = {_written(value)}" for name, value in recipe.images),
        ]
    for scope in SCOPES:
        for rule in getattr(recipe, scope):
            out += ["", f"[[{scope}]]"]
            for member in fields(Rule):
                value = getattr(rule, member.name)
                if value != member.default:
                    out.append(f"{member.name} = {_written(value)}")
    return "\n".join(out) + "\n"


def fingerprint(recipe: Recipe) -> str:
    """sha256 of all that decides: the rules of each scope in order, not their sources or titles.

    And what is masked, which duplicate survives and what becomes of pictures, where that is not
    the usual.
    """
    decides = [member.name for member in fields(Rule) if member.name != "source"]
    canonical: dict[str, Any] = {
        scope: [
            {name: _plain(getattr(rule, name)) for name in decides}
            for rule in getattr(recipe, scope)
        ]
        for scope in SCOPES
    }
    if recipe.mask:
        canonical["mask"] = sorted(recipe.mask)
    if recipe.images:
        canonical[IMAGES] = dict(recipe.images)
    for name in _CHOICES:
        if getattr(recipe, name) != getattr(_USUAL, name):
            canonical[name] = getattr(recipe, name)
    written = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(written.encode()).hexdigest()


def _sets(names: list[Any], line: int, file: str) -> tuple[str, ...]:
    """Names of sets of signals, known ones only."""
    from filters.measures import ALL, NAMES  # it knows recipes: not while this module is made

    for name in names:
        if not isinstance(name, str) or name not in (*NAMES, ALL):
            hint = closest(str(name), NAMES, f"; there are {', '.join(NAMES)}, {ALL}")
            raise RecipeError(f"{file}:{line}: no signals are called {name!r}{hint}")
    return tuple(names)


def _kinds(names: list[Any], line: int, file: str) -> tuple[str, ...]:
    """Kinds of personal data, each once, in the order of filters.personal."""
    from filters.personal import KINDS

    for name in names:
        if not isinstance(name, str) or name not in KINDS:
            hint = closest(str(name), KINDS, f"; there are {', '.join(KINDS)}")
            raise RecipeError(f"{file}:{line}: no personal data is called {name!r}{hint}")
    return tuple(kind for kind in KINDS if kind in names)


Place = tuple[str, int]
Lines = Mapping[tuple[str, int, str], int]


def _lines(text: str) -> Iterator[tuple[tuple[str, int, str], int]]:
    """((table, which of that name, key), line), the key of a table's own line being ""."""
    table, seen = "", {"": 0}
    for line, written in enumerate(text.splitlines(), 1):
        header = _TABLE.fullmatch(written)
        if header:
            table = header[1]
            seen[table] = seen.get(table, -1) + 1
            yield (table, seen[table], ""), line
        elif key := _KEY.match(written):
            yield (table, seen[table], key[1]), line
            if not table:
                yield (key[1], 0, ""), line


def _rule(table: object, place: Place, source: tuple[str, Lines]) -> Rule:
    members = _members(table, _MEMBERS, place, source)
    file, lines = source
    line = lines.get((*place, ""), 1)
    for wanted in ("name", "value"):
        if wanted not in members:
            raise RecipeError(f"{file}:{line}: this rule has no {wanted}; add {wanted} = ...")
    return Rule(**members, where=f"{file}:{lines.get((*place, 'value'), line)}")


def _members(
    table: object, known: Mapping[str, Any], place: Place, source: tuple[str, Lines]
) -> dict[str, Any]:
    """The members of one table, each of a known name and of its type."""
    file, lines = source
    line = lines.get((*place, ""), 1)
    if not isinstance(table, dict):
        raise RecipeError(f"{file}:{line}: needs a table [{place[0]}] with a name")
    for key, value in table.items():
        line = lines.get((*place, key), line)
        if key not in known:
            raise RecipeError(
                f"{file}:{line}: unknown key {key!r}"
                + closest(key, known, f"; there are {', '.join(known)}")
            )
        if not isinstance(value, known[key]) or isinstance(value, bool):
            raise RecipeError(
                f"{file}:{line}: {key} is {value!r}; it has to be {_SAID[known[key]]}"
            )
    if place[0] == "recipe" and not table.get("name"):
        raise RecipeError(f"{file}:{line}: the recipe has no name; add name = ... under [recipe]")
    return dict(table)


def _written(value: str | float) -> str:
    """A TOML value; JSON writes texts as TOML reads them, but for DEL."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return repr(value)


def _plain(value: object) -> object:
    return float(value) if isinstance(value, int) else value
