"""Hollows under one light: how deep, how dark, which edge is lit.

Lengths in pixels of a patch of REFERENCE_PX.
"""

import numpy as np
from PIL import Image, ImageFilter

from crack_exp.data.painter.textures import REFERENCE_PX, crop


def carve(surface: np.ndarray, mask: np.ndarray, depth: float, light: np.ndarray, lip: float) -> None:
    """Darken `surface` (3, S, S) in place where `mask` (S, S) is set; light up the edge behind it.

    depth: the share of light that is lost at the bottom; negative for a filled, lighter line.
    lip:   how much brighter the lit edge is, 0 to about 0.5.
    """
    factor = 1.0 - depth * mask
    if lip > 0:
        factor += lip * np.maximum(_shifted(mask, light * 1.5) - mask, 0.0)
    surface *= factor


def carve_deep(
    rng: np.random.Generator, surface: np.ndarray, mask: np.ndarray, depth: float, light: np.ndarray
) -> None:
    """Like `carve`, for a crack so wide that its far wall catches light: only the shadow in it is black."""
    size_px = mask.shape[0]
    throw = light * rng.uniform(1.5, 5.0)
    shaded = mask * _shifted(mask, throw)
    wall = rng.uniform(0.5, 0.95) + 0.12 * crop(rng, "mottle", size_px)
    rim = np.maximum(_shifted(mask, throw / 2) - mask, 0.0)
    surface *= 1.0 - depth * np.clip(wall * mask + (1.0 - wall) * shaded, 0, 1) + rng.uniform(0, 0.35) * rim


def spall(rng: np.random.Generator, surface: np.ndarray, mask: np.ndarray, light: np.ndarray) -> None:
    """Break flakes off the edges of a crack, in place: rough fresh concrete, one rim in shade, one lit."""
    size_px = mask.shape[0]
    near = blurred(mask, rng.uniform(4.0, 10.0))
    chips = np.clip((near + 0.14 * crop(rng, "patchy", size_px) - rng.uniform(0.2, 0.32)) * 9, 0, 1)
    rough = crop(rng, "mottle", size_px) * rng.uniform(0.04, 0.12) + rng.uniform(-0.15, 0.15)
    surface *= 1.0 + chips * rough + (_shifted(chips, light * 1.5) - chips) * rng.uniform(0.15, 0.45)


def local_contrast(surface: np.ndarray) -> float:
    """Deviation of brightness between points a thin crack's width apart, relative to the mean brightness."""
    green = surface[1]
    return float((green[:, 3:] - green[:, :-3]).std() / 1.4 / max(float(green.mean()), 1e-3))


def blurred(mask: np.ndarray, radius: float) -> np.ndarray:
    """(S, S) float32 in [0, 1]: the mean of `mask` over a square that reaches `radius` to each side."""
    box = ImageFilter.BoxBlur(radius * mask.shape[0] / REFERENCE_PX)
    image = Image.fromarray((mask * 255).astype(np.uint8))
    return np.asarray(image.filter(box), dtype=np.float32) / 255


def _shifted(mask: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """`mask` (S, S) moved by `offset` (x, y), to whole pixels; what enters at the rim repeats the rim."""
    size_px = mask.shape[0]
    dx, dy = (round(float(part) * size_px / REFERENCE_PX) for part in offset)
    reach = max(abs(dx), abs(dy))
    padded = np.pad(mask, reach, mode="edge")
    return padded[reach - dy : reach - dy + size_px, reach - dx : reach - dx + size_px]
