"""Where to call a crack a crack."""

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
def test_the_recall_is_kept_with_the_fewest_false_alarms(min_recall: float, threshold: float) -> None:
    predictions = scored(cracks=[0.1, 0.9, 0.4, 0.7], intact=[0.8, 0.2])
    assert choose_threshold(predictions, min_recall) == pytest.approx(threshold)


def test_the_crack_at_the_threshold_is_called() -> None:
    predictions = scored(cracks=[0.3, 0.61, 0.92], intact=[0.5])
    for min_recall in (1 / 3, 2 / 3, 1.0):
        called = predictions.crack_score >= choose_threshold(predictions, min_recall)
        assert called[predictions.is_crack].mean() >= min_recall


def test_a_perfect_model_gives_up_no_crack() -> None:
    assert choose_threshold(scored(cracks=[0.9, 0.99, 0.999], intact=[0.1, 0.2]), 0.5) == pytest.approx(0.55)


def test_where_nothing_is_intact_every_crack_is_found() -> None:
    assert choose_threshold(scored(cracks=[0.5, 0.5, 0.5, 0.2], intact=[]), 0.5) == pytest.approx(0.1)


def test_cracks_that_the_model_is_sure_are_intact_can_still_be_asked_for() -> None:
    assert choose_threshold(scored(cracks=[0.0, 0.9], intact=[0.0, 0.3]), 1.0) == 0


def test_without_a_crack_there_is_nothing_to_choose_from() -> None:
    with pytest.raises(ValueError, match="evaluation.min_recall: none of the 2 validation images shows a crack"):
        choose_threshold(scored(cracks=[], intact=[0.1, 0.2]), 0.95)
