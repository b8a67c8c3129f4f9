"""Whether probabilities are honest, and the temperature that makes them so."""

import numpy as np
import pytest
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator

from crack_exp.evaluation.calibration import (
    BINS,
    base_rate_brier,
    brier_score,
    calibration_error,
    error_by_chance,
    fit_temperature,
    reliability_of,
    tempered,
)
from crack_exp.evaluation.metrics import METRICS
from crack_exp.evaluation.predictions import Predictions


class Logits(ClassifierMixin, BaseEstimator):
    """A trained classifier whose decision function is what it is given."""

    def __init__(self) -> None:
        self.classes_ = np.arange(3)

    def fit(self, *_: np.ndarray) -> "Logits":
        return self

    def decision_function(self, logits: np.ndarray) -> np.ndarray:
        return logits

    def predict(self, logits: np.ndarray) -> np.ndarray:
        return np.asarray(logits.argmax(axis=1))


def predictions_of(labels: np.ndarray, probabilities: np.ndarray) -> Predictions:
    names = [f"{index}.jpg" for index in range(len(labels))]
    classes = [f"class {index}" for index in range(probabilities.shape[1])]
    return Predictions(names, names, labels, probabilities.astype(np.float32), classes, frozenset({0}))


def drawn(images: int, classes: int, temperature: float, seed: int = 0) -> Predictions:
    """Labels are drawn by honest probabilities; the probabilities given are surer than these if temperature is > 1."""
    random = np.random.default_rng(seed)
    honest = softmax(2 * random.normal(size=(images, classes)), axis=1)
    labels = (random.random(images)[:, None] > honest.cumsum(axis=1)).sum(axis=1).clip(max=classes - 1)
    return predictions_of(labels, tempered(honest, 1 / temperature))


@pytest.mark.parametrize("classes", [2, 5])
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_of_drawn_labels_is_found(classes: int, temperature: float) -> None:
    assert fit_temperature(drawn(5000, classes, temperature)) == pytest.approx(temperature, rel=0.1)


def test_the_temperature_is_that_of_scikit_learn_on_many_images() -> None:
    one = drawn(20_000, 3, 2.0)
    logits = np.log(one.probabilities)
    fitted = CalibratedClassifierCV(FrozenEstimator(Logits()), method="temperature").fit(logits, one.labels)
    expected = fitted.predict_proba(logits)
    np.testing.assert_allclose(tempered(one.probabilities, fit_temperature(one)), expected, atol=0.005)


def test_a_few_images_without_an_error_make_nothing_sure() -> None:
    labels = np.array([0, 1] * 10)
    right = predictions_of(labels, np.where(np.eye(2)[labels] > 0, 0.9, 0.1))
    sure = tempered(right.probabilities, fit_temperature(right)).max()
    # 10 of 10 images of a class: Platt's 11/12, not 1.
    assert sure == pytest.approx(11 / 12, abs=0.002)


def test_where_nearly_all_is_right_the_scores_stay() -> None:
    """750 sure and right images but one: Platt's belief in their labels would make the scores less sure."""
    labels = np.array([0, 1] * 375)
    sure = np.where(np.eye(2)[labels] > 0, 0.9999, 0.0001)
    sure[0] = 0.3, 0.7
    assert fit_temperature(predictions_of(labels, sure)) == 1.0


def test_tempering_is_taken_back_by_its_inverse_and_changes_no_order() -> None:
    one = drawn(100, 4, 1.0)
    np.testing.assert_allclose(tempered(tempered(one.probabilities, 1.7), 1 / 1.7), one.probabilities, atol=1e-6)
    assert (tempered(one.probabilities, 1.7).argmax(axis=1) == one.predicted).all()


def test_a_probability_of_zero_stays_a_number() -> None:
    rows = tempered(np.array([[1.0, 0.0], [0.0, 1.0]], np.float32), 10.0)
    assert np.isfinite(rows).all() and rows.sum(axis=1) == pytest.approx(1)


def test_calibration_makes_the_loss_and_the_error_smaller() -> None:
    one = drawn(3000, 2, 4.0)
    after = predictions_of(one.labels, tempered(one.probabilities, fit_temperature(one)))
    assert METRICS["loss"](after) < METRICS["loss"](one) - 0.1
    assert calibration_error(after) < 0.5 * calibration_error(one)
    assert brier_score(after) < brier_score(one)


def test_figures_by_hand() -> None:
    # Two bins would be 0.2 (1 of 2 cracked) and 0.8 (2 of 2): with ten bins each image is a bin, or shares its score.
    scores, is_crack = np.array([0.2, 0.2, 0.8, 0.8]), np.array([True, False, True, True])
    found = reliability_of(scores, is_crack)
    assert found.images.tolist() == [2, 2]
    assert found.cracked.tolist() == [0.5, 1.0]
    assert found.error == pytest.approx((2 * 0.3 + 2 * 0.2) / 4)
    one = predictions_of(is_crack.astype(int), np.stack([1 - scores, scores], axis=1))
    assert brier_score(one) == pytest.approx((0.64 + 0.04 + 0.04 + 0.04) / 4, abs=1e-6)
    assert base_rate_brier(one) == pytest.approx(3 / 16)


def test_bins_hold_equally_many_images() -> None:
    scores = np.random.default_rng(0).random(1000)
    assert reliability_of(scores, scores > 0.5).images.tolist() == [100] * BINS


@pytest.mark.parametrize("images", [50, 500])
def test_honest_scores_are_off_by_chance_alone(images: int) -> None:
    random = np.random.default_rng(3)
    scores = expit(2 * random.normal(size=images))
    errors = []
    for _ in range(100):
        labels = (random.random(images) < scores).astype(int)
        errors.append(calibration_error(predictions_of(labels, np.stack([1 - scores, scores], axis=1))))
    assert error_by_chance(predictions_of(labels, np.stack([1 - scores, scores], axis=1)), seed=0) == pytest.approx(
        np.mean(errors), rel=0.1
    )
