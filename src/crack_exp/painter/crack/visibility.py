"""Whether a crack can be seen in the photograph of it. One that cannot is not labelled as a crack.

The rule looks at cells of the photograph, at most MOST_CELLS in a row: each is about what the eye takes in at once of
a line. The crack is seen in a cell where

- its mean brightness is at least LEAST_STEP of the 256 grey levels from that of the wall beside it, and it is the
  crack that took them: what lies in a dark joint changes nothing there; and
- that step is at least LEAST_CONTRAST deviations of the wall beside it, or it drowns in texture, grain and noise.

The crack is visible where it is seen in at least LEAST_SHARE of the cells that it runs through, and where the cells
in which it is seen reach over LEAST_LENGTH of the patch, the outermost cells not counted.

A ratio of contrast to noise is what the detection of an object in noise rests on; Rose (1948, The sensitivity
performance of the human eye on an absolute scale) asks for 5. A line one pixel wide through a cell of 13 pixels sums
LEAST_CONTRAST to 6, where the noise is independent from pixel to pixel.
"""

from functools import cache

import numpy as np
from PIL import Image

LEAST_STEP = 6.0
LEAST_CONTRAST = 1.75
LEAST_SHARE = 0.25
LEAST_LENGTH = 0.2
MOST_CELLS = 12
LEAST_CELL_PX = 6
BESIDE_SHARE = 0.03
LEAST_WIDTH_PX = 0.15  # of a crack through the whole cell
LEAST_BESIDE_PX = 8
LEAST_DEVIATION = 2.0  # grey levels: no camera and no JPEG leaves less


def is_visible(pixels: np.ndarray, crack_mask: np.ndarray, depth: float) -> bool:
    """Whether the crack `crack_mask` (S, S) uint8 shows in the photograph `pixels` (S, S, 3) uint8.

    depth: the share of light that the crack took from the wall where it is; negative where it is lighter.
    """
    step, contrast, there = crack_cells(pixels, crack_mask, depth)
    seen = (step >= LEAST_STEP) & (contrast >= LEAST_CONTRAST)
    inside = seen[1:-1, 1:-1]
    length = max(inside.any(axis=0).sum(), inside.any(axis=1).sum()) / len(seen)
    return bool(length >= LEAST_LENGTH and seen.sum() >= LEAST_SHARE * there.sum())


def crack_cells(pixels: np.ndarray, crack_mask: np.ndarray, depth: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three times (C, C): the crack's step in grey levels, the same in deviations, and whether it is there.

    Step and deviations are 0 where there is no crack, or no wall beside it.
    """
    near = np.flatnonzero(_near(crack_mask))
    grey = np.asarray(Image.fromarray(pixels).convert("L")).ravel()[near].astype(np.float64)
    crack = crack_mask.ravel()[near] / 255
    beside = crack == 0
    cells, cell_of = _cells_of(len(crack_mask))

    def sums(values: np.ndarray) -> np.ndarray:
        return np.bincount(cell_of[near], values, cells**2).reshape(cells, cells)

    crack_px, beside_px = sums(crack), sums(beside)
    crack_grey = sums(crack * grey) / np.maximum(crack_px, 1e-6)
    beside_grey = sums(beside * grey) / np.maximum(beside_px, 1)
    variance = sums(beside * grey**2) / np.maximum(beside_px, 1) - beside_grey**2
    there = crack_px >= LEAST_WIDTH_PX * len(crack_mask) / cells
    taken = abs(depth) / max(1.0 - depth, 0.02) * crack_grey
    step = np.minimum((beside_grey - crack_grey) * np.sign(depth), taken)
    step = np.where(there & (beside_px >= LEAST_BESIDE_PX), step, 0.0)
    return step, step / np.sqrt(np.maximum(variance, LEAST_DEVIATION**2)), there


@cache
def _cells_of(size_px: int) -> tuple[int, np.ndarray]:
    """How many cells a row has, and (size_px ** 2,) in which of them each pixel lies, row by row."""
    cells = min(MOST_CELLS, size_px // LEAST_CELL_PX)
    at = np.arange(size_px) * cells // size_px
    return cells, (at[:, None] * cells + at).ravel()


def _near(crack_mask: np.ndarray) -> np.ndarray:
    """(S, S) bool: on the crack, or hardly further from it than BESIDE_SHARE of the patch."""
    reach_px = max(2, round(BESIDE_SHARE * len(crack_mask)))
    image = Image.fromarray(crack_mask)
    return np.asarray(image.reduce(reach_px).resize(image.size, Image.Resampling.BILINEAR)) > 0
