"""Without its batch normalisation a network gives the same."""

from typing import Any

import keras
import numpy as np
import pytest

from crack_exp.model.folding import with_folded_batch_norm

IMAGES = np.random.default_rng(0).normal(size=(3, 32, 32, 3)).astype(np.float32)


def shaken(model: keras.Model, low: float = 0.5, high: float = 2.0) -> keras.Model:
    """With statistics, scales and offsets other than those that change nothing."""
    random = np.random.default_rng(1)
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([random.uniform(low, high, weight.shape) for weight in layer.get_weights()])
    return model


def around(layer: keras.Layer, **norm: Any) -> keras.Model:
    pixels = keras.Input((32, 32, 3), name="pixels")
    features = keras.layers.BatchNormalization(name="norm", **norm)(layer(pixels))
    return shaken(keras.Model(pixels, keras.layers.ReLU(6.0)(features)))


def norms(model: keras.Model) -> int:
    return sum(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)


def check_same(model: keras.Model, folded: keras.Model) -> None:
    expected = model.predict(IMAGES, verbose=0)
    assert np.ptp(expected) > 0.5
    np.testing.assert_allclose(folded.predict(IMAGES, verbose=0), expected, atol=1e-4)


@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Conv2D(4, 3, use_bias=False),
        keras.layers.Conv2D(4, 3, bias_initializer="ones"),
        keras.layers.Conv2D(6, 3, groups=3),
        keras.layers.DepthwiseConv2D(3, use_bias=False),
        keras.layers.DepthwiseConv2D(3, depth_multiplier=2, bias_initializer="ones"),
    ],
    ids=["without a bias", "with a bias", "in groups", "depthwise", "depthwise, several channels each"],
)
@pytest.mark.parametrize("norm", [{}, {"scale": False}, {"center": False}], ids=["whole", "no scale", "no offset"])
def test_a_convolution_takes_it_in(layer: keras.Layer, norm: dict[str, bool]) -> None:
    model = around(type(layer).from_config(layer.get_config()), **norm)
    folded = with_folded_batch_norm(model)
    assert (norms(model), norms(folded)) == (1, 0)
    check_same(model, folded)


def test_what_is_no_plain_convolution_keeps_it() -> None:
    for layer in (keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.AveragePooling2D(2)):
        model = around(layer)
        folded = with_folded_batch_norm(model)
        assert norms(folded) == 1
        check_same(model, folded)


def test_a_convolution_whose_output_is_wanted_as_well_keeps_it() -> None:
    pixels = keras.Input((32, 32, 3))
    raw = keras.layers.Conv2D(4, 3, name="raw")(pixels)
    model = keras.Model(pixels, {"raw": raw, "normal": keras.layers.BatchNormalization()(raw)})
    folded = with_folded_batch_norm(shaken(model))
    expected, found = model.predict(IMAGES, verbose=0), folded.predict(IMAGES, verbose=0)
    assert norms(folded) == 1 and found.keys() == {"raw", "normal"}
    np.testing.assert_allclose(found["raw"], expected["raw"], atol=1e-5)


@pytest.mark.parametrize("build", [keras.applications.MobileNetV2, keras.applications.EfficientNetV2B0])
def test_whole_networks_give_the_same(build: Any) -> None:
    pixels = keras.Input((32, 32, 3))
    # Further from 1, they would let rounding grow from layer to layer.
    model = shaken(build(input_tensor=pixels, include_top=False, weights=None), 0.9, 1.1)
    folded = with_folded_batch_norm(model)
    assert norms(model) > 50 and norms(folded) == 0
    expected, found = model.predict(IMAGES, verbose=0), folded.predict(IMAGES, verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_the_original_stays_as_it_was() -> None:
    model = around(keras.layers.Conv2D(4, 3))
    before = model.get_weights()
    with_folded_batch_norm(model)
    for value, old in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, old)
