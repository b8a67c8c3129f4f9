"""Objects in front of a wall, and their shadows. Lengths in pixels of a patch of REFERENCE_PX."""

import math

import numpy as np

from crack_exp.painter.crack.carving import blurred
from crack_exp.painter.random_numbers import direction, log_uniform
from crack_exp.painter.strokes import bent_lines, draw_lines, draw_polygons
from crack_exp.painter.surface.textures import REFERENCE_PX, crop
from crack_exp.painter.surface.wall import Wall


def cable(rng: np.random.Generator, wall: Wall) -> None:
    """A wire or pipe: constant width, smooth bends, one lit side, a soft shadow beside it."""
    width = log_uniform(rng, 1.6, 16)
    middle = rng.uniform(0.15, 0.85, 2) * REFERENCE_PX
    half = direction(rng.uniform(0, math.pi)) * REFERENCE_PX * 1.2
    path = bent_lines(rng, (middle - half)[None], (middle + half)[None], 0.08)
    shadow_mask = draw_lines(path + wall.light * width * rng.uniform(0.3, 1.5), width, wall.size_px)
    wall.luminance *= 1.0 - blurred(shadow_mask, width * 0.5) * rng.uniform(0, 0.5)
    body = draw_lines(path, width, wall.size_px)
    wall.cover(body, log_uniform(rng, 0.03, 0.8), rng.normal(1.0, 0.1, 3).astype(np.float32))
    shine = draw_lines(path - wall.light * width * 0.2, width * 0.3, wall.size_px)
    wall.luminance += blurred(shine, max(0.8, width * 0.15)) * body * np.float32(rng.uniform(0, 0.3))


def shadow(rng: np.random.Generator, wall: Wall) -> None:
    """The shadow of an object outside the image, with straight edges, sharp or soft: a band or a whole side."""
    mask = _half_or_band(rng, wall.size_px)
    wall.luminance *= 1.0 - blurred(mask, log_uniform(rng, 0.5, 20)) * rng.uniform(0.15, 0.65)


def other_material(rng: np.random.Generator, wall: Wall) -> None:
    """Another material at the border of the image: sky, ground, plaster, a rail."""
    angle = rng.uniform(0, 2 * math.pi)
    outward, along = direction(angle) * REFERENCE_PX, direction(angle + math.pi / 2) * REFERENCE_PX
    edge = REFERENCE_PX / 2 + outward * rng.uniform(0.22, 0.45)
    corners = np.stack([edge - along, edge + along, edge + along + outward, edge - along + outward])
    mask = blurred(draw_polygons([corners], wall.size_px), log_uniform(rng, 0.4, 3))
    texture = crop(rng, "patchy", wall.size_px) * np.float32(rng.uniform(0, 0.12))
    wall.cover(mask, rng.uniform(0.05, 0.95), rng.normal(1.0, 0.12, 3).astype(np.float32))
    wall.luminance *= 1.0 + texture * mask


def _half_or_band(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(S, S) 1 on one side of a line across the patch, or between two of them."""
    angle = rng.uniform(0, 2 * math.pi)
    along, across = direction(angle) * REFERENCE_PX * 2, direction(angle + math.pi / 2)
    edge = rng.uniform(0.1, 0.9, 2) * REFERENCE_PX
    other = edge + across * log_uniform(rng, 30, 600)
    turn = along + across * rng.normal(0, 60)
    return draw_polygons([np.stack([edge - along, edge + along, other + turn, other - turn])], size_px)
