"""How far a run is, what each step kept and dropped and why, and whether the books balance."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from jobs.flows import curate
from jobs.inputs.benchmarks import described
from jobs.plan import Pass, Step
from jobs.runs import recipe_of
from jobs.settings import Settings
from jobs.steps.duplicates import held
from jobs.steps.picture_duplicates import compared
from jobs.store import Store, read_run
from pipeline.web.downloads import Policy
from schemas.receipt import Book


@dataclass
class Account:
    """One step: parts done of parts in all (None: not known yet), rows, seconds, books by unit."""

    step: Step
    done: int
    parts: int | None
    rows: int = 0
    seconds: float = 0.0
    books: dict[str, Book] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Are all parts done?"""
        return self.done == self.parts


def accounts(store: Store) -> list[Account]:
    """Every step of the flow that made the store, in order."""
    run = read_run(store)
    whole = {"inputs", "given_embeddings"}
    found = []
    settings = Settings.made(run)
    for step in curate(store, recipe_of(run), Policy(), settings).steps:
        account = _account(step, known=all(table.name in whole for table in step.tables()))
        if account.finished:
            whole.add(step.output.name)
        found.append(account)
    return found


def _account(step: Step, *, known: bool) -> Account:
    receipts = step.output.receipts()
    parts = None
    if known:
        parts = len(step.input.table.parts()) if isinstance(step, Pass) else step.count_parts()
    account = Account(step, len(receipts), parts)
    for receipt in receipts:
        account.rows += receipt.rows
        account.seconds += receipt.seconds
        for unit, book in receipt.books.items():
            account.books.setdefault(unit, Book()).add(book)
    return account


def unbalanced(found: list[Account]) -> list[str]:
    """What does not add up, a line each: within a step, or from one step to the next."""
    wrong = []
    kept: int | None = None
    for account in found:
        name, unit = account.step.name, account.step.unit
        for each, book in account.books.items():
            if not book.balanced:
                wrong.append(f"{name}: {each} taken in and accounted for differ: {book}")
        if not account.finished or unit is None:
            continue
        book = account.books.get(unit, Book())
        if kept is not None and book.taken != kept:
            wrong.append(f"{name}: took {book.taken} {unit}, but {kept} were handed to it")
        kept = account.rows
    return wrong


def show(store: Store) -> bool:
    """Print the accounts; True when everything balances."""
    found = accounts(store)
    run = read_run(store)
    print(f"{store.root}: recipe {run['recipe']['name']}, {len(run['inputs'])} crawl files")
    for line in lines(found):
        print(line)
    settings = Settings.made(run)
    print(held(store, settings.near))
    print(compared(store, settings.alike))
    if run.get("benchmarks"):
        print(described(run["benchmarks"]))
    wrong = unbalanced(found)
    for line in wrong:
        print(f"NOT BALANCED  {line}")
    if not wrong:
        print("the books balance: taken = kept + dropped + quarantined, at every step")
    return not wrong


def lines(found: list[Account]) -> Iterator[str]:
    """The accounts as text, a line for each step and unit, the reasons under it."""
    for account in found:
        total = "?" if account.parts is None else account.parts
        head = f"{account.step.name:9} {account.done}/{total} parts"
        yield f"{head:25} {account.rows:>10,} rows {account.seconds:>9.1f} s"
        for unit, book in account.books.items():
            yield (
                f"    {unit:10} {book.taken:>10,} taken = {book.kept:,} kept"
                f" + {sum(book.dropped.values()):,} dropped"
                f" + {sum(book.quarantined.values()):,} quarantined"
            )
            for title, reasons in (("dropped", book.dropped), ("quarantined", book.quarantined)):
                for reason, count in sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0])):
                    yield f"        {title:12} {count:>10,}  {reason}"
