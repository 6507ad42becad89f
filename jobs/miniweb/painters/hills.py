"""Hills under a low sun, range behind range; the sky and the light of every landscape."""

# ruff: noqa: PLR2004  (proportions are numbers, and names for them would hide the picture)

import numpy as np

from jobs.miniweb.canvas import Canvas, Floats, Rng, dark, light, mix, pick, polygon, ridge

# sky above, sky at the horizon, sun, farthest land, nearest land
LIGHTS = {
    "dawn": ("#40508c", "#ffc69a", "#fff0c8", "#b58fa8", "#27304e"),
    "evening": ("#2a3566", "#ff9e6b", "#ffe2a0", "#8d6a94", "#1d2340"),
    "autumn": ("#6fa3c7", "#ffe6bd", "#fff6da", "#c9a57a", "#6b3a22"),
    "winter": ("#8fb4d6", "#f5e9ea", "#fffdf4", "#c3d0e2", "#46607e"),
    "spring": ("#5aa5dd", "#e4f4e8", "#fffbe0", "#a9cdb4", "#2f6b45"),
    "summer": ("#2f83c9", "#d8eef4", "#fffae0", "#93bca8", "#2b5a34"),
    "storm": ("#39465a", "#aeb9bd", "#e8ecea", "#7d8c94", "#252f37"),
    "moor": ("#7d93b8", "#f3d9d2", "#fff3dc", "#a68bb0", "#3d2c49"),
}


def sky(c: Canvas, rng: Rng, lights: tuple[str, ...], horizon: float) -> None:
    """Sky, sun and thin clouds down to y = `horizon`."""
    top, low, sun, *_ = lights
    c.rect((0, 0, c.w, horizon), c.vertical(top, mix(top, low, 0.55), low))
    x, y = c.w * rng.uniform(0.2, 0.8), horizon * rng.uniform(0.45, 0.8)
    c.circle(x, y, c.h * 0.45, c.glow(sun, 0.7))
    c.circle(x, y, c.h * rng.uniform(0.04, 0.06), sun)
    for _ in range(int(rng.integers(5, 11))):
        cx, cy = rng.uniform(0, c.w), horizon * rng.uniform(0.08, 0.7)
        width = c.w * rng.uniform(0.1, 0.3)
        for _ in range(4):
            at = (cx + rng.normal(0, width * 0.3), cy + rng.normal(0, 8))
            c.ellipse(*at, (width * rng.uniform(0.3, 0.7), 14), c.glow(light(low, 0.5), 0.55))


def pines(c: Canvas, rng: Rng, xs: Floats, ys: Floats, colour: str) -> None:
    """Conifers here and there along the skyline (xs, ys)."""
    for i in rng.integers(2, len(xs) - 2, size=46):
        x, y, tall = xs[i], ys[i] + 10, c.h * rng.uniform(0.04, 0.11)
        tiers = "".join(
            f"M{x:.0f},{y - tall * (1 - k * 0.22):.0f} "
            f"l{tall * (0.09 + k * 0.06):.0f},{tall * 0.4:.0f} "
            f"h{-tall * (0.18 + k * 0.12):.0f}Z"
            for k in range(3)
        )
        c.path(tiers, colour)


def flock(c: Canvas, rng: Rng, colour: str) -> None:
    """A few birds, far away."""
    x, y = c.w * rng.uniform(0.2, 0.7), c.h * rng.uniform(0.12, 0.3)
    for _ in range(int(rng.integers(4, 9))):
        bx, by, span = x + rng.normal(0, 70), y + rng.normal(0, 28), rng.uniform(7, 14)
        wings = (
            f"M{bx - span:.0f},{by - 4:.0f} q{span / 2:.0f},-6 {span:.0f},4 "
            f"q{span / 2:.0f},-10 {span:.0f},-5"
        )
        c.line(wings, colour, 2.4)


def hills(rng: Rng, words: str, c: Canvas) -> None:
    """Range behind range under a low sun, the nearest with pines; perhaps a lake before them."""
    lights = pick(words, LIGHTS, rng)
    _, low, sun, far, near = lights
    lake = "lake" in words or rng.random() < 0.25
    floor = c.h * (0.74 if lake else 1.0)
    sky(c, rng, lights, floor)
    xs = np.linspace(-0.02, 1.02, 180)
    rough = 0.9 if "peak" in words else rng.uniform(0.1, 0.5)
    layers = 6
    for k in range(layers):
        depth = k / (layers - 1)
        colour = mix(mix(far, low, 0.35), near, depth**1.1)
        base = floor * (0.52 + 0.40 * depth)
        ys = base - c.h * (0.15 - 0.05 * depth) * (
            ridge(rng, xs * (0.6 + depth), rough * (1 - depth * 0.6)) + 0.2
        )
        if k >= layers - 2 and "moor" not in words:
            pines(c, rng, xs * c.w, ys, dark(colour, 0.25))
        c.path(
            polygon(xs * c.w, ys, floor), c.vertical(colour, mix(colour, low, 0.45 * (1 - depth)))
        )
    if lake:
        c.rect((0, floor, c.w, c.h - floor), c.vertical(mix(near, low, 0.55), mix(near, low, 0.15)))
        for _ in range(70):
            y = floor + (c.h - floor) * rng.random() ** 1.5
            wide = c.w * rng.uniform(0.01, 0.10) * (0.4 + (y - floor) / (c.h - floor))
            c.rect((c.w * rng.random(), y, wide, 2), mix(low, sun, rng.random()), 'opacity="0.35"')
    flock(c, rng, dark(near, 0.4))
