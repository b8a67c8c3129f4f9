"""With folded batch normalisation, outputs and training are the same."""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import pytest

from crack_exp.model.fold_batch_norm import with_folded_batch_norm

IMAGES = np.random.default_rng(0).normal(size=(3, 32, 32, 3)).astype(np.float32)


def shaken(model: keras.Model, low: float = 0.5, high: float = 2.0) -> keras.Model:
    """`model` with random statistics, scales and offsets."""
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
def test_batch_norm_is_folded_into_a_convolution(layer: keras.Layer, norm: dict[str, bool]) -> None:
    model = around(type(layer).from_config(layer.get_config()), **norm)
    folded = with_folded_batch_norm(model)
    assert (norms(model), norms(folded)) == (1, 0)
    check_same(model, folded)


def test_other_layers_keep_their_batch_norm() -> None:
    for layer in (keras.layers.Conv2D(4, 3, activation="relu"), keras.layers.AveragePooling2D(2)):
        model = around(layer)
        folded = with_folded_batch_norm(model)
        assert norms(folded) == 1
        check_same(model, folded)


def test_a_convolution_whose_output_is_used_elsewhere_keeps_its_batch_norm() -> None:
    pixels = keras.Input((32, 32, 3))
    raw = keras.layers.Conv2D(4, 3, name="raw")(pixels)
    model = keras.Model(pixels, {"raw": raw, "normal": keras.layers.BatchNormalization()(raw)})
    folded = with_folded_batch_norm(shaken(model))
    expected, found = model.predict(IMAGES, verbose=0), folded.predict(IMAGES, verbose=0)
    assert norms(folded) == 1 and found.keys() == {"raw", "normal"}
    np.testing.assert_allclose(found["raw"], expected["raw"], atol=1e-5)


@pytest.mark.parametrize("build", [keras.applications.MobileNetV2, keras.applications.EfficientNetV2B0])
def test_whole_networks_give_the_same_outputs(build: Any) -> None:
    pixels = keras.Input((32, 32, 3))
    # With values further from 1, rounding errors would grow from layer to layer.
    model = shaken(build(input_tensor=pixels, include_top=False, weights=None), 0.9, 1.1)
    folded = with_folded_batch_norm(model)
    assert norms(model) > 50 and norms(folded) == 0
    expected, found = model.predict(IMAGES, verbose=0), folded.predict(IMAGES, verbose=0)
    np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


@pytest.fixture
def dtype_policy(request: pytest.FixtureRequest) -> Iterator[str]:
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(request.param)
    yield request.param
    keras.config.set_dtype_policy(before)


@pytest.mark.parametrize(
    ("dtype_policy", "rounding"),
    [("mixed_float16", 2**-10), ("mixed_bfloat16", 2**-7)],
    indirect=["dtype_policy"],
    ids=["float16", "bfloat16"],
)
def test_in_16_bits_it_differs_by_rounding_only(dtype_policy: str, rounding: float) -> None:
    model = around(keras.layers.DepthwiseConv2D(3))
    expected, found = model.predict(IMAGES, verbose=0), with_folded_batch_norm(model).predict(IMAGES, verbose=0)
    assert found.dtype == expected.dtype != np.float32
    # Nine products, and four different roundings.
    np.testing.assert_allclose(
        found.astype(np.float32), expected.astype(np.float32), atol=4 * rounding * np.abs(expected).max()
    )


def classifier() -> keras.Model:
    """Two convolutions with frozen batch normalisation, and a head; the same weights each time."""
    keras.utils.set_random_seed(0)
    features = pixels = keras.Input((32, 32, 3))
    for number in range(2):
        features = keras.layers.Conv2D(4, 3, use_bias=False, name=f"conv_{number}")(features)
        features = keras.layers.BatchNormalization(trainable=False)(features)
        features = keras.layers.ReLU(6.0)(features)
    pooled = keras.layers.GlobalAveragePooling2D()(features)
    return shaken(keras.Model(pixels, keras.layers.Dense(2, activation="softmax")(pooled)))


def test_training_gives_the_same_weights_as_without_folding() -> None:
    model, other = classifier(), classifier()
    start, folded = model.get_weights(), with_folded_batch_norm(other)
    for one in (model, folded):
        one.compile(keras.optimizers.RMSprop(1e-2), loss="sparse_categorical_crossentropy")
        for _ in range(5):
            one.train_on_batch(IMAGES, np.array([0, 1, 0]))
    assert len(folded.trainable_variables) == len(model.trainable_variables) == 4
    assert np.abs(model.get_weights()[0] - start[0]).max() > 0.02
    for value, expected in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_allclose(value, expected, atol=1e-4)


@pytest.mark.parametrize("dtype_policy", ["mixed_bfloat16"], indirect=True)
@pytest.mark.parametrize(("strides", "in_training"), [(2, "float32"), (1, "bfloat16")])
def test_layers_with_slow_bfloat16_gradients_are_trained_in_float32(
    dtype_policy: str, strides: int, in_training: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, convolve = list[str](), keras.ops.depthwise_conv

    def watched(inputs: Any, kernel: Any, *settings: Any, **others: Any) -> Any:
        assert inputs.dtype == kernel.dtype
        seen.append(inputs.dtype.name)
        return convolve(inputs, kernel, *settings, **others)

    folded = with_folded_batch_norm(around(keras.layers.DepthwiseConv2D(3, strides=strides, name="depthwise")))
    monkeypatch.setattr(keras.ops, "depthwise_conv", watched)
    layer, inputs = folded.get_layer("depthwise"), keras.ops.cast(IMAGES, "bfloat16")
    judging, training = (layer(inputs, training=one) for one in (False, True))
    assert seen == ["bfloat16", in_training]
    assert judging.dtype == training.dtype == inputs.dtype
    difference = keras.ops.max(keras.ops.abs(training - judging))
    assert float(difference) <= 2**-7 * float(keras.ops.max(keras.ops.abs(judging)))


def test_later_changes_of_statistics_have_an_effect() -> None:
    model = around(keras.layers.Conv2D(4, 3))
    folded = with_folded_batch_norm(model)
    before = model.predict(IMAGES, verbose=0)
    model.get_layer("norm").set_weights([weight * 2 for weight in model.get_layer("norm").get_weights()])
    assert np.abs(model.predict(IMAGES, verbose=0) - before).max() > 0.1
    check_same(model, folded)
