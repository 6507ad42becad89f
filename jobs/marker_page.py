"""The drift of markers as one page that needs nothing else: a drawing a language, and a table."""

import math
from collections.abc import Mapping

from filters.marker_rates import STYLE, Tally, log_lift
from filters.markers import CLASSES, HARD
from jobs.crawls import UNDATED, months
from jobs.report_page.markup import Html, count, joined, tag, void
from jobs.report_page.whole import whole_page

MOST_LANGUAGES = 12  # drawn; the table has all
LEAST_DOCUMENTS = 10  # of a crawl that is drawn: one page's rate is no crawl's
UNIT = "hits per 1,000 words"
WIDTH, HEIGHT, LEFT, TOP, FLOOR = 640, 172, 40, 28, 134
SAMPLE = 24  # the length of a line in the legend
LABEL = 110  # the width of a crawl's name
CHAT = "2022-11"  # when chat models came into general use
# Line -> its classes, its colour and its dashes: told apart without colour as well.
LINES = (
    ("excess vocabulary", ("excess_vocabulary",), "#2563a8", None),
    ("assistant boilerplate", ("assistant_boilerplate",), "#b4541a", "6 3"),
    ("hard classes", HARD, "currentColor", "1 3"),
)


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
            "of the style classes against texts from before the baseline's date.",
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
    values = [
        [tallies[language, crawl].per_1000(*classes) or 0.0 for crawl in crawls]
        for _, classes, _, _ in LINES
    ]
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
    for (name, _, colour, dashes), row in zip(LINES, values, strict=True):
        places = [(round(x(n), 1), round(y(v), 1)) for n, v in zip(numbers, row, strict=True)]
        points = " ".join(f"{across},{down}" for across, down in places)
        line = {"fill": "none", "stroke": colour, "stroke-width": 1.6, "stroke-dasharray": dashes}
        shapes.append(void("polyline", points=points, **line))
        for (across, down), crawl, value in zip(places, crawls, row, strict=True):
            pages = count(tallies[language, crawl].documents, "document")
            told = tag("title", f"{crawl}: {value:.2f} {UNIT} in {pages}, {name}")
            shapes.append(tag("circle", told, cx=across, cy=down, r=2.5, fill=colour))
        at = LEFT + 190 * [each[0] for each in LINES].index(name)
        shapes.append(void("line", x1=at, x2=at + SAMPLE, y1=HEIGHT - 9, y2=HEIGHT - 9, **line))
        form = {"x": at + SAMPLE + 5, "y": HEIGHT - 5, "font_size": 11, "fill": colour}
        shapes.append(tag("text", name, **form))
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
    svg = tag("svg", *shapes, viewBox=f"0 0 {WIDTH} {HEIGHT}", role="img", aria_label=label)
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
    kinds = [*CLASSES]
    heads = ("language", "crawl", "documents", "words", *kinds, "log-lift")
    lines = []
    for (language, crawl), tally in sorted(tallies.items(), key=lambda item: _in_time(*item[0])):
        lift = lifted(tally, rates.get(language))
        cells = [f"{tally.documents:,}", f"{tally.words:,}"]
        cells += [f"{tally.per_1000(kind) or 0:.3f}" for kind in kinds]
        lines.append(
            tag(
                "tr",
                tag("th", language),
                tag("th", crawl, style="white-space: nowrap"),
                *(tag("td", c) for c in (*cells, lift)),
            )
        )
    head = tag("thead", tag("tr", *(tag("th", name.replace("_", " ")) for name in heads)))
    return tag("table", head, tag("tbody", *lines))
