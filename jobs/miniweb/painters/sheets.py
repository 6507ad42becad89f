"""Sheets of paper: maps, charts and diagrams, all without letters."""

# ruff: noqa: PLR2004  (proportions are numbers, and names for them would hide the picture)

from itertools import pairwise

import numpy as np

from jobs.miniweb.canvas import Canvas, Floats, Rng, fractal, light, mix, pick
from jobs.miniweb.painters.crafts import rgb


def relief(rng: Rng, words: str, c: Canvas) -> Floats:
    """A walker's map: tints by height, hill shading and contour lines. uint8 (h, w, 3)."""
    height = fractal(rng, c.w, c.h, 4)
    sea = -0.55 if "coast" not in words else 0.0
    stops = np.array([-0.6, 0.0, 0.6, 1.2, 1.9, 2.6], np.float32)
    tints = np.array(
        [rgb(x) for x in ("#b9d3a0", "#d6dfa9", "#eadfae", "#dcc095", "#c39b78", "#f4efe9")],
        np.float32,
    )
    land = np.stack([np.interp(height, stops, tints[:, k]) for k in range(3)], axis=-1)
    rise = np.gradient(height)
    land *= np.clip(1 + (rise[0] + rise[1]) * 11, 0.72, 1.2)[..., None]
    steep = np.hypot(*rise) + 1e-4
    for step, ink in ((0.18, 0.74), (0.9, 0.5)):
        apart = np.abs((height / step + 0.5) % 1 - 0.5) * step / steep
        land *= np.where(apart < (0.75 if step < 0.5 else 1.1), ink, 1.0)[..., None]
    water = np.array(rgb("#a9cfe0"), np.float32) - np.clip(sea - height, 0, 1)[..., None] * 42
    shore = np.abs(height - sea) / steep < 1.6
    sheet = np.where((height < sea)[..., None], water, land)
    return np.clip(np.where(shore[..., None], (70, 120, 150), sheet), 0, 255).astype(np.uint8)


def relief_front(rng: Rng, _: str, c: Canvas) -> None:
    """The route, its stops, a grid and a compass rose."""
    for k in range(1, 6):
        c.rect((k * c.w / 6, 0, 1.2, c.h), "#4a6a8a", 'opacity="0.35"')
        c.rect((0, k * c.h / 6, c.w, 1.2), "#4a6a8a", 'opacity="0.35"')
    xs = np.linspace(0.1, 0.9, 7) * c.w
    ys = c.h * (0.5 + np.cumsum(rng.normal(0, 0.11, 7)).clip(-0.36, 0.36))
    d = f"M{xs[0]:.0f},{ys[0]:.0f}" + "".join(
        f" Q{xs[i] + rng.normal(0, 40):.0f},{ys[i] + rng.normal(0, 40):.0f} "
        f"{(xs[i] + xs[i + 1]) / 2:.0f},{(ys[i] + ys[i + 1]) / 2:.0f}"
        for i in range(1, 6)
    )
    c.line(d, "#fffdf4", 12, 'opacity="0.85"')
    c.line(d, "#c2272d", 5.5, 'stroke-dasharray="18 11"')
    for i in (0, 2, 4):
        c.circle(
            (xs[i] + (xs[i + 1] if i else xs[i])) / 2,
            (ys[i] + (ys[i + 1] if i else ys[i])) / 2,
            11,
            "#fffdf4",
            'stroke="#c2272d" stroke-width="5"',
        )
    x, y = c.w - 80, 84
    for turn in range(0, 360, 45):
        long = 52 if turn % 90 == 0 else 30
        c.path(
            f"M0,0 L7,-12 L0,{-long} L-7,-12Z",
            "#2e3b4a" if turn % 90 == 0 else "#8a949c",
            f'transform="translate({x} {y}) rotate({turn})"',
        )


INKS = {
    "blue": ("#2f6690", "#81c3d7", "#d9a441"),
    "green": ("#3b7a57", "#a7c957", "#bc4749"),
    "plum": ("#5f3b6b", "#c06c84", "#f2b880"),
    "slate": ("#37474f", "#7a9e9f", "#e07a5f"),
}


def chart(rng: Rng, words: str, c: Canvas) -> None:
    """Bars, lines or a ring on a pale sheet, with axes and a legend without letters."""
    inks = pick(words, INKS, rng)
    c.rect((0, 0, c.w, c.h), "#fbfaf6")
    c.rect((c.w * 0.08, c.h * 0.05, c.w * 0.34, c.h * 0.032), "#4b5157", 'rx="6"')
    c.rect((c.w * 0.08, c.h * 0.1, c.w * 0.22, c.h * 0.02), "#b9bcbd", 'rx="5"')
    left, floor, wide, tall = c.w * 0.08, c.h * 0.88, c.w * 0.86, c.h * 0.68
    kind = pick(words, {"bar": 0, "line": 1, "ring": 2}, rng)
    if kind == 2:
        x, y, r, start = c.w * 0.4, c.h * 0.54, c.h * 0.28, 0.0
        shares = rng.dirichlet(np.ones(5) * 3)
        for k, share in enumerate(shares):
            length = 2 * np.pi * r
            c.circle(
                x,
                y,
                r,
                "none",
                f'stroke="{mix(inks[k % 3], "#ffffff", 0.35 * (k // 3))}" '
                f'stroke-width="{r * 0.55:.0f}" stroke-dasharray="{share * length - 5:.1f} '
                f'{length:.1f}" stroke-dashoffset="{-start * length:.1f}"',
            )
            c.rect(
                (c.w * 0.72, c.h * (0.34 + 0.085 * k), 26, 26),
                mix(inks[k % 3], "#ffffff", 0.35 * (k // 3)),
                'rx="5"',
            )
            c.rect(
                (c.w * 0.72 + 42, c.h * (0.34 + 0.085 * k) + 6, c.w * rng.uniform(0.07, 0.15), 14),
                "#a9adb0",
                'rx="6"',
            )
            start += share
        return
    for k in range(6):
        c.rect((left, floor - tall * k / 5, wide, 1.5), "#d9d9d3")
        c.rect((left - 46, floor - tall * k / 5 - 6, 32, 12), "#b9bcbd", 'rx="5"')
    count = 12
    for k in range(count):
        c.rect(
            (left + wide * (k + 0.3) / count, floor + 16, wide * 0.4 / count, 11),
            "#b9bcbd",
            'rx="5"',
        )
    season = 0.5 + 0.28 * np.sin(np.arange(count) / 12 * 6.283 + rng.uniform(0, 6))
    for series in range(2 if kind == 0 else 3):
        values = np.clip(season * (1 - 0.24 * series) + rng.normal(0, 0.07, count), 0.06, 1)
        if kind == 0:
            for k, value in enumerate(values):
                c.rect(
                    (
                        left + wide * (k + 0.16 + 0.35 * series) / count,
                        floor - tall * value,
                        wide * 0.32 / count,
                        tall * value,
                    ),
                    c.vertical(light(inks[series], 0.15), inks[series]),
                    'rx="4"',
                )
        else:
            xs, ys = left + wide * (np.arange(count) + 0.5) / count, floor - tall * values
            along = " L".join(f"{x:.0f},{y:.0f}" for x, y in zip(xs, ys, strict=True))
            c.path(
                f"M{xs[0]:.0f},{floor} L{along} L{xs[-1]:.0f},{floor}Z",
                c.gradient([(0, inks[series], 0.3), (1, inks[series], 0.02)]),
            )
            c.line(f"M{along}", inks[series], 5)
            for x, y in zip(xs, ys, strict=True):
                c.circle(x, y, 7, "#fbfaf6", f'stroke="{inks[series]}" stroke-width="4"')


def diagram(rng: Rng, words: str, c: Canvas) -> None:
    """Boxes and arrows, as in the manual of a program; grey bars stand for their labels."""
    inks = pick(words, INKS, rng)
    c.rect((0, 0, c.w, c.h), "#ffffff")
    columns = 3 if c.w < c.h * 1.4 else 4
    wide, tall = c.w * 0.62 / columns, c.h * 0.17
    spots = [
        [
            (c.w * (k + 0.5) / columns - wide / 2, c.h * at)
            for at in sorted(rng.choice([0.1, 0.41, 0.72], int(rng.integers(1, 4)), replace=False))
        ]
        for k in range(columns)
    ]
    for before, after in pairwise(spots):
        for x, y in before:
            for to_x, to_y in after:
                x1, y1, x2, y2 = x + wide, y + tall / 2, to_x - 12, to_y + tall / 2
                c.line(
                    f"M{x1:.0f},{y1:.0f} C{(x1 + x2) / 2:.0f},{y1:.0f} "
                    f"{(x1 + x2) / 2:.0f},{y2:.0f} {x2:.0f},{y2:.0f}",
                    "#8a949c",
                    3.5,
                )
                c.path(f"M{x2 + 10:.0f},{y2:.0f} l-17,-9 v18Z", "#8a949c")
    for k, column in enumerate(spots):
        for x, y in column:
            c.rect((x + 5, y + 7, wide, tall), "#101820", 'rx="14" opacity="0.12"')
            c.rect(
                (x, y, wide, tall),
                light(inks[k % 3], 0.78),
                f'rx="14" stroke="{inks[k % 3]}" stroke-width="4"',
            )
            c.rect(
                (x + wide * 0.15, y + tall * 0.3, wide * rng.uniform(0.4, 0.7), tall * 0.14),
                inks[k % 3],
                'rx="6"',
            )
            c.rect(
                (x + wide * 0.15, y + tall * 0.58, wide * rng.uniform(0.3, 0.6), tall * 0.1),
                "#a9adb0",
                'rx="5"',
            )
