"""Confidence interval of a proportion of independent images."""

from statsmodels.stats.proportion import proportion_confint

Interval = tuple[float, float]


def wilson_interval(share: float, count: float, confidence: float) -> Interval:
    """Wilson's score interval of the proportion `share` of `count` independent images; `count` may be fractional.

    Wilson 1927, J. Am. Stat. Assoc. 22, 209-212.
    """
    low, high = proportion_confint(share * count, count, 1 - confidence, method="wilson")
    return min(float(low), share), max(float(high), share)  # rounding must not move the share out of its interval
