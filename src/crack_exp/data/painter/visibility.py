"""Whether a crack can be seen in the photograph of it. One that cannot is not labelled as a crack.

The rule looks at one cell of the photograph after the other, CELL_SHARE of the patch a side: about as much of a line
as the eye takes in at once. The crack is seen in a cell where

- its mean brightness is at least LEAST_STEP of the 256 grey levels from that of the wall beside it, and it is the
  crack that took them: what lies in a dark joint changes nothing there; and
- that step is at least LEAST_CONTRAST deviations of the wall beside it, or it drowns in texture, grain and noise.

The crack is visible where it is seen in at least LEAST_SHARE of the cells that it runs through, and where the cells
in which it is seen reach over LEAST_LENGTH of the patch, the outermost cells not counted.

A ratio of contrast to noise is what the detection of an object in noise rests on; Rose (1948, The sensitivity
performance of the human eye on an absolute scale) asks for 5. A line one pixel wide through a cell of 13 pixels sums
LEAST_CONTRAST to 6, where the noise is independent from pixel to pixel.
"""

import numpy as np
from PIL import Image

LEAST_STEP = 6.0
LEAST_CONTRAST = 1.75
LEAST_SHARE = 0.25
LEAST_LENGTH = 0.2
CELL_SHARE = 0.08
BESIDE_SHARE = 0.03
LEAST_WIDTH_PX = 0.15
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
    """Three times (C, C), for each cell: the crack's step in grey levels, the same in deviations, and whether it is there.

    Step and deviations are 0 where there is no crack, or no wall beside it.
    """
    image = Image.fromarray(pixels).convert("L")
    grey = np.asarray(image, dtype=np.float32)
    crack = crack_mask.astype(np.float32) / 255
    beside = ((crack_mask == 0) & _near(crack_mask)).astype(np.float32)
    side_px = max(2, round(CELL_SHARE * len(crack_mask)))
    crack_share, beside_share = _cell_means(crack, side_px), _cell_means(beside, side_px)
    there = crack_share * side_px >= LEAST_WIDTH_PX
    known = there & (beside_share * side_px >= 1)
    crack_grey = _cell_means(crack * grey, side_px) / np.maximum(crack_share, 1e-6)
    beside_grey = _cell_means(beside * grey, side_px) / np.maximum(beside_share, 1e-6)
    variance = _cell_means(beside * grey**2, side_px) / np.maximum(beside_share, 1e-6) - beside_grey**2
    taken = abs(depth) / max(1.0 - depth, 0.02) * crack_grey
    step = np.where(known, np.minimum((beside_grey - crack_grey) * np.sign(depth), taken), 0.0)
    return step, step / np.sqrt(np.maximum(variance, LEAST_DEVIATION**2)), there


def _near(crack_mask: np.ndarray) -> np.ndarray:
    """(S, S) bool: on the crack, or hardly further from it than BESIDE_SHARE of the patch."""
    reach_px = max(2, round(BESIDE_SHARE * len(crack_mask)))
    image = Image.fromarray(crack_mask)
    return np.asarray(image.reduce(reach_px).resize(image.size, Image.Resampling.BILINEAR)) > 0


def _cell_means(values: np.ndarray, side_px: int) -> np.ndarray:
    """(C, C) means of `values` (S, S) float32 over cells; those at the right and lower rim may be smaller."""
    return np.asarray(Image.fromarray(values).reduce(side_px))
