"""Whether probabilities are honest, and temperature scaling, which makes them so as far as one number can.

Of the images with a crack score near 0.8, about 80 % should show a crack.
"""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from crack_exp.evaluation.predictions import Predictions

BINS = 10
HOTTEST = 10.0
"""Temperatures are looked for from 1 / HOTTEST to HOTTEST."""

CHANCE_DRAWS = 200
TINY = np.finfo(np.float32).tiny


def tempered(probabilities: np.ndarray, temperature: float) -> np.ndarray:
    """(N, C) float32: softmax(log(probabilities) / temperature). 1 / temperature takes it back."""
    logs = np.log(np.maximum(probabilities.astype(np.float64), TINY))
    return softmax(logs / temperature, axis=1).astype(np.float32)


def fit_temperature(predictions: Predictions) -> float:
    """The temperature with the lowest cross-entropy on `predictions` (N >= 1), which the model was not trained on.

    Guo and others 2017, ICML, arXiv:1706.04599. As Platt does (1999, Advances in Large Margin Classifiers), a label is
    believed to (n + 1) / (n + 2) for the n images of its class: with no error among few images, the plain fit would
    make each probability 0 or 1. Where nearly all is right, that belief is too little, and its temperature makes the
    cross-entropy of the labels themselves higher than 1 does; then it is 1.
    """
    logs = np.log(np.maximum(predictions.probabilities.astype(np.float64), TINY))
    classes = logs.shape[1]
    believed, given = _smoothed(predictions.labels, classes), np.eye(classes)[predictions.labels]
    bounds = (-np.log(HOTTEST), np.log(HOTTEST))
    found = minimize_scalar(lambda log: _cross_entropy(logs / np.exp(log), believed), bounds=bounds, method="bounded")
    temperature = float(np.exp(found.x))
    return temperature if _cross_entropy(logs / temperature, given) < _cross_entropy(logs, given) else 1.0


def _cross_entropy(logits: np.ndarray, targets: np.ndarray) -> float:
    """Sum over the rows of (N, C), in nats."""
    return -float((targets * log_softmax(logits, axis=1)).sum())


def _smoothed(labels: np.ndarray, classes: int) -> np.ndarray:
    """(N, C) probabilities of each label, rows sum to 1."""
    images = np.bincount(labels, minlength=classes)
    believed = ((images + 1) / (images + 2))[labels]
    targets = np.repeat(((1 - believed) / max(classes - 1, 1))[:, None], classes, axis=1)
    targets[np.arange(len(labels)), labels] = believed
    return targets


@dataclass(frozen=True)
class Reliability:
    """Crack scores beside what the images show, in bins of equally many images.

    scores:   (B,) mean crack score of each bin; cracked: (B,) share of its images that show a crack;
    images:   (B,) counts.
    """

    scores: np.ndarray
    cracked: np.ndarray
    images: np.ndarray

    @property
    def error(self) -> float:
        """The expected calibration error: the mean difference between score and share, weighted by images."""
        return float(np.average(np.abs(self.scores - self.cracked), weights=self.images))


def reliability_of(scores: np.ndarray, is_crack: np.ndarray) -> Reliability:
    """Of crack scores (N,) and labels (N,) bool; with fewer than BINS bins where many scores are equal."""
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, BINS + 1)[1:-1]))
    bins = np.searchsorted(edges, scores, side="right")
    images = np.bincount(bins, minlength=len(edges) + 1)
    score_sums, cracks = (np.bincount(bins, weights=of, minlength=len(edges) + 1) for of in (scores, is_crack))
    filled = images > 0
    images = images[filled]
    return Reliability(score_sums[filled] / images, cracks[filled] / images, images)


def calibration_error(predictions: Predictions) -> float:
    """Expected calibration error of the crack score, in [0, 1], over adaptive bins.

    Nixon and others 2019, arXiv:1904.01685.
    """
    return reliability_of(predictions.crack_score, predictions.is_crack).error


def error_by_chance(predictions: Predictions, seed: int) -> float:
    """The calibration error that honest crack scores would have: labels drawn by them differ from them by chance."""
    random, scores = np.random.default_rng(seed), predictions.crack_score
    draws = (reliability_of(scores, random.random(len(scores)) < scores).error for _ in range(CHANCE_DRAWS))
    return float(np.mean(list(draws)))


def brier_score(predictions: Predictions) -> float:
    """Mean squared difference between crack score and 0 (intact) or 1 (crack).

    Brier 1950, Monthly Weather Review 78, 1-3.
    """
    return float(np.mean((predictions.crack_score.astype(np.float64) - predictions.is_crack) ** 2))


def base_rate_brier(predictions: Predictions) -> float:
    """The Brier score of who gives each image the share of cracks among all of them."""
    share = float(predictions.is_crack.mean())
    return share * (1 - share)
