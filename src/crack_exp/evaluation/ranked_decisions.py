"""The images of each kind of decision at the threshold, in the order in which a person should look at them."""

from dataclasses import dataclass

import numpy as np

from crack_exp.evaluation.predictions import Predictions


@dataclass(frozen=True)
class RankedDecisions:
    """Indices of images by what they are and what was decided, in each the ones that the model is surest of first.

    missed: cracks below the threshold; false_alarms: intact images from it on; found: cracks from it on; passed: intact
    images below it.
    """

    missed: np.ndarray
    false_alarms: np.ndarray
    found: np.ndarray
    passed: np.ndarray

    @property
    def counts(self) -> np.ndarray:
        """(2, 2) int: rows of cracks and of intact images, predicted as [crack, no crack]."""
        rows = ((self.found, self.missed), (self.false_alarms, self.passed))
        return np.array([[len(indices) for indices in row] for row in rows])


def rank_decisions(predictions: Predictions, threshold: float) -> RankedDecisions:
    """What is decided of `predictions` at the threshold of the crack score."""
    order = np.argsort(predictions.crack_score, kind="stable")  # the lowest score first: the surest of no crack
    alarm, is_crack = predictions.is_alarm(threshold)[order], predictions.is_crack[order]
    return RankedDecisions(
        missed=order[is_crack & ~alarm],
        false_alarms=order[~is_crack & alarm][::-1],
        found=order[is_crack & alarm][::-1],
        passed=order[~is_crack & ~alarm],
    )
