"""The bare surface of concrete, before anything happened to it."""

import numpy as np

from crack_exp.data.painter.draws import log_uniform
from crack_exp.data.painter.textures import crop, streaks, zoomed

# Relative red, green and blue of concretes under daylight, warm light and open shade.
TINTS = np.array([[1.0, 1.0, 1.0], [1.05, 1.0, 0.9], [1.02, 1.0, 0.95], [0.91, 1.0, 1.07], [0.97, 1.01, 0.98]])
WARMER = np.array([1.0, 0.0, -1.0], np.float32)[:, None, None]


def paint_concrete(rng: np.random.Generator, size_px: int, light: np.ndarray) -> np.ndarray:
    """(3, size_px, size_px) float32 reflectance, about 0 to 1.

    light: (2,) unit vector (x, y) along which the light falls over the relief.
    """
    texture = _texture(rng, size_px, light)
    texture *= log_uniform(rng, 0.015, 0.13) / texture.std()
    luminance = rng.uniform(0.3, 0.85) * (1.0 + np.clip(texture, -0.6, 0.6))
    return np.asarray(luminance * _tint(rng, size_px), dtype=np.float32)


def _texture(rng: np.random.Generator, size_px: int, light: np.ndarray) -> np.ndarray:
    """(S, S) layers of many scales, each of them strong, weak or missing."""
    grain = crop(rng, "pink", size_px) if rng.random() < 0.4 else _zoomed(rng, ("white", "grit"), size_px)
    texture = grain * log_uniform(rng, 0.15, 1.0)
    texture += crop(rng, "mottle", size_px) * rng.uniform(0, 1)
    texture += crop(rng, "clouds", size_px) * rng.uniform(0, 0.6)
    if rng.random() < 0.4:
        texture += _zoomed(rng, ("gravel", "blotches", "patches"), size_px) * rng.uniform(0.1, 0.6)
    if rng.random() < 0.3:
        texture += _aggregate(rng, size_px) * rng.uniform(0.3, 1.5)
    if rng.random() < 0.6:
        texture += _relief(rng, size_px, light) * rng.uniform(0.2, 1.0)
    if rng.random() < 0.5:
        texture -= _pits(rng, size_px) * rng.uniform(0.5, 3.0)
    if rng.random() < 0.12:
        texture += streaks(rng, size_px) * rng.uniform(0.2, 0.7)
    return texture


def _aggregate(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """Stones that show at the surface: sharp outlines, each lighter or darker than the paste."""
    stones = np.clip((_zoomed(rng, ("grit", "gravel"), size_px) - rng.uniform(0.7, 1.6)) * 5, 0, 1)
    return np.asarray(stones * (rng.uniform(-0.6, 1.0) + 0.7 * crop(rng, "patchy", size_px)))


def _relief(rng: np.random.Generator, size_px: int, light: np.ndarray) -> np.ndarray:
    """Bumps under raking light: the slope of a height field along the light, at unit deviation."""
    height = _zoomed(rng, ("mottle", "mottle", "patchy", "gravel"), size_px)
    if rng.random() < 0.3:
        height = np.abs(height)  # creases instead of waves
    slope = np.zeros_like(height)
    slope[:, 1:-1] = (height[:, 2:] - height[:, :-2]) * light[0]
    slope[1:-1] += (height[2:] - height[:-2]) * light[1]
    return np.clip(slope / slope.std(), -3, 3)


def _pits(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """The many smallest holes: the rare peaks of a noise."""
    return np.clip(_zoomed(rng, ("pink", "mottle", "grit"), size_px) - rng.uniform(1.4, 2.4), 0, 1)


def _zoomed(rng: np.random.Generator, names: tuple[str, ...], size_px: int) -> np.ndarray:
    """One of the textures `names`, a little smaller or up to twice larger than in the bank."""
    return zoomed(rng, names[rng.integers(len(names))], size_px, log_uniform(rng, 0.85, 2.2))


def _tint(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """(3, 1, 1), or (3, S, S) where the colour drifts between warm and cold."""
    tint = (TINTS[rng.integers(len(TINTS))] * rng.normal(1.0, 0.012, 3))[:, None, None].astype(np.float32)
    if rng.random() < 0.3:
        tint = tint + WARMER * crop(rng, "clouds", size_px) * rng.normal(0, 0.008)
    return tint
