"""What became of a page, its nodes and its pictures, in words: made by jobs.explain."""

from dataclasses import dataclass, field

from filters.rules import Rule


def bounds(rule: Rule) -> str:
    """The rule's bounds in words."""
    least = f"at least {rule.at_least:g}" if rule.at_least is not None else ""
    most = f"at most {rule.at_most:g}" if rule.at_most is not None else ""
    return " and ".join(each for each in (least, most) if each)


@dataclass(frozen=True)
class Asked:
    """A rule as it was asked of one thing: the value that it saw, and whether that failed."""

    rule: Rule
    value: float | None
    failed: bool

    def __str__(self) -> str:
        said = "missing" if self.value is None else f"{self.value:.4g}"
        return f"{self.rule.name}: {self.rule.value} = {said}, {bounds(self.rule)}"


@dataclass(frozen=True)
class Piece:
    """A node or a picture: what it shows, and every rule or reason that speaks against it."""

    kind: str
    tag: str
    text: str
    dropped: bool
    reasons: list[str]


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
