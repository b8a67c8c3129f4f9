"""Fractal and curved lines of varying width, drawn as polygons. Lengths in pixels of a patch of REFERENCE_PX."""

import math
from collections.abc import Iterable

import numpy as np
from PIL import Image, ImageDraw
from scipy.ndimage import uniform_filter1d

from crack_exp.painter.surface.textures import REFERENCE_PX

SUPERSAMPLING = 3


def fractal_paths(
    rng: np.random.Generator, starts: np.ndarray, ends: np.ndarray, roughness: float, levels: int
) -> np.ndarray:
    """(E, 2 ** levels + 1, 2) points (x, y) from `starts` (E, 2) to `ends` (E, 2), by midpoint displacement.

    roughness: standard deviation of a midpoint from its chord, as a share of the chord: 0.02 straight, 0.15 jagged.
    """
    paths = np.stack([starts, ends], axis=1).astype(float)
    for _ in range(levels):
        chords = np.diff(paths, axis=1)
        across = chords[..., ::-1] * (-1.0, 1.0)
        shape = (*chords.shape[:2], 1)
        middles = paths[:, :-1] + chords * rng.normal(0.5, roughness / 2, shape)
        middles += across * rng.normal(0.0, roughness, shape)
        refined = np.empty((len(paths), 2 * paths.shape[1] - 1, 2))
        refined[:, ::2], refined[:, 1::2] = paths, middles
        paths = refined
    return paths


def varying_widths(rng: np.random.Generator, widths: np.ndarray, points: int, spread: float) -> np.ndarray:
    """(E, points): each of `widths` (E,) varied along its path by a random walk with the log deviation `spread`."""
    walk = np.cumsum(rng.normal(0.0, 1.0, (len(widths), points)), axis=1) / np.sqrt(points / 6)
    walk -= walk.mean(axis=1, keepdims=True)
    return np.asarray(widths[:, None] * np.exp(spread * np.clip(walk, -2, 2)))


def tapered(widths: np.ndarray, share: float) -> np.ndarray:
    """`widths` (E, n), decreasing linearly to 0 over the last `share` of each path."""
    rest = np.linspace(1.0, 0.0, widths.shape[1])
    return np.asarray(widths * np.minimum(1.0, rest / share))


def outlines(rng: np.random.Generator, paths: np.ndarray, widths: np.ndarray, raggedness: float) -> np.ndarray:
    """(E, 2n, 2) polygons around `paths` (E, n, 2), `widths` (E, n) wide.

    raggedness: how much each edge varies independently, as a share of the width.
    """
    left, right = (widths / 2 * _ragged(rng, widths.shape, raggedness) for _ in range(2))
    return _polygons_along(paths, left, right)


def bent_lines(rng: np.random.Generator, starts: np.ndarray, ends: np.ndarray, bend: float) -> np.ndarray:
    """(E, 32, 2) smooth curves; `bend` is the standard deviation from the chord, as a share of its length."""
    t = np.linspace(0, 1, 32)[None, :, None]
    chords = (ends - starts)[:, None]
    bulge = sum(rng.normal(0, bend / k, (len(starts), 1, 1)) * np.sin(k * math.pi * t) for k in (1, 2, 3))
    return np.asarray(starts[:, None] + t * chords + bulge * chords[..., ::-1] * (-1.0, 1.0))


def draw_lines(paths: np.ndarray, width: float, size_px: int) -> np.ndarray:
    """(size_px, size_px) float32 in [0, 1]: `paths` (E, n, 2) drawn with a constant width."""
    half = np.full(paths.shape[:2], width / 2)
    return draw_polygons(_polygons_along(paths, half, half), size_px)


def _polygons_along(paths: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """(E, 2n, 2) polygons whose edges are at distances `left` and `right` (E, n) from the paths."""
    # The edges of a wide crack must not follow each corner of its centre line, or the polygon intersects itself.
    reach = int(np.clip(np.median(left + right), 1, paths.shape[1] // 8))
    steps = np.empty_like(paths)
    steps[:, 1:-1] = paths[:, 2:] - paths[:, :-2]
    steps[:, 0], steps[:, -1] = paths[:, 1] - paths[:, 0], paths[:, -1] - paths[:, -2]
    along = uniform_filter1d(steps, 2 * reach + 1, axis=1, mode="nearest")
    along /= np.hypot(along[..., :1], along[..., 1:]) + 1e-9
    across = along[..., ::-1] * (-1.0, 1.0)
    return np.concatenate([paths + across * left[..., None], (paths - across * right[..., None])[:, ::-1]], axis=1)


def _ragged(rng: np.random.Generator, shape: tuple[int, ...], raggedness: float) -> np.ndarray:
    """Random factors (E, n) about 1 for the distance of an edge: noise at each point, and longer bulges."""
    teeth = rng.normal(0.0, 0.5, shape)
    bulges = uniform_filter1d(rng.normal(0.0, 2.0, shape), 9, axis=1, mode="nearest")
    return np.asarray(np.maximum(0.2, 1.0 + raggedness * (teeth + bulges)))


def draw_polygons(polygons: Iterable[np.ndarray], size_px: int) -> np.ndarray:
    """(size_px, size_px) float32 in [0, 1]: the share of each pixel inside any of the `polygons` (n, 2)."""
    side = size_px * SUPERSAMPLING
    scale = side / REFERENCE_PX
    canvas = Image.new("L", (side, side))
    draw = ImageDraw.Draw(canvas)
    for polygon in polygons:
        draw.polygon((polygon * scale).ravel().tolist(), fill=255)
    return np.asarray(canvas.reduce(SUPERSAMPLING), dtype=np.float32) / 255
