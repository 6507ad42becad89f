"""Where records, nodes and image links went: the levels of the funnels, out of the receipts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from filters.rules import Recipe, Rule
from jobs.decisions.explained import bounds
from jobs.report_page.markup import Html, count, joined, share, tag
from jobs.status import Account
from schemas.receipt import Book

FOLD = 8
# What could be unpacked but not read is a page; all else in quarantine is not known to be one.
PAGE_ERRORS = frozenset({"too_large", "parse_failed"})


@dataclass(frozen=True)
class Level:
    """How many came so far, and why the others of the level before did not.

    `number` is None where the step has not begun; `parts` is (done, all) where it is not finished.
    """

    name: str
    number: int | None
    reasons: Mapping[str, int] = field(default_factory=dict)
    parts: tuple[int, int | None] | None = None


def documents(accounts: Mapping[str, Account]) -> list[Level]:
    """From records to released documents."""
    read, text = accounts["read"], accounts["text"]
    gather, alike, export = accounts["gather"], accounts["alike"], accounts["export"]
    records = _book(read, "records")
    unparsed = {name: n for name, n in records.quarantined.items() if name in PAGE_ERRORS}
    unread = Counter(records.quarantined) - Counter(unparsed)
    pages = records.kept + sum(unparsed.values())
    levels = [
        _level("records read", read, records.taken, {}),
        _level("HTML pages", read, pages, Counter(records.dropped) + unread),
        _level("documents", read, records.kept, unparsed),
        _level("kept by the text rules", text, *_kept(text, "documents")),
        _level("newest capture of its address", gather, *_kept(gather, "documents")),
    ]
    if export.done:
        last = _book(export, "documents")
        copies = {"near_duplicate": last.dropped.get("near_duplicate", 0)}
        bare = {"no_image_left": last.dropped.get("no_image_left", 0)}
        others = Counter(last.dropped) - Counter(copies) - Counter(bare)
        unique = last.taken - copies["near_duplicate"]
        lines = accounts["lines"]
        return [
            *levels,
            _level("not held back by its owner or by you", lines, *_kept(lines, "documents")),
            _level("no near-duplicate of a better one", export, unique, copies),
            _level("with a picture left", export, unique - bare["no_image_left"], bare),
            _level("released", export, last.kept, others),
        ]
    unique = _book(gather, "documents").kept - alike.rows
    return [
        *levels,
        _level("no near-duplicate of a better one", alike, unique, {"near_duplicate": alike.rows}),
        _level("with a picture left", export, None, {}),
        _level("released", export, None, {}),
    ]


def texts(found: int, accounts: Mapping[str, Account], recipe: Recipe) -> list[Level]:
    """Text nodes: `found` of them, and those that the node rules keep."""
    dropped = _of_rules(_book(accounts["text"], "nodes"), recipe, of_images=False)
    kept = found - sum(dropped.values())
    return [
        _level("text nodes", accounts["read"], found, {}),
        _level("kept by the node rules", accounts["text"], kept, dropped),
    ]


def images(found: int, accounts: Mapping[str, Account], recipe: Recipe) -> list[Level]:
    """Image nodes, then the distinct links of the documents that are left, then pictures."""
    text, fetch, export = accounts["text"], accounts["fetch"], accounts["export"]
    dropped = _of_rules(_book(text, "nodes"), recipe, of_images=True)
    asked, links = _book(fetch, "images"), _book(export, "links")
    judged = Counter(links.dropped) - Counter(asked.dropped)
    wasted = {"document_dropped": judged.pop("document_dropped", 0)}
    return [
        _level("image nodes", accounts["read"], found, {}),
        _level("kept by their links", text, found - sum(dropped.values()), dropped),
        _level("links of documents that are left", fetch, asked.taken, {}),
        _level("pictures fetched", fetch, asked.kept, asked.dropped),
        _level("good enough", export, links.kept + wasted["document_dropped"], judged),
        _level("released", export, links.kept, wasted),
    ]


def drawn(levels: list[Level], rules: Iterable[Rule] = ()) -> Html:
    """The funnel: a bar for each level, what came so far and what fell last; beneath it, why."""
    whole = max((level.number or 0 for level in levels), default=0)
    about = {rule.name: rule for rule in rules}
    return tag("ol", *(_row(level, whole, about) for level in levels), class_="funnel")


def _row(level: Level, whole: int, rules: Mapping[str, Rule]) -> Html:
    if level.number is None:
        return tag(
            "li",
            tag("div", tag("b", level.name), tag("span", "not done yet"), class_="line"),
            class_="waiting",
        )
    done, parts = level.parts or (0, 0)
    note = tag("em", f"{done} of {parts or '?'} parts done") if level.parts else None
    figures = tag("span", tag("data", f"{level.number:,}"), tag("i", share(level.number, whole)))
    reasons = [pair for pair in ordered(level.reasons) if pair[1]]
    return tag(
        "li",
        tag("div", tag("b", level.name, note), figures, class_="line"),
        bar(whole, kept=level.number, dropped=sum(level.reasons.values())),
        _reasons(reasons, whole, rules),
    )


def _reasons(reasons: list[tuple[str, int]], whole: int, rules: Mapping[str, Rule]) -> Html | None:
    if not reasons:
        return None
    most = sum(number for _, number in reasons)
    rows = [
        tag(
            "li",
            tag(
                "div",
                _reason(name, rules.get(name)),
                tag("span", tag("data", f"{number:,}"), tag("i", share(number, whole))),
                class_="line",
            ),
            bar(most, dropped=number) if len(reasons) > 1 else None,
        )
        for name, number in reasons
    ]
    shown, folded = rows[:FOLD], rows[FOLD:]
    out = tag("ul", *shown, class_="reasons")
    if not folded:
        return out
    rest = sum(number for _, number in reasons[FOLD:])
    head = tag("summary", f"{count(len(folded), 'more reason')}, {rest:,} in all")
    return joined(out, tag("details", head, tag("ul", *folded, class_="reasons")))


def _reason(name: str, rule: Rule | None) -> Html:
    if rule is None:
        return tag("span", name)
    return tag("span", name, tag("small", f" {bounds(rule)}"), title=rule.value)


def bar(whole: float, **parts: float) -> Html:
    """A horizontal bar: parts of a whole, one after another, each with its name as class."""
    widths = ((kind, 100 * number / whole) for kind, number in parts.items() if number)
    pieces = (tag("i", style=f"width:{width:.2f}%", class_=kind) for kind, width in widths)
    return tag("div", *pieces, class_="bar")


def ordered(reasons: Mapping[str, int]) -> list[tuple[str, int]]:
    """The most frequent first; those of one number by name."""
    return sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))


def by_name(accounts: Iterable[Account]) -> dict[str, Account]:
    """The accounts of a store by the name of their step."""
    return {account.step.name: account for account in accounts}


def _book(account: Account, unit: str) -> Book:
    return account.books.get(unit, Book())


def _kept(account: Account, unit: str) -> tuple[int, dict[str, int]]:
    book = _book(account, unit)
    return book.kept, book.dropped


def _level(name: str, account: Account, number: int | None, reasons: Mapping[str, int]) -> Level:
    if not account.done:
        return Level(name, None)
    parts = None if account.finished else (account.done, account.parts)
    return Level(name, number, dict(reasons), parts)


def _of_rules(book: Book, recipe: Recipe, *, of_images: bool) -> dict[str, int]:
    """The nodes dropped by the image rules of the recipe, or those dropped by its node rules."""
    names = {rule.name for rule in recipe.image} - {rule.name for rule in recipe.node}
    return {name: n for name, n in book.dropped.items() if (name in names) == of_images}
