"""Confidence interval of the AUROC: a score interval that accounts for groups of images.

A bootstrap percentile interval would be too narrow near 1, and [1, 1] at 1.
"""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm, t

from crack_exp.evaluation.metrics import auroc
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.wilson import Interval

EDGE = 1e-9
"""Distance from 0 and 1 at which the search for the limits starts."""


def auroc_interval(predictions: Predictions, resampled: np.ndarray, freedom: float, confidence: float) -> Interval:
    """Interval of the AUROC of `predictions`, which must contain crack and intact images of several groups.

    resampled: the AUROCs (R,) of bootstrap samples of groups; freedom: by effective_groups.
    """
    return interval_of_area(auroc(predictions), predictions, resampled, freedom, confidence)


def interval_of_area(
    area: float, predictions: Predictions, resampled: np.ndarray, freedom: float, confidence: float
) -> Interval:
    """Interval of an AUROC, or of the mean AUROC of several models, on the images of `predictions`.

    It contains every AUROC under which the observed one is not improbable (Newcombe 2006, method 5, Statistics in
    Medicine 25, 559-573). The standard error is multiplied by the root of the design effect. The design effect is
    the variance of `resampled`, the (mean) AUROCs (R,) of bootstrap samples of groups, over that of independent images.
    Student's quantile for `freedom` degrees of freedom makes up for a variance that few groups tell; of images that are
    groups of their own, the variance is known.
    """
    cracks, intact = _counts_by_image(predictions)
    if area in (0.0, 1.0):
        # The variance between groups is not observable: each group counts as one image.
        cracks, intact = _counts_by_group(predictions)
        factor = 1.0
    else:
        factor = _error_factor(area, predictions, float(np.nanvar(resampled)), freedom, confidence)
    reach = float(norm.isf((1 - confidence) / 2)) * factor

    def excess(candidate: float) -> float:
        return abs(candidate - area) - reach * math.sqrt(auroc_variance(candidate, cracks, intact))

    start = min(max(area, EDGE), 1 - EDGE)
    return float(brentq(excess, 0.0, start)), float(brentq(excess, start, 1.0))


def auroc_variance(area: float, cracks: int, intact: int) -> float:
    """Variance of the AUROC of `cracks` and `intact` independent images if its true value is `area`.

    Hanley & McNeil 1982, Radiology 143, 29-36, in Newcombe's form, which is symmetric in cracks and intact images.
    """
    n_star = (cracks + intact) / 2 - 1  # as Newcombe calls it
    overlap = (1 - area) / (2 - area) + area / (1 + area)
    return area * (1 - area) * (1 + n_star * overlap) / (cracks * intact)


def _error_factor(area: float, predictions: Predictions, variance: float, freedom: float, confidence: float) -> float:
    """Root of the design effect (at least 1), times the factor for few groups of several images."""
    groups, images = len(set(predictions.groups)), len(predictions.labels)
    independent_variance = auroc_variance(area, *_counts_by_image(predictions))
    design_effect = max(1.0, variance * groups / (groups - 1) / independent_variance)
    tail = (1 - confidence) / 2
    few_groups = 1.0 if groups == images else float(t.isf(tail, freedom) / norm.isf(tail))
    return math.sqrt(design_effect) * few_groups


def _counts_by_image(predictions: Predictions) -> tuple[int, int]:
    return int(predictions.is_crack.sum()), int((~predictions.is_crack).sum())


def _counts_by_group(predictions: Predictions) -> tuple[int, int]:
    groups = np.asarray(predictions.groups)
    return len(set(groups[predictions.is_crack])), len(set(groups[~predictions.is_crack]))
