"""The mean proportion of groups whose own proportions differ: a logistic regression with a random intercept.

The logit of each group's proportion is drawn from a normal distribution (Stiratelli, Laird and Ware 1984, Biometrics
40, 961-971). Only counts enter: `found` of `size` images of each group.
"""

import math
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, log_expit, ndtr

FURTHEST_LOGIT = 16.0
"""Of means that are told from 0 and 1: 1e-7."""

DEVIATIONS = np.geomspace(0.02, 1_000, 22)
"""Standard deviations of the groups' logits: from as good as equal to groups that are right or wrong as a whole."""

GRID = np.linspace(-FURTHEST_LOGIT, FURTHEST_LOGIT, 17)
"""Logits of means between which the most likely one is looked for."""

NODES_TO_A_WIDTH, WIDEST_STEP, MOST_NODES = 1.25, 0.3, 1_000
"""Of the logits at which likelihoods are computed; the width is that of the likelihood of all images as one group."""


@dataclass(frozen=True)
class MeanLikelihood:
    """The likelihood of a mean proportion, maximised over how much groups differ.

    found, sizes: (K,) of groups with different counts, of which `found` may be a mean over models; times: (K,) how many
    groups have these counts.
    """

    found: np.ndarray
    sizes: np.ndarray
    times: np.ndarray

    @classmethod
    def of(cls, found: np.ndarray, sizes: np.ndarray) -> "MeanLikelihood":
        pairs, times = np.unique(np.stack([found, sizes]), axis=1, return_counts=True)
        return cls(pairs[0], pairs[1], times)

    def interval(self, quantile: float) -> tuple[float, float]:
        """All means whose log-likelihood is at most `quantile`^2 / 2 below the highest; some, not all, are hits."""
        best, highest = self._highest()

        def distance(mean: float) -> float:  # nearly linear in the mean, so that few steps find its root
            return math.sqrt(2 * max(highest - self.log_likelihood(mean), 0.0)) - quantile

        ends = (-FURTHEST_LOGIT, FURTHEST_LOGIT)
        low, high = (end if distance(end) <= 0 else brentq(distance, end, best, xtol=1e-3) for end in ends)
        return (0.0 if low == ends[0] else float(expit(low))), (1.0 if high == ends[1] else float(expit(high)))

    def log_likelihood(self, mean: float) -> float:
        """Of the mean with this logit and the deviation that makes it highest."""
        after = int(np.searchsorted(GRID, mean).clip(1, len(GRID) - 1))
        # The further from the best mean, the larger the deviation that explains it: none beyond the neighbours'.
        likely = DEVIATIONS[: self._on_grid[after - 1 : after + 1].argmax(axis=1).max() + 3]
        weights = _weights(_logits(self._images), _centres(np.array([mean]))[0, : len(likely)], likely)
        return _peak(self._log_likelihoods(weights))

    def _highest(self) -> tuple[float, float]:
        """The logit of the most likely mean, and its log-likelihood."""
        peak = int(self._on_grid.max(axis=1).argmax())
        around = GRID[max(peak - 1, 0)], GRID[min(peak + 1, len(GRID) - 1)]
        found = minimize_scalar(
            lambda mean: -self.log_likelihood(mean), bounds=around, method="bounded", options={"xatol": 1e-3}
        )
        return float(found.x), -float(found.fun)

    @cached_property
    def _on_grid(self) -> np.ndarray:
        """(GRID, DEVIATIONS) log-likelihoods."""
        return self._log_likelihoods(_weights_on_grid(self._images)).reshape(len(GRID), len(DEVIATIONS))

    def _log_likelihoods(self, weights: np.ndarray) -> np.ndarray:
        """(P,) of P distributions of the groups' logits, `weights` (T, P)."""
        with np.errstate(divide="ignore"):  # a likelihood too small for a float is none
            return np.asarray(self.times @ np.log(np.maximum(self._likelihoods @ weights, 0)))

    @cached_property
    def _likelihoods(self) -> np.ndarray:
        """(K, T) of each group's count at each logit, over the highest of that group."""
        logits, found, missed = _logits(self._images), self.found[:, None], (self.sizes - self.found)[:, None]
        values = found * log_expit(logits) + missed * log_expit(-logits)
        return np.asarray(np.exp(values - values.max(axis=1, keepdims=True)))

    @cached_property
    def _images(self) -> int:
        """How many images the logits must resolve: a power of 2, so that few numbers share their weights."""
        return int(2 ** np.ceil(np.log2(self.sizes @ self.times)))


@lru_cache(maxsize=8)
def _logits(images: int) -> np.ndarray:
    """(T,) logits, closer where the likelihood of so many images of one group is narrower."""
    fine = np.linspace(-FURTHEST_LOGIT - 4, FURTHEST_LOGIT + 4, 4_001)
    density = np.maximum(NODES_TO_A_WIDTH * np.sqrt(images * expit(fine) * expit(-fine)), 1 / WIDEST_STEP)
    count = np.concatenate([[0], np.cumsum((density[1:] + density[:-1]) / 2 * np.diff(fine))])
    nodes = min(int(count[-1]) + 1, MOST_NODES)
    return np.interp(np.linspace(0, count[-1], nodes), count, fine)


@lru_cache(maxsize=8)
def _weights_on_grid(images: int) -> np.ndarray:
    """(T, GRID x DEVIATIONS): they depend on the number of images alone, and take longer than all else."""
    return _weights(_logits(images), _centres(GRID).ravel(), np.tile(DEVIATIONS, len(GRID)))


def _weights(logits: np.ndarray, centres: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """(T, P): the mean of a function under P normal distributions is its values at `logits` (T,) times these.

    The function is taken as linear between the logits, and constant outside of them.
    """
    z = (logits[:, None] - centres) / deviations
    below, density = ndtr(z), np.exp(-z * z / 2) / np.sqrt(2 * np.pi)
    integral = np.diff(deviations * (z * below + density), axis=0) / np.diff(logits)[:, None]
    ends = np.zeros((1, len(centres))), np.ones((1, len(centres)))
    return np.diff(np.concatenate([ends[0], integral, ends[1]]), axis=0)


def _peak(values: np.ndarray) -> float:
    """The highest point of the parabola through the highest of `values` and its neighbours."""
    at = int(values.argmax())
    if at in (0, len(values) - 1) or not np.isfinite(values[at - 1 : at + 2]).all():
        return float(values[at])
    before, top, behind = values[at - 1 : at + 2]
    bend = before - 2 * top + behind
    return float(top - (before - behind) ** 2 / (8 * bend)) if bend < 0 else float(top)


def _centres(means: np.ndarray) -> np.ndarray:
    """(M, deviations) the mean logits of groups whose mean proportion has the logits `means` (M,)."""
    return np.asarray(_inverse()(means))


@cache
def _inverse() -> CubicSpline:
    """From the logit of the mean proportion to the mean logit, for each of DEVIATIONS."""
    logits, means, columns = np.linspace(-40, 40, 801), np.linspace(-FURTHEST_LOGIT, FURTHEST_LOGIT, 129), []
    for deviation in DEVIATIONS:
        centres = (
            np.linspace(0, 1.1, 61) * FURTHEST_LOGIT * np.sqrt(1 + 0.12 * deviation**2)
        )  # from 0 to above 1 - 1e-7
        misses = expit(-logits) @ _weights(logits, centres, np.full(len(centres), deviation))
        reached = np.log1p(-misses) - np.log(misses)
        columns.append(CubicSpline(np.append(-reached[:0:-1], reached), np.append(-centres[:0:-1], centres))(means))
    return CubicSpline(means, np.stack(columns, axis=1))
