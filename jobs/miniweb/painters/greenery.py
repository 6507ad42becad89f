"""Woods and kitchen gardens."""

import numpy as np

from jobs.miniweb.canvas import Canvas, Rng, dark, light, mix, pick
from jobs.miniweb.painters.hills import LIGHTS, sky


def forest(rng: Rng, words: str, c: Canvas) -> None:
    """Trunks in mist, darker as they come nearer, light falling between them."""
    lights = pick(words, LIGHTS, rng)
    _, low, sun, far, near = lights
    leaf = pick(
        words,
        {"autumn": "#d98a35", "spring": "#a8c957", "winter": "#dfe6ee", "wood": "#6f9a4a"},
        rng,
    )
    c.rect(
        (0, 0, c.w, c.h), c.vertical(mix(leaf, low, 0.55), light(low, 0.35), mix(leaf, far, 0.3))
    )
    c.circle(c.w * rng.uniform(0.3, 0.7), c.h * 0.4, c.h * 0.7, c.glow(sun, 0.9))
    for k in range(5):
        depth = (k + 1) / 5
        colour = mix(mix(low, far, 0.5), dark(near, 0.35), depth**1.3)
        for _ in range(13 - 2 * k):
            x, wide = (
                c.w * rng.random(),
                c.w * 0.012 * (0.5 + 2.0 * depth**2) * rng.uniform(0.7, 1.4),
            )
            lean = rng.normal(0, 18)
            c.path(
                f"M{x - wide:.0f},{c.h} Q{x - wide * 0.5:.0f},{c.h * 0.7:.0f} "
                f"{x + lean:.0f},-10 h{wide:.0f} Q{x + wide * 0.6:.0f},{c.h * 0.7:.0f} "
                f"{x + wide * 1.3:.0f},{c.h}Z",
                colour,
            )
        for _ in range(60):
            size = c.h * rng.uniform(0.02, 0.07) * (0.5 + depth)
            c.circle(
                c.w * rng.random(),
                c.h * 0.33 * rng.random() ** 1.5 / (0.5 + depth),
                size,
                mix(leaf, colour, rng.uniform(0, 0.6)),
                'opacity="0.32"',
            )
        c.rect(
            (0, c.h * (0.6 + 0.07 * k), c.w, c.h * 0.4),
            c.gradient([(0, low, 0), (1, mix(leaf, low, 0.3), 0.4)]),
        )
    c.path(
        f"M0,{c.h} V{c.h * 0.9} Q{c.w * 0.5},{c.h * 0.82} {c.w},{c.h * 0.92} V{c.h}Z",
        mix(dark(near, 0.2), leaf, 0.3),
    )


def garden(rng: Rng, words: str, c: Canvas) -> None:
    """A vegetable plot: rows of plants that run to a hedge, a shed, and the sky."""
    lights = LIGHTS["spring"] if "spring" in words else pick(words, LIGHTS, rng)
    horizon = c.h * 0.38
    sky(c, rng, lights, horizon)
    for _ in range(90):
        c.circle(
            c.w * rng.random(),
            horizon - rng.uniform(0, 46),
            rng.uniform(18, 42),
            mix("#2c5a34", "#6c9448", rng.random()),
        )
    x, tall = c.w * rng.uniform(0.12, 0.75), c.h * 0.2
    c.rect((x, horizon - tall * 0.75, tall * 1.1, tall), c.across("#8a6a4c", "#6b4f39"))
    c.path(
        f"M{x - 16},{horizon - tall * 0.72} l{tall * 0.55 + 16},{-tall * 0.42} "
        f"l{tall * 0.55 + 16},{tall * 0.42}Z",
        "#4b3a36",
    )
    c.rect((x + tall * 0.4, horizon - tall * 0.35, tall * 0.32, tall * 0.6), "#3f2f27")
    c.rect((0, horizon + 6, c.w, c.h), c.vertical("#8a6a4a", "#5a3f2b", "#3b281c"))
    leaves = ("#5f9448", "#8fb45a", "#3f7a53", "#a05a78", "#b9c468", "#6f8f3a")
    for row in range(7):
        y = horizon + 22 + (c.h - horizon) * (row / 6.3) ** 1.7
        size = 9 + 44 * (row / 6) ** 1.4
        c.rect((0, y + size * 0.45, c.w, size * 0.5), "#2e1f16", 'opacity="0.35"')
        colour = leaves[int(rng.integers(len(leaves)))]
        for at in np.arange(-size, c.w + size, size * 1.75):
            px, py = at + rng.normal(0, size * 0.1), y + rng.normal(0, size * 0.06)
            for k, turn in enumerate(rng.uniform(0, 360, 9)):
                c.ellipse(
                    0,
                    -size * 0.38,
                    (size * 0.27, size * 0.52),
                    mix(dark(colour, 0.25), light(colour, 0.3), k / 8),
                    f'transform="translate({px:.0f} {py:.0f}) scale(1 .72) rotate({turn:.0f})"',
                )
