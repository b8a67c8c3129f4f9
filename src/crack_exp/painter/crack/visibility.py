"""Decides whether a crack is visible in its photograph. Only visible cracks are labelled as cracks.

The photograph is divided into cells, at most MAX_CELLS in a row. The crack is visible in a cell if

- its mean brightness differs by at least MIN_STEP of 256 grey levels from the wall beside it, and the crack itself
  causes this difference: a crack in a dark joint changes little there; and
- this step is at least MIN_CONTRAST standard deviations of the wall beside it: texture and noise do not hide it.

The crack is visible if it is visible in at least MIN_SHARE of the cells that it crosses, and if these cells extend
over at least MIN_LENGTH of the patch, not counting the outermost cells.

Detection of an object in noise depends on the ratio of contrast to noise; Rose (1948, The sensitivity performance of
the human eye on an absolute scale) requires 5. For a line one pixel wide through a cell of 13 pixels, MIN_CONTRAST per
pixel sums up to 6 if the noise is independent between pixels.
"""

from functools import cache

import numpy as np
from PIL import Image

MIN_STEP = 6.0
MIN_CONTRAST = 1.75
MIN_SHARE = 0.25
MIN_LENGTH = 0.2
MAX_CELLS = 12
MIN_CELL_PX = 6
SURROUND_SHARE = 0.03
MIN_WIDTH_PX = 0.15  # mean width of a crack across the whole cell
MIN_SURROUND_PX = 8
MIN_DEVIATION = 2.0  # grey levels, the least noise of cameras and JPEG


def is_visible(pixels: np.ndarray, crack_mask: np.ndarray, depth: float) -> bool:
    """Whether the crack `crack_mask` (S, S) uint8 is visible in the photograph `pixels` (S, S, 3) uint8.

    depth: share of light that the crack removes from the wall; negative if it is lighter than the wall.
    """
    step, contrast, there = crack_cells(pixels, crack_mask, depth)
    seen = (step >= MIN_STEP) & (contrast >= MIN_CONTRAST)
    inside = seen[1:-1, 1:-1]
    length = max(inside.any(axis=0).sum(), inside.any(axis=1).sum()) / len(seen)
    return bool(length >= MIN_LENGTH and seen.sum() >= MIN_SHARE * there.sum())


def crack_cells(pixels: np.ndarray, crack_mask: np.ndarray, depth: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Three arrays (C, C): the crack's step in grey levels, the same in standard deviations, and where there is crack.

    Step and deviations are 0 in cells without crack, or without wall beside it.
    """
    near = np.flatnonzero(_near(crack_mask))
    grey = np.asarray(Image.fromarray(pixels).convert("L")).ravel()[near].astype(np.float64)
    crack = crack_mask.ravel()[near] / 255
    surround = crack == 0
    cells, cell_of = _cells_of(len(crack_mask))

    def sums(values: np.ndarray) -> np.ndarray:
        return np.bincount(cell_of[near], values, cells**2).reshape(cells, cells)

    crack_px, surround_px = sums(crack), sums(surround)
    crack_grey = sums(crack * grey) / np.maximum(crack_px, 1e-6)
    surround_grey = sums(surround * grey) / np.maximum(surround_px, 1)
    variance = sums(surround * grey**2) / np.maximum(surround_px, 1) - surround_grey**2
    there = crack_px >= MIN_WIDTH_PX * len(crack_mask) / cells
    taken = abs(depth) / max(1.0 - depth, 0.02) * crack_grey
    step = np.minimum((surround_grey - crack_grey) * np.sign(depth), taken)
    step = np.where(there & (surround_px >= MIN_SURROUND_PX), step, 0.0)
    return step, step / np.sqrt(np.maximum(variance, MIN_DEVIATION**2)), there


@cache
def _cells_of(size_px: int) -> tuple[int, np.ndarray]:
    """The number of cells in a row, and (size_px ** 2,) the cell number of each pixel, row by row."""
    cells = min(MAX_CELLS, size_px // MIN_CELL_PX)
    at = np.arange(size_px) * cells // size_px
    return cells, (at[:, None] * cells + at).ravel()


def _near(crack_mask: np.ndarray) -> np.ndarray:
    """(S, S) bool: on the crack, or within about SURROUND_SHARE of the patch of it."""
    reach_px = max(2, round(SURROUND_SHARE * len(crack_mask)))
    image = Image.fromarray(crack_mask)
    return np.asarray(image.reduce(reach_px).resize(image.size, Image.Resampling.BILINEAR)) > 0
