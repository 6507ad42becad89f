"""`interleaf report STORE`: the whole run on one page, report.html, that needs nothing else.

The page holds no script, asks for nothing, and shows every word of the web as text. One store
gives the same bytes each time: no clock, no seconds, no order of arrival.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from filters.rules import Recipe
from jobs.plan import Flow
from jobs.report_page import copies, counts, funnel, rules, samples
from jobs.report_page.markup import Html, count, joined, share, tag
from jobs.report_page.whole import whole_page
from jobs.runs import recipe_of
from jobs.settings import Settings
from jobs.status import Account, accounts, unbalanced
from jobs.steps import duplicates, picture_duplicates
from jobs.store import Store, read_run
from jobs.store_tables import Tables
from schemas.receipt import Book

PAGE = "report.html"
FEW, MANY = 3, 100  # crawl files that are named at once, and that are named at all


def write(store: Store) -> str:
    """Write report.html into the store, as far as the run has come. Returns its path."""
    run = read_run(store)
    title = f"{run['recipe']['name']}: what was kept, and why"
    store.write_text(PAGE, whole_page(title, joined(*_sections(store, run))))
    return f"{store.root.rstrip('/')}/{PAGE}"


def _sections(store: Store, run: Mapping[str, Any]) -> Iterator[Html]:
    at, recipe = Tables(store), recipe_of(dict(run))
    steps = funnel.by_name(accounts(store))
    word, after = counts.left(at)
    yield _head(run, steps, int(after.words.sum()))
    yield _section(
        "From records to documents",
        "Each bar is what came so far, out of all records. Beneath it, what did not, and why: the "
        "first reason that held.",
        funnel.drawn(funnel.documents(steps), recipe.document),
    )
    texts, images = counts.node_kinds(at)
    yield _section(
        "Text and pictures within them",
        "The nodes of all documents, and the way of a picture from a link to the release. From "
        "“links of documents that are left” on, a link counts once for each document.",
        tag("h3", "Text nodes"),
        funnel.drawn(funnel.texts(texts, steps, recipe), recipe.node),
        tag("h3", "Pictures"),
        funnel.drawn(funnel.images(images, steps, recipe), recipe.image),
    )
    yield _measured(at, recipe, Flow(tuple(account.step for account in steps.values())))
    yield _section(
        "Languages, hosts, sizes",
        "Of all documents found, and of those that are left.",
        counts.tables(counts.found(at), after, word),
        counts.spreads(after, word),
    )
    yield from _copies(at, run)
    yield _section(
        f"{samples.RELEASED} released documents",
        "The first by doc_id, a hash: a draw that favours nothing. Pictures are shown small.",
        samples.released(at) or _none("Nothing is released yet."),
    )
    yield _section(
        f"{samples.DROPPED} dropped documents",
        "By doc_id again, but two for each rule before there is a third; with every rule that the "
        "document breaks.",
        samples.dropped(at, recipe) or _none("No document is dropped so far."),
    )
    yield _books(steps)


def _head(run: Mapping[str, Any], steps: Mapping[str, Account], words: int) -> Html:
    recipe = run["recipe"]
    inputs = [source["warc_file"] for source in run["inputs"]]
    most = sum(source["limit"] or 0 for source in run["inputs"])
    limit = f", {count(most, 'record')} at most" if most else ""
    listing: object = ", ".join(inputs)
    if len(inputs) > FEW:
        more = f"and {len(inputs) - MANY:,} more" if len(inputs) > MANY else None
        items = (tag("li", name) for name in (*inputs[:MANY], more) if name)
        listing = tag("details", tag("summary", "their names"), tag("ul", *items))
    wrong = unbalanced(list(steps.values()))
    unfinished = [name for name, step in steps.items() if not step.finished]
    books = "The books balance: at every step, taken = kept + dropped + quarantined."
    if unfinished:
        books += f" The run is not finished: {', '.join(unfinished)} still to do."
    lines = (
        ("recipe", f"{recipe['name']} ({recipe['fingerprint'][:12]})"),
        ("about", _folded(recipe["description"].strip())),
        ("input", joined(f"{count(len(inputs), 'crawl file')}{limit}: ", listing)),
        ("made by", f"interleaf {run['versions']['interleaf']}"),
    )
    pairs = (tag("dt", name) + tag("dd", words) for name, words in lines if words)
    return joined(
        tag("h1", tag("b", "interleaf"), f" report · {recipe['name']}"),
        _lead(steps, words),
        tag("dl", *(Html(pair) for pair in pairs), class_="run"),
        tag("p", "; ".join(wrong) or books, class_="books wrong" if wrong else "books"),
    )


def _folded(text: str) -> Html | None:
    """The first sentence; the rest under it."""
    first, stop, rest = text.partition(". ")
    return tag("details", tag("summary", first + stop), rest) if rest else joined(text)


def _lead(steps: Mapping[str, Account], words: int) -> Html:
    """What came out, in one sentence."""
    read, export = steps["read"].books.get("records"), steps["export"]
    if read is None:
        return tag("p", "Nothing has been read yet.", class_="lead")
    start = f"From {count(read.taken, 'record')} with {count(read.kept, 'document')}"
    if not export.done:
        done = [name for name, step in steps.items() if step.done]
        return tag(
            "p", f"{start}, nothing is released yet: the run is at “{done[-1]}”.", class_="lead"
        )
    documents = export.books["documents"]
    links = export.books.get("links")
    out = (
        tag("b", count(documents.kept, "interleaved document")),
        f" with {count(links.kept if links else 0, 'picture')} and {count(words, 'word')}",
        f" {'was' if documents.kept == 1 else 'were'} released: ",
        f"{share(documents.kept, read.kept)} of the documents.",
    )
    return tag("p", f"{start}, ", *out, class_="lead")


def _measured(at: Tables, recipe: Recipe, flow: Flow) -> Html:
    key = tag(
        "p",
        tag("i", "kept by every rule", class_="k"),
        tag("i", "cut by some rule", class_="d"),
        tag("i", "the bound", class_="b"),
        class_="key",
    )
    found = [rules.drawn(scope) for scope in rules.scopes(at, recipe, flow)]
    return _section(
        "What the rules measure",
        "How the value of each rule is spread, and where its bounds cut. The height of a bar is "
        "the square root of its number, so that the few beside the many are seen; values beyond "
        "the ends of an axis lie in its last bars. Documents are measured on what the node rules "
        "left of them.",
        key,
        *found or [_none("Nothing is measured yet.")],
    )


def _copies(at: Tables, run: Mapping[str, Any]) -> Iterator[Html]:
    settings = Settings.made(dict(run))
    said = []
    if at.clusters.parts():
        said.append(duplicates.held(at.store, settings.near))
    if at.picture_clusters.parts():
        said.append(picture_duplicates.compared(at.store, settings.alike))
    groups = copies.drawn(at)
    yield _section(
        "Copies",
        "What was compared with what, and what was left out of it. Then the largest groups of "
        "released pictures that look alike, of each file the first that is shown: they are kept "
        "unless a rule of the recipe reads their place in the group.",
        *(tag("p", each) for each in said),
        groups or _none("No two files of the release look alike."),
    )


def _books(steps: Mapping[str, Account]) -> Html:
    read = steps["read"].books.get("records", Book())
    lines = (
        tag("tr", tag("th", error), tag("td", f"{n:,}"), tag("td", share(n, read.taken)))
        for error, n in funnel.ordered(read.quarantined)
    )
    head = tag("tr", tag("th", "error"), tag("th", "records"), tag("th", "of all"))
    table = tag("table", tag("thead", head), tag("tbody", *lines))
    done = (_step(account) for account in steps.values())
    names = ("step", "parts", "rows written", "size")
    heads = tag("tr", *(tag("th", name) for name in names))
    return _section(
        "Quarantine and tables",
        "Records that could not be read lie in quarantine/ with their bytes and error.",
        tag("div", table, class_="scroll")
        if read.quarantined
        else _none("Nothing is in quarantine."),
        tag("h3", "What each step wrote"),
        tag("div", tag("table", tag("thead", heads), tag("tbody", *done)), class_="scroll"),
    )


def _step(account: Account) -> Html:
    size = sum(receipt.bytes for receipt in account.step.output.receipts())
    parts = f"{account.done:,} of {'?' if account.parts is None else f'{account.parts:,}'}"
    cells = (parts, f"{account.rows:,}", _size(size))
    return tag("tr", tag("th", account.step.name), *(tag("td", cell) for cell in cells))


def _size(size: int) -> str:
    for unit, limit in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= limit:
            return f"{size / limit:,.1f} {unit}"
    return f"{size} B"


def _section(title: str, lead: str, *content: Html) -> Html:
    return tag("section", tag("h2", title), tag("p", lead), *content)


def _none(words: str) -> Html:
    return tag("p", words, class_="none")
