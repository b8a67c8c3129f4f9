"""The whole evaluation of a set of predictions."""

import math
from dataclasses import replace

import numpy as np
import pytest

from crack_exp.evaluation.evaluate import Evaluation, class_key, evaluate, evaluate_surfaces
from crack_exp.evaluation.predictions import Predictions


def evaluated(labels: list[int], scores: list[list[float]], threshold: float | None, groups: str = "") -> Evaluation:
    names = [f"{index}.jpg" for index in range(len(labels))]
    classes = ["intact", "hairline", "wide"][: len(scores[0])]
    predictions = Predictions(names, list(groups) or names, np.array(labels), np.array(scores), classes, frozenset({0}))
    return evaluate(predictions, confidence=0.95, resamples=200, seed=0, threshold=threshold)


FOUR = [[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.4, 0.2, 0.4001], [0.1, 0.2, 0.7]]


def test_scalars_of_four_images() -> None:
    scalars = evaluated([0, 0, 1, 2], FOUR, threshold=0.65).scalars
    assert scalars["accuracy"] == 2 / 4
    assert scalars["recall/intact"] == 1 / 2 and scalars["precision/wide"] == 1 / 2
    assert scalars["f1/hairline"] == 0.0
    # Crack scores 0.2 and 0.7 of the intact, 0.6 and 0.9 of the cracks.
    assert scalars["auroc"] == 3 / 4
    assert scalars["recall_at_threshold"] == 1 / 2
    assert scalars["false_alarm_rate_at_threshold"] == 1 / 2


def test_each_surface_is_evaluated_with_the_same_threshold() -> None:
    scores = [[1 - score, score] for score in (0.1, 0.9, 0.6, 0.7)]
    everything = evaluated([0, 1, 0, 1], scores, threshold=0.65)
    with_surfaces = replace(
        everything, predictions=replace(everything.predictions, surfaces=["deck", "deck", "wall", "wall"])
    )
    by_surface = evaluate_surfaces(with_surfaces, resamples=50, seed=0)
    assert list(by_surface) == ["deck", "wall"]
    assert by_surface["deck"].predictions.names == ["0.jpg", "1.jpg"]
    assert [one.scalars["accuracy"] for one in by_surface.values()] == [1.0, 0.5]
    assert by_surface["wall"].scalars["recall_at_threshold"] == 1.0
    assert by_surface["wall"].scalars["false_alarm_rate_at_threshold"] == 0.0
    assert evaluate_surfaces(everything, resamples=50, seed=0) == {}


def test_a_score_equal_to_the_threshold_is_predicted_as_crack() -> None:
    scores = [[1 - score, score] for score in (0.25, 0.5, 0.5, 0.75, 0.75)]
    # Of the intact images one of three reaches 0.5, of the cracks both do.
    scalars = evaluated([0, 0, 0, 1, 1], [*scores[:2], scores[0], *scores[2:4]], threshold=0.5).scalars
    assert scalars["false_alarm_rate_at_threshold"] == pytest.approx(1 / 3)
    assert scalars["recall_at_threshold"] == 1.0
    assert scalars["precision_at_threshold"] == pytest.approx(2 / 3)


def test_two_classes_and_many_get_the_same_numbers() -> None:
    merged = [[row[0], 1 - row[0]] for row in FOUR]
    many, two = evaluated([0, 0, 1, 2], FOUR, 0.65), evaluated([0, 0, 1, 1], merged, 0.65)
    for name in ("auroc", "average_precision", "recall_at_threshold", "false_alarm_rate_at_threshold"):
        assert many.scalars[name] == two.scalars[name]
        assert many.intervals[name] == pytest.approx(two.intervals[name])


def test_every_interval_contains_its_scalar() -> None:
    evaluation = evaluated([0, 0, 1, 2] * 10, FOUR * 10, threshold=0.65)
    assert {"loss", "accuracy", "macro_f1", "auroc", "recall/wide"} <= set(evaluation.intervals)
    for name, (low, high) in evaluation.intervals.items():
        assert low <= evaluation.scalars[name] <= high, name


def test_grouped_images_get_wider_intervals() -> None:
    alone = evaluated([0, 0, 1, 2] * 5, FOUR * 5, threshold=None)
    # The five copies of each image come from one photo.
    grouped = evaluated([0, 0, 1, 2] * 5, FOUR * 5, threshold=None, groups="abcd" * 5)
    for name in ("accuracy", "auroc", "loss"):
        assert np.diff(grouped.intervals[name]) > np.diff(alone.intervals[name]), name


def test_images_of_one_photo_have_no_intervals() -> None:
    """How much photos differ does not show: an interval from these images alone would be too narrow."""
    evaluation = evaluated([0, 0, 1, 2] * 5, FOUR * 5, threshold=0.5, groups="a" * 20)
    assert {"accuracy", "auroc", "loss", "recall_at_threshold"} <= set(evaluation.scalars)
    assert evaluation.intervals == {}


def test_without_cracks_undefined_metrics_are_omitted() -> None:
    evaluation = evaluated([0, 0], FOUR[:2], threshold=0.5)
    assert not {"auroc", "average_precision", "crack_recall", "recall_at_threshold"} & set(evaluation.scalars)
    assert evaluation.scalars["accuracy"] == 1 / 2
    assert evaluation.scalars["false_alarm_rate_at_threshold"] == 1 / 2
    assert evaluation.curves == {}
    assert not any(math.isnan(value) for value in evaluation.scalars.values())


def test_one_image_can_be_evaluated() -> None:
    evaluation = evaluated([0], FOUR[:1], threshold=None)
    assert evaluation.scalars["accuracy"] == 1.0
    assert evaluation.intervals["accuracy"][0] == pytest.approx(1 / (1 + 1.959964**2))


def test_curves_run_from_corner_to_corner() -> None:
    curves = evaluated([0, 0, 1, 2], FOUR, threshold=None).curves
    false_alarm_rate, recall = curves["roc"]
    assert (false_alarm_rate[0], recall[0], false_alarm_rate[-1], recall[-1]) == (0, 0, 1, 1)
    assert np.trapezoid(recall, false_alarm_rate) == 3 / 4


def test_classes_whose_names_differ_in_one_sign_keep_their_own_figures() -> None:
    names = ["sound", "crack <1 mm", "crack >1 mm"]
    labels, predicted = np.array([0, 0, 1, 1, 2, 2]), np.array([0, 0, 1, 1, 0, 0])
    images = [f"{number}.jpg" for number in range(6)]
    found = evaluate(
        Predictions(images, images, labels, np.eye(3)[predicted], names, frozenset({0})), 0.95, 20, 0, threshold=0.5
    )
    assert found.scalars[class_key("recall", "crack <1 mm")] == 1
    assert found.scalars[class_key("recall", "crack >1 mm")] == 0
