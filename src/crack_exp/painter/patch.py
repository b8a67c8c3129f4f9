"""One painted patch of a wall, from the bare surface to the photograph."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crack_exp.painter.camera import photograph
from crack_exp.painter.crack.depth import open_crack
from crack_exp.painter.crack.shapes import CRACKS
from crack_exp.painter.crack.visibility import is_visible
from crack_exp.painter.crack.width import as_number, draw_view
from crack_exp.painter.distractor.mixture import NAMES, OVER_THE_CRACK, UNDER_THE_CRACK, paint_distractors
from crack_exp.painter.random_numbers import unit_vector
from crack_exp.painter.surface.concrete import paint_concrete
from crack_exp.painter.surface.masonry import Bond, paint_masonry
from crack_exp.painter.surface.rubble import paint_stones
from crack_exp.painter.surface.textures import BANK_SIDE_PX, REFERENCE_PX
from crack_exp.painter.surface.wall import Wall
from crack_exp.system.errors import UserError

# Raise it with every change that alters a painting: sets on disk bear it in their name, so old ones are left.
PAINTER_VERSION = 8
CLASS_NAMES = ("intact", "hairline", "shrinkage", "settlement", "structural")
MATERIALS = {"concrete": 0.8, "masonry": 0.08, "stones": 0.12}  # and how often each comes
MOST_ATTEMPTS = 1000  # many times what any wall of the painter's own takes
PHOTOGRAPHS = 2  # of one wall, before it is given up: mostly it is the photograph that hides a crack
SIZE_RANGE_PX = (32, BANK_SIDE_PX)
ATTRIBUTES = ("masonry", "stones", *NAMES, "crack_depth", "log10_px_per_mm", "log10_width_mm")


@dataclass(frozen=True)
class Patch:
    """A painting and what is true of it.

    pixels:     (S, S, 3) uint8 RGB.
    label:      one of CLASS_NAMES.
    crack_mask: (S, S) uint8, the share of each pixel that is crack, 255 for all of it; also where a cable
                hangs before it. Zero where intact.
    attributes: a number for each of ATTRIBUTES. masonry, stones and the distractors: 1 where there, else 0. Of a crack:
                the share of light it takes from the wall (negative where it is filled and lighter), its width in
                mm and the scale in px per mm of this patch as decimal logarithms; all three are 0 where intact.
    """

    pixels: np.ndarray
    label: str
    crack_mask: np.ndarray
    attributes: dict[str, float]


def paint_patch(seed: int, label: str, size_px: int, material: str | None = None) -> Patch:
    """A patch of a wall, `size_px` a side, which depends on the four arguments and on nothing else.

    material: one of MATERIALS; None leaves it to chance, which is mostly concrete.
    A crack that cannot be seen (see `visibility`) is photographed once more, then painted anew, until one can: on
    the same material, or cracks would be rare where they are hard to see, and the material would tell.
    """
    chosen = material or _material(seed)
    return first_visible(seed, label, lambda rng: _paint(rng, label, size_px, chosen))


def first_visible(seed: int, label: str, paint: Callable[[np.random.Generator], tuple[Wall, np.ndarray]]) -> Patch:
    """The first photograph on which a crack can be seen, of the walls and crack masks (S, S) uint8 from `paint`.

    Raises UserError where there is none.
    """
    for attempt in range(MOST_ATTEMPTS):
        # Not as one list of numbers: large seeds take two places in it, and would meet others one attempt on.
        sequence = np.random.SeedSequence(seed, spawn_key=(CLASS_NAMES.index(label), attempt))
        rng = np.random.default_rng(sequence)
        wall, mask = paint(rng)
        for _ in range(PHOTOGRAPHS):
            pixels = photograph(rng, wall)
            if label == "intact" or is_visible(pixels, mask, wall.attributes["crack_depth"]):
                return Patch(pixels, label, mask, wall.attributes)
    raise UserError(
        f"{label}: no crack can be seen on this wall in {MOST_ATTEMPTS} attempts; it is too rough or too dark"
    )


def crack(rng: np.random.Generator, wall: Wall, label: str, bond: Bond | None) -> np.ndarray:
    """Break the `wall` open as `label` says; (S, S) uint8, the share of each pixel that is crack. None where intact.

    bond: how the stones lie in masonry.
    """
    mask = np.zeros((wall.size_px, wall.size_px), np.float32)
    if label != "intact":
        view = draw_view(rng, label)
        mask = CRACKS[label](rng, wall.size_px, view.width_px, bond)
        open_crack(rng, wall, mask, label)
        wall.attributes |= as_number(view, wall.size_px / REFERENCE_PX)
    return (mask * 255).astype(np.uint8)


def _material(seed: int) -> str:
    return str(np.random.default_rng(seed).choice(list(MATERIALS), p=list(MATERIALS.values())))


def _paint(rng: np.random.Generator, label: str, size_px: int, material: str) -> tuple[Wall, np.ndarray]:
    """The wall, and (S, S) uint8 where its crack is."""
    wall, bond = _surface(rng, size_px, material)
    wall.attributes = dict.fromkeys(ATTRIBUTES, 0.0)
    if material != "concrete":
        wall.attributes[material] = 1.0
    paint_distractors(rng, wall, UNDER_THE_CRACK)
    mask = crack(rng, wall, label, bond)
    paint_distractors(rng, wall, OVER_THE_CRACK)
    return wall, mask


def _surface(rng: np.random.Generator, size_px: int, material: str) -> tuple[Wall, Bond | None]:
    """The bare wall, and in masonry how its stones lie."""
    light = unit_vector(rng)
    if material == "masonry":
        return paint_masonry(rng, size_px, light)
    paint = paint_stones if material == "stones" else paint_concrete
    return paint(rng, size_px, light), None
