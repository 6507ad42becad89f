"""Pottery and kitchenware on a table."""

# ruff: noqa: PLR2004  (proportions are numbers, and names for them would hide the picture)

import numpy as np

from jobs.miniweb.canvas import Canvas, Rng, dark, light, mix, pick

# Half profiles from the rim down, (height 0..1, radius 0..1), and height / width of the vessel
VESSELS = {
    "bowl": ([(0, 1), (0.3, 0.93), (0.65, 0.68), (0.9, 0.36), (1, 0.34)], 0.5),
    "vase": (
        [(0, 0.42), (0.1, 0.33), (0.22, 0.36), (0.45, 0.86), (0.62, 1), (0.85, 0.72), (1, 0.5)],
        1.35,
    ),
    "jug": ([(0, 0.6), (0.15, 0.5), (0.35, 0.62), (0.65, 1), (0.9, 0.86), (1, 0.66)], 1.25),
    "mug": ([(0, 0.92), (0.3, 0.95), (0.8, 0.92), (1, 0.8)], 1.05),
    "pan": ([(0, 1), (0.5, 1), (0.9, 0.95), (1, 0.86)], 0.36),
    "kettle": ([(0, 0.36), (0.12, 0.55), (0.4, 0.88), (0.75, 1), (1, 0.9)], 0.78),
    "teapot": ([(0, 0.4), (0.15, 0.66), (0.45, 1), (0.75, 0.9), (1, 0.5)], 0.82),
    "bottle": ([(0, 0.3), (0.3, 0.28), (0.42, 0.5), (0.55, 0.95), (0.9, 1), (1, 0.94)], 2.0),
}


GLAZES = {
    "copper": "#c4723c",
    "blue": "#3d6f9e",
    "green": "#5f8a6c",
    "white": "#e9e2d4",
    "red": "#b04a38",
    "black": "#3a3a42",
    "ochre": "#cf9a44",
    "celadon": "#9dbfa9",
    "iron": "#4d4f55",
    "rose": "#cf8f86",
}


def vessel(rng: Rng, words: str, c: Canvas) -> None:
    """Pottery and kitchenware on a table, lit from a window at the left."""
    wall = pick(
        words,
        {
            "plaster": "#d8cbb8",
            "slate": "#7d8a92",
            "sage": "#aab59c",
            "plum": "#8a7488",
            "sand": "#e2d0ae",
        },
        rng,
    )
    table = c.h * 0.7
    c.rect(
        (0, 0, c.w, table),
        c.gradient([(0, light(wall, 0.55), 1), (1, dark(wall, 0.4), 1)], 'x2="1" y2="0.6"'),
    )
    c.path(
        f"M{c.w * 0.08},0 h{c.w * 0.24} L{c.w * 0.62},{table} h{-c.w * 0.3}Z",
        "#fff6dc",
        'opacity="0.18"',
    )
    wood = mix("#a9794e", "#6b4630", rng.random())
    c.rect((0, table, c.w, c.h), c.vertical(light(wood, 0.25), wood, dark(wood, 0.35)))
    for _ in range(26):
        c.rect(
            (rng.uniform(-200, c.w), rng.uniform(table, c.h), rng.uniform(150, 700), 2),
            dark(wood, 0.3),
            'opacity="0.3"',
        )
    kind = pick(words, {name: name for name in VESSELS}, rng)
    names, glazes = list(VESSELS), list(GLAZES.values())
    if "pair" in words or (rng.random() < 0.5 and "single" not in words):
        for x in (0.2, 0.81):
            other = kind if "pair" in words else names[int(rng.integers(len(names)))]
            _vessel(
                c,
                rng,
                other,
                (c.w * x, c.h * 0.77, c.h * 0.15),
                glazes[int(rng.integers(len(glazes)))],
            )
    _vessel(
        c,
        rng,
        kind,
        (c.w * 0.5, c.h * 0.86, c.h * (0.2 if kind == "bottle" else 0.29)),
        pick(words, GLAZES, rng),
    )


def _vessel(c: Canvas, rng: Rng, kind: str, at: tuple[float, float, float], glaze: str) -> None:
    x, foot, r = at
    profile, ratio = VESSELS[kind]
    tall = 2 * r * ratio
    rim = foot - tall
    c.ellipse(x + r * 0.5, foot + 4, (r * 1.5, r * 0.2), c.glow("#1a120c", 0.75))
    edge = dark(glaze, 0.45)
    if kind in ("jug", "mug", "teapot"):
        c.line(
            f"M{x + r * 0.55},{rim + tall * 0.16} C{x + r * 1.75},{rim + tall * 0.05} "
            f"{x + r * 1.7},{rim + tall * 0.8} {x + r * 0.8},{rim + tall * 0.74}",
            edge,
            r * 0.15,
        )
    if kind in ("kettle", "teapot"):
        c.path(
            f"M{x - r * 0.7},{rim + tall * 0.72} C{x - r * 1.3},{rim + tall * 0.6} "
            f"{x - r * 1.15},{rim + tall * 0.2} {x - r * 1.5},{rim + tall * 0.02} "
            f"l{r * 0.22},{-r * 0.04} C{x - r},{rim + tall * 0.1} "
            f"{x - r * 0.95},{rim + tall * 0.3} {x - r * 0.6},{rim + tall * 0.36}Z",
            c.vertical(glaze, edge),
        )
    if kind == "kettle":
        c.line(
            f"M{x - r * 0.72},{rim + tall * 0.3} C{x - r * 0.8},{rim - tall * 0.75} "
            f"{x + r * 0.8},{rim - tall * 0.75} {x + r * 0.72},{rim + tall * 0.3}",
            "#4a3626",
            r * 0.11,
        )
    if kind == "pan":
        c.path(
            f"M{x + r * 0.95},{rim + tall * 0.2} L{x + r * 2.5},{rim - tall * 0.12} "
            f"q{r * 0.12},{r * 0.1} 0,{r * 0.16} L{x + r * 0.95},{rim + tall * 0.5}Z",
            c.vertical("#5b4535", "#2c2019"),
        )
    ys = np.linspace(0, 1, 40)
    radius = np.interp(ys, [at for at, _ in profile], [half for _, half in profile])
    radius = np.convolve(np.pad(radius, 3, mode="edge"), np.ones(7) / 7, mode="valid") * r
    right = [f"{x + d:.1f},{rim + tall * t:.1f}" for t, d in zip(ys, radius, strict=True)]
    left = [
        f"{x - d:.1f},{rim + tall * t:.1f}" for t, d in zip(ys[::-1], radius[::-1], strict=True)
    ]
    base = f"A{radius[-1]:.1f},{radius[-1] * 0.13:.1f} 0 0 1 {left[0]}"
    skin = c.gradient(
        [
            (0, dark(glaze, 0.25), 1),
            (0.22, light(glaze, 0.45), 1),
            (0.45, glaze, 1),
            (1, dark(glaze, 0.62), 1),
        ],
        'x2="1" y2="0"',
    )
    c.path(f"M{' L'.join(right)} {base} L{' L'.join(left)}Z", skin)
    for band in rng.uniform(0.25, 0.8, int(rng.integers(0, 4))) if kind != "pan" else ():
        half = float(np.interp(band, ys, radius))
        c.line(
            f"M{x - half},{rim + tall * band} a{half},{half * 0.16} 0 0 0 {2 * half},0",
            mix(light(glaze, 0.8), edge, rng.choice([0.0, 0.9])),
            r * 0.035,
            'opacity="0.7"',
        )
    c.ellipse(x, rim, (radius[0], radius[0] * 0.17), light(glaze, 0.3))
    c.ellipse(
        x,
        rim + 2,
        (radius[0] * 0.92, radius[0] * 0.13),
        c.across(dark(glaze, 0.75), dark(glaze, 0.3)),
    )
    if kind in ("kettle", "teapot"):
        c.ellipse(
            x,
            rim,
            (radius[0] * 1.05, radius[0] * 0.3),
            c.across(light(glaze, 0.3), dark(glaze, 0.3)),
        )
        c.circle(x, rim - radius[0] * 0.36, radius[0] * 0.2, c.across(light(glaze, 0.4), edge))
    if kind == "vase":
        for turn in rng.uniform(-34, 34, 7):
            tip = rim - r * rng.uniform(0.9, 1.7)
            c.line(
                f"M{x},{rim} Q{x},{(tip + rim) / 2} {x + turn * r / 40},{tip}", "#5d6b3e", r * 0.03
            )
            for k in range(9):
                c.circle(
                    x + turn * r / 40 * (1 - k * 0.05) + rng.normal(0, r * 0.03),
                    tip + k * r * 0.07,
                    r * 0.055,
                    mix("#e9d3a8", "#c07a5a", rng.random()),
                )
    c.ellipse(x - r * 0.5, rim + tall * 0.4, (r * 0.12, tall * 0.2), c.glow("#ffffff", 0.5))
