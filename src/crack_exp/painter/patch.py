"""Paints one patch of a wall: bare surface, distractors, crack, photograph."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crack_exp.painter.camera import photograph
from crack_exp.painter.crack.depth import carve_crack
from crack_exp.painter.crack.shapes import CRACKS
from crack_exp.painter.crack.visibility import is_visible
from crack_exp.painter.crack.width import draw_view, view_attributes
from crack_exp.painter.distractor.mixture import NAMES, OVER_THE_CRACK, UNDER_THE_CRACK, paint_distractors
from crack_exp.painter.random_numbers import unit_vector
from crack_exp.painter.surface.concrete import paint_concrete
from crack_exp.painter.surface.masonry import Bond, paint_masonry
from crack_exp.painter.surface.rubble import paint_stones
from crack_exp.painter.surface.textures import BANK_SIDE_PX, REFERENCE_PX
from crack_exp.painter.surface.wall import Wall
from crack_exp.system.errors import UserError

# Increase it with every change that alters a painting. It is part of the names of sets on disk.
PAINTER_VERSION = 8
CLASS_NAMES = ("intact", "hairline", "shrinkage", "settlement", "structural")
MATERIALS = {"concrete": 0.8, "masonry": 0.08, "stones": 0.12}  # with their probabilities
MAX_ATTEMPTS = 1000  # far more than any painted wall needs
PHOTOGRAPHS_PER_WALL = 2  # before a new wall is painted: mostly the photograph hides the crack, not the wall
SIZE_RANGE_PX = (32, BANK_SIDE_PX)
ATTRIBUTES = ("masonry", "stones", *NAMES, "crack_depth", "log10_px_per_mm", "log10_width_mm")


@dataclass(frozen=True)
class Patch:
    """A painting with its label, crack mask and attributes.

    pixels:     (S, S, 3) uint8 RGB.
    label:      one of CLASS_NAMES.
    crack_mask: (S, S) uint8, the share of each pixel that is crack, 255 for all of it, also where a cable covers the
                crack. All zeros for intact patches.
    attributes: a number for each of ATTRIBUTES. masonry, stones and the distractors: 1 if present, else 0. crack_depth:
                share of light that the crack removes (negative if it is filled and lighter than the wall); width in mm
                and scale in px per mm of this patch, as decimal logarithms. These three are 0 for intact patches.
    """

    pixels: np.ndarray
    label: str
    crack_mask: np.ndarray
    attributes: dict[str, float]


def paint_patch(seed: int, label: str, size_px: int, material: str | None = None) -> Patch:
    """A patch of a wall, `size_px` a side, which depends on the four arguments only.

    material: one of MATERIALS; None draws it at random, mostly concrete.
    If a crack is not visible (see `visibility`), the wall is photographed again, then painted again, on the same
    material, until it is. Another material would make cracks rarer on rough materials, and reveal the class.
    """
    chosen = material or _material(seed)
    return first_visible(seed, label, lambda rng: _paint(rng, label, size_px, chosen))


def first_visible(seed: int, label: str, paint: Callable[[np.random.Generator], tuple[Wall, np.ndarray]]) -> Patch:
    """The first photograph that shows its crack, of the walls and crack masks (S, S) uint8 that `paint` returns.

    Raises UserError if there is none in MAX_ATTEMPTS attempts.
    """
    for attempt in range(MAX_ATTEMPTS):
        # Not one list of numbers: a large seed takes two words of it, and could equal another seed with its attempt.
        sequence = np.random.SeedSequence(seed, spawn_key=(CLASS_NAMES.index(label), attempt))
        rng = np.random.default_rng(sequence)
        wall, mask = paint(rng)
        for _ in range(PHOTOGRAPHS_PER_WALL):
            pixels = photograph(rng, wall)
            if label == "intact" or is_visible(pixels, mask, wall.attributes["crack_depth"]):
                return Patch(pixels, label, mask, wall.attributes)
    raise UserError(
        f"{label}: no crack can be seen on this wall in {MAX_ATTEMPTS} attempts; it is too rough or too dark"
    )


def add_crack(rng: np.random.Generator, wall: Wall, label: str, bond: Bond | None) -> np.ndarray:
    """Paint a crack of class `label` on `wall`; returns (S, S) uint8, the share of crack in each pixel, 0 if intact.

    bond: the bond of masonry, None for other materials.
    """
    mask = np.zeros((wall.size_px, wall.size_px), np.float32)
    if label != "intact":
        view = draw_view(rng, label)
        mask = CRACKS[label](rng, wall.size_px, view.width_px, bond)
        carve_crack(rng, wall, mask, label)
        wall.attributes |= view_attributes(view, wall.size_px / REFERENCE_PX)
    return (mask * 255).astype(np.uint8)


def _material(seed: int) -> str:
    return str(np.random.default_rng(seed).choice(list(MATERIALS), p=list(MATERIALS.values())))


def _paint(rng: np.random.Generator, label: str, size_px: int, material: str) -> tuple[Wall, np.ndarray]:
    """The painted wall, and its crack mask (S, S) uint8."""
    wall, bond = _surface(rng, size_px, material)
    wall.attributes = dict.fromkeys(ATTRIBUTES, 0.0)
    if material != "concrete":
        wall.attributes[material] = 1.0
    paint_distractors(rng, wall, UNDER_THE_CRACK)
    mask = add_crack(rng, wall, label, bond)
    paint_distractors(rng, wall, OVER_THE_CRACK)
    return wall, mask


def _surface(rng: np.random.Generator, size_px: int, material: str) -> tuple[Wall, Bond | None]:
    """The bare wall, and its bond if it is masonry."""
    light = unit_vector(rng)
    if material == "masonry":
        return paint_masonry(rng, size_px, light)
    paint = paint_stones if material == "stones" else paint_concrete
    return paint(rng, size_px, light), None
