"""How the values of a rule are spread, and where its bounds cut them: one small drawing each."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from jobs.report_page.markup import Html, joined, tag, void

BINS = 44
# The drawing, in units of its own; the page scales it.
WIDTH, HEIGHT = 400, 136
LEFT, RIGHT, TOP, FLOOR = 6, 394, 22, 112
MOST_TICKS = 6
EDGE = 60  # room that a label takes
# A logarithmic axis where the 99.5th percentile is above this, and so many times the median.
LONG_TAIL = (20, 8)
# Whole numbers within this range get a bar each, and room for some more where they are few.
MOST_WHOLE, LEAST_WHOLE = 64, 12
THOUSAND, MILLION = 1000, 1e6


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, by steps of equal size or, with `log`, of log10(1 + value).

    `whole`: whole numbers, each with a bin of its own that begins at the number.
    """

    low: float
    high: float
    log: bool = False
    whole: bool = False
    bins: int = BINS

    def x(self, value: float) -> float:
        """Where a value stands in the drawing."""
        return LEFT + float(self.at(np.array([value]))[0]) * (RIGHT - LEFT)

    def at(self, values: np.ndarray) -> np.ndarray:
        """Where values lie between the ends: float64 in 0..1, what is beyond at the ends."""
        low, high = self._scaled(np.array([self.low, self.high]))
        return np.clip((self._scaled(values) - low) / (high - low), 0, 1)

    def edges(self) -> np.ndarray:
        """The values at the bins' ends. (bins + 1,)"""
        low, high = self._scaled(np.array([self.low, self.high]))
        edges = np.linspace(low, high, self.bins + 1)
        return np.power(10.0, edges) - 1 if self.log else edges

    def ticks(self) -> list[float]:
        """Round values within the axis, a handful."""
        if self.log:
            tens = [0.0] if self.low <= 0 else []
            tens += [10.0**n for n in range(13) if self.low <= 10.0**n <= self.high]
            return tens[:: -(-len(tens) // MOST_TICKS)]
        rough = (self.high - self.low) / (MOST_TICKS - 1)
        ten = 10.0 ** np.floor(np.log10(rough))
        step = next(n * ten for n in (1, 2, 5, 10) if n * ten >= rough * 0.999)
        first = np.ceil(self.low / step - 1e-9)
        last = np.floor(self.high / step + 1e-9)
        return [float(n * step) + 0.0 for n in np.arange(first, last + 1)]  # no -0

    def _scaled(self, values: np.ndarray) -> np.ndarray:
        return np.log10(1 + np.maximum(values, 0)) if self.log else values


def axis_of(values: np.ndarray, bounds: Sequence[float]) -> Axis:
    """An axis for finite `values` (n,), n > 0, that shows bounds unless they are far off."""
    low, middle, high = (float(q) for q in np.quantile(values, (0.005, 0.5, 0.995)))
    whole = all((each == np.floor(each)).all() for each in (values, np.array(bounds, float)))
    log = low >= 0 and high > max(LONG_TAIL[0], LONG_TAIL[1] * middle)
    log = log and not (whole and high < MOST_WHOLE)
    reach = high - low or np.inf
    for bound in bounds:
        if log or low - reach <= bound <= high + reach:
            low, high = min(low, bound), max(high, bound)
    if high == low:
        high = low + 1
    if high in bounds:
        high += 0.12 * (high - low)
    if low in bounds and low > 0:
        low = max(0.0, low - 0.12 * (high - low))
    if low > 0 and low < 0.15 * high:
        low = 0.0
    if whole and not log and high - low < MOST_WHOLE:
        low = float(np.floor(low))
        high = max(float(np.floor(high)) + 1, low + LEAST_WHOLE)
        return Axis(low, high, whole=True, bins=int(high - low))
    return Axis(low, high, log)


def drawn(
    values: np.ndarray, kept: np.ndarray, bounds: tuple[float | None, float | None], noun: str
) -> Html:
    """The histogram of finite `values` (n,), what is `kept` (n,) in its own colour.

    `bounds` are drawn as lines, at least and at most. Heights are square roots of numbers.
    """
    axis = axis_of(values, [bound for bound in bounds if bound is not None])
    index = np.minimum((axis.at(values) * axis.bins).astype(int), axis.bins - 1)
    totals = np.bincount(index, minlength=axis.bins)
    keeps = np.bincount(index[kept], minlength=axis.bins)
    return tag(
        "svg",
        *_bars(axis, totals, keeps, noun),
        void("line", x1=LEFT, x2=RIGHT, y1=FLOOR + 0.5, y2=FLOOR + 0.5, class_="floor"),
        *(_tick(axis, value) for value in axis.ticks()),
        *_bounds(axis, bounds),
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
        role="img",
        aria_label=f"histogram of {len(values):,} values",
    )


def number(value: float) -> str:
    """A value on an axis: "0.35", "1,500", "2 M"."""
    if abs(value) >= MILLION:
        return f"{value / MILLION:,.4g} M"
    return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.4g}"


def _bars(axis: Axis, totals: np.ndarray, keeps: np.ndarray, noun: str) -> list[Html]:
    room = (RIGHT - LEFT) / axis.bins
    width = max(room - 1, room * 0.86)
    heights = (FLOOR - TOP) * np.sqrt(totals / max(totals.max(), 1))
    edges = axis.edges()
    out = []
    for n in np.flatnonzero(totals):
        # A bar of one thing among millions is still seen.
        height = max(float(heights[n]), 1.5)
        green = height * float(keeps[n]) / float(totals[n])
        x = f"{LEFT + n * room + (room - width) / 2:.1f}"
        ends = f"{number(edges[n])} to {number(edges[n + 1])}"
        words = f"{ends}: {totals[n]:,} {noun}, {keeps[n]:,} kept"
        out.append(
            tag(
                "g",
                tag("title", words),
                _rect(x, FLOOR - height, width, height - green, "d"),
                _rect(x, FLOOR - green, width, green, "k"),
            )
        )
    return out


def _rect(x: str, y: float, width: float, height: float, kind: str) -> Html | None:
    if height <= 0:
        return None
    size = {"y": f"{y:.1f}", "width": f"{width:.1f}", "height": f"{height:.1f}"}
    return void("rect", x=x, **size, class_=kind)


def _tick(axis: Axis, value: float) -> Html | None:
    x = axis.x(value + 0.5 if axis.whole else value)
    if axis.whole and value + 1 > axis.high:
        return None
    anchor = "start" if x < 2 * LEFT else "end" if x > WIDTH - 2 * LEFT else "middle"
    place = {"x": f"{x:.1f}", "y": FLOOR + 16}
    return tag("text", number(value), **place, text_anchor=anchor, class_="tick")


def _bounds(axis: Axis, bounds: tuple[float | None, float | None]) -> list[Html]:
    """A line for each bound and a label beside it; an arrow where it is beyond the axis."""
    least, most = bounds
    lines = []
    if least is not None:
        lines.append((f"≥ {number(least)}", least, least))
    if most is not None:
        # A whole number's bar begins at the number: the line goes behind the last that is kept.
        lines.append((f"≤ {number(most)}", most, most + 1 if axis.whole else most))
    places = [axis.x(edge) for _, _, edge in lines]
    narrow = max(places, default=0) - min(places, default=0) < 2 * EDGE
    out = []
    for n, ((words, bound, _), x) in enumerate(zip(lines, places, strict=True)):
        line = None
        if bound > axis.high:
            words = f"{words} →"
        elif bound < axis.low:
            words = f"← {words}"
        else:
            place = f"{x:.1f}"
            line = void("line", x1=place, x2=place, y1=TOP - 6, y2=FLOOR, class_="bound")
        # Labels stand between two lines; outside where there is no room, and inside the drawing.
        right = (n == 1) if narrow and len(lines) > 1 else words.startswith("≥")
        right = (right or x <= EDGE) and x < WIDTH - EDGE
        label = {"x": f"{x + (5 if right else -5):.1f}", "y": TOP - 8}
        anchor = "start" if right else "end"
        out.append(joined(line, tag("text", words, **label, text_anchor=anchor, class_="limit")))
    return out
