"""What one more group of images, such as the next wall, will show: bounds that hold for any way groups differ.

The interval of a mean says how well the mean of all walls is known. A single wall lies outside of it as a rule.
"""

import math
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.evaluate import Evaluation

ROUNDING = 1e-9
"""Of a number of groups: 0.1 times 10 groups must not be less than one group."""


@dataclass(frozen=True)
class NextGroup:
    """A bound of the share of images in one more group.

    share:      at least this of the images (of a lower bound), or at most this (of an upper bound).
    confidence: with which it holds: that asked for, or, of fewer groups than it takes, the highest that they give.
    groups:     from which it comes; needed: how many the confidence asked for takes.
    """

    share: float
    confidence: float
    groups: int
    needed: int


def next_group(test: Evaluation) -> dict[str, NextGroup]:
    """The least "recall" and the highest "false_alarm_rate" of one more group, at the threshold.

    Empty without a threshold; what comes from fewer than two groups, or from groups of mostly one image, is left out.
    """
    if test.threshold is None:
        return {}
    alarm, is_crack = test.predictions.crack_score >= test.threshold, test.predictions.is_crack
    groups = np.asarray(test.predictions.groups)
    found = {
        "recall": lowest_share(alarm[is_crack], groups[is_crack], test.confidence),
        "false_alarm_rate": highest_share(alarm[~is_crack], groups[~is_crack], test.confidence),
    }
    return {name: bound for name, bound in found.items() if bound is not None}


def lowest_share(hits: np.ndarray, groups: np.ndarray, confidence: float) -> NextGroup | None:
    """The share of hits that one more group will at least have, by `hits` (N,) bool of images of `groups` (N,).

    With K groups that are drawn like the next one, each of the K + 1 is equally often the lowest. So the next share is
    below the k-th lowest in at most k of K + 1 cases, whatever the distribution, the sizes included (Wilks 1941,
    Annals of Mathematical Statistics 12, 91-96; it is the split conformal bound of Vovk, Gammerman and Shafer 2005).
    Of too few groups for `confidence`, in (0, 1), the lowest share is given, with its confidence K / (K + 1).
    None for a single group, and for groups of mostly one image, which are no walls.
    """
    _, members, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(sizes) < 2 or np.median(sizes) < 2:
        return None
    shares = np.sort(np.bincount(members, weights=hits) / sizes)
    place = math.floor((len(sizes) + 1) * (1 - confidence) + ROUNDING)
    needed = math.ceil(1 / (1 - confidence) - ROUNDING) - 1
    given = confidence if place else len(sizes) / (len(sizes) + 1)
    return NextGroup(float(shares[max(place, 1) - 1]), given, len(sizes), needed)


def highest_share(hits: np.ndarray, groups: np.ndarray, confidence: float) -> NextGroup | None:
    """The share of hits that one more group will at most have; else as `lowest_share`."""
    of_misses = lowest_share(~hits, groups, confidence)
    return of_misses and NextGroup(1 - of_misses.share, of_misses.confidence, of_misses.groups, of_misses.needed)
