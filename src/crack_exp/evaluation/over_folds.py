"""The mean of a figure over folds, each of which is the test part once, and how far it is known."""

import math

import numpy as np
from scipy.stats import t

from crack_exp.evaluation.wilson import Interval

ROUNDING = 1e-12


def mean_over_folds(values: np.ndarray, overlap: float, confidence: float) -> tuple[float, Interval | None]:
    """Mean and interval of the figures (K,) of K >= 2 folds, by Student's t.

    No interval where all are equal, as where no fold has an error: how much folds differ is then unknown, not zero.

    overlap: images of a test part for each training image, 0 where folds share no training images. Folds that share
    them are not independent: the variance of their mean is not that of the folds over K, but 1 / K + overlap times it
    (Nadeau and Bengio 2003, Machine Learning 52, 239-281).
    """
    folds, mean = len(values), float(np.mean(values))
    if np.ptp(values) <= ROUNDING:
        return mean, None
    error = math.sqrt(float(np.var(values, ddof=1)) * (1 / folds + overlap))
    reach = float(t.isf((1 - confidence) / 2, folds - 1)) * error
    return mean, (mean - reach, mean + reach)
