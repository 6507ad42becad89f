"""`interleaf recipe show|check|diff`: recipes as files; nothing is read but them."""

from collections.abc import Iterator, Mapping

from filters import recipes
from filters.differences import differences
from filters.picture_options import KINDS
from filters.rules import SCOPES, Recipe, Rule
from jobs.decisions.explained import bounds, condition
from jobs.flows import check_recipe


def show(name: str) -> Iterator[str]:
    """The recipe as it is written, which can be saved and changed. Raises RecipeError."""
    text, file = recipes.written(name)
    yield f"# fingerprint {recipes.fingerprint(recipes.parse(text, file))}"
    yield text.rstrip()


def check(name: str) -> Iterator[str]:
    """A line for a recipe that can be applied, and one for each thing that it should not lack.

    Raises RecipeError, which names file and line.
    """
    recipe = recipes.load(name)
    check_recipe(recipe)
    counts = ", ".join(f"{len(getattr(recipe, scope))} {scope} rules" for scope in SCOPES)
    yield f"{recipe.name}: {counts}; every one can be applied"
    if recipe.images:
        said = ", ".join(f"{name} {value}" for name, value in recipe.images)
        yield f"{recipe.name}: pictures with {said}"
    yield from _warnings(recipe)


def _warnings(recipe: Recipe) -> Iterator[str]:
    """What can be applied and is yet no good recipe: a bound from nowhere, nothing that decides."""
    rules = [(scope, rule) for scope in SCOPES for rule in getattr(recipe, scope)]
    if not rules:
        # One that names signals is made to measure.
        head = "" if recipe.signals else "warning: "
        yield f"{head}{recipe.name} has no rule: it keeps everything"
    for scope, rule in rules:
        if not rule.source.strip():
            where = rule.place or recipe.name
            yield (
                f"warning: {where}: {scope} rule {rule.name!r} names no source; add source = the "
                "paper, code or measurement that its bounds come from"
            )


def diff(one: str, other: str) -> Iterator[str]:
    """A line for each rule that is not the same in both. Raises RecipeError."""
    left, right = recipes.load(one), recipes.load(other)
    found = list(differences(left, right))
    for each in found:
        head = f"{each.scope:8} {each.name:24}"
        if each.one is not None and each.other is not None:
            changes = (
                f"{m}: {_said(getattr(each.one, m))} -> {_said(getattr(each.other, m))}"
                for m in each.members
            )
            yield f"~ {head} {'; '.join(changes)}"
        elif each.one is not None:
            yield f"- {head} {_rule(each.one)}"
        elif each.other is not None:
            yield f"+ {head} {_rule(each.other)}"
    choices = [
        name for name in ("survivor", "capture") if getattr(left, name) != getattr(right, name)
    ]
    for name in choices:
        yield f"~ recipe   {name:24} {getattr(left, name)} -> {getattr(right, name)}"
    if left.mask != right.mask:
        masks = (", ".join(each.mask) or "nothing" for each in (left, right))
        yield f"~ recipe   {'mask':24} {' -> '.join(masks)}"
    pictures = list(_pictures(dict(left.images), dict(right.images)))
    yield from pictures
    yield _summary(left, right, len(found) + len(choices), len(pictures))


def _pictures(one: Mapping[str, object], other: Mapping[str, object]) -> Iterator[str]:
    for name in KINDS:
        was, is_ = one.get(name), other.get(name)
        if was != is_:
            yield f"~ {'images':8} {name:24} {_option(was)} -> {_option(is_)}"


def _option(value: object) -> str:
    return "as usual" if value is None else str(value)


def _summary(left: Recipe, right: Recipe, rules: int, options: int) -> str:
    if rules or options:
        also = f" and {options} of [images]" if options else ""
        return f"{rules} rules{also} differ between {left.name} (-) and {right.name} (+)"
    if recipes.fingerprint(left) == recipes.fingerprint(right):
        return f"{left.name} and {right.name} decide alike"
    if left.mask != right.mask:
        return f"{left.name} and {right.name} have the same rules and mask other things"
    return f"{left.name} and {right.name} have the same rules in another order"


def _rule(rule: Rule) -> str:
    return f"{rule.value}, {bounds(rule)}{condition(rule)}"


def _said(value: object) -> str:
    return "none" if value is None else str(value)
