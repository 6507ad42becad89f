"""A receipt: what a worker reports of one part. The part is done when its receipt lies there."""

import json
from dataclasses import asdict, dataclass, field


@dataclass
class Book:
    """Accounts of one kind of thing (records, documents, nodes, images) in one part.

    `taken` = `kept` + sum(`dropped`) + `quarantined`, or the part is not balanced.
    """

    taken: int = 0
    kept: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    quarantined: dict[str, int] = field(default_factory=dict)

    @property
    def balanced(self) -> bool:
        """True when everything taken in is accounted for."""
        out = self.kept + sum(self.dropped.values()) + sum(self.quarantined.values())
        return self.taken == out

    def add(self, other: "Book") -> None:
        """Add another book of the same kind of thing."""
        self.taken += other.taken
        self.kept += other.kept
        for mine, theirs in ((self.dropped, other.dropped), (self.quarantined, other.quarantined)):
            for reason, count in theirs.items():
                mine[reason] = mine.get(reason, 0) + count


@dataclass
class Receipt:
    """One finished or failed part of one step."""

    step: str
    part: str
    rows: int = 0
    bytes: int = 0
    sha256: str = ""
    seconds: float = 0.0
    books: dict[str, Book] = field(default_factory=dict)
    error: str = ""

    def to_json(self) -> str:
        """The receipt as one JSON object."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Receipt":
        """The receipt that `to_json` wrote."""
        values = json.loads(text)
        books = {unit: Book(**book) for unit, book in values.pop("books").items()}
        return cls(books=books, **values)
