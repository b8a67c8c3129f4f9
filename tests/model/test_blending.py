"""Weights between two sets of weights."""

import keras
import numpy as np

from crack_exp.model.blending import blend, re_estimate_statistics
from crack_exp.model.classifier import batch_norms


def body() -> keras.Model:
    pixels = keras.Input((2, 2, 3), dtype="uint8")
    features = keras.layers.Rescaling(1.0)(pixels)
    features = keras.layers.BatchNormalization(epsilon=1e-6)(keras.layers.Dense(1, use_bias=False)(features))
    return keras.Model(pixels, features)


def grey(*values: int) -> np.ndarray:
    return np.array(values, np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)


def test_statistics_are_the_mean_over_all_batches() -> None:
    model = body()
    model.layers[2].set_weights([np.ones((3, 1))])  # sums the channels
    re_estimate_statistics(model, [grey(0, 2), grey(4, 8), grey(1, 1)])
    _, _, mean, variance = batch_norms(model)[0].get_weights()
    np.testing.assert_allclose(mean, [3 * (1 + 6 + 1) / 3], rtol=1e-5)
    np.testing.assert_allclose(variance, [9 * (1 + 4 + 0) / 3], rtol=1e-5)


def test_the_momentum_is_as_it_was() -> None:
    model = body()
    before = [norm.momentum for norm in batch_norms(model)]
    re_estimate_statistics(model, [grey(0, 2)])
    assert [norm.momentum for norm in batch_norms(model)] == before


def test_a_blend_lies_between_and_has_the_statistics_of_its_own_weights() -> None:
    model = body()
    start = model.get_weights()
    start[0] = np.zeros((3, 1))
    model.layers[2].set_weights([np.full((3, 1), 4.0)])
    blend(model, start, 0.25, [grey(0, 2)])
    kernel, _, _, mean, _ = model.get_weights()
    np.testing.assert_allclose(kernel, np.ones((3, 1)))
    np.testing.assert_allclose(mean, [3], rtol=1e-5)  # not a mixture of 0 and 12
