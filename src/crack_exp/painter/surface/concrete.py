"""Paints the bare surface of concrete."""

import numpy as np

from crack_exp.painter.random_numbers import log_uniform
from crack_exp.painter.surface.textures import crop, streaks, zoomed
from crack_exp.painter.surface.wall import Wall

# Relative red, green and blue of concretes under daylight, warm light and open shade, and of painted ones.
TINTS = np.array(
    [
        *([1.0, 1.0, 1.0], [1.05, 1.0, 0.9], [1.02, 1.0, 0.95], [0.91, 1.0, 1.07], [0.97, 1.01, 0.98]),
        *([0.94, 1.0, 0.96], [1.1, 1.0, 0.84], [1.05, 0.98, 0.98], [0.86, 1.0, 1.1]),
    ]
)
SCALE_FREE = ("pink", "mottle", "patchy")
WARMER = np.array([1.0, 0.0, -1.0], np.float32)


def paint_concrete(rng: np.random.Generator, size_px: int, light: np.ndarray) -> Wall:
    """A wall of `size_px` a side; `light` (2,) is the unit vector (x, y) of the direction of light."""
    texture = texture_of_concrete(rng, size_px, light)
    luminance = rng.uniform(0.25, 0.85) * (1.0 + texture)
    tint = (TINTS[rng.integers(len(TINTS))] * rng.normal(1.0, 0.02, 3)).astype(np.float32)
    wall = Wall(np.asarray(luminance, dtype=np.float32), light, tint)
    if rng.random() < 0.3:
        wall.layers.append((crop(rng, "clouds", size_px), WARMER * np.float32(rng.normal(0, 0.012))))
    return wall


def texture_of_concrete(rng: np.random.Generator, size_px: int, light: np.ndarray) -> np.ndarray:
    """(size_px, size_px) relative brightness around 0: random layers at several scales."""
    texture = _random_texture(rng, ("pink", "pink", "white", "grit"), size_px) * np.float32(log_uniform(rng, 0.15, 1.0))
    texture += crop(rng, "mottle", size_px) * rng.uniform(0, 1)
    texture += crop(rng, "clouds", size_px) * rng.uniform(0, 0.6)
    if rng.random() < 0.4:
        texture += _random_texture(rng, ("gravel", "blotches", "patches"), size_px) * rng.uniform(0.1, 0.6)
    if rng.random() < 0.2:
        texture += _aggregate(rng, size_px) * rng.uniform(0.3, 1.5)
    if rng.random() < 0.55:
        texture += _relief(rng, size_px, light) * rng.uniform(0.2, 1.0)
    if rng.random() < 0.12:
        texture += streaks(rng, size_px) * rng.uniform(0.2, 0.7)
    texture *= log_uniform(rng, 0.01, 0.12) / texture.std()
    for _ in range(rng.integers(0, 3)):
        texture -= _specks(rng, size_px) * rng.uniform(0.05, 0.5)
    if rng.random() < 0.4:
        texture += _specks(rng, size_px) * rng.uniform(0.03, 0.25)
    return np.clip(texture, -0.6, 0.6)


def slope_along(light: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Shading (S, S): the slope of `height` (S, S) along `light` (2,), scaled to unit standard deviation."""
    slope = np.zeros_like(height)
    slope[:, 1:-1] = (height[:, 2:] - height[:, :-2]) * light[0]
    slope[1:-1] += (height[2:] - height[:-2]) * light[1]
    return np.clip(slope / slope.std(), -3, 3)


def _aggregate(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """Visible aggregate: stones with sharp outlines, lighter or darker than the cement paste."""
    stones = np.clip((_random_texture(rng, ("grit", "gravel"), size_px) - rng.uniform(0.7, 1.6)) * 5, 0, 1)
    return np.asarray(stones * (rng.uniform(-0.6, 1.0) + 0.7 * crop(rng, "patchy", size_px)))


def _relief(rng: np.random.Generator, size_px: int, light: np.ndarray) -> np.ndarray:
    """Bumps under low light, with unit standard deviation."""
    height = _random_texture(rng, ("mottle", "mottle", "patchy", "gravel"), size_px)
    if rng.random() < 0.3:
        height = np.abs(height)  # creases instead of waves
    return slope_along(light, height)


def _specks(rng: np.random.Generator, size_px: int) -> np.ndarray:
    """Tiny holes or grains of sand: thresholded noise, often stretched in one direction."""
    noise = zoomed(
        rng,
        ("pink", "mottle", "grit", "gravel")[rng.integers(4)],
        size_px,
        log_uniform(rng, 0.8, 2),
        _random_stretch(rng),
    )
    return np.clip((noise - rng.uniform(1.6, 2.8)) * 3, 0, 1)


def _random_stretch(rng: np.random.Generator) -> float:
    return log_uniform(rng, 0.33, 3) if rng.random() < 0.5 else 1.0


def _random_texture(rng: np.random.Generator, names: tuple[str, ...], size_px: int) -> np.ndarray:
    """One of the textures `names`; if it has a scale, enlarged by a random factor from 0.85 to 2.2."""
    name = names[rng.integers(len(names))]
    if name in SCALE_FREE:
        return crop(rng, name, size_px)
    return zoomed(rng, name, size_px, log_uniform(rng, 0.85, 2.2))
