"""Gabled houses by the water or on a street, and trains on viaducts."""

# ruff: noqa: PLR2004  (proportions are numbers, and names for them would hide the picture)

import numpy as np

from jobs.miniweb.canvas import Canvas, Rng, dark, light, mix, pick, polygon, ridge
from jobs.miniweb.painters.hills import LIGHTS, hills, sky


def town(rng: Rng, words: str, c: Canvas) -> None:
    """A row of gabled houses, along a street or mirrored in a harbour."""
    lights = pick(words, LIGHTS, rng)
    top, low, _, far, near = lights
    quay = c.h * 0.72
    sky(c, rng, lights, quay)
    xs = np.linspace(0, 1, 120)
    c.path(
        polygon(xs * c.w, quay - c.h * (0.24 + 0.08 * ridge(rng, xs, 0.3)), quay),
        mix(far, low, 0.3),
    )
    paints = (
        "#c8553d",
        "#e8b05a",
        "#f1e3c6",
        "#7b9ea8",
        "#a8b58a",
        "#d98c76",
        "#5f7c8a",
        "#efd9b4",
    )
    lit = "evening" in words or "night" in words
    x = -20.0
    while x < c.w:
        wide, tall = c.w * rng.uniform(0.07, 0.12), c.h * rng.uniform(0.26, 0.44)
        wall, roof = paints[int(rng.integers(len(paints)))], mix("#7a3b2e", "#4a4750", rng.random())
        wall = mix(wall, low, 0.15)
        c.rect((x, quay - tall, wide, tall), c.across(wall, dark(wall, 0.16)))
        c.path(
            f"M{x - 5},{quay - tall + 2} L{x + wide / 2},{quay - tall - wide * 0.55} "
            f"L{x + wide + 5},{quay - tall + 2}Z",
            roof,
        )
        for row in range(int(tall / (c.h * 0.1))):
            for column in (0.2, 0.6):
                box = (
                    x + wide * column,
                    quay - tall + 16 + row * c.h * 0.1,
                    wide * 0.2,
                    c.h * 0.055,
                )
                c.rect(
                    box,
                    "#ffdf8e" if lit and rng.random() < 0.7 else dark(wall, 0.62),
                    f'stroke="{light(wall, 0.7)}" stroke-width="3"',
                )
        c.rect((x + wide * 0.4, quay - c.h * 0.075, wide * 0.22, c.h * 0.075), dark(roof, 0.3))
        x += wide + rng.choice([0, 0, 3])
    if "church" in words:
        c.rect(
            (c.w * 0.46, c.h * 0.22, c.w * 0.07, quay - c.h * 0.22), c.across("#cfc6b6", "#968d80")
        )
        c.path(
            f"M{c.w * 0.45},{c.h * 0.22} L{c.w * 0.495},{c.h * 0.02} L{c.w * 0.54},{c.h * 0.22}Z",
            "#4f5a5e",
        )
        c.circle(c.w * 0.495, c.h * 0.3, 18, "#f7f2e2", 'stroke="#4f5a5e" stroke-width="4"')
    if "street" in words or "market" in words:
        c.rect((0, quay, c.w, c.h), c.vertical("#a39b92", "#6d665f"))
        for k, at in enumerate(np.linspace(0.05, 0.85, 5)):
            sx, paint = at * c.w, paints[(k * 3) % 8]
            c.rect((sx, quay - 20, c.w * 0.12, 74), "#5b4636")
            for s in range(6):
                c.path(
                    f"M{sx - 8 + s * c.w * 0.0223},{quay - 66} h{c.w * 0.0223} l4,46 "
                    f"q{-c.w * 0.011},14 {-c.w * 0.0223},0Z",
                    paint if s % 2 else "#fbf5e8",
                )
        return
    c.rect((0, quay, c.w, c.h - quay), c.vertical(mix(top, low, 0.4), dark(top, 0.35)))
    for _ in range(220):
        y = quay + (c.h - quay) * rng.random()
        c.rect(
            (c.w * rng.random(), y, rng.uniform(14, 90), 2.4),
            mix(paints[int(rng.integers(8))], low, 0.4),
            'opacity="0.4"',
        )
    for at in rng.uniform(0.1, 0.85, 4):
        bx, by = at * c.w, quay + c.h * rng.uniform(0.07, 0.2)
        c.path(
            f"M{bx - 60},{by - 16} h130 q-12,34 -36,34 h-66 q-18,0 -28,-34Z",
            c.vertical(paints[int(at * 80) % 8], dark(near, 0.2)),
        )
        c.rect((bx - 18, by - 46, 44, 32), "#f4efe3")
        c.rect((bx + 2, by - 108, 5, 94), "#5a4a40")


def railway(rng: Rng, words: str, c: Canvas) -> None:
    """A train on a viaduct across a valley."""
    hills(rng, words, c)
    lights = pick(words, LIGHTS, rng)
    stone = mix(lights[4], lights[1], 0.45)
    deck, span = c.h * 0.6, c.w / 6.5
    c.rect((0, deck, c.w, c.h * 0.05), light(stone, 0.15))
    arches = "".join(
        f"M{x + span * 0.12:.0f},{c.h} V{deck + span * 0.55:.0f} "
        f"a{span * 0.38:.0f},{span * 0.38:.0f} 0 0 1 {span * 0.76:.0f},0 V{c.h}Z"
        for x in np.arange(-span * 0.4, c.w, span)
    )
    c.path(
        f"M0,{deck + c.h * 0.04} H{c.w} V{c.h} H0Z {arches}",
        c.vertical(stone, dark(stone, 0.45)),
        'fill-rule="evenodd"',
    )
    paint = pick(
        words, {"red": "#b5392f", "green": "#2f6b4f", "blue": "#2b5c8f", "yellow": "#d9a032"}, rng
    )
    tall, x = c.h * 0.085, c.w * rng.uniform(0.08, 0.2)
    for _ in range(5):
        wide = c.w * 0.13
        c.rect(
            (x, deck - tall - 8, wide, tall),
            c.vertical(light(paint, 0.3), paint, dark(paint, 0.3)),
            'rx="9"',
        )
        c.rect((x + 8, deck - tall * 0.62 - 8, wide - 16, 5), light(paint, 0.8))
        for window in range(5):
            c.rect(
                (
                    x + 14 + window * (wide - 24) / 5,
                    deck - tall * 0.88 - 8,
                    (wide - 24) / 7,
                    tall * 0.3,
                ),
                "#fdf3cf",
                'rx="3"',
            )
        for wheel in (0.2, 0.35, 0.65, 0.8):
            c.circle(x + wide * wheel, deck - 7, 7, "#23232b")
        x += wide + 5
    if "steam" in words:
        for k in range(26):
            c.circle(
                x - 30 - k * 22,
                deck - tall - 30 - k * 4 + rng.normal(0, 9),
                16 + k * 2,
                c.glow("#ffffff", 0.55),
            )
