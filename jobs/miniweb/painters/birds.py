"""Birds as shadows before the sun."""

# ruff: noqa: PLR2004  (proportions are numbers, and names for them would hide the picture)

import numpy as np

from jobs.miniweb.canvas import Canvas, Rng, dark, light, mix, pick, polygon, ridge

# Each in a box of 100 by 100, standing on about y = 92, looking right: the paths to be filled,
# then the lines with their widths.
BIRDS: dict[str, tuple[list[str], list[tuple[str, float]]]] = {
    "heron": (
        [
            "M48,48 C40,40 22,46 12,62 C24,62 38,67 48,60 C53,57 53,52 48,48Z",
            "M55,19 C59,17.500 62,19 64,21.500 L79,25 L63,25.500 C59,27 55,25 55,19Z",
        ],
        [
            ("M47,55 C59,50 42,36 56,22", 4.6),
            ("M56,20 C50,18 46,20 41,24", 1.2),
            ("M36,62 L37,92 L41,92", 1.5),
            ("M31,62 L29,92 L33,92", 1.5),
        ],
    ),
    "avocet": (
        [
            "M52,50 C44,42 26,46 12,58 C26,64 44,68 54,60 C57,56 56,53 52,50Z",
            "M58,30 a6,5.500 0 1 1 12,1 a6,5.500 0 0 1 -12,-1Z",
        ],
        [
            ("M50,56 C60,52 56,40 62,33", 5),
            ("M69,31 C76,33 83,32 88,26", 1.5),
            ("M38,62 L40,92 L44,92", 1.5),
            ("M33,62 L30,92 L34,92", 1.5),
        ],
    ),
    "duck": (
        [
            (
                "M10,70 C14,62 30,60 50,64 C58,58 55,48 61,43 C68,38 77,42 77,50 C77,58 84,70 "
                "74,80 C62,90 26,90 10,70Z"
            ),
            "M76,47 C82,48 88,51 90,54 C86,56 80,56 76,55Z",
        ],
        [
            ("M26,70 C38,66 50,70 56,78", 1.4),
        ],
    ),
    "wren": (
        [
            (
                "M30,62 C29,46 42,38 54,42 C60,34 73,35 75,44 C76,51 71,56 69,61 C66,74 52,82 "
                "40,76 C34,72 31,68 30,62Z"
            ),
            "M34,64 L14,36 L22,34 L42,54Z",
            "M74,42 L87,45 L74,48Z",
        ],
        [
            ("M48,78 L47,92", 1.6),
            ("M56,76 L57,92", 1.6),
        ],
    ),
    "finch": (
        [
            (
                "M30,62 C28,50 40,40 52,43 C58,33 72,34 74,44 C75,52 70,56 68,62 C65,76 52,84 "
                "41,79 L16,94 L13,88 L33,74 C31,70 30,66 30,62Z"
            ),
            "M73,41 L84,46 L73,50Z",
        ],
        [
            ("M47,80 L46,92", 1.6),
            ("M55,79 L56,92", 1.6),
        ],
    ),
    "owl": (
        [
            ("M50,22 C64,20 73,36 72,60 C71,82 60,92 50,92 C40,92 29,82 28,60 C27,36 36,20 50,22Z"),
            "M34,34 L30,14 L46,25Z",
            "M66,34 L70,14 L54,25Z",
        ],
        [],
    ),
    "gull": (
        [
            (
                "M2,38 C20,28 37,35 46,48 C49,45 54,44 57,46 C67,31 84,25 99,31 C85,36 71,46 "
                "62,58 C59,66 47,68 39,75 L32,72 L40,60 C34,50 20,41 2,38Z"
            ),
            "M56,46 C60,43 66,44 68,48 L74,51 L67,53 C62,56 58,54 56,46Z",
        ],
        [],
    ),
    "swift": (
        [
            (
                "M50,44 C60,28 80,22 99,30 C82,32 66,42 58,54 L66,74 L51,62 L36,74 L44,54 "
                "C36,42 20,32 1,32 C20,22 40,30 50,44Z"
            ),
        ],
        [],
    ),
}
SKIES = {
    "dawn": ("#5b6ba8", "#ffd0a6", "#fff0cf"),
    "evening": ("#3a3f78", "#ff9f6a", "#ffe7b0"),
    "mist": ("#a9bccb", "#f2ece2", "#ffffff"),
    "summer": ("#4f9bd0", "#e6f4f0", "#fffbe2"),
    "storm": ("#46566b", "#c3cac8", "#f0f2ee"),
}


WADERS, FLIERS = ("heron", "avocet", "duck"), ("gull", "swift")


def bird(rng: Rng, words: str, c: Canvas) -> None:
    """A bird against the sun: wading, swimming, perched or in flight, as its kind does."""
    kind = pick(words, {name: name for name in BIRDS}, rng)
    top, low, sun = pick(words, SKIES, rng)
    if kind == "owl" and "dawn" not in words:
        top, low, sun = "#141a38", "#4b5688", "#fbf1d4"
    size = c.h * rng.uniform(0.62, 0.74)
    x, y = c.w * rng.uniform(0.34, 0.6), c.h * 0.80
    _evening(c, rng, x, (top, low, sun))
    ink = dark(top, 0.82)
    if kind in WADERS:
        _water(c, rng, top, low)
        mirrored = (x, c.h * 1.58 - y + (6 if kind == "duck" else 0), size)
        _draw_bird(c, kind, mirrored, (ink, sun, -0.6), 0.28)
    elif kind in FLIERS:
        size, y = size * 0.85, c.h * 0.72
        for _ in range(5):
            at = (c.w * rng.random(), c.h * rng.uniform(0.2, 0.5), c.h * rng.uniform(0.06, 0.14))
            _draw_bird(c, kind, at, (mix(ink, low, 0.4), sun, 1), 1)
    else:
        _branch(c, rng, (x, y), ink)
    _draw_bird(c, kind, (x, y, size), (ink, sun, 1), 1)
    if kind not in FLIERS:
        _reeds(c, rng, ink)


def _evening(c: Canvas, rng: Rng, x: float, sky: tuple[str, str, str]) -> None:
    """A large sun near `x`, over three banks of land in the haze."""
    top, low, sun = sky
    c.rect((0, 0, c.w, c.h), c.vertical(top, mix(top, low, 0.6), low))
    sx, sy = x + rng.normal(0, c.w * 0.08), c.h * rng.uniform(0.34, 0.46)
    c.circle(sx, sy, c.h * 0.62, c.glow(sun, 0.75))
    c.circle(sx, sy, c.h * 0.21, light(sun, 0.3))
    xs = np.linspace(0, 1, 120)
    for k in range(3):
        ys = c.h * (0.66 + 0.06 * k - 0.03 * ridge(rng, xs, 0.6))
        haze = mix(mix(top, low, 0.7), dark(top, 0.3), 0.2 + 0.25 * k)
        c.path(polygon(xs * c.w, ys, c.h), haze, 'opacity="0.75"')


def _water(c: Canvas, rng: Rng, top: str, low: str) -> None:
    c.rect((0, c.h * 0.76, c.w, c.h * 0.24), c.vertical(mix(low, top, 0.35), dark(top, 0.45)))
    for _ in range(60):
        ripple = (c.w * rng.random(), c.h * rng.uniform(0.77, 1), rng.uniform(20, 130), 2)
        c.rect(ripple, light(low, 0.3), 'opacity="0.4"')


def _branch(c: Canvas, rng: Rng, at: tuple[float, float], ink: str) -> None:
    x, y = at
    c.line(f"M-20,{y + 60} Q{c.w * 0.3},{y - 14} {x},{y + 6} T{c.w + 20},{y - 60}", ink, 17)
    for _ in range(26):
        lx, ly, turn = c.w * rng.random(), y + rng.normal(-4, 26), rng.uniform(-70, 70)
        place = f'transform="translate({lx:.0f} {ly:.0f}) rotate({turn:.0f})"'
        c.ellipse(0, -26, (9, 26), mix(ink, "#4e6b3c", rng.uniform(0.2, 0.7)), place)


def _reeds(c: Canvas, rng: Rng, ink: str) -> None:
    for side in np.repeat([0.0, 0.82], 16):
        x, tip = c.w * (side + rng.uniform(0, 0.18)), c.h * rng.uniform(0.4, 0.75)
        lean, bend = rng.normal(0, 34), c.h - (c.h - tip) * 0.6
        stem = f"M{x:.0f},{c.h + 8} Q{x:.0f},{bend:.0f} {x + lean:.0f},{tip:.0f}"
        c.line(stem, ink, rng.uniform(2.5, 5))
        if rng.random() < 0.4:
            turn = f'transform="rotate({lean * 0.5:.0f} {x + lean:.0f} {tip:.0f})"'
            c.ellipse(x + lean, tip, (7, 30), ink, turn)


def _draw_bird(
    c: Canvas,
    kind: str,
    at: tuple[float, float, float],
    look: tuple[str, str, float],
    opacity: float,
) -> None:
    x, y, size = at
    ink, sun, upright = look
    scale = size / 100
    c.group(
        f"translate({x - size / 2:.1f} {y - 92 * scale * upright:.1f}) scale({scale:.3f} "
        f"{scale * upright:.3f})",
        f'opacity="{opacity}"',
    )
    fills, strokes = BIRDS[kind]
    for d in fills:
        c.path(d, c.across(light(ink, 0.05), light(ink, 0.22)) if opacity == 1 else ink)
    for d, width in strokes:
        c.line(d, light(ink, 0.3) if kind == "duck" else light(ink, 0.1), width)
    if kind == "owl":
        for ex in (41.5, 58.5):
            c.circle(ex, 40, 8, sun)
            c.circle(ex, 40, 4.2, ink)
        c.path("M50,44 l3.500,8 h-7Z", mix(sun, "#c98a3a", 0.6))
    elif kind in ("finch", "wren", "duck"):
        c.circle(67 if kind != "duck" else 69, 43 if kind != "duck" else 48, 1.3, light(sun, 0.6))
    c.end()
