"""Metrics of six images and three classes, calculated by hand."""

import math

import numpy as np
import pytest

from crack_exp.evaluation.metrics import METRICS, ClassScore, confusion, per_class
from crack_exp.evaluation.predictions import Predictions


def predict(labels: list[int], probabilities: list[list[float]], classes: list[str]) -> Predictions:
    names = [f"{index}.jpg" for index in range(len(labels))]
    rows = np.array(probabilities, dtype=np.float32)
    return Predictions(names, names, np.array(labels), rows, classes, frozenset({0}))


def certain(labels: list[int], predicted: list[int], classes: list[str]) -> Predictions:
    """All the probability on one class."""
    return predict(labels, np.eye(len(classes))[predicted].tolist(), classes)


def score_cracks(scores_of_cracks: list[float], scores_of_intact: list[float]) -> Predictions:
    scores = scores_of_cracks + scores_of_intact
    labels = [1] * len(scores_of_cracks) + [0] * len(scores_of_intact)
    return predict(labels, [[1 - score, score] for score in scores], ["intact", "crack"])


# Two intact, three hairline, one wide. Errors: one intact as hairline, one hairline as wide, one hairline as intact.
SIX = certain([0, 0, 1, 1, 1, 2], [0, 1, 1, 2, 0, 2], ["intact", "hairline", "wide"])


def test_rows_of_the_confusion_matrix_are_true_classes() -> None:
    assert confusion(SIX).tolist() == [[1, 1, 0], [1, 1, 1], [0, 0, 1]]


def test_scores_of_each_class() -> None:
    table = [(score.name, score.precision, score.recall, score.f1, score.support) for score in per_class(SIX)]
    assert table[0] == ("intact", 1 / 2, 1 / 2, pytest.approx(1 / 2), 2)
    assert table[1] == ("hairline", 1 / 2, pytest.approx(1 / 3), pytest.approx(2 / 5), 3)
    assert table[2] == ("wide", 1 / 2, 1.0, pytest.approx(2 / 3), 1)


def test_accuracy_and_macro_f1_of_six_images() -> None:
    assert METRICS["accuracy"](SIX) == 3 / 6
    assert METRICS["macro_f1"](SIX) == pytest.approx((1 / 2 + 2 / 5 + 2 / 3) / 3)


def test_loss_is_the_mean_negative_log_of_the_label_s_probability() -> None:
    predictions = predict([0, 1], [[0.5, 0.5], [0.75, 0.25]], ["intact", "crack"])
    assert METRICS["loss"](predictions) == pytest.approx((math.log(2) + math.log(4)) / 2)


def test_ranking_of_four_scores() -> None:
    # Pairs (crack, intact) in right order: 0.9 over both, 0.4 over 0.2 only: 3 of 4.
    # Precision is 1/1 when the first crack is found, 2/3 when the second is.
    predictions = score_cracks([0.9, 0.4], [0.6, 0.2])
    assert METRICS["auroc"](predictions) == 3 / 4
    assert METRICS["average_precision"](predictions) == pytest.approx((1 + 2 / 3) / 2)


def test_equal_scores_count_half() -> None:
    assert METRICS["auroc"](score_cracks([0.5], [0.5, 0.1])) == 3 / 4


def test_the_crack_score_excludes_both_intact_classes() -> None:
    rows = np.array([[0.5, 0.4, 0.1], [0.2, 0.1, 0.7]])
    names, classes = ["a.jpg", "b.jpg"], ["bare", "joint", "crack"]
    predictions = Predictions(names, names, np.array([1, 2]), rows, classes, frozenset({0, 1}))
    assert METRICS["auroc"](predictions) == 1.0
    assert METRICS["accuracy"](predictions) == 1 / 2


def test_undefined_metrics_are_not_zero() -> None:
    never_predicted = certain([0, 1], [0, 0], ["intact", "crack"])
    assert per_class(never_predicted)[1] == ClassScore("crack", None, 0.0, 0.0, 1)
    never_labelled = certain([0, 0], [0, 1], ["intact", "crack"])
    assert per_class(never_labelled)[1] == ClassScore("crack", 0.0, None, None, 0)
    assert math.isnan(METRICS["auroc"](never_labelled))
    assert math.isnan(METRICS["average_precision"](never_labelled))


def test_known_metrics_are_listed() -> None:
    assert {"loss", "accuracy", "macro_f1", "auroc", "average_precision", "brier", "ece"} <= set(METRICS)
