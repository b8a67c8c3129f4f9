"""The crack score from which on an image is called a crack: chosen on validation, used on everything else."""

import numpy as np

from crack_exp.evaluation.predictions import Predictions
from crack_exp.system.errors import UserError


def choose_threshold(predictions: Predictions, min_recall: float) -> float:
    """The crack score in [0, 1) from which on an image is called a crack.

    Of all thresholds with a recall of at least `min_recall`, those with the fewest false alarms; of those, the ones
    that find the most cracks; of those, the middle. So a model that separates the two perfectly gives up no crack: a
    rule that took the highest threshold would give up 1 - `min_recall` of them for nothing.
    Raises UserError where no labelled crack is present.
    """
    scores, is_crack = predictions.crack_score.astype(float), predictions.is_crack
    cracks, intact = np.sort(scores[is_crack])[::-1], scores[~is_crack]
    if len(cracks) == 0:
        raise UserError(
            f"evaluation.min_recall: none of the {len(predictions.labels)} validation images shows a crack, "
            f"so no threshold reaches a recall of {min_recall:g}; add labelled cracks or correct data.intact"
        )
    recall_down_to = np.arange(1, len(cracks) + 1) / len(cracks)
    needed = cracks[np.argmax(recall_down_to >= min_recall)]
    next_false_alarm = intact[intact < needed].max(initial=-np.inf)
    lowest_found = cracks[cracks > next_false_alarm].min()
    return float(max(next_false_alarm, 0.0) + lowest_found) / 2
