"""Whether a crack can be seen in the photograph of it. One that cannot is not labelled as a crack.

The rule, on the brightness of the finished photograph without its slow changes (everything wider than about a tenth
of the patch):

- Where the crack runs, the wall is at least LEAST_STEP of the 256 grey levels from what it would be without it; or no
  screen shows it.
- The mean over the crack differs from the wall beside it by at least LEAST_CONTRAST of the deviation there; or it
  drowns in grain and noise.
- At least LEAST_LENGTH of it, in sizes of the patch, lies inside of the rim.

A ratio of contrast to noise is what the detection of an object in noise rests on; for a single spot Rose (1948, The
sensitivity performance of the human eye on an absolute scale) asks for 5. A line is seen far below that, since the
eye sums along it: over 100 pixels of independent noise, a ratio of 1 sums to 10.
"""

import numpy as np
from PIL import Image

LEAST_STEP = 10.0
LEAST_CONTRAST = 1.25
SLOW_SHARE = 0.1
BESIDE_SHARE = 0.03
RIM_SHARE = 0.1
LEAST_LENGTH = 0.2


def is_visible(pixels: np.ndarray, crack_mask: np.ndarray, depth: float) -> bool:
    """Whether the crack `crack_mask` (S, S) uint8 shows in the photograph `pixels` (S, S, 3) uint8.

    depth: the share of light that the crack took from the wall where it is.
    """
    if _length_inside(crack_mask) < LEAST_LENGTH:
        return False
    step, contrast = crack_contrast(pixels, crack_mask, depth)
    return step >= LEAST_STEP and contrast >= LEAST_CONTRAST


def crack_contrast(pixels: np.ndarray, crack_mask: np.ndarray, depth: float) -> tuple[float, float]:
    """What the crack changed where it is, in grey levels, and how far it is from what lies beside it, in deviations."""
    image, crack = Image.fromarray(pixels).convert("L"), Image.fromarray(crack_mask)
    grey = np.asarray(image, dtype=np.float32)
    detail = grey - _smoothed(image, SLOW_SHARE)
    beside = _smoothed(crack, BESIDE_SHARE) > 0
    surround = detail[beside & (crack_mask == 0)]
    weights = crack_mask.astype(np.float32) / max(float(crack_mask.sum()), 1.0)
    if len(surround) < 2:
        return 0.0, 0.0
    step = abs(depth) / max(1.0 - depth, 0.02) * float(np.vdot(grey, weights))
    distance = abs(float(np.vdot(detail, weights)) - float(surround.mean()))
    return step, distance / max(float(surround.std()), 1e-3)


def _smoothed(image: Image.Image, share: float) -> np.ndarray:
    """`image` without what is smaller than a `share` of it: means of squares, and between these a straight line."""
    coarse = image.reduce(max(2, round(share * image.width)))
    return np.asarray(coarse.resize(image.size, Image.Resampling.BILINEAR))


def _length_inside(crack_mask: np.ndarray) -> float:
    """How long the crack is inside of the rim, in sizes of the patch: the rows or the columns that it touches."""
    size_px = len(crack_mask)
    rim = int(RIM_SHARE * size_px)
    inside = crack_mask[rim : size_px - rim, rim : size_px - rim] > 60
    return float(max(inside.any(axis=0).sum(), inside.any(axis=1).sum())) / size_px
