"""The threshold of the crack score: chosen on the validation images, used on all others."""

import numpy as np

from crack_exp.evaluation.predictions import Predictions
from crack_exp.system.errors import UserError


def choose_threshold(predictions: Predictions, min_recall: float) -> float:
    """The threshold in [0, 1): an image with at least this crack score is predicted as crack.

    Among the thresholds with a recall of at least `min_recall`, it has the fewest false alarms; among those, the
    highest recall; of the remaining interval, it is the middle. If the scores separate both classes perfectly, the
    recall is therefore 1. (The highest threshold with `min_recall` would miss 1 - `min_recall` of the cracks without
    fewer false alarms.)
    Raises UserError where no image is labelled as crack.
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
