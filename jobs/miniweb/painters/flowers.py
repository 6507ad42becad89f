"""One large bloom, or three, before blurred leaves."""

# ruff: noqa: PLR2004  (proportions are numbers, and names for them would hide the picture)

import numpy as np

from jobs.miniweb.canvas import Canvas, Rng, dark, light, mix, pick

Spot = tuple[float, float, float]  # x, y, radius


PETALS = {
    "white": "#f5efe6",
    "yellow": "#f2bd2c",
    "red": "#c8323c",
    "pink": "#e58aa8",
    "blue": "#5a78c8",
    "purple": "#84499c",
    "orange": "#ec7f33",
    "cream": "#f3dfae",
}


# petals, rings, plumpness, heart's radius, heart's colour
BLOOMS = {
    "daisy": (22, 2, 0.8, 0.26, "#efb52c"),
    "poppy": (5, 2, 0.95, 0.17, "#2a2226"),
    "sunflower": (26, 2, 0.8, 0.42, "#5b3a1c"),
    "dahlia": (14, 5, 1.0, 0.12, "#d9a441"),
    "cosmos": (8, 1, 0.95, 0.17, "#e6b23a"),
    "aster": (30, 2, 0.7, 0.2, "#e8a92f"),
    "rose": (7, 5, 1.05, 0.1, "#e9c07a"),
    "clematis": (6, 1, 0.8, 0.18, "#e7dba8"),
}


def flower(rng: Rng, words: str, c: Canvas) -> None:
    """One large bloom among blurred leaves, petals in rings, seeds in a spiral."""
    green = mix("#2f5a35", "#6f8f3f", rng.random())
    c.rect(
        (0, 0, c.w, c.h),
        c.gradient([(0, light(green, 0.25), 1), (1, dark(green, 0.6), 1)], 'x2="1" y2="1"'),
    )
    petal, shape = pick(words, PETALS, rng), pick(words, BLOOMS, rng)
    for _ in range(46):
        colour = (
            mix(green, petal, rng.choice([0.0, 0.15, 0.7]))
            if rng.random() < 0.7
            else light(green, 0.5)
        )
        c.circle(
            c.w * rng.random(),
            c.h * rng.random(),
            c.h * rng.uniform(0.06, 0.26),
            c.glow(colour, rng.uniform(0.25, 0.6)),
        )
    blooms = (
        [(0.5, 0.47, 0.4)]
        if "single" in words or rng.random() < 0.5
        else [(0.78, 0.3, 0.2), (0.2, 0.4, 0.16), (0.47, 0.52, 0.34)]
    )
    for x, y, size in blooms:
        _bloom(c, rng, (c.w * x, c.h * y, c.h * size), petal, shape)


def _bloom(
    c: Canvas, rng: Rng, at: Spot, petal: str, shape: tuple[int, int, float, float, str]
) -> None:
    petals, rings, plump, core, heart = shape
    x, y, r = at
    bend = rng.normal(0, 40)
    c.line(f"M{x},{y} Q{x + bend},{(y + c.h) / 2} {x + bend * 0.5},{c.h + 20}", "#3f6b35", r * 0.09)
    for side in (-1, 1):
        c.path(
            f"M{x + bend * 0.5},{c.h} q{side * r * 0.2},{-r} {side * r},{-r * 0.9} "
            f"q{-side * r * 0.1},{r * 0.6} {-side * r},{r * 0.9}Z",
            c.vertical("#6d9a4d", "#33582f"),
        )
    for ring in range(rings):
        length = r * (1 - 0.17 * ring)
        wide = length * np.sin(np.pi / petals) * plump * 1.5
        fill = c.gradient(
            [
                (0, light(petal, 0.35 + 0.1 * ring), 1),
                (0.6, mix(petal, light(petal, 0.3), ring / rings), 1),
                (1, dark(petal, 0.42), 1),
            ]
        )
        turns = 360 / petals * (np.arange(petals) + 0.5 * (ring % 2))
        for turn in turns + rng.normal(0, 2.2, petals):
            c.path(
                f"M0,0 C{-wide:.0f},{-length * 0.35:.0f} {-wide:.0f},{-length * 0.95:.0f} "
                f"0,{-length:.0f} C{wide:.0f},{-length * 0.95:.0f} "
                f"{wide:.0f},{-length * 0.35:.0f} 0,0Z",
                fill,
                f'transform="translate({x:.0f} {y:.0f}) scale(1 .93) rotate({turn:.1f})" '
                f'stroke="{dark(petal, 0.3)}" stroke-opacity=".25" stroke-width="2"',
            )
    c.circle(
        x,
        y,
        r * core,
        c.gradient([(0, light(heart, 0.3), 1), (1, dark(heart, 0.5), 1)], 'r="0.55"'),
    )
    for k in range(150):
        far = r * core * 0.94 * (k / 150) ** 0.5
        c.circle(
            x + far * np.cos(k * 2.39996),
            y + far * np.sin(k * 2.39996) * 0.93,
            r * core * 0.05,
            light(heart, 0.65) if k % 3 else dark(heart, 0.5),
        )
