"""The drift of markers as one page that needs nothing else: a drawing a language, and a table."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from filters.marker_rates import STYLE, Tally, log_lift
from filters.markers import CLASSES, EXCESS, HARD, eras, since
from jobs.commands.crawls import UNDATED, months
from jobs.report_page.markup import Html, count, joined, tag, void
from jobs.report_page.whole import whole_page

MOST_LANGUAGES = 12  # drawn; the table has all
LEAST_DOCUMENTS = 10  # of a crawl that is drawn: one page's rate is no crawl's
UNIT = "hits per 1,000 words"
WIDTH, LEFT, TOP, FLOOR = 640, 40, 28, 134
LEGEND, ROW, IN_ROW, SAMPLE = 167, 16, 3, 24  # where it begins, its rows, the length of a line
LABEL = 110  # the width of a crawl's name
CHAT = "2022-11"  # when chat models came into general use
# Colours and dashes of lines, told apart without colour as well: of the eras, then of the others.
OF_ERAS = (("#2563a8", None), ("#17806d", "9 3"), ("#7a3ea1", "9 3 2 3"), ("#8a6d00", "4 2"))
OF_BOILERPLATE, OF_HARD = ("#b4541a", "6 3"), ("currentColor", "1 3")


class Line(NamedTuple):
    """What is drawn as one line, or is a column: its name, its classes, or its markers' era."""

    name: str
    classes: tuple[str, ...]
    look: tuple[str, str | None] = ("", None)  # colour and dashes
    since: str = ""

    def per_1000(self, tally: Tally) -> float:
        """Its hits in a thousand words."""
        if not self.since:
            return tally.per_1000(*self.classes) or 0.0
        names = {name for name, month in since().items() if month == self.since}
        return 1000 * tally.among(names) / tally.words if tally.words else 0.0


def by_era() -> list[Line]:
    """Excess vocabulary: a line for each time whose models favour its words."""
    return [
        Line(f"excess words {month}", (EXCESS,), OF_ERAS[number % len(OF_ERAS)], month)
        for number, month in enumerate(eras())
    ]


def _lines() -> list[Line]:
    """What is drawn."""
    return [
        *by_era(),
        Line("boilerplate", ("assistant_boilerplate",), OF_BOILERPLATE),
        Line("hard classes", HARD, OF_HARD),
    ]


def _columns() -> list[Line]:
    """What the table has: the classes, excess vocabulary by its eras."""
    plain = [[Line(kind.replace("_", " "), (kind,))] if kind != EXCESS else by_era()
             for kind in CLASSES]  # fmt: skip
    return [line for several in plain for line in several]


def page(tallies: Mapping[tuple[str, str], Tally], rates: Mapping[str, float]) -> str:
    """The page. `tallies` by (language, crawl), `rates` of style hits a word by language."""
    words: dict[str, int] = {}
    for (language, _), tally in tallies.items():
        words[language] = words.get(language, 0) + tally.words
    order = sorted(words, key=lambda language: (-words[language], language))
    drawn = [_drawn(name, tallies, rates.get(name)) for name in order[:MOST_LANGUAGES]]
    body = joined(
        tag("h1", tag("b", "interleaf"), " markers of chat models, by crawl and language"),
        tag(
            "p",
            "Hits per 1,000 words by the crawl that a page belongs to, or the month in which it "
            "was fetched where no crawl is named. A rate says nothing of one document; "
            "people use these words too. Log-lift is ln((hits + 1) / (expected + 1)) "
            "of the style classes against texts from before the baseline's date. Excess words are "
            "told apart by the models that brought them: "
            + "; ".join(f"from {month}, {models}" for month, models in eras().items())
            + ".",
        ),
        *drawn,
        tag("h2", "Every crawl"),
        tag("div", _table(tallies, rates), class_="scroll"),
    )
    return whole_page("markers: drift", body)


def lifted(tally: Tally, rate: float | None) -> str:
    """Log-lift of style against `rate` hits a word, as it is shown; a dash where there is none."""
    if rate is None:
        return "-"
    # A small negative number would be shown as -0.00.
    return f"{round(log_lift(tally.of(*STYLE), rate * tally.words), 2) + 0.0:+.2f}"


def _drawn(language: str, tallies: Mapping[tuple[str, str], Tally], rate: float | None) -> Html:
    known = [crawl for name, crawl in tallies if name == language and crawl != UNDATED]
    enough = (c for c in known if tallies[language, c].documents >= LEAST_DOCUMENTS)
    crawls = sorted(enough, key=lambda crawl: (months(crawl), crawl))
    lines = _lines()
    values = [[line.per_1000(tallies[language, crawl]) for crawl in crawls] for line in lines]
    most = max((value for row in values for value in row), default=0.0) or 1.0
    numbers = [months(crawl) for crawl in crawls]
    first, last = (numbers[0], numbers[-1]) if numbers else (0.0, 0.0)

    def x(number: float) -> float:
        return LEFT + (WIDTH - LEFT - 10) * (number - first) / max(last - first, 1)

    def y(value: float) -> float:
        return FLOOR - (FLOOR - TOP) * value / most

    shapes: list[Html] = [
        void("line", x1=LEFT, x2=WIDTH - 10, y1=FLOOR, y2=FLOOR, stroke="#888"),
        tag("text", UNIT, x=2, y=12, font_size=11, fill="currentColor"),
        tag("text", f"{most:.2f}", x=2, y=TOP + 4, font_size=11, fill="currentColor"),
        tag("text", "0", x=2, y=FLOOR, font_size=11, fill="currentColor"),
    ]
    if first < months(CHAT) <= last:
        at = round(x(months(CHAT)), 1)
        rule = {"stroke": "#888", "stroke-dasharray": "1 4"}
        shapes.append(void("line", x1=at, x2=at, y1=TOP, y2=FLOOR, **rule))
        shapes.append(tag("text", CHAT, x=at + 3, y=TOP + 4, font_size=10, fill="currentColor"))
    for number, (each, row) in enumerate(zip(lines, values, strict=True)):
        places = [(round(x(n), 1), round(y(v), 1)) for n, v in zip(numbers, row, strict=True)]
        points = " ".join(f"{across},{down}" for across, down in places)
        colour, dashes = each.look
        line = {"fill": "none", "stroke": colour, "stroke-width": 1.6, "stroke-dasharray": dashes}
        shapes.append(void("polyline", points=points, **line))
        for (across, down), crawl, value in zip(places, crawls, row, strict=True):
            pages = count(tallies[language, crawl].documents, "document")
            told = tag("title", f"{crawl}: {value:.2f} {UNIT} in {pages}, {each.name}")
            shapes.append(tag("circle", told, cx=across, cy=down, r=2.5, fill=colour))
        below, across = divmod(number, IN_ROW)
        at, down = LEFT + across * (WIDTH - LEFT) // IN_ROW, LEGEND + below * ROW
        shapes.append(void("line", x1=at, x2=at + SAMPLE, y1=down - 4, y2=down - 4, **line))
        form = {"x": at + SAMPLE + 5, "y": down, "font_size": 11, "fill": colour}
        shapes.append(tag("text", each.name, **form))
    for crawl, place, anchor in _labelled(crawls, [x(number) for number in numbers]):
        form = {"font_size": 11, "text_anchor": anchor, "fill": "currentColor"}
        shapes.append(tag("text", crawl, x=round(place, 1), y=FLOOR + 14, **form))
    total = Tally()
    for crawl in known:
        total.documents += tallies[language, crawl].documents
        total.words += tallies[language, crawl].words
    said = ", ".join(
        (
            count(len(known), "crawl or month", "crawls or months"),
            count(total.documents, "document"),
            count(total.words, "word"),
        )
    )
    if len(crawls) < 2:  # noqa: PLR2004 - a line has two ends
        said += f"; not drawn, as fewer than two have {LEAST_DOCUMENTS} documents or more"
        return tag("section", tag("h2", language), tag("p", f"{said}."))
    left = len(known) - len(crawls)
    if left:
        said += f"; {left:,} of fewer than {LEAST_DOCUMENTS} documents left out of the drawing"
    lift = "" if rate is None else (
        f"; log-lift {lifted(tallies[language, crawls[0]], rate)} at first, "
        f"{lifted(tallies[language, crawls[-1]], rate)} at last"
    )  # fmt: skip
    label = f"{language}: {UNIT}, {said}"
    height = LEGEND + ROW * ((len(lines) - 1) // IN_ROW) + 5
    svg = tag("svg", *shapes, viewBox=f"0 0 {WIDTH} {height}", role="img", aria_label=label)
    return tag("section", tag("h2", language), tag("p", f"{said}{lift}."), svg)


def _labelled(crawls: list[str], places: list[float]) -> list[tuple[str, float, str]]:
    """(name, place, anchor) of the crawls that have room: both ends, then those between."""
    both = list(zip(crawls, places, strict=True))
    chosen = [(*both[0], "start")] if both else []
    if len(both) > 1 and both[-1][1] - both[0][1] >= 2 * LABEL:
        chosen.append((*both[-1], "end"))
    for crawl, place in both[1:-1]:
        room = (LABEL * (1 if anchor == "middle" else 1.5) for _, _, anchor in chosen)
        if all(abs(place - other[1]) >= r for other, r in zip(chosen, room, strict=True)):
            chosen.append((crawl, place, "middle"))
    return chosen


def _in_time(language: str, crawl: str) -> tuple[str, float, str]:
    return language, math.inf if crawl == UNDATED else months(crawl), crawl


def _table(tallies: Mapping[tuple[str, str], Tally], rates: Mapping[str, float]) -> Html:
    columns = _columns()
    heads = ("language", "crawl", "documents", "words", *(c.name for c in columns), "log-lift")
    lines = []
    for (language, crawl), tally in sorted(tallies.items(), key=lambda item: _in_time(*item[0])):
        lift = lifted(tally, rates.get(language))
        cells = [f"{tally.documents:,}", f"{tally.words:,}"]
        cells += [f"{column.per_1000(tally):.3f}" for column in columns]
        lines.append(
            tag(
                "tr",
                tag("th", language),
                tag("th", crawl, style="white-space: nowrap"),
                *(tag("td", c) for c in (*cells, lift)),
            )
        )
    head = tag("thead", tag("tr", *(tag("th", name) for name in heads)))
    return tag("table", head, tag("tbody", *lines))
