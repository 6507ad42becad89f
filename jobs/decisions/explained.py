"""What became of a page, its nodes and its pictures, in words: made by jobs.commands.explain."""

from dataclasses import dataclass, field

from filters.rules import Rule

_LEAST_DIGITS, _MOST_DIGITS = 4, 17  # figures that are shown; a double has no more than 17
_LONGEST_COUNT = 1e15


def number(value: float, *bounds: float | None) -> str:
    """In words: a whole number in full; else as many figures as tell it apart from its bounds."""
    if value == int(value) and abs(value) < _LONGEST_COUNT:
        return f"{int(value):,}"
    before = len(str(int(abs(value))))
    text = ""
    for digits in range(_LEAST_DIGITS, _MOST_DIGITS + 1):
        if 1 <= abs(value) < _LONGEST_COUNT:
            text = f"{value:,.{max(1, digits - before)}f}".rstrip("0")
            text += "0" if text.endswith(".") else ""
        else:
            text = f"{value:.{digits}g}"
        shown = float(text.replace(",", ""))
        if all(_side(shown, bound) == _side(value, bound) for bound in bounds if bound is not None):
            break
    return text


def _side(value: float, bound: float) -> int:
    return (value > bound) - (value < bound)


def bounds(rule: Rule) -> str:
    """The rule's bounds in words."""
    least = f"at least {_bound(rule.at_least)}" if rule.at_least is not None else ""
    most = f"at most {_bound(rule.at_most)}" if rule.at_most is not None else ""
    return " and ".join(each for each in (least, most) if each)


def condition(rule: Rule) -> str:
    """When the rule is asked, in words to put behind its bounds."""
    return f", when {rule.when}" if rule.when else ""


def _bound(value: float) -> str:
    return number(value, value)


@dataclass(frozen=True)
class Asked:
    """A rule as it was asked of one thing: the value that it saw, and whether that failed."""

    rule: Rule
    value: float | None
    failed: bool

    @property
    def said(self) -> str:
        """The value in words."""
        if self.value is None:
            return "missing"
        return number(self.value, self.rule.at_least, self.rule.at_most)

    @property
    def brief(self) -> str:
        """Without the expression."""
        return f"{self.rule.name} {self.said} ({bounds(self.rule)})"

    def __str__(self) -> str:
        said = f"{self.rule.name}: {self.rule.value} = {self.said}"
        return f"{said}, {bounds(self.rule)}{condition(self.rule)}"


@dataclass(frozen=True)
class Piece:
    """A node or a picture: what it shows, and every rule or reason that speaks against it.

    `passed`: rules that it meets, with its values. `markers`: phrases that stand in its text.
    """

    kind: str
    tag: str
    text: str
    dropped: bool
    reasons: list[str]
    passed: list[str] = field(default_factory=list)
    markers: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Explained:
    """One capture of a page with every decision that was made about it."""

    url: str
    title: str
    place: str
    outcome: str
    rules: list[Asked] = field(default_factory=list)
    nodes: list[Piece] = field(default_factory=list)
    pictures: list[Piece] = field(default_factory=list)
    benchmarks: list[str] = field(default_factory=list)
    recipe: str = ""
