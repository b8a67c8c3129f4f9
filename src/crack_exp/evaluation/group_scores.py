"""Scores of each group of images, such as a photo or a wall: a mean over all groups can hide a bad one."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.evaluate import Evaluation
from crack_exp.evaluation.predictions import Predictions


@dataclass(frozen=True)
class GroupScore:
    """Image counts of one group. found, false_alarms: at the threshold."""

    group: str
    cracks: int
    found: int
    intact: int
    false_alarms: int

    @property
    def error_rate(self) -> float:
        return (self.cracks - self.found + self.false_alarms) / (self.cracks + self.intact)


def group_scores(test: Evaluation) -> list[GroupScore]:
    """A score for each group, the highest error rate first.

    Empty where every image is its own group, or without a threshold.
    """
    if test.threshold is None or len(set(test.predictions.groups)) == len(test.predictions.groups):
        return []
    return sorted(_scores(test.predictions, test.threshold), key=lambda score: (-score.error_rate, score.group))


def _scores(predictions: Predictions, threshold: float) -> Iterator[GroupScore]:
    groups, is_crack = np.array(predictions.groups), predictions.is_crack
    alarm = predictions.is_alarm(threshold)
    for group in np.unique(groups):
        here = groups == group
        cracks, intact = int((here & is_crack).sum()), int((here & ~is_crack).sum())
        found, false = int((here & is_crack & alarm).sum()), int((here & ~is_crack & alarm).sum())
        yield GroupScore(str(group), cracks, found, intact, false)
