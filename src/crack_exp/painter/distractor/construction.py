"""Straight marks of construction: joints, formwork boards, ledges. Lengths in pixels of a patch of REFERENCE_PX."""

import math

import numpy as np

from crack_exp.painter.crack.carving import carve
from crack_exp.painter.random_numbers import direction, log_uniform
from crack_exp.painter.strokes import draw_lines
from crack_exp.painter.surface.textures import REFERENCE_PX, crop, streaks
from crack_exp.painter.surface.wall import Wall


def joints(rng: np.random.Generator, wall: Wall) -> None:
    """One or two straight grooves of constant width, mostly vertical or horizontal; some are filled and lighter."""
    angle = _mostly_upright_angle(rng)
    along, across = direction(angle) * REFERENCE_PX * 2, direction(angle + math.pi / 2)
    offsets = np.arange(rng.integers(1, 3)) * rng.uniform(8, 80)
    middles = rng.uniform(0.1, 0.9, 2) * REFERENCE_PX + np.outer(offsets, across)
    ends = np.stack([middles - along, middles, middles + along], axis=1)
    mask = draw_lines(ends, log_uniform(rng, 0.7, 10), wall.size_px)
    if rng.random() < 0.4:
        mask = mask * np.clip(0.9 + 0.35 * crop(rng, "patchy", wall.size_px), 0, 1)
    depth = rng.uniform(0.12, 0.9) if rng.random() < 0.85 else -rng.uniform(0.1, 0.4)
    carve(wall, mask, depth, rng.uniform(0, 0.5))


def boards(rng: np.random.Generator, wall: Wall) -> None:
    """Marks of formwork: boards of different brightness, seams between them, streaks along the wood grain."""
    size_px, upright = wall.size_px, rng.random() < 0.5
    period = log_uniform(rng, 18, 110)
    phase = (np.arange(size_px) * REFERENCE_PX / size_px + rng.uniform(0, period)) / period
    tones = rng.normal(0, rng.uniform(0.0, 0.06), 16)[phase.astype(int)]
    to_seam = np.abs(phase - np.round(phase)) * period
    seams = np.clip(log_uniform(rng, 0.6, 2.5) / 2 - to_seam + 0.5, 0, 1).astype(np.float32) * np.clip(
        0.7 + 0.4 * crop(rng, "patchy", size_px), 0, 1
    )
    marks = tones.astype(np.float32) + streaks(rng, size_px) * np.float32(rng.uniform(0, 0.04))
    wall.luminance *= 1.0 + (marks if upright else marks.T)
    carve(wall, seams if upright else np.ascontiguousarray(seams.T), rng.uniform(-0.25, 0.5), rng.uniform(0, 0.3))


def ledge(rng: np.random.Generator, wall: Wall) -> None:
    """The edge between two pours or plates: one side brighter, sometimes with a bright or dark line along it."""
    ticks = (np.arange(wall.size_px, dtype=np.float32) + 0.5) * (REFERENCE_PX / wall.size_px)
    across = direction(_mostly_upright_angle(rng) + math.pi / 2)
    middle = rng.uniform(0.15, 0.85, 2) * REFERENCE_PX
    distance = (ticks[None, :] - middle[0]) * across[0] + (ticks[:, None] - middle[1]) * across[1]
    distance = distance + crop(rng, "clouds", wall.size_px) * np.float32(rng.uniform(0, 4))
    step = np.clip(0.5 + distance / log_uniform(rng, 1, 12), 0, 1)
    ridge = np.maximum(0.0, 1.0 - np.abs(distance) / log_uniform(rng, 1.5, 8))
    wall.luminance *= 1.0 + step * rng.uniform(-0.25, 0.25) + ridge * rng.uniform(-0.3, 0.3)


def _mostly_upright_angle(rng: np.random.Generator) -> float:
    """An angle in radians; three times in four it is vertical or horizontal up to a few degrees."""
    upright = float(rng.choice([0.0, math.pi / 2]) + rng.normal(0, 0.07))
    return upright if rng.random() < 0.75 else float(rng.uniform(0, math.pi))
