"""Confidence interval of a proportion of images that come in groups, such as tiles of photos.

Images of one photo are correlated: 100 tiles of one wall carry less information than 100 walls. An interval that
treats them as independent is too narrow.
"""

import math

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm, t
from statsmodels.stats.proportion import proportion_confint

from crack_exp.evaluation.random_intercept import MeanLikelihood
from crack_exp.evaluation.wilson import Interval, wilson_interval

LEAST_DEGREES_OF_FREEDOM = 1.0


def proportion_interval(hits: np.ndarray, groups: np.ndarray, confidence: float) -> Interval | None:
    """Interval of the proportion of `hits` (N,) bool among images of `groups` (N,), N >= 1.

    Of several models on the same images, `hits` is the share of models that hit each image, in [0, 1].
    Where every image is its own group, Wilson's score interval. Otherwise all that one of two intervals holds, because
    each fails where the other holds (by simulation, docs/statistics.md): `jackknife_interval` where few groups carry
    the errors, `likelihood_interval` where large groups have other proportions than small ones. Without any error, or
    any hit, each group counts as one image (Clopper and Pearson 1934, Biometrika 26, 404-413): that holds however
    much groups differ.
    None for a single group of several images: how much groups differ is then unknown.
    """
    members = np.unique(groups, return_inverse=True)[1]
    sizes, share = np.bincount(members), float(hits.mean())
    if sizes.max() == 1:
        return wilson_interval(share, len(hits), confidence)
    if len(sizes) == 1:
        return None
    if share in (0.0, 1.0):
        low, high = proportion_confint(share * len(sizes), len(sizes), 1 - confidence, method="beta")
        return float(low), float(high)
    found = np.bincount(members, weights=hits)
    both = likelihood_interval(found, sizes, confidence), jackknife_interval(found, sizes, confidence)
    return min(low for low, _ in both), max(high for _, high in both)


def likelihood_interval(found: np.ndarray, sizes: np.ndarray, confidence: float) -> Interval:
    """Of the mean proportion of groups, by `found` (K,) of `sizes` (K,) images of each: the profile likelihood's.

    A maximum likelihood finds the variance between K groups too small by the factor (K - 1) / K. The quantile makes up
    for it.
    """
    correction = math.sqrt(len(sizes) / (len(sizes) - 1))
    return MeanLikelihood.of(found, sizes).interval(correction * float(norm.isf((1 - confidence) / 2)))


def jackknife_interval(found: np.ndarray, sizes: np.ndarray, confidence: float) -> Interval:
    """Of the proportion of all images, by `found` (K,) of `sizes` (K,) images of each group: a jackknife over groups.

    On the scale of logits, with Student's quantile; fewer degrees of freedom where few groups have most of the images
    (Satterthwaite 1946, Biometrics Bulletin 2, 110-114).
    """
    share, weights = found.sum() / sizes.sum(), sizes / sizes.sum()
    without = (found.sum() - found) / (sizes.sum() - sizes)
    deviation = math.sqrt((len(sizes) - 1) * without.var()) / (share * (1 - share))
    freedom = max(1 / float(weights @ weights) - 1, LEAST_DEGREES_OF_FREEDOM)
    reach = deviation * float(t.isf((1 - confidence) / 2, freedom))
    return float(expit(logit(share) - reach)), float(expit(logit(share) + reach))
