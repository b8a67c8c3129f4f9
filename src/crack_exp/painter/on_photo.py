"""Paints cracks on photographs of real walls, for materials that the painter cannot paint."""

import numpy as np
from PIL import Image

from crack_exp.painter.patch import ATTRIBUTES, Patch, add_crack, first_visible
from crack_exp.painter.random_numbers import unit_vector
from crack_exp.painter.surface.wall import Wall

CUT_RANGE = (0.2, 0.5)  # side of the crop, as a share of the photograph's shorter side
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
WHITE = np.ones(3, np.float32)
CHANNELS = np.eye(3, dtype=np.float32)


def paint_on_photo(seed: int, label: str, photo: Image.Image, size_px: int) -> Patch:
    """A random crop of `photo` (RGB) at a random scale, mirrored or not, with a crack of class `label`.

    The photograph should show no crack and be upright. The result depends on the four arguments only.
    """
    return first_visible(seed, label, lambda rng: _cracked(rng, label, photo, size_px))


def _cracked(rng: np.random.Generator, label: str, photo: Image.Image, size_px: int) -> tuple[Wall, np.ndarray]:
    wall = _wall(_cut(rng, photo, size_px), unit_vector(rng))
    return wall, add_crack(rng, wall, label, None)


def _cut(rng: np.random.Generator, photo: Image.Image, size_px: int) -> np.ndarray:
    """(size_px, size_px, 3) float32 in [0, 1]."""
    side = rng.uniform(*CUT_RANGE) * min(photo.size)
    left, top = rng.uniform(0, np.array(photo.size) - side)
    cut = photo.resize((size_px, size_px), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    pixels = np.asarray(cut, dtype=np.float32) / 255
    return pixels[:, ::-1] if rng.random() < 0.5 else pixels


def _wall(pixels: np.ndarray, light: np.ndarray) -> Wall:
    """A wall with these colours: their luminance, and a colour layer for each channel."""
    luminance = np.ascontiguousarray(pixels @ LUMA)
    ratios = pixels / np.maximum(luminance, 1e-3)[..., None]
    layers = [(ratios[..., channel] - 1, CHANNELS[channel]) for channel in range(3)]
    return Wall(luminance, light, WHITE, layers, dict.fromkeys(ATTRIBUTES, 0.0))
