"""Banners that shout, and small marks that do not."""

# ruff: noqa: PLR2004  (proportions are numbers, and names for them would hide the picture)

import numpy as np

from jobs.miniweb.canvas import Canvas, Rng, light, mix, pick


def burst(rng: Rng, words: str, c: Canvas) -> None:
    """Rays, stars and a big empty button: what shouts from the margins of bad pages."""
    hot = pick(
        words, {"pink": "#ff2d87", "lime": "#8ede2a", "sky": "#19b5ff", "gold": "#ffc400"}, rng
    )
    c.rect((0, 0, c.w, c.h), hot)
    x, y, far = c.w * 0.5, c.h * 0.5, c.w + c.h
    for turn in np.arange(0, 6.283, 6.283 / 18):
        a, b = turn, turn + 6.283 / 36
        c.path(
            f"M{x},{y} L{x + far * np.cos(a):.0f},{y + far * np.sin(a):.0f} "
            f"L{x + far * np.cos(b):.0f},{y + far * np.sin(b):.0f}Z",
            light(hot, 0.5),
        )
    for _ in range(14):
        sx, sy, r = c.w * rng.random(), c.h * rng.random(), c.h * rng.uniform(0.03, 0.09)
        turns = np.arange(10) * 0.6283
        spikes = r * np.where(np.arange(10) % 2, 1, 0.42)
        points = " L".join(
            f"{sx + far * np.cos(turn):.0f},{sy + far * np.sin(turn):.0f}"
            for far, turn in zip(spikes, turns, strict=True)
        )
        c.path(f"M{points}Z", "#fff04a", 'stroke="#d11a2a" stroke-width="3"')
    c.rect(
        (x - c.w * 0.26, y - c.h * 0.16, c.w * 0.52, c.h * 0.32),
        c.vertical("#ff5a4a", "#b00012"),
        f'rx="{c.h * 0.1:.0f}" stroke="#ffffff" stroke-width="8"',
    )
    c.rect((x - c.w * 0.17, y - c.h * 0.035, c.w * 0.34, c.h * 0.07), "#ffffff", 'rx="12"')


def emblem(rng: Rng, _: str, c: Canvas) -> None:
    """A small mark on a plain ground: a site's logo, a member's portrait."""
    ink = mix("#2f5a6b", "#a8573f", rng.random())
    c.rect((0, 0, c.w, c.h), light(ink, 0.82))
    cells = rng.random((5, 3)) < 0.5
    size = min(c.w, c.h) / 6
    for row in range(5):
        for column in range(5):
            if cells[row, min(column, 4 - column)]:
                c.rect(
                    (c.w / 2 + (column - 2.5) * size, c.h / 2 + (row - 2.5) * size, size, size),
                    ink,
                    'rx="2"',
                )
