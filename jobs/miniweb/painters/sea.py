"""Open water, with sails or a lighthouse."""

import numpy as np

from jobs.miniweb.canvas import Canvas, Rng, dark, light, mix, pick, polygon, ridge
from jobs.miniweb.painters.hills import LIGHTS, flock, sky


def sea(rng: Rng, words: str, c: Canvas) -> None:
    """Water to the horizon with sails; a lighthouse where the name asks for one."""
    lights = pick(words, LIGHTS, rng)
    top, low, sun, far, near = lights
    horizon = c.h * 0.55
    sky(c, rng, lights, horizon)
    c.rect(
        (0, horizon, c.w, c.h - horizon),
        c.vertical(mix(top, low, 0.6), dark(top, 0.25), dark(top, 0.6)),
    )
    for _ in range(260):
        depth = rng.random() ** 1.7
        y, wide = (
            horizon + (c.h - horizon) * depth,
            c.w * (0.008 + 0.07 * depth) * rng.uniform(0.4, 1.6),
        )
        c.rect(
            (rng.uniform(-40, c.w), y, wide, 1.2 + 3 * depth),
            mix(low, sun, rng.random()),
            f'opacity="{rng.uniform(0.12, 0.5):.2f}" rx="2"',
        )
    xs = np.linspace(-0.02, 0.46, 80)
    ys = horizon + 3 - c.h * 0.10 * np.clip(ridge(rng, xs, 0.3) + 0.5 - xs * 2, 0, 2)
    c.path(polygon(xs * c.w, ys, horizon + 3), mix(far, near, 0.35))
    for _ in range(4 if "regatta" in words else 2):
        depth = rng.uniform(0.05, 0.45)
        x, y, s = (
            c.w * rng.uniform(0.3, 0.9),
            horizon + (c.h - horizon) * depth,
            c.h * (0.08 + 0.22 * depth),
        )
        c.path(
            f"M{x},{y - s} Q{x + s * 0.5},{y - s * 0.5} {x + s * 0.42},{y - s * 0.1} "
            f"L{x},{y - s * 0.1}Z",
            light(low, 0.6),
        )
        c.path(
            f"M{x - 4},{y - s * 0.9} L{x - 4},{y - s * 0.1} L{x - s * 0.3},{y - s * 0.1}Z",
            light(far, 0.45),
        )
        c.path(
            f"M{x - s * 0.4},{y - s * 0.06} h{s * 0.9} q{-s * 0.1},{s * 0.14} "
            f"{-s * 0.25},{s * 0.14} h{-s * 0.42}Z",
            dark(near, 0.3),
        )
        c.ellipse(x, y + s * 0.12, (s * 0.5, s * 0.05), dark(top, 0.6), 'opacity="0.5"')
    if "lighthouse" in words:
        x, base, tall = c.w * 0.2, c.h * 0.74, c.h * 0.5
        c.path(
            f"M-20,{c.h} V{base + 10} C{x * 0.5},{base - 40} {x * 1.5},{base - 40} "
            f"{c.w * 0.46},{c.h} Z",
            dark(near, 0.15),
        )
        c.path(
            f"M{x - 26},{base} L{x - 17},{base - tall} h34 L{x + 26},{base}Z",
            c.across("#f6efe4", "#ffffff", "#b9b4ae"),
        )
        for k in (0.2, 0.55):
            c.path(
                f"M{x - 25 + 9 * k},{base - tall * k} h{50 - 18 * k} l-2,{-tall * 0.16} "
                f"h{-46 + 18 * k}Z",
                "#b8402f",
            )
        c.circle(x, base - tall - 16, 90, c.glow("#fff3b8", 0.9))
        c.rect((x - 13, base - tall - 28, 26, 28), "#fff0b0")
        c.path(f"M{x - 19},{base - tall - 28} l19,-20 l19,20Z", "#7d2a20")
    flock(c, rng, "#f7f4ee")
