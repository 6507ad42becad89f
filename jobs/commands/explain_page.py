"""An explained page, on a terminal and as HTML: words of the web are text, never obeyed."""

from collections.abc import Iterable, Sequence

from jobs.decisions.explained import Explained, Piece
from jobs.report_page.markup import Html, count, joined, tag, void, web
from jobs.report_page.whole import whole_page

WIDTH = 88
ASIDE = " " * 17  # before what is said of a node
MOST_TEXT = 2000


def to_terminal(found: Sequence[Explained]) -> None:
    """Print every capture, cut nodes struck through where the terminal can."""
    from rich.console import Console

    # Wide where nobody reads it on a screen: lines stay whole for grep.
    console = Console(highlight=False, emoji=False, soft_wrap=True)
    for each in found:
        console.print(printable(each.url), style="bold", markup=False)
        for line in (each.title, each.place, each.recipe, f"outcome: {each.outcome}"):
            console.print(f"  {printable(line)}", markup=False)
        if not each.nodes:
            continue
        console.print("  document rules:", markup=False)
        for asked in each.rules:
            mark = "BROKEN" if asked.failed else "ok"
            style = "red" if asked.failed else "dim"
            console.print(printable(f"    {mark:7} {asked}"), style=style, markup=False)
        console.print("  nodes, cut ones struck out (-):", markup=False)
        for piece in each.nodes:
            _print(console, piece)
        if each.benchmarks:
            console.print("  held by benchmarks:", markup=False)
        for line in each.benchmarks:
            console.print(printable(f"    {line[:MOST_TEXT]}"), style="red", markup=False)
        if each.pictures:
            console.print("  pictures that were asked for:", markup=False)
        for piece in each.pictures:
            _print(console, piece)


def printable(line: str) -> str:
    """The line without what a terminal would obey: pages may hold escape sequences."""
    return "".join(c if c.isprintable() else "\ufffd" for c in line)


def to_html(found: Sequence[Explained]) -> str:
    """Every capture on one page that needs nothing else."""
    title = found[0].url
    return whole_page(title, joined(tag("style", _STYLE), *(_capture(each) for each in found)))


def _print(console, piece: Piece) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    from rich.text import Text

    text = f"[picture] {piece.text}" if piece.kind == "image" else piece.text
    text = printable(text if len(text) <= WIDTH else text[: WIDTH - 1] + "…")
    line = Text(f"    {'-' if piece.dropped else ' '} {printable(piece.tag)[:10]:10} ")
    line.append(text, style="strike dim" if piece.dropped else "")
    console.print(line)
    for reason in piece.reasons:
        console.print(Text(f"{ASIDE}<- {printable(reason)}", style="red"))
    if piece.passed and not piece.dropped:
        console.print(Text(f"{ASIDE}ok {printable(', '.join(piece.passed))}", style="dim"))
    for hit in piece.markers:
        console.print(Text(f"{ASIDE}marker {printable(hit)}", style="yellow"))


# Html by construction of our own words only.
_STYLE = Html(
    "del { color: var(--soft); } .why { color: var(--bound); font-size: 13.5px; }"
    " .piece { margin: 0 0 14px; } .aside, .aside summary { color: var(--soft); font-size: 13px; }"
    " .aside summary { padding: 0; }"
)


def _capture(each: Explained) -> Html:
    rules = (
        tag(
            "li",
            tag("b", "broken " if asked.failed else "ok "),
            str(asked),
            class_="why" if asked.failed else None,
        )
        for asked in each.rules
    )
    return joined(
        tag("h1", tag("b", "interleaf"), " explain"),
        tag("p", web(each.title, MOST_TEXT), class_="lead"),
        tag("p", web(each.url, MOST_TEXT), void("br"), each.place, void("br"), each.recipe),
        tag("p", tag("b", each.outcome)),
        tag("section", tag("h2", "Document rules"), tag("ul", *rules)),
        tag("section", tag("h2", "Nodes"), *_pieces(each.nodes)),
        *_held(each.benchmarks),
        tag("section", tag("h2", "Pictures that were asked for"), *_pieces(each.pictures)),
    )


def _held(lines: Sequence[str]) -> Iterable[Html]:
    if lines:
        rows = (tag("li", web(line, MOST_TEXT), class_="why") for line in lines)
        yield tag("section", tag("h2", "Held by benchmarks"), tag("ul", *rows))


def _pieces(pieces: Iterable[Piece]) -> Iterable[Html]:
    for piece in pieces:
        text = web(piece.text, MOST_TEXT)
        label = tag("i", f"{'picture' if piece.kind == 'image' else piece.tag} ")
        shown = tag("del", text) if piece.dropped else text
        why = [tag("div", web(reason, MOST_TEXT), class_="why") for reason in piece.reasons]
        hits = [tag("div", "marker ", web(hit, MOST_TEXT), class_="aside") for hit in piece.markers]
        yield tag("div", label, shown, *why, *hits, *_passed(piece), class_="piece")


def _passed(piece: Piece) -> Iterable[Html]:
    if piece.passed:
        said = f"{count(len(piece.passed), 'rule')} passed"
        rules = (tag("li", web(rule, MOST_TEXT)) for rule in piece.passed)
        yield tag("details", tag("summary", said), tag("ul", *rules), class_="aside")
