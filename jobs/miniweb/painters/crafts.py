"""Cloth and timber close up, and what is made of them."""

# ruff: noqa: PLR2004  (proportions are numbers, and names for them would hide the picture)

import numpy as np

from jobs.miniweb.canvas import Canvas, Floats, Rng, dark, fractal, light, mix, pick

CLOTHS = {
    "indigo": ("#22345c", "#e9e1cf", "#5b7fa8", "#b98a4a"),
    "madder": ("#8f2f2a", "#efe3cb", "#d98b4f", "#2c3b3a"),
    "moss": ("#44552f", "#e6dfc4", "#9aa35a", "#7a4a2f"),
    "heather": ("#5d4a73", "#ddd3dc", "#a98bb0", "#3f5a4a"),
    "saffron": ("#d39a2c", "#f6ecd2", "#8a4a22", "#39464f"),
    "grey": ("#565a60", "#e4e2dc", "#9a9c9c", "#a8573f"),
}


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue of "#rrggbb". [0..255]"""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def weave(rng: Rng, words: str, c: Canvas) -> Floats:
    """Cloth close up, thread over thread: uint8 (h, w, 3). Tartan, twill, diamond or plain."""
    colours = np.array([rgb(x) for x in pick(words, CLOTHS, rng)], np.float32)
    thread = 6
    rows, columns = c.h // thread + 1, c.w // thread + 1
    sett = np.repeat(rng.integers(0, 4, 14), rng.integers(2, 11, 14))
    sett = np.concatenate([sett, sett[::-1]])
    bind = pick(
        words, {"tartan": "tartan", "twill": "twill", "diamond": "diamond", "stripe": "stripe"}, rng
    )
    j, i = np.mgrid[0:rows, 0:columns]
    warp = sett[i % len(sett)] if bind in ("tartan", "stripe") else np.zeros_like(i)
    weft = (
        sett[j % len(sett)] if bind == "tartan" else np.full_like(i, 1 if bind != "stripe" else 0)
    )
    if bind == "diamond":
        size = int(rng.integers(9, 15))
        fold = np.abs(i % (2 * size) - size) + np.abs(j % (2 * size) - size)
        over = (fold // 2) % 4 < 2
    elif bind == "stripe":
        over = (i + j) % 2 == 0
    else:
        over = (i + j) % 4 < 2
    cloth = np.where(over[..., None], colours[warp], colours[weft])
    cloth = cloth + rng.normal(0, 7, (rows, columns, 1))
    big = np.repeat(np.repeat(cloth, thread, 0), thread, 1)[: c.h, : c.w].astype(np.float32)
    up = np.repeat(np.repeat(over, thread, 0), thread, 1)[: c.h, : c.w]
    y, x = np.mgrid[0 : c.h, 0 : c.w]
    round_warp = np.sin((x % thread + 0.5) / thread * np.pi)
    round_weft = np.sin((y % thread + 0.5) / thread * np.pi)
    shade = 0.55 + 0.5 * np.where(up, round_warp, round_weft).astype(np.float32)
    folds = 1 + 0.10 * fractal(rng, c.w, c.h, 5)
    return np.clip(big * shade[..., None] * folds[..., None], 0, 255).astype(np.uint8)


TIMBERS = {
    "oak": "#b98a58",
    "walnut": "#6b4630",
    "cherry": "#a8613c",
    "pine": "#dcb77c",
    "ash": "#cdb592",
}


def timber(rng: Rng, words: str, c: Canvas) -> Floats:
    """Planed boards with their grain, glued edge to edge: uint8 (h, w, 3)."""
    base = np.array(rgb(pick(words, TIMBERS, rng)), np.float32)
    boards = int(rng.integers(3, 6))
    wobble = fractal(rng, c.w // 2 + 1, c.h // 2 + 1, 5).repeat(2, 0).repeat(2, 1)[: c.h, : c.w]
    fibre = rng.standard_normal((c.h, c.w // 40 + 2)).astype(np.float32).repeat(40, 1)[:, : c.w]
    y, x = np.mgrid[0 : c.h, 0 : c.w].astype(np.float32)
    wide = c.h / boards
    board = (y // wide).astype(int)
    middle = rng.uniform(0.2, 0.8, boards + 1).astype(np.float32)[board] * wide
    apex = rng.uniform(-0.2, 1.2, boards + 1).astype(np.float32)[board] * c.w
    reach = (np.abs(y % wide - middle) / wide * 6 + ((x - apex) / c.w) ** 2 * 3.4) + wobble * 0.22
    rings = np.sin(reach * 11) * 0.5 + np.sin(reach * 29) * 0.22
    tone = rng.uniform(0.86, 1.12, boards + 1).astype(np.float32)[board]
    shade = tone * (1 + 0.13 * rings + 0.035 * fibre)
    shade *= 1 - 0.55 * np.exp(-(np.minimum(y % wide, wide - y % wide) ** 2) / 3)
    return np.clip(base * shade[..., None], 0, 255).astype(np.uint8)


def timber_front(rng: Rng, words: str, c: Canvas) -> None:
    """A joint, a plane, a stool or curls of shavings on the boards."""
    pale, deep = "#e3c08d", "#6a4327"
    thing = pick(words, {"dovetail": 0, "plane": 1, "stool": 2, "shaving": 3, "spoon": 4}, rng)
    c.rect(
        (0, 0, c.w, c.h), c.gradient([(0, "#fff3d6", 0.22), (1, "#1a0d05", 0.38)], 'x2="1" y2="1"')
    )
    if thing == 0:
        top, pins, wide = c.h * 0.42, 6, c.w / 6
        c.rect((0, top, c.w, c.h), c.vertical(deep, dark(deep, 0.45)), 'opacity="0.88"')
        for k in range(pins):
            x = wide * (k + 0.5)
            tail = (
                f"M{x - wide * 0.24},{top - 8} L{x - wide * 0.4},{top + c.h * 0.2} "
                f"H{x + wide * 0.4} L{x + wide * 0.24},{top - 8}Z"
            )
            c.path(
                tail,
                c.vertical(light(pale, 0.15), pale, dark(pale, 0.18)),
                f'stroke="{dark(deep, 0.4)}" stroke-width="3"',
            )
            for grain in rng.uniform(-0.25, 0.25, 5):
                c.line(
                    f"M{x + wide * grain},{top} l{wide * grain * 0.4},{c.h * 0.19}",
                    dark(pale, 0.25),
                    1.5,
                    'opacity="0.5"',
                )
        c.line(f"M0,{top - 8} H{c.w}", dark(deep, 0.3), 2.5)
    elif thing == 1:
        x, y, s = c.w * 0.2, c.h * 0.62, c.w * 0.58
        c.ellipse(x + s * 0.5, y + 20, (s * 0.6, 46), c.glow("#120a05", 0.9))
        c.path(
            f"M{x},{y} v{-s * 0.13} q{s * 0.05},{-s * 0.03} {s * 0.1},{-s * 0.02} h{s * 0.8} "
            f"q{s * 0.1},0 {s * 0.1},{s * 0.08} v{s * 0.07}Z",
            c.vertical("#c98d58", "#8a5230", "#5c331c"),
        )
        c.path(
            f"M{x + s * 0.42},{y - s * 0.12} l{-s * 0.12},{-s * 0.26} l{s * 0.07},{-s * 0.03} "
            f"l{s * 0.13},{s * 0.28}Z",
            c.across("#e6e8e8", "#878d92"),
        )
        c.path(
            f"M{x + s * 0.1},{y - s * 0.14} q{s * 0.02},{-s * 0.2} {s * 0.12},{-s * 0.19} "
            f"q{s * 0.03},{s * 0.05} {-s * 0.02},{s * 0.08} q0,{s * 0.06} "
            f"{s * 0.03},{s * 0.11}Z",
            c.across("#7a4526", "#4a2815"),
        )
        c.circle(
            x + s * 0.82,
            y - s * 0.19,
            s * 0.055,
            c.gradient([(0, "#c98d58", 1), (1, "#5c331c", 1)], 'r="0.6" cx="0.35" cy="0.3"'),
        )
        _shavings(c, rng, 16, pale)
    elif thing == 2:
        x, y, s = c.w * 0.5, c.h * 0.36, c.h * 0.46
        c.ellipse(x, c.h * 0.9, (s * 1.1, 40), c.glow("#120a05", 0.85))
        for lean in (-0.62, -0.2, 0.24, 0.62):
            c.path(
                f"M{x + lean * s * 0.8 - 15},{y} L{x + lean * s * 1.25 - 9},{c.h * 0.9} h20 "
                f"L{x + lean * s * 0.8 + 17},{y}Z",
                c.across("#e6bd85", "#8e5a33"),
            )
        c.line(f"M{x - s * 0.62},{c.h * 0.66} L{x + s * 0.62},{c.h * 0.66}", "#a06b40", 17)
        c.ellipse(x, y + 18, (s * 0.95, s * 0.16), "#6b4126")
        c.ellipse(x, y, (s * 0.95, s * 0.17), c.across("#f0cd97", "#c08c56"))
        for share in (0.75, 0.52, 0.3):
            c.ellipse(
                x + 18,
                y,
                (s * share, s * 0.13 * share),
                "none",
                'stroke="#a8743f" stroke-width="2.500" opacity="0.6"',
            )
    elif thing == 3:
        _shavings(c, rng, 44, pale)
    else:
        for k in range(3):
            x, y = c.w * (0.26 + 0.24 * k), c.h * 0.34
            tone = (pale, "#b87c4c", "#8a5634")[k]
            c.group(f"rotate({rng.uniform(-14, 14):.0f} {x:.0f} {c.h / 2:.0f})")
            c.ellipse(x + 14, y + 26, (70, 100), c.glow("#120a05", 0.8))
            c.path(
                f"M{x - 16},{y + 60} L{x - 11},{c.h * 0.88} q11,18 22,0 L{x + 16},{y + 60}Z",
                c.across(light(tone, 0.3), dark(tone, 0.3)),
            )
            c.ellipse(x, y, (62, 92), c.across(light(tone, 0.3), dark(tone, 0.25)))
            c.ellipse(x, y - 2, (48, 76), c.across(dark(tone, 0.35), light(tone, 0.15)))
            c.end()


def _shavings(c: Canvas, rng: Rng, count: int, colour: str) -> None:
    for _ in range(count):
        x, y, r = c.w * rng.random(), c.h * rng.uniform(0.1, 1), c.h * rng.uniform(0.03, 0.08)
        turn = np.linspace(0, rng.uniform(7, 13), 40) + rng.uniform(0, 6)
        far = r * np.linspace(1, 0.3, 40)
        curl = " L".join(
            f"{x + f * np.cos(t):.0f},{y + f * 0.6 * np.sin(t):.0f}"
            for t, f in zip(turn, far, strict=True)
        )
        c.line(f"M{curl}", "#2a170b", r * 0.3, 'opacity="0.25" transform="translate(4 7)"')
        c.line(f"M{curl}", mix(colour, "#f8e8c6", rng.random()), r * 0.26)
