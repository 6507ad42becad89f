"""A sheet to draw on: SVG elements for shapes, smooth noise for textures."""

from typing import Any

import numpy as np

Rng = np.random.Generator
Floats = np.ndarray


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from `first` to `second`; all three are "#rrggbb"."""
    ends = [[int(colour[i : i + 2], 16) for i in (1, 3, 5)] for colour in (first, second)]
    share = min(1.0, max(0.0, share))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in zip(*ends, strict=True))


def dark(colour: str, share: float) -> str:
    """`colour` towards a deep blue-black."""
    return mix(colour, "#101420", share)


def light(colour: str, share: float) -> str:
    """`colour` towards a warm white."""
    return mix(colour, "#fff8ec", share)


def pick(words: str, table: dict[str, Any], rng: Rng) -> Any:
    """The entry whose key occurs in a picture's name, else one by chance."""
    drawn = list(table.values())[int(rng.integers(len(table)))]
    return next((value for key, value in table.items() if key in words), drawn)


class Canvas:
    """SVG in the making, `w` by `h` units; every shape is painted over those before it."""

    def __init__(self, w: int, h: int) -> None:
        self.w, self.h = w, h
        self.elements: list[str] = []
        self.ids = 0

    def gradient(self, stops: list[tuple[float, str, float]], where: str = 'x2="0" y2="1"') -> str:
        """A paint from (offset, colour, opacity) stops; `where` are the SVG attributes of it."""
        self.ids += 1
        kind = "radialGradient" if "r=" in where else "linearGradient"
        inner = "".join(
            f'<stop offset="{at:.3f}" stop-color="{colour}" stop-opacity="{opacity:.3f}"/>'
            for at, colour, opacity in stops
        )
        self.elements.append(f'<{kind} id="p{self.ids}" {where}>{inner}</{kind}>')
        return f"url(#p{self.ids})"

    def vertical(self, *colours: str) -> str:
        """An opaque gradient from the top to the bottom of whatever it fills."""
        last = max(1, len(colours) - 1)
        return self.gradient([(i / last, colour, 1.0) for i, colour in enumerate(colours)])

    def across(self, *colours: str) -> str:
        """An opaque gradient from left to right."""
        last = max(1, len(colours) - 1)
        stops = [(i / last, colour, 1.0) for i, colour in enumerate(colours)]
        return self.gradient(stops, 'x2="1" y2="0"')

    def glow(self, colour: str, opacity: float = 1.0) -> str:
        """A round gradient that fades out: light, shadow, mist, a blurred disc."""
        return self.gradient([(0, colour, opacity), (0.35, colour, opacity * 0.6), (1, colour, 0)],
                             'r="0.5"')  # fmt: skip

    def rect(self, box: tuple[float, float, float, float], fill: str, more: str = "") -> None:
        """A rectangle; `box` is x, y, width, height."""
        x, y, w, h = box
        self.elements.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" fill="{fill}" {more}/>'
        )

    def ellipse(
        self, x: float, y: float, radii: tuple[float, float], fill: str, more: str = ""
    ) -> None:
        """An ellipse about (x, y)."""
        self.elements.append(
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{radii[0]:.1f}" ry="{radii[1]:.1f}" '
            f'fill="{fill}" {more}/>'
        )

    def circle(self, x: float, y: float, radius: float, fill: str, more: str = "") -> None:
        """A circle about (x, y)."""
        self.ellipse(x, y, (radius, radius), fill, more)

    def path(self, d: str, fill: str, more: str = "") -> None:
        """A filled path."""
        self.elements.append(f'<path d="{d}" fill="{fill}" {more}/>')

    def line(self, d: str, colour: str, width: float, more: str = "") -> None:
        """A stroked path with round ends."""
        self.elements.append(
            f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width:.1f}" '
            f'stroke-linecap="round" stroke-linejoin="round" {more}/>'
        )

    def group(self, transform: str, more: str = "") -> None:
        """Open a group; `end` closes it."""
        self.elements.append(f'<g transform="{transform}" {more}>')

    def end(self) -> None:
        """Close the group opened last."""
        self.elements.append("</g>")

    def svg(self, w: int, h: int) -> bytes:
        """The document, to be rendered at `w` by `h` pixels."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{w}" height="{h}" '
            f'viewBox="0 0 {self.w} {self.h}">{"".join(self.elements)}</svg>'
        ).encode()


def polygon(xs: Floats, ys: Floats, floor: float) -> str:
    """A path along (xs, ys) and closed along the line y = `floor`."""
    along = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    return f"M{xs[0]:.1f},{floor:.1f} L{along} L{xs[-1]:.1f},{floor:.1f}Z"


def ridge(rng: Rng, xs: Floats, rough: float) -> Floats:
    """A skyline in -1..1 over `xs` in 0..1; `rough` 0 is a swell, 1 a sierra."""
    height = np.zeros_like(xs)
    for octave in range(7):
        frequency = 1.3 * 1.9**octave
        strength = (0.30 + 0.28 * rough) ** octave
        height += strength * np.sin(2 * np.pi * (frequency * xs + rng.random()))
    return height / 1.6


def clouds(rng: Rng, w: int, h: int, cells: int) -> Floats:
    """Smooth noise, float32 (h, w), mean 0, about -2..2; `cells` blobs along the longer side."""
    import pyvips

    step = max(w, h) / cells
    grid = rng.standard_normal((int(h / step) + 4, int(w / step) + 4)).astype(np.float32)
    smooth = pyvips.Image.new_from_array(grid).resize(step, kernel="cubic").numpy()
    return smooth[int(step) : int(step) + h, int(step) : int(step) + w]


def fractal(rng: Rng, w: int, h: int, cells: int) -> Floats:
    """`clouds` at three scales, float32 (h, w)."""
    return sum(clouds(rng, w, h, cells * 2**i) * np.float32(0.5**i) for i in range(3))  # type: ignore[return-value]
