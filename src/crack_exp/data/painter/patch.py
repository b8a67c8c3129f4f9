"""One painted patch of concrete, from the bare surface to the photograph."""

from dataclasses import dataclass

import numpy as np

from crack_exp.data.painter.camera import photograph
from crack_exp.data.painter.carving import carve, carve_deep, local_contrast, spall
from crack_exp.data.painter.concrete import paint_concrete
from crack_exp.data.painter.cracks import CRACKS
from crack_exp.data.painter.distractors import OVER_THE_CRACK, UNDER_THE_CRACK, paint_distractors
from crack_exp.data.painter.draws import log_uniform, unit_vector
from crack_exp.data.painter.textures import BANK_SIDE_PX

# Raise it with every change that alters a painting: sets on disk bear it in their name, so old ones are left.
PAINTER_VERSION = 1
CLASS_NAMES = ("intact", "hairline", "shrinkage", "settlement", "structural")
SIZE_RANGE_PX = (32, BANK_SIDE_PX)
# Share of light that a crack swallows, (least, most).
DEPTHS = {
    "hairline": (0.3, 0.6),
    "shrinkage": (0.3, 0.7),
    "settlement": (0.4, 0.85),
    "structural": (0.7, 0.97),
}


@dataclass(frozen=True)
class Patch:
    """A painting and what is true of it.

    pixels:     (S, S, 3) uint8 RGB.
    label:      one of CLASS_NAMES.
    crack_mask: (S, S) uint8, the share of each pixel that is crack, 255 for all of it; also where a cable
                hangs before it. Zero where intact.
    """

    pixels: np.ndarray
    label: str
    crack_mask: np.ndarray


def paint_patch(seed: int, label: str, size_px: int) -> Patch:
    """A patch of concrete, `size_px` a side, which depends on the three arguments and on nothing else."""
    rng = np.random.default_rng([seed, CLASS_NAMES.index(label)])
    light = unit_vector(rng)
    surface = paint_concrete(rng, size_px, light)
    paint_distractors(rng, surface, light, UNDER_THE_CRACK)
    mask = np.zeros((size_px, size_px), np.float32)
    if label != "intact":
        mask = CRACKS[label](rng, size_px)
        _open_crack(rng, surface, mask, label, light)
    paint_distractors(rng, surface, light, OVER_THE_CRACK)
    return Patch(photograph(rng, surface), label, (mask * 255).astype(np.uint8))


def _open_crack(rng: np.random.Generator, surface: np.ndarray, mask: np.ndarray, label: str, light: np.ndarray) -> None:
    """Carve the crack into `surface` in place, deep enough to be seen in this texture."""
    least, most = DEPTHS[label]
    least = min(max(least, 3.0 * local_contrast(surface)), most)
    depth = log_uniform(rng, least, most)
    if label == "structural":
        spall(rng, surface, mask, light)
        carve_deep(rng, surface, mask, depth, light)
    else:
        carve(surface, mask, depth, light, rng.uniform(0, 0.3))
