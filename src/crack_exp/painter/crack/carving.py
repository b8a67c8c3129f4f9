"""Shading of hollows in a wall under one light: dark inside, and a lit edge.

Lengths in pixels of a patch of REFERENCE_PX.
"""

import numpy as np
from PIL import Image, ImageFilter

from crack_exp.painter.random_numbers import log_uniform
from crack_exp.painter.surface.textures import REFERENCE_PX, crop
from crack_exp.painter.surface.wall import Wall


def carve(wall: Wall, mask: np.ndarray, depth: float, lip: float) -> None:
    """Darken the wall where `mask` (S, S) is set, and brighten the edge that faces the light.

    depth: share of light that is lost inside; negative for a filled, lighter line.
    lip:   relative brightness that the lit edge gains, 0 to about 0.5.
    """
    factor = 1.0 - depth * mask
    if lip > 0:
        factor += lip * np.maximum(_shifted(mask, wall.light * 1.5) - mask, 0.0)
    wall.luminance *= factor


def carve_deep(rng: np.random.Generator, wall: Wall, mask: np.ndarray, depth: float) -> None:
    """Like `carve`, for a wide hollow: its far side is lit, and only the part in shadow is dark."""
    throw = wall.light * log_uniform(rng, 1.5, 12.0)
    shaded = mask * _shifted(mask, throw)
    far_side = rng.uniform(0.3, 0.95) + 0.12 * crop(rng, "mottle", wall.size_px)
    rim = np.maximum(_shifted(mask, wall.light * rng.uniform(0.7, 3.0)) - mask, 0.0)
    dark = np.clip(far_side * mask + (1.0 - far_side) * shaded, 0, 1)
    wall.luminance *= 1.0 - depth * dark + rng.uniform(0, 0.6) * rim


def spall(rng: np.random.Generator, wall: Wall, mask: np.ndarray) -> None:
    """Spalling: flakes broken off the edges of a crack, with a rough surface, one rim in shadow and one lit."""
    near = blurred(mask, rng.uniform(3.0, 10.0))
    chips = np.clip((near + 0.14 * crop(rng, "patchy", wall.size_px) - rng.uniform(0.2, 0.34)) * 9, 0, 1)
    rough = crop(rng, "mottle", wall.size_px) * rng.uniform(0.04, 0.12) + rng.uniform(-0.15, 0.15)
    wall.luminance *= 1.0 + chips * rough + (_shifted(chips, wall.light * 1.5) - chips) * rng.uniform(0.1, 0.45)


def local_contrast(wall: Wall) -> float:
    """Standard deviation of brightness over a distance of 3 pixels, a thin crack's width, relative to the mean."""
    luminance = wall.luminance
    return float((luminance[:, 3:] - luminance[:, :-3]).std() / 1.4 / max(float(luminance.mean()), 1e-3))


def blurred(mask: np.ndarray, radius: float) -> np.ndarray:
    """(S, S) float32 in [0, 1]: box blur of `mask` with this radius."""
    box = ImageFilter.BoxBlur(radius * mask.shape[0] / REFERENCE_PX)
    image = Image.fromarray((mask * 255).astype(np.uint8))
    return np.asarray(image.filter(box), dtype=np.float32) / 255


def _shifted(mask: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """`mask` (S, S) shifted by `offset` (x, y), rounded to pixels; the border values are repeated."""
    size_px = mask.shape[0]
    dx, dy = (round(float(part) * size_px / REFERENCE_PX) for part in offset)
    ticks = np.arange(size_px)
    return mask[(ticks - dy).clip(0, size_px - 1)].take((ticks - dx).clip(0, size_px - 1), axis=1)
