"""Paints a crack of a given shape into a wall: its darkness, spalled edges, and stains along it."""

import numpy as np

from crack_exp.painter.crack.carving import blurred, carve, carve_deep, local_contrast, spall
from crack_exp.painter.random_numbers import log_uniform
from crack_exp.painter.surface.textures import crop
from crack_exp.painter.surface.wall import Wall

# Share of light that a crack absorbs, (least, most).
DEPTHS = {
    "hairline": (0.2, 0.85),
    "shrinkage": (0.2, 0.85),
    "settlement": (0.3, 0.92),
    "structural": (0.6, 0.98),
}
# Probability that a crack is filled with lime or paint and lighter than the wall.
FILLED = {"hairline": 0.04, "shrinkage": 0.04, "settlement": 0.04, "structural": 0.0}
# Probability that flakes have broken off the edges of a crack.
SPALLED = {"hairline": 0.0, "shrinkage": 0.0, "settlement": 0.2, "structural": 0.75}
# What seepage of rust, damp and lime adds to red, green and blue.
SEEPAGE_COLOURS = np.array([[0.1, -0.02, -0.15], [-0.03, -0.01, 0.03], [0.04, 0.04, 0.06]], np.float32)


def carve_crack(rng: np.random.Generator, wall: Wall, mask: np.ndarray, kind: str) -> None:
    """Carve the crack `mask` (S, S) into the wall; on a rougher surface it is darker."""
    depth = _depth(rng, wall, kind)
    if rng.random() < SPALLED[kind]:
        spall(rng, wall, mask)
    if rng.random() < 0.2:
        _seep(rng, wall, mask)
    before = float((wall.luminance * mask).sum())
    uneven = mask * np.clip(rng.uniform(0.8, 1.2) + rng.uniform(0, 0.3) * crop(rng, "mottle", wall.size_px), 0.2, 1)
    if kind == "structural" and rng.random() < 0.8:
        carve_deep(rng, wall, uneven, depth)
    else:
        carve(wall, uneven, depth, lip=rng.uniform(0, 0.35) if rng.random() < 0.6 else 0.0)
    wall.attributes["crack_depth"] = 1.0 - float((wall.luminance * mask).sum()) / max(before, 1e-6)


def _depth(rng: np.random.Generator, wall: Wall, kind: str) -> float:
    least, most = DEPTHS[kind]
    if rng.random() < FILLED[kind]:
        return -float(rng.uniform(0.15, 0.5))
    return log_uniform(rng, min(max(least, 2.5 * local_contrast(wall)), most), most)


def _seep(rng: np.random.Generator, wall: Wall, mask: np.ndarray) -> None:
    """Paint stains of damp, rust or lime along a crack."""
    halo = blurred(mask, log_uniform(rng, 3, 14))
    halo = halo / max(float(halo.max()), 1e-3)
    wall.luminance *= 1.0 - halo * rng.uniform(-0.15, 0.3)
    if rng.random() < 0.5:
        wall.layers.append(
            (halo, SEEPAGE_COLOURS[rng.integers(len(SEEPAGE_COLOURS))] * np.float32(rng.uniform(0.3, 1.5)))
        )
