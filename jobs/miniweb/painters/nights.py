"""The sky at night over a dark ridge."""

# ruff: noqa: PLR2004  (proportions are numbers, and names for them would hide the picture)

import numpy as np

from jobs.miniweb.canvas import Canvas, Rng, clouds, fractal, pick, polygon, ridge
from jobs.miniweb.painters.hills import pines


def night(rng: Rng, words: str, c: Canvas) -> np.ndarray:
    """A clear night over a dark ridge: uint8 (h, w, 3). Milky Way, moon, trails or a comet."""
    w, h = c.w, c.h
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    top, low = pick(
        words,
        {
            "aurora": ((8, 20, 40), (30, 110, 96)),
            "dusk": ((16, 22, 60), (208, 120, 92)),
            "night": ((6, 9, 26), (48, 62, 104)),
            "red": ((18, 10, 30), (120, 70, 90)),
        },
        rng,
    )
    fade = (y / h)[..., None] ** 1.4
    sky = np.array(top, np.float32) * (1 - fade) + np.array(low, np.float32) * fade
    if "moon" not in words:
        slope, offset = rng.uniform(-0.9, 0.9), rng.uniform(0.3, 0.6)
        dust = fractal(rng, w, h, 9)
        across = ((y - h * offset) - slope * (x - w / 2)) / (h * 0.22)
        band = np.exp(-((across + dust * 0.25) ** 2)) * np.clip(0.75 + dust * 0.35, 0, 2)
        sky += band[..., None] * np.array((78, 74, 110), np.float32)
    if "aurora" in words:
        curtain = np.exp(-(((x + 90 * np.sin(y / 130)) / w * 6 % 1 - 0.5) ** 2) * 9) * np.exp(
            -(((y - h * 0.42) / (h * 0.25)) ** 2)
        )
        sky += (curtain * np.clip(1 + clouds(rng, w, h, 12) * 0.4, 0, 2))[..., None] * np.array(
            (30, 150, 96), np.float32
        )
    count = 900
    sx, sy = rng.integers(2, w - 2, count), rng.integers(2, h - 2, count)
    shine = (rng.random(count) ** 5 * 235 + 28).astype(np.float32)
    tint = rng.uniform(0.82, 1.0, (count, 3)).astype(np.float32)
    for dx, dy, share in ((0, 0, 1), (1, 0, 0.45), (-1, 0, 0.45), (0, 1, 0.45), (0, -1, 0.45)):
        sky[sy + dy, sx + dx] += shine[:, None] * tint * share
    if "trails" in words:
        cx, cy = w * 0.5, h * 0.35
        for radius, start in zip(
            rng.uniform(20, w * 0.75, 170), rng.uniform(0, 6.28, 170), strict=True
        ):
            turn = start + np.linspace(0, 0.75, int(radius) + 20)
            px, py = (
                (cx + radius * np.cos(turn)).astype(int),
                (cy + radius * np.sin(turn)).astype(int),
            )
            inside = (px >= 0) & (px < w - 1) & (py >= 0) & (py < h - 1)
            sky[py[inside], px[inside]] += rng.uniform(40, 150)
    return np.clip(sky, 0, 255).astype(np.uint8)


def night_front(rng: Rng, words: str, c: Canvas) -> None:
    """What stands before the night sky: moon or comet, a ridge, a dome or a tent that glows."""
    if "moon" in words:
        x, y, r = c.w * 0.5, c.h * 0.42, c.h * 0.3
        c.circle(x, y, r * 1.9, c.glow("#d9e2f2", 0.35))
        c.circle(
            x,
            y,
            r,
            c.gradient(
                [(0, "#fbf6e8", 1), (0.8, "#d8d3c6", 1), (1, "#a9a8a6", 1)],
                'r="0.6" cx="0.4" cy="0.4"',
            ),
        )
        for _ in range(46):
            turn, far = rng.uniform(0, 6.28), r * 0.9 * rng.random() ** 0.5
            size = r * rng.uniform(0.015, 0.12)
            c.circle(
                x + far * np.cos(turn), y + far * np.sin(turn), size, "#8f8d8c", 'opacity="0.35"'
            )
    if "comet" in words:
        c.path(
            f"M{c.w * 0.62},{c.h * 0.38} L{c.w * 0.2},{c.h * 0.05} L{c.w * 0.3},{c.h * 0.02}Z",
            c.gradient([(0, "#dff", 0), (1, "#e8ffff", 0.8)], 'x2="1" y2="1"'),
        )
        c.circle(c.w * 0.62, c.h * 0.385, 26, c.glow("#f4ffff", 1))
    xs = np.linspace(0, 1, 160)
    ys = c.h * (0.86 - 0.05 * ridge(rng, xs, 0.4))
    pines(c, rng, xs * c.w, ys, "#05070f")
    c.path(polygon(xs * c.w, ys, c.h), c.vertical("#080b16", "#020308"))
    if "dome" in words:
        x, y = c.w * 0.7, c.h * 0.84
        c.path(
            f"M{x - 80},{y + 30} V{y - 20} a80,76 0 0 1 160,0 V{y + 30}Z",
            c.across("#3c4358", "#20263a"),
        )
        c.path(f"M{x - 14},{y - 24} L{x + 6},{y - 95} l24,6 L{x + 14},{y - 24}Z", "#f3c98a")
    elif rng.random() < 0.5:
        x, y = c.w * rng.uniform(0.2, 0.8), c.h * 0.9
        c.circle(x, y, 130, c.glow("#ffb45e", 0.5))
        c.path(
            f"M{x - 52},{y + 20} L{x},{y - 44} L{x + 52},{y + 20}Z",
            c.vertical("#ffd38a", "#c96a2e"),
        )
