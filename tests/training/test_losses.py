"""Losses, compared with values computed by hand."""

import math

import keras
import numpy as np
import pytest

from crack_exp.training.losses import classification_loss, mean_loss

LABELS = np.array([0, 1], np.int32)
SURE_AND_UNSURE = np.array([[0.9, 0.1], [0.75, 0.25]])


def test_cross_entropy_is_the_mean_logarithm() -> None:
    loss = classification_loss("cross_entropy", focal_gamma=2.0)
    expected = -(math.log(0.9) + math.log(0.25)) / 2
    assert mean_loss(loss, LABELS, SURE_AND_UNSURE) == pytest.approx(expected, rel=1e-5)


def test_well_classified_images_have_a_small_focal_loss() -> None:
    expected = -(0.1**2 * math.log(0.9) + 0.75**2 * math.log(0.25)) / 2
    assert mean_loss(classification_loss("focal", 2.0), LABELS, SURE_AND_UNSURE) == pytest.approx(expected, rel=1e-5)


def test_a_focal_loss_of_gamma_0_is_the_cross_entropy() -> None:
    focal, plain = classification_loss("focal", 0.0), classification_loss("cross_entropy", 0.0)
    assert mean_loss(focal, LABELS, SURE_AND_UNSURE) == pytest.approx(mean_loss(plain, LABELS, SURE_AND_UNSURE))


@pytest.mark.parametrize("name", ["cross_entropy", "focal"])
def test_mean_loss_equals_val_loss_of_keras(name: str) -> None:
    pixels = keras.Input((2,))
    model = keras.Model(pixels, keras.layers.Dense(2, activation="softmax")(pixels))
    loss, inputs = classification_loss(name, 2.0), np.array([[1.0, 0.3], [0.2, 0.8]], np.float32)
    model.compile(loss=loss)
    val_loss = model.evaluate(inputs, LABELS, verbose=0)
    assert mean_loss(loss, LABELS, model.predict(inputs, verbose=0)) == pytest.approx(val_loss, rel=1e-5)
