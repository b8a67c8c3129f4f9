"""The test of equal accuracy: flips the sign of the difference in whole groups of test images, exactly.

If two models are equally good, each group may as well have come out the other way round. Where each image is a group of
its own, this is McNemar's exact test.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from crack_exp.evaluation.predictions import Predictions


@dataclass(frozen=True, eq=False)
class SignFlips:
    """The test of two models on the same images in G groups.

    excess: (G,) int, the images that the second model alone gets right, minus those that the first alone gets right;
    errors: (2, G) int, the images that each model gets wrong; images: their number.
    """

    excess: np.ndarray
    errors: np.ndarray
    images: int

    @classmethod
    def of(cls, first: Predictions, second: Predictions) -> "SignFlips":
        members = np.unique(first.groups, return_inverse=True)[1]
        errors = np.array([np.bincount(members, one.predicted != one.labels) for one in (first, second)]).astype(int)
        return cls(errors[0] - errors[1], errors, len(first.names))

    @cached_property
    def p(self) -> float:
        """Two-sided p value of equal accuracy."""
        return float(flipped_p(self.excess[None])[0])

    @property
    def smallest_p(self) -> float:
        """The smallest p value that groups can give in which the two models differ as here: that of equal signs."""
        return float(min(1.0, 2.0 ** (1 - np.count_nonzero(self.excess))))


def least_groups(significance: float) -> int:
    """How many groups it takes for any p value below `significance`: G groups give 2^(1 - G) at the least."""
    return int(np.floor(1 - np.log2(significance))) + 1


def flipped_p(excess: np.ndarray) -> np.ndarray:
    """(B,) two-sided p values of B sets of G group differences (B, G) int: the share of the 2^G patterns of signs
    whose sum is at least as far from 0.

    The distribution of the sum is the inverse Fourier transform of the product of cos(e * angle) over the groups.
    """
    sizes = np.unique(np.abs(excess))
    sizes = sizes[sizes > 0]
    furthest = int(np.abs(excess).sum(axis=1).max())
    if not furthest:
        return np.ones(len(excess))
    counts = np.stack([(np.abs(excess) == size).sum(axis=1) for size in sizes], axis=1)  # (B, K)
    points = 2 * furthest + 1  # an odd number: no cosine is 0
    cosines = np.cos(np.outer(sizes, 2 * np.pi * np.arange(furthest + 1) / points))  # (K, L)
    is_negative = counts @ (cosines < 0) % 2 == 1
    transform = np.exp(counts @ np.log(np.abs(cosines))) * np.where(is_negative, -1, 1)
    share = np.fft.irfft(transform, points, axis=1)[:, : furthest + 1]  # of the sums 0, 1, ..., furthest
    at_least = share[:, ::-1].cumsum(axis=1)[:, ::-1]
    observed = np.abs(excess.sum(axis=1))
    found = 2 * at_least[np.arange(len(excess)), observed]
    # The transform is exact to 1e-15: no p value is below that of equal signs.
    return np.where(observed == 0, 1.0, np.clip(found, 2.0 ** (1 - counts.sum(axis=1)), 1.0))
