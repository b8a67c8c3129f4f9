"""The shapes of the four kinds of crack. Lengths in pixels of a patch of REFERENCE_PX, coordinates (x, y).

What they imitate, after the terms of ACI 201.1R (Guide for Conducting a Visual Inspection of Concrete in
Service), the causes in ACI 224.1R (Causes, Evaluation, and Repair of Cracks in Concrete Structures), and for
movement of the ground BRE Digest 251 (Assessment of damage in low-rise buildings):

hairline    so thin as to be barely perceptible: one or two faint lines of 1 to 2 pixels.
shrinkage   the surface shrinks more than what is below it: a map-like network of fine cracks, here and there
            broken off.
settlement  one part sinks against the other: a single long crack of 2.5 to 5.5 pixels, straight or stepped as
            along courses of blocks, often wider at one end.
structural  overload: 6 to 16 pixels wide, dark, ragged, with branches that run out and flakes spalled off its
            edges.

The kinds are told apart by looks alone, which in the field is not enough to name a cause; no width is in mm.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.spatial import Voronoi

from crack_exp.data.painter.draws import direction, log_uniform
from crack_exp.data.painter.strokes import draw_polygons, fractal_paths, outlines, tapered, varying_widths
from crack_exp.data.painter.textures import REFERENCE_PX, crop


def hairline(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(size_px, size_px) float32 in [0, 1]: one or two thin lines, through the patch or ending in it."""
    polygons: list[np.ndarray] = []
    for _ in range(1 if rng.random() < 0.75 else 2):
        start, end = _line_across(rng)
        if rng.random() < 0.3:
            start = start + (end - start) * rng.uniform(0.3, 0.5)
        path = fractal_paths(rng, start[None], end[None], log_uniform(rng, 0.04, 0.13), 7)
        widths = varying_widths(rng, np.array([rng.uniform(1.0, 1.9)]), path.shape[1], 0.2)
        if rng.random() < 0.5:
            widths = tapered(widths, rng.uniform(0.3, 0.8))
        polygons.extend(outlines(rng, path, widths, 0.1))
    return draw_polygons(polygons, size_px)


def shrinkage(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(size_px, size_px) float32 in [0, 1]: a map-like network, thinner and broken off here and there."""
    starts, ends = _network(rng, cell=log_uniform(rng, 28, 75))
    kept = rng.random(len(starts)) > rng.uniform(0.05, 0.3)
    starts, ends = starts[kept], ends[kept]
    paths = fractal_paths(rng, starts, ends, log_uniform(rng, 0.06, 0.14), 4)
    widths = log_uniform(rng, 1.0, 2.2) * np.exp(rng.normal(0, 0.3, len(paths)))
    polygons = outlines(rng, paths, varying_widths(rng, widths, paths.shape[1], 0.25), 0.1)
    mask = draw_polygons(polygons, size_px)
    return mask * np.clip(1.2 + 0.5 * crop(rng, "clouds", size_px), 0.25, 1.0)


def settlement(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(size_px, size_px) float32 in [0, 1]: one long crack of medium width, straight or in steps."""
    if rng.random() < 0.45:
        path = _staircase(rng)
    else:
        start, end = _line_across(rng)
        path = fractal_paths(rng, start[None], end[None], log_uniform(rng, 0.012, 0.045), 7)
    widths = varying_widths(rng, np.array([log_uniform(rng, 2.6, 5.5)]), path.shape[1], 0.2)
    # The two sides sink unequally, so that the crack opens from one end to the other.
    widths = widths * np.linspace(1.0, rng.uniform(0.5, 1.0), path.shape[1])
    return draw_polygons(outlines(rng, path, widths, rng.uniform(0.1, 0.25)), size_px)


def structural(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(size_px, size_px) float32 in [0, 1]: a wide, ragged crack with one to three branches."""
    width = log_uniform(rng, 6.0, 16.0)
    start, end = _line_across(rng)
    path = fractal_paths(rng, start[None], end[None], log_uniform(rng, 0.05, 0.11), 7)
    widths = varying_widths(rng, np.array([width]), path.shape[1], rng.uniform(0.25, 0.5))
    polygons = list(outlines(rng, path, widths, rng.uniform(0.15, 0.3)))
    for _ in range(rng.integers(1, 4)):
        polygons.extend(_branch(rng, path[0], width * rng.uniform(0.25, 0.6)))
    return draw_polygons(polygons, size_px)


CRACKS: dict[str, Callable[[np.random.Generator, int], np.ndarray]] = {
    "hairline": hairline,
    "shrinkage": shrinkage,
    "settlement": settlement,
    "structural": structural,
}


def _line_across(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Start and end (2,) of a line through the middle third of the patch, both outside of it."""
    middle = rng.uniform(0.3, 0.7, 2) * REFERENCE_PX
    half = direction(rng.uniform(0, 2 * math.pi)) * REFERENCE_PX
    return middle - half, middle + half


def _branch(rng: np.random.Generator, trunk: np.ndarray, width: float) -> np.ndarray:
    """(1, 2n, 2) polygon that leaves the path `trunk` (n, 2) inside the patch and runs out."""
    at = int(len(trunk) * rng.uniform(0.3, 0.65))
    heading = trunk[at + 4] - trunk[at - 4]
    angle = math.atan2(heading[1], heading[0]) + rng.choice([-1, 1]) * rng.uniform(0.4, 1.2)
    tip = trunk[at] + direction(angle) * rng.uniform(50, 150)
    path = fractal_paths(rng, trunk[at][None], tip[None], log_uniform(rng, 0.06, 0.13), 6)
    widths = tapered(varying_widths(rng, np.array([width]), path.shape[1], 0.3), rng.uniform(0.5, 1.0))
    return outlines(rng, path, widths, 0.2)


def _staircase(rng: np.random.Generator) -> np.ndarray:
    """(1, n, 2) a path through the patch in level and upright runs, turned by a few degrees."""
    runs = rng.uniform(25, 90, (7, 1))
    rises = rng.uniform(20, 75, (7, 1)) * rng.choice([-1, 1])
    steps = np.stack([np.hstack([runs, 0 * runs]), np.hstack([0 * rises, rises])], axis=1).reshape(-1, 2)
    corners = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])
    corners += rng.uniform(0.3, 0.7, 2) * REFERENCE_PX - corners[len(corners) // 2]
    tilt = direction(rng.normal(0, 0.12))
    corners = corners @ np.array([[tilt[0], tilt[1]], [-tilt[1], tilt[0]]])
    runs_drawn = fractal_paths(rng, corners[:-1], corners[1:], 0.05, 5)
    return runs_drawn[:, :-1].reshape(1, -1, 2)


def _network(rng: np.random.Generator, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends (E, 2) of the borders between cells of about `cell` pixels, over the whole patch."""
    ticks = np.arange(-1.5 * cell, REFERENCE_PX + 1.6 * cell, cell)
    seeds = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    diagram = Voronoi(seeds + rng.uniform(-0.45, 0.45, seeds.shape) * cell)
    borders = np.array([border for border in diagram.ridge_vertices if -1 not in border])
    starts, ends = diagram.vertices[borders[:, 0]], diagram.vertices[borders[:, 1]]
    middles = (starts + ends) / 2
    near = ((middles > -cell / 2) & (middles < REFERENCE_PX + cell / 2)).all(axis=1)
    return starts[near], ends[near]
