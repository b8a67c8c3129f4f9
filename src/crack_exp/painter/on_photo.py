"""Cracks painted on photographs of real walls: for a material that the painter does not know."""

import numpy as np
from PIL import Image

from crack_exp.painter.patch import ATTRIBUTES, Patch, crack, first_visible
from crack_exp.painter.random_numbers import unit_vector
from crack_exp.painter.surface.wall import Wall

CUT_RANGE = (0.2, 0.5)  # of the photograph's shorter edge
LUMA = np.array([0.299, 0.587, 0.114], np.float32)
WHITE = np.ones(3, np.float32)
CHANNELS = np.eye(3, dtype=np.float32)


def paint_on_photo(seed: int, label: str, photo: Image.Image, size_px: int) -> Patch:
    """A patch cut from `photo`, RGB, at a random place and scale, mirrored or not, cracked as `label` says.

    The photograph should show no crack of its own, and lie upright. Depends on the four arguments alone.
    """
    return first_visible(seed, label, lambda rng: _cracked(rng, label, photo, size_px))


def _cracked(rng: np.random.Generator, label: str, photo: Image.Image, size_px: int) -> tuple[Wall, np.ndarray]:
    wall = _wall(_cut(rng, photo, size_px), unit_vector(rng))
    return wall, crack(rng, wall, label, None)


def _cut(rng: np.random.Generator, photo: Image.Image, size_px: int) -> np.ndarray:
    """(size_px, size_px, 3) float32 in [0, 1]."""
    side = rng.uniform(*CUT_RANGE) * min(photo.size)
    left, top = rng.uniform(0, np.array(photo.size) - side)
    cut = photo.resize((size_px, size_px), Image.Resampling.BILINEAR, box=(left, top, left + side, top + side))
    pixels = np.asarray(cut, dtype=np.float32) / 255
    return pixels[:, ::-1] if rng.random() < 0.5 else pixels


def _wall(pixels: np.ndarray, light: np.ndarray) -> Wall:
    """The wall that has these colours: brightness of its own, and a layer of colour for each channel."""
    luminance = np.ascontiguousarray(pixels @ LUMA)
    ratios = pixels / np.maximum(luminance, 1e-3)[..., None]
    layers = [(ratios[..., channel] - 1, CHANNELS[channel]) for channel in range(3)]
    return Wall(luminance, light, WHITE, layers, dict.fromkeys(ATTRIBUTES, 0.0))
