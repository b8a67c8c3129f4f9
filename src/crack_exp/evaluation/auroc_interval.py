"""How far an AUROC could be off by luck: a score interval, told how many images really count.

Percentiles of a bootstrap would be too narrow near 1, and [1, 1] at 1.
"""

import math

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from crack_exp.evaluation.metrics import auroc
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.wilson import Interval, few_groups_factor

INSIDE = 1e-9


def auroc_interval(predictions: Predictions, resampled: np.ndarray, confidence: float) -> Interval:
    """Interval of the AUROC of `predictions`, which need cracks and intact images.

    It holds the areas that do not make the observed one improbable (Newcombe 2006, method 5, Statistics in
    Medicine 25, 559-573). The standard error is widened as far as `resampled`, the AUROCs (R,) of draws of
    whole groups, spread further than those of independent images would.
    """
    area = auroc(predictions)
    cracks, intact = _counts_by_image(predictions)
    if area in (0.0, 1.0) or len(set(predictions.groups)) == 1:
        # Nothing varies from group to group: as if all images of a group were one.
        cracks, intact = _counts_by_group(predictions)
        widening = 1.0
    else:
        widening = _widening(predictions, float(np.nanvar(resampled)), confidence)
    reach = float(norm.isf((1 - confidence) / 2)) * widening

    def improbable(candidate: float) -> float:
        return abs(candidate - area) - reach * math.sqrt(auroc_variance(candidate, cracks, intact))

    inside = min(max(area, INSIDE), 1 - INSIDE)
    return float(brentq(improbable, 0.0, inside)), float(brentq(improbable, inside, 1.0))


def auroc_variance(area: float, cracks: int, intact: int) -> float:
    """Variance of the AUROC of so many independent images where its true value is `area`.

    Hanley & McNeil 1982, Radiology 143, 29-36, in Newcombe's form, which treats both kinds alike.
    """
    like_pairs = (cracks + intact) / 2 - 1
    overlap = (1 - area) / (2 - area) + area / (1 + area)
    return area * (1 - area) * (1 + like_pairs * overlap) / (cracks * intact)


def _widening(predictions: Predictions, variance: float, confidence: float) -> float:
    """Root of the design effect (at least 1), times the factor for few groups."""
    groups = len(set(predictions.groups))
    independent_variance = auroc_variance(auroc(predictions), *_counts_by_image(predictions))
    design_effect = max(1.0, variance * groups / (groups - 1) / independent_variance)
    return math.sqrt(design_effect) * few_groups_factor(groups, len(predictions.labels), confidence)


def _counts_by_image(predictions: Predictions) -> tuple[int, int]:
    return int(predictions.is_crack.sum()), int((~predictions.is_crack).sum())


def _counts_by_group(predictions: Predictions) -> tuple[int, int]:
    groups = np.asarray(predictions.groups)
    return len(set(groups[predictions.is_crack])), len(set(groups[~predictions.is_crack]))
