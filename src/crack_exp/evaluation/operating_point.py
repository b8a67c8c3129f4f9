"""The crack score from which on an image is called a crack: chosen on validation, used on everything else."""

import numpy as np

from crack_exp.evaluation.predictions import Predictions


def choose_threshold(predictions: Predictions, min_recall: float) -> float:
    """The highest crack score threshold whose recall is still at least `min_recall`, in (0, 1].

    An image is called a crack where its crack score is at or above the threshold.
    Raises ValueError where no labelled crack is present.
    """
    crack_scores = np.sort(predictions.crack_score[predictions.is_crack])[::-1]
    if len(crack_scores) == 0:
        raise ValueError(
            f"evaluation.min_recall: none of the {len(predictions.labels)} validation images shows a crack, "
            f"so no threshold reaches a recall of {min_recall:g}; add labelled cracks or correct data.intact"
        )
    recall_down_to = np.arange(1, len(crack_scores) + 1) / len(crack_scores)
    return float(crack_scores[np.argmax(recall_down_to >= min_recall)])
