"""The metrics: one function each, from scikit-learn.

To add a metric, write a function `(Predictions) -> float` and give it a line in METRICS.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_fscore_support,
    roc_auc_score,
)

from crack_exp.evaluation.calibration import brier_score, calibration_error
from crack_exp.evaluation.predictions import Predictions


@dataclass(frozen=True)
class ClassScore:
    """Precision, recall and F1 of one class; `support` is the number of its labelled images.

    precision is None where the class was never predicted, recall and F1 where no image has its label: an undefined
    value is not 0.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


def per_class(predictions: Predictions) -> list[ClassScore]:
    """Precision, recall, F1 and support of every class, in the order of `class_names`."""
    columns = precision_recall_fscore_support(
        predictions.labels,
        predictions.predicted,
        labels=range(len(predictions.class_names)),
        zero_division=np.nan,
    )
    return [
        ClassScore(name, _known(precision), _known(recall), _known(f1) if support else None, int(support))
        for name, precision, recall, f1, support in zip(predictions.class_names, *columns, strict=True)
    ]


def confusion(predictions: Predictions) -> np.ndarray:
    """(C, C) int counts [true class, predicted class]."""
    classes = range(len(predictions.class_names))
    return np.asarray(confusion_matrix(predictions.labels, predictions.predicted, labels=classes))


def loss(predictions: Predictions) -> float:
    """Mean cross-entropy in nats."""
    classes = range(len(predictions.class_names))
    # scikit-learn requires rows whose sum is closer to 1 than in float32.
    probabilities = predictions.probabilities.astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    return float(log_loss(predictions.labels, probabilities, labels=classes))


def accuracy(predictions: Predictions) -> float:
    """Share of images whose most probable class is their label."""
    return float(accuracy_score(predictions.labels, predictions.predicted))


def macro_f1(predictions: Predictions) -> float:
    """Mean F1 over the classes that occur among the labels."""
    present = np.unique(predictions.labels)
    return float(f1_score(predictions.labels, predictions.predicted, labels=present, average="macro", zero_division=0))


def auroc(predictions: Predictions) -> float:
    """Probability that a crack scores above an intact image (ties count half). NaN without cracks or intact images."""
    if not has_both(predictions):
        return math.nan
    return float(roc_auc_score(predictions.is_crack, predictions.crack_score))


def average_precision(predictions: Predictions) -> float:
    """Area under the precision-recall steps, crack vs. intact. NaN without cracks or intact images."""
    if not has_both(predictions):
        return math.nan
    return float(average_precision_score(predictions.is_crack, predictions.crack_score))


def has_both(predictions: Predictions) -> bool:
    """Whether there are cracks and intact images, as ranking metrics require."""
    return bool(predictions.is_crack.any() and not predictions.is_crack.all())


Metric = Callable[[Predictions], float]

METRICS: dict[str, Metric] = {
    "loss": loss,
    "accuracy": accuracy,
    "macro_f1": macro_f1,
    "auroc": auroc,
    "average_precision": average_precision,
    "brier": brier_score,
    "ece": calibration_error,
}


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)
