"""Paints irregular stones, close together or in mortar: rubble walls, pebble dash, exposed aggregate.

Their dark gaps look like cracks. Lengths in pixels of a patch of REFERENCE_PX.
"""

from itertools import product

import numpy as np

from crack_exp.painter.random_numbers import direction, log_uniform
from crack_exp.painter.surface.concrete import WARMER, slope_along, texture_of_concrete
from crack_exp.painter.surface.textures import REFERENCE_PX, crop
from crack_exp.painter.surface.wall import Wall


def paint_stones(rng: np.random.Generator, size_px: int, light: np.ndarray) -> Wall:
    """A wall of stones, `size_px` a side; `light` (2,) is the unit vector (x, y) of the direction of light."""
    spacing = log_uniform(rng, 6, 120)
    stone, to_border = _stones(rng, size_px, spacing)
    gap = spacing * log_uniform(rng, 0.04, 0.3)
    covered = np.clip((to_border - gap / 2) * (size_px / REFERENCE_PX) + 0.5, 0, 1)
    shade = rng.normal(0, rng.uniform(0.08, 0.3), stone.max() + 1).astype(np.float32)[stone]
    stones, between = rng.uniform(0.35, 0.8), rng.uniform(0.1, 0.8)
    luminance = stones * (1.0 + shade) * covered + between * (1.0 - covered)
    bulge = 1.0 - np.exp(-np.maximum(to_border - gap / 2, 0) / (spacing * rng.uniform(0.05, 0.4)))
    luminance = luminance * (1.0 + slope_along(light, bulge) * log_uniform(rng, 0.02, 0.2))
    luminance = luminance * (1.0 + texture_of_concrete(rng, size_px, light))
    wall = Wall(luminance.astype(np.float32), light, rng.normal(1.0, 0.05, 3).astype(np.float32))
    if rng.random() < 0.7:
        hue = rng.normal(0, 1, stone.max() + 1).astype(np.float32)[stone]
        wall.layers.append((hue * covered, WARMER * np.float32(rng.normal(0, 0.03))))
    return wall


def _stones(rng: np.random.Generator, size_px: int, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """(S, S) number of each pixel's stone, and (S, S) the distance to the border with the next stone.

    Stretched cells of unequal size around the points of a jittered grid (Worley 1996, A cellular texture basis
    function). The nearest two points are searched in the 3x3 grid squares around each pixel. In rare cases a nearer
    point lies outside of them; then a stone ends slightly too early.
    """
    u, v = _grid(rng, size_px, spacing)
    column, row = np.floor(u), np.floor(v)
    u, v, columns, rows = u - column, v - row, int(column.max()) + 2, int(row.max()) + 2
    square = (row * columns + column).astype(np.int32)
    jitter, unequal = rng.uniform(0.5, 1.0), rng.uniform(0.0, 0.25)
    x, y = (0.5 + rng.uniform(-0.5, 0.5, (2, rows * columns)) * jitter).astype(np.float32)
    radius = rng.normal(0, unequal, rows * columns).astype(np.float32)
    first = np.full(u.shape, np.inf, np.float32)
    second, stone = first, square
    for up, left in product((-1, 0, 1), repeat=2):
        number = square + (up * columns + left)
        across, down = x.take(number) + (left - u), y.take(number) + (up - v)
        away = np.sqrt(across * across + down * down) - radius.take(number)
        stone = np.where(away < first, number, stone)
        second = np.minimum(second, np.maximum(first, away))
        first = np.minimum(first, away)
    return stone, (second - first) * np.float32(spacing / 2)


def _grid(rng: np.random.Generator, size_px: int, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """Position of each pixel, 2 times (S, S), on a rotated, stretched and wavy grid of unit squares; at least 1."""
    ticks = (np.arange(size_px, dtype=np.float32) + 0.5) * np.float32(REFERENCE_PX / size_px / spacing)
    turn, stretch = direction(rng.uniform(0, np.pi)), np.float32(log_uniform(rng, 0.7, 1.4))
    wave = np.float32(rng.uniform(0, 0.2))
    u = (ticks[None, :] * turn[0] + ticks[:, None] * turn[1]) * stretch + crop(rng, "clouds", size_px) * wave
    v = (ticks[:, None] * turn[0] - ticks[None, :] * turn[1]) / stretch + crop(rng, "clouds", size_px) * wave
    return u - u.min() + 1, v - v.min() + 1
