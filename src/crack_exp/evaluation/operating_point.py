"""The operating point: the threshold of the crack score, and by which rule it was chosen.

It is chosen on the validation images and used on all others. The rules differ in what they promise of images that the
model has never seen.
"""

from dataclasses import dataclass, replace

import numpy as np

from crack_exp.evaluation.aim import ASSURED, COSTS, MIN_RECALL, ON_AVERAGE, STRONGEST, Aim
from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.risk_control import Sample, is_allowed, needed


@dataclass(frozen=True)
class OperatingPoint:
    """The chosen threshold.

    threshold:        in [0, 1); from this crack score on, an image is predicted as crack.
    aim:              with the rule that decided, never `strongest`.
    sample:           the validation images with a crack.
    false_alarm_rate: on the intact validation images; None without any.
    """

    threshold: float
    aim: Aim
    sample: Sample
    false_alarm_rate: float | None


def choose_operating_point(predictions: Predictions, aim: Aim) -> OperatingPoint:
    """The threshold that fits `aim`, by predictions of validation images, at least one of them with a crack.

    min_recall, on_average, assured: see `is_allowed`; strongest: see `settled`; costs: the lowest expected costs on
    these images.
    Of the thresholds that the rule allows, it is the one with the fewest false alarms; of those, with the highest
    recall; of the remaining interval, it is the middle. If the scores separate both classes perfectly, the recall is
    therefore 1. A lower threshold misses no more cracks, so it keeps what a higher one promises.
    There must be images enough for the rule: `needed`.
    """
    groups = np.asarray(predictions.groups)[predictions.is_crack]
    sample, scores = Sample.of(groups), predictions.crack_score.astype(float)
    cracks, intact = scores[predictions.is_crack], scores[~predictions.is_crack]
    decided = settled(aim, sample)
    if decided.rule == COSTS:
        highest = _cheapest(cracks, intact, decided)
    else:
        highest = _highest_allowed(cracks, groups, sample, decided)
    threshold = _without_more_alarms(highest, cracks, intact)
    rate = float((intact >= threshold).mean()) if len(intact) else None
    return OperatingPoint(threshold, decided, sample, rate)


def settled(aim: Aim, sample: Sample) -> Aim:
    """`aim`; in place of `strongest`, with the first of assured, on_average and min_recall that `sample` allows."""
    if aim.rule != STRONGEST:
        return aim
    rules = (ASSURED, ON_AVERAGE, MIN_RECALL)
    return replace(aim, rule=next(rule for rule in rules if is_enough(replace(aim, rule=rule), sample)))


def is_enough(aim: Aim, sample: Sample) -> bool:
    """Whether the rule of `aim`, which is not `strongest`, can be kept with `sample`."""
    return aim.rule == COSTS or needed(aim.rule, aim.min_recall, aim.assurance) <= sample.independent


def _highest_allowed(cracks: np.ndarray, groups: np.ndarray, sample: Sample, aim: Aim) -> float:
    """The highest crack score that may be the lowest one found."""
    order = np.argsort(cracks)
    scores, first = np.unique(cracks[order], return_index=True)
    below = np.append(0.0, np.cumsum(_weights(groups, aim.rule)[order]))[first]
    allowed = is_allowed(below, sample, rule=aim.rule, min_recall=aim.min_recall, assurance=aim.assurance)
    assert allowed[0], f"{sample} is not enough for {aim}"
    return float(scores[allowed].max())


def _weights(groups: np.ndarray, rule: str) -> np.ndarray:
    """(N,) of the cracks, with a sum of 1. What is promised is promised of groups, so each of them counts once."""
    if rule == MIN_RECALL:
        return np.full(len(groups), 1 / len(groups))
    _, members, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return 1 / (sizes[members] * len(sizes))


def _cheapest(cracks: np.ndarray, intact: np.ndarray, aim: Aim) -> float:
    """The crack score from which on alarms cost least; of two with equal costs, the lower."""
    assert aim.cost_ratio is not None
    share = aim.prevalence or len(cracks) / (len(cracks) + len(intact))
    scores = np.unique(cracks)
    missed = np.searchsorted(np.sort(cracks), scores) / len(cracks)
    alarms = 1 - np.searchsorted(np.sort(intact), scores) / max(len(intact), 1)
    return float(scores[np.argmin(share * aim.cost_ratio * missed + (1 - share) * alarms)])


def _without_more_alarms(highest: float, cracks: np.ndarray, intact: np.ndarray) -> float:
    """The middle between the highest score of intact images below `highest` and the lowest of the cracks above that."""
    next_false_alarm = intact[intact < highest].max(initial=-np.inf)
    lowest_found = cracks[cracks > next_false_alarm].min()
    return float(max(next_false_alarm, 0.0) + lowest_found) / 2
