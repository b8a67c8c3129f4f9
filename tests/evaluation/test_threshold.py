"""The choice of the threshold."""

import numpy as np
import pytest

from crack_exp.evaluation.predictions import Predictions
from crack_exp.evaluation.threshold import choose_threshold


def scored(cracks: list[float], intact: list[float]) -> Predictions:
    scores, labels = np.array(cracks + intact), np.array([1] * len(cracks) + [0] * len(intact))
    names = [f"{index}.jpg" for index in range(len(labels))]
    rows = np.stack([1 - scores, scores], axis=1).astype(np.float32)
    return Predictions(names, names, labels, rows, ["intact", "crack"], frozenset({0}))


@pytest.mark.parametrize(
    ("min_recall", "threshold"), [(0.25, 0.85), (0.5, 0.3), (0.75, 0.3), (0.76, 0.05), (1.0, 0.05)]
)
def test_the_minimum_recall_is_reached_with_the_fewest_false_alarms(min_recall: float, threshold: float) -> None:
    predictions = scored(cracks=[0.1, 0.9, 0.4, 0.7], intact=[0.8, 0.2])
    assert choose_threshold(predictions, min_recall) == pytest.approx(threshold)


def test_the_threshold_reaches_the_minimum_recall() -> None:
    predictions = scored(cracks=[0.3, 0.61, 0.92], intact=[0.5])
    for min_recall in (1 / 3, 2 / 3, 1.0):
        predicted = predictions.crack_score >= choose_threshold(predictions, min_recall)
        assert predicted[predictions.is_crack].mean() >= min_recall


def test_a_perfect_model_keeps_a_recall_of_one() -> None:
    assert choose_threshold(scored(cracks=[0.9, 0.99, 0.999], intact=[0.1, 0.2]), 0.5) == pytest.approx(0.55)


def test_without_intact_images_every_crack_is_found() -> None:
    assert choose_threshold(scored(cracks=[0.5, 0.5, 0.5, 0.2], intact=[]), 0.5) == pytest.approx(0.1)


def test_the_threshold_may_be_zero() -> None:
    assert choose_threshold(scored(cracks=[0.0, 0.9], intact=[0.0, 0.3]), 1.0) == 0


def test_without_cracks_no_threshold_can_be_chosen() -> None:
    with pytest.raises(ValueError, match="evaluation.min_recall: none of the 2 validation images shows a crack"):
        choose_threshold(scored(cracks=[], intact=[0.1, 0.2]), 0.95)
