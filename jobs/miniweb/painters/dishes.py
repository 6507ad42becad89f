"""Suppers seen from above: a plate or a board on a table."""

import numpy as np

from jobs.miniweb.canvas import Canvas, Rng, dark, light, mix, pick

TABLES = {
    "wood": "#8a5f3f",
    "linen": "#d9d2c2",
    "slate": "#4a5259",
    "white": "#ece7df",
    "blue": "#6d8799",
}


Spot = tuple[float, float, float]


def dish(rng: Rng, words: str, c: Canvas) -> None:
    """A plate with what the name says: soup, noodles, salad, tart, bread, stew, eggs, curry."""
    table = pick(words, TABLES, rng)
    c.rect(
        (0, 0, c.w, c.h),
        c.gradient([(0, light(table, 0.3), 1), (1, dark(table, 0.35), 1)], 'x2="1" y2="1"'),
    )
    boards = table == TABLES["wood"]
    for k in range(9):
        y = k * c.h / 8
        c.rect(
            (0, y, c.w, 3 if boards else 1),
            dark(table, 0.5),
            f'opacity="{0.6 if boards else 0.15}"',
        )
    for _ in range(120):
        c.rect(
            (rng.uniform(-100, c.w), rng.uniform(0, c.h), rng.uniform(30, 260), 1.4),
            dark(table, 0.4),
            'opacity="0.18"',
        )
    x, y, r = c.w * rng.uniform(0.45, 0.55), c.h * 0.5, c.h * 0.4
    _setting(c, rng, (x, y, r))
    c.circle(x + r * 0.06, y + r * 0.09, r * 1.2, c.glow("#140d08", 0.95))
    kind = pick(words, FOODS, rng)
    if kind is not _bread:
        plate = pick(
            words,
            {"white": "#f6f1e7", "blue": "#7f9fb5", "clay": "#c98f6b", "grey": "#a5a8a6"},
            rng,
        )
        c.circle(
            x,
            y,
            r,
            c.gradient(
                [
                    (0, plate, 1),
                    (0.74, light(plate, 0.4), 1),
                    (0.8, dark(plate, 0.2), 1),
                    (0.84, light(plate, 0.5), 1),
                    (1, dark(plate, 0.22), 1),
                ],
                'r="0.5"',
            ),
        )
    kind(c, rng, (x, y, r * 0.74))
    c.ellipse(x - r * 0.35, y - r * 0.45, (r * 0.5, r * 0.3), c.glow("#ffffff", 0.16))


def _setting(c: Canvas, rng: Rng, at: Spot) -> None:
    x, y, r = at
    cloth = mix("#b5533f", "#3f6f7d", rng.random())
    c.path(
        f"M{x + r * 1.1},{y - r * 0.8} l{r * 0.75},{r * 0.12} l{-r * 0.12},{r * 1.5} "
        f"l{-r * 0.75},{-r * 0.12}Z",
        c.across(cloth, dark(cloth, 0.3)),
    )
    steel = c.across("#8d9196", "#f3f4f2", "#8d9196")
    fx = x - r * 1.32
    c.rect((fx - r * 0.03, y - r * 0.2, r * 0.06, r * 0.95), steel, 'rx="6"')
    for k in range(4):
        c.rect((fx - r * 0.1 + k * r * 0.055, y - r * 0.68, r * 0.032, r * 0.34), steel, 'rx="3"')
    c.path(
        f"M{fx - r * 0.1},{y - r * 0.4} h{r * 0.197} q0,{r * 0.22} {-r * 0.07},{r * 0.26} "
        f"h{-r * 0.06} q{-r * 0.067},{-r * 0.04} {-r * 0.067},{-r * 0.26}Z",
        steel,
    )
    sx = x + r * 1.42
    c.ellipse(sx, y - r * 0.45, (r * 0.14, r * 0.22), c.across("#83878c", "#f6f6f3", "#9a9da1"))
    c.rect((sx - r * 0.026, y - r * 0.3, r * 0.052, r * 1.0), steel, 'rx="6"')


def _scatter(rng: Rng, at: Spot, count: int, spread: float = 0.9) -> np.ndarray:
    turn, far = rng.uniform(0, 6.283, count), at[2] * spread * rng.random(count) ** 0.5
    return np.stack([at[0] + far * np.cos(turn), at[1] + far * np.sin(turn)], axis=1)


def _leaf(c: Canvas, rng: Rng, at: tuple[float, float], size: float, colour: str) -> None:
    c.path(
        f"M0,{-size:.1f} C{size * 0.7:.1f},{-size * 0.4:.1f} {size * 0.5:.1f},{size * 0.6:.1f} "
        f"0,{size:.1f} C{-size * 0.5:.1f},{size * 0.6:.1f} {-size * 0.7:.1f},{-size * 0.4:.1f} "
        f"0,{-size:.1f}Z M0,{-size * 0.8:.1f} V{size * 0.8:.1f}",
        colour,
        f'transform="translate({at[0]:.0f} {at[1]:.0f}) rotate({rng.uniform(0, 360):.0f})" '
        f'stroke="{light(colour, 0.4)}" stroke-width="1.500" stroke-opacity=".6"',
    )


def _pool(c: Canvas, at: Spot, colour: str) -> None:
    c.circle(
        *at,
        c.gradient(
            [(0, light(colour, 0.22), 1), (0.85, colour, 1), (1, dark(colour, 0.4), 1)],
            'r="0.5" cx="0.45" cy="0.42"',
        ),
    )


def _soup(c: Canvas, rng: Rng, at: Spot) -> None:
    x, y, r = at
    _pool(c, at, mix("#d9692b", "#8aa34a", rng.choice([0.0, 0.1, 0.9])))
    turn = np.linspace(0.6, 13, 120)
    far = r * 0.055 * turn
    spiral = " L".join(
        f"{x + f * np.cos(t):.0f},{y + f * np.sin(t):.0f}" for t, f in zip(turn, far, strict=True)
    )
    c.line(f"M{spiral}", "#fff3df", r * 0.035, 'opacity="0.85"')
    for px, py in _scatter(rng, at, 9, 0.6):
        c.rect(
            (px - 13, py - 13, 26, 26),
            c.vertical("#e5b469", "#a86f30"),
            f'rx="5" transform="rotate({rng.uniform(0, 90):.0f} {px:.0f} {py:.0f})"',
        )
    for spot in _scatter(rng, at, 16, 0.75):
        _leaf(c, rng, tuple(spot), r * 0.055, "#3f7a3b")


def _noodles(c: Canvas, rng: Rng, at: Spot) -> None:
    x, y, r = at
    _pool(c, at, "#9a5a2c")
    for _ in range(95):
        (ax, ay), (bx, by) = _scatter(rng, at, 2, 0.8)
        bend = rng.normal(0, r * 0.5, 2)
        c.line(
            f"M{ax:.0f},{ay:.0f} "
            f"Q{(ax + bx) / 2 + bend[0] * 0.6:.0f},{(ay + by) / 2 + bend[1] * 0.6:.0f} "
            f"{bx:.0f},{by:.0f}",
            mix("#f5dc9c", "#d9a95a", rng.random()),
            r * 0.032,
        )
    ex, ey = x + r * 0.3, y - r * 0.25
    c.ellipse(ex, ey, (r * 0.27, r * 0.22), "#fffaf0")
    c.circle(ex + 4, ey, r * 0.12, c.gradient([(0, "#ffc24a", 1), (1, "#e88a1d", 1)], 'r="0.5"'))
    for px, py in _scatter(rng, at, 26, 0.8):
        c.circle(px, py, r * 0.03, "none", 'stroke="#5f9a45" stroke-width="5"')


def _salad(c: Canvas, rng: Rng, at: Spot) -> None:
    r = at[2]
    for spot in _scatter(rng, at, 110):
        _leaf(
            c,
            rng,
            tuple(spot),
            r * rng.uniform(0.12, 0.24),
            mix("#2f6b34", "#b5cf5f", rng.random()),
        )
    for px, py in _scatter(rng, at, 9, 0.8):
        c.circle(
            px,
            py,
            r * 0.1,
            c.gradient([(0, "#ff8a68", 1), (1, "#b3241f", 1)], 'r="0.6" cx="0.35" cy="0.35"'),
        )
    for px, py in _scatter(rng, at, 7, 0.8):
        c.circle(px, py, r * 0.1, "none", 'stroke="#b98ab5" stroke-width="6" stroke-opacity=".9"')
    for px, py in _scatter(rng, at, 14, 0.75):
        c.rect(
            (px, py, r * 0.12, r * 0.1),
            "#fbf5e6",
            f'rx="4" transform="rotate({rng.uniform(0, 90):.0f} {px:.0f} {py:.0f})"',
        )


def _tart(c: Canvas, rng: Rng, at: Spot) -> None:
    x, y, r = at
    r *= 1.08
    for turn in np.linspace(0, 6.283, 44):
        c.circle(
            x + r * 0.95 * np.cos(turn),
            y + r * 0.95 * np.sin(turn),
            r * 0.085,
            c.gradient([(0, "#e6b873", 1), (1, "#a8702f", 1)], 'r="0.55"'),
        )
    _pool(c, (x, y, r * 0.93), "#eec77d")
    fruit = mix("#c8323f", "#e8a23a", rng.choice([0.0, 0.5, 1.0]))
    for ring in range(5):
        far = r * (0.8 - 0.18 * ring)
        count = max(1, int(far / r * 21))
        for turn in np.arange(count) * 6.283 / count + ring * 0.3:
            px, py = x + far * np.cos(turn), y + far * np.sin(turn)
            c.ellipse(
                px,
                py,
                (r * 0.11, r * 0.075),
                c.gradient(
                    [(0, light(fruit, 0.55), 1), (0.7, fruit, 1), (1, dark(fruit, 0.35), 1)],
                    'r="0.6" cx="0.4" cy="0.3"',
                ),
                f'transform="rotate({np.degrees(turn) + 62:.0f} {px:.0f} {py:.0f})"',
            )
    for px, py in _scatter(rng, (x, y, r), 60, 0.95):
        c.circle(px, py, 2.4, "#fffdf6", 'opacity="0.8"')


def _bread(c: Canvas, rng: Rng, at: Spot) -> None:
    x, y, r = at
    c.rect((x - r * 1.45, y - r, r * 2.9, r * 2), c.vertical("#b98a5c", "#8d623c"), 'rx="34"')
    c.ellipse(x, y + r * 0.1, (r * 1.2, r * 0.8), c.glow("#24150a", 0.8))
    c.ellipse(
        x,
        y,
        (r * 1.1, r * 0.68),
        c.gradient(
            [(0, "#e9bd7c", 1), (0.6, "#c27f3c", 1), (1, "#6e3d18", 1)],
            'r="0.55" cx="0.42" cy="0.38"',
        ),
    )
    for at_x in (-0.6, -0.2, 0.2, 0.6):
        px = x + at_x * r
        c.path(
            f"M{px - r * 0.16},{y - r * 0.4} q{r * 0.26},{r * 0.4} {r * 0.26},{r * 0.8} "
            f"q{-r * 0.22},{-r * 0.3} {-r * 0.26},{-r * 0.8}Z",
            c.vertical("#f7e2b6", "#dba966"),
        )
    for px, py in _scatter(rng, (x, y, r), 190, 1.25):
        c.circle(px, py, rng.uniform(1, 3.4), "#fff8ea", 'opacity="0.65"')


def _stew(c: Canvas, rng: Rng, at: Spot) -> None:
    r = at[2]
    _pool(c, at, mix("#7a3b1e", "#c98a2b", rng.choice([0.0, 0.3, 1.0])))
    for px, py in _scatter(rng, at, 46, 0.86):
        colour = ("#e88a2f", "#6b3a24", "#e9cf8c", "#557f3a", "#a84a2a")[int(rng.integers(5))]
        size = r * rng.uniform(0.07, 0.13)
        c.rect(
            (px - size, py - size * 0.8, size * 2, size * 1.6),
            c.vertical(light(colour, 0.25), dark(colour, 0.25)),
            f'rx="{size * 0.6:.0f}" transform="rotate({rng.uniform(0, 180):.0f} {px:.0f} '
            f'{py:.0f})"',
        )
    for spot in _scatter(rng, at, 20, 0.8):
        _leaf(c, rng, tuple(spot), r * 0.06, "#4f8a3f")


def _eggs(c: Canvas, rng: Rng, at: Spot) -> None:
    x, y, r = at
    for k in range(6):
        c.rect(
            (x - r * 0.9 + k * r * 0.04, y + r * 0.1 + k * r * 0.1, r * 1.0, r * 0.08),
            c.vertical("#c2543d", "#8a2f22"),
            'rx="12"',
        )
    for ex, ey in ((x - r * 0.32, y - r * 0.25), (x + r * 0.36, y + r * 0.02)):
        turn = np.linspace(0, 6.283, 40)
        edge = (
            r * 0.42 * (1 + 0.12 * np.sin(turn * 3 + rng.uniform(0, 6)) + 0.06 * np.sin(turn * 5))
        )
        blob = " L".join(
            f"{ex + e * np.cos(t):.0f},{ey + e * np.sin(t):.0f}"
            for t, e in zip(turn, edge, strict=True)
        )
        c.path(f"M{blob}Z", "#fffbf2", 'stroke="#d9b98a" stroke-width="5" stroke-opacity=".6"')
        c.circle(
            ex,
            ey,
            r * 0.17,
            c.gradient([(0, "#ffd468", 1), (1, "#ea8d1c", 1)], 'r="0.6" cx="0.38" cy="0.35"'),
        )
    for spot in _scatter(rng, (x + r * 0.3, y - r * 0.55, r * 0.3), 16):
        _leaf(c, rng, tuple(spot), r * 0.12, mix("#2f6b34", "#8fb84f", rng.random()))


FOODS = {
    "soup": _soup,
    "noodles": _noodles,
    "salad": _salad,
    "tart": _tart,
    "bread": _bread,
    "stew": _stew,
    "eggs": _eggs,
}
