"""The shapes of the four kinds of crack. Lengths in pixels of a patch of REFERENCE_PX, coordinates (x, y).

The terms follow ACI 201.1R (Guide for Conducting a Visual Inspection of Concrete in Service), the causes ACI 224.1R
(Causes, Evaluation, and Repair of Cracks in Concrete Structures), and movement of the ground BRE Digest 251
(Assessment of damage in low-rise buildings). For their widths see `width`.

hairline    barely visible: one or two thin lines, interrupted in places.
shrinkage   the surface shrinks more than the concrete below: a map-like network of fine cracks with gaps, or its first
            short cracks.
settlement  one part of the wall sinks: a single long crack of medium width, straight or in steps like courses of
            blocks, often wider at one end; in masonry it follows the joints.
structural  overload: wide, dark and ragged, mostly with tapering branches and spalled edges.

The classes differ in appearance only. In the field, appearance is not enough to determine a cause.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.ndimage import uniform_filter1d
from scipy.spatial import Voronoi

from crack_exp.painter.random_numbers import direction, log_uniform
from crack_exp.painter.strokes import draw_polygons, fractal_paths, outlines, tapered, varying_widths
from crack_exp.painter.surface.masonry import Bond, steps_along_joints
from crack_exp.painter.surface.textures import REFERENCE_PX, crop


def hairline(rng: np.random.Generator, size_px: int, width: float, bond: Bond | None) -> np.ndarray:
    """(size_px, size_px) float32 in [0, 1]: one or two thin lines across the patch, or ending in it."""
    polygons: list[np.ndarray] = []
    for _ in range(1 if rng.random() < 0.75 else 2):
        start, end = _line_across(rng)
        if rng.random() < 0.3:
            start = start + (end - start) * rng.uniform(0.3, 0.5)
        path = fractal_paths(rng, start[None], end[None], log_uniform(rng, 0.03, 0.13), 7)
        widths = varying_widths(rng, np.array([width]), path.shape[1], 0.3)
        if rng.random() < 0.5:
            widths = tapered(widths, rng.uniform(0.3, 0.8))
        polygons.extend(outlines(rng, path, widths, 0.1))
        if rng.random() < 0.25:
            polygons.extend(_branch(rng, path[0], width * 0.8))
    return draw_polygons(polygons, size_px) * _fading(rng, size_px)


def shrinkage(rng: np.random.Generator, size_px: int, width: float, bond: Bond | None) -> np.ndarray:
    """(size_px, size_px) float32 in [0, 1]: a map-like network of varying width, with gaps."""
    starts, ends = _network(rng, cell=log_uniform(rng, 26, 85))
    kept = rng.random(len(starts)) > (rng.uniform(0.05, 0.3) if rng.random() < 0.75 else rng.uniform(0.4, 0.7))
    starts, ends = starts[kept], ends[kept]
    paths = fractal_paths(rng, starts, ends, log_uniform(rng, 0.06, 0.14), 4)
    widths = varying_widths(rng, width * np.exp(rng.normal(0, 0.3, len(paths))), paths.shape[1], 0.25)
    return draw_polygons(outlines(rng, paths, widths, 0.1), size_px) * _fading(rng, size_px)


def settlement(rng: np.random.Generator, size_px: int, width: float, bond: Bond | None) -> np.ndarray:
    """(size_px, size_px) float32 in [0, 1]: one long crack of medium width, straight or in steps."""
    if bond is not None and rng.random() < 0.75:
        path = _along(rng, steps_along_joints(rng, bond))
    elif rng.random() < 0.4:
        path = _along(rng, _staircase(rng))
    else:
        start, end = _line_across(rng)
        path = fractal_paths(rng, start[None], end[None], log_uniform(rng, 0.01, 0.05), 7)
    widths = varying_widths(rng, np.array([width]), path.shape[1], 0.2)
    # One end sinks more than the other, so the crack becomes wider towards one end.
    widths = widths * np.linspace(1.0, rng.uniform(0.5, 1.0), path.shape[1])
    return draw_polygons(outlines(rng, path, widths, rng.uniform(0.1, 0.25)), size_px)


def structural(rng: np.random.Generator, size_px: int, width: float, bond: Bond | None) -> np.ndarray:
    """(size_px, size_px) float32 in [0, 1]: a wide, ragged crack with up to three branches."""
    start, end = _line_across(rng)
    trunk = fractal_paths(rng, start[None], end[None], log_uniform(rng, 0.03, 0.1), 7)
    if rng.random() < 0.5:  # worn edges: smooth out the small bends
        trunk = uniform_filter1d(trunk, int(rng.integers(5, 25)), axis=1, mode="nearest")
    widths = varying_widths(rng, np.array([width]), trunk.shape[1], rng.uniform(0.1, 0.5))
    polygons = list(outlines(rng, trunk, widths, rng.uniform(0.02, 0.35)))
    for _ in range(rng.choice(4, p=[0.35, 0.3, 0.22, 0.13])):
        polygons.extend(_branch(rng, trunk[0], max(1.5, width * rng.uniform(0.25, 0.6))))
    return draw_polygons(polygons, size_px)


Shape = Callable[[np.random.Generator, int, float, Bond | None], np.ndarray]
# Arguments: random generator, size of the patch in pixels, width of the crack, and the bond of masonry or None.
CRACKS: dict[str, Shape] = {
    "hairline": hairline,
    "shrinkage": shrinkage,
    "settlement": settlement,
    "structural": structural,
}


def _fading(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(S, S) factors in [0.1, 1]: parts of a thin crack are nearly closed."""
    return np.clip(rng.uniform(0.7, 1.3) + rng.uniform(0.2, 0.6) * crop(rng, "clouds", size_px), 0.1, 1.0)


def _line_across(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Start and end (2,) of a line through the middle of the patch, both outside of it."""
    middle = rng.uniform(0.25, 0.75, 2) * REFERENCE_PX
    half = direction(rng.uniform(0, 2 * math.pi)) * REFERENCE_PX
    return middle - half, middle + half


def _branch(rng: np.random.Generator, trunk: np.ndarray, width: float) -> np.ndarray:
    """(1, 2n, 2) polygon of a branch that leaves the path `trunk` (n, 2) inside the patch and tapers off."""
    at = int(len(trunk) * rng.uniform(0.3, 0.65))
    heading = trunk[at + 4] - trunk[at - 4]
    angle = math.atan2(heading[1], heading[0]) + rng.choice([-1, 1]) * rng.uniform(0.4, 1.2)
    tip = trunk[at] + direction(angle) * rng.uniform(40, 150)
    path = fractal_paths(rng, trunk[at][None], tip[None], log_uniform(rng, 0.06, 0.13), 6)
    widths = tapered(varying_widths(rng, np.array([width]), path.shape[1], 0.3), rng.uniform(0.5, 1.0))
    return outlines(rng, path, widths, 0.2)


def _along(rng: np.random.Generator, corners: np.ndarray) -> np.ndarray:
    """(1, n, 2): a slightly uneven path over the `corners` (c, 2) that lie near the patch."""
    near = (np.abs(corners - REFERENCE_PX / 2) < 2 * REFERENCE_PX).all(axis=1)
    first, last = np.flatnonzero(near)[[0, -1]]
    corners = corners[first : last + 1]
    runs = fractal_paths(rng, corners[:-1], corners[1:], 0.05, 5)
    return runs[:, :-1].reshape(1, -1, 2)


def _staircase(rng: np.random.Generator) -> np.ndarray:
    """(15, 2) corners of a path through the patch with horizontal and vertical steps, rotated by a few degrees."""
    runs = rng.uniform(25, 90, (7, 1))
    rises = rng.uniform(20, 75, (7, 1)) * rng.choice([-1, 1])
    steps = np.stack([np.hstack([runs, 0 * runs]), np.hstack([0 * rises, rises])], axis=1).reshape(-1, 2)
    corners = np.vstack([np.zeros(2), np.cumsum(steps, axis=0)])
    corners += rng.uniform(0.3, 0.7, 2) * REFERENCE_PX - corners[len(corners) // 2]
    tilt = direction(rng.normal(0, 0.12))
    return np.asarray(corners @ np.array([[tilt[0], tilt[1]], [-tilt[1], tilt[0]]]))


def _network(rng: np.random.Generator, cell: float) -> tuple[np.ndarray, np.ndarray]:
    """Starts and ends (E, 2) of the borders between cells of about `cell` pixels, over the whole patch."""
    ticks = np.arange(-1.5 * cell, REFERENCE_PX + 1.6 * cell, cell)
    seeds = np.stack(np.meshgrid(ticks, ticks), axis=-1).reshape(-1, 2)
    diagram = Voronoi(seeds + rng.uniform(-0.45, 0.45, seeds.shape) * cell)
    borders = np.array(diagram.ridge_vertices)
    borders = borders[(borders >= 0).all(axis=1)]  # -1: at infinity
    starts, ends = diagram.vertices[borders[:, 0]], diagram.vertices[borders[:, 1]]
    middles = (starts + ends) / 2
    near = ((middles > -cell / 2) & (middles < REFERENCE_PX + cell / 2)).all(axis=1)
    return starts[near], ends[near]
