"""The fused kernel gives the same training as Keras's layer."""

import keras
import numpy as np
import pytest

from crack_exp.model.fused_batch_norm import FusedBatchNormalization, with_fused_batch_norm

STEPS = 3


def network() -> keras.Model:
    pixels = keras.Input((16, 16, 3), name="pixels")
    features = keras.layers.Conv2D(6, 3, use_bias=False)(pixels)
    features = keras.layers.BatchNormalization(momentum=0.9, epsilon=0.01, name="norm")(features)
    features = keras.layers.GlobalAveragePooling2D()(keras.layers.ReLU(6.0)(features))
    return keras.Model(pixels, keras.layers.Dense(1)(features))


def batch() -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.normal(3, 2, (2, 16, 16, 3)).astype(np.float32), random.normal(size=(2, 1)).astype(np.float32)


def trained(model: keras.Model) -> list[np.ndarray]:
    model.compile(keras.optimizers.SGD(0.1), loss="mse")
    for _ in range(STEPS):
        model.train_on_batch(*batch())
    return model.get_weights()


def test_training_gives_the_same_weights_and_statistics() -> None:
    model = network()
    fused = with_fused_batch_norm(model)
    before = model.get_weights()
    expected, found = trained(model), trained(fused)
    for start, of_keras, of_ours in zip(before, expected, found, strict=True):
        assert np.abs(of_keras - start).max() > 1e-3
        np.testing.assert_allclose(of_ours, of_keras, rtol=1e-4, atol=1e-5)


def test_the_copy_has_the_layers_names_weights_and_settings() -> None:
    model = network()
    model.get_layer("norm").trainable = False
    fused = with_fused_batch_norm(model)
    assert [layer.name for layer in fused.layers] == [layer.name for layer in model.layers]
    norm = fused.get_layer("norm")
    assert isinstance(norm, FusedBatchNormalization)
    assert norm.get_config() == model.get_layer("norm").get_config()
    np.testing.assert_array_equal(fused.predict(batch()[0], verbose=0), model.predict(batch()[0], verbose=0))


def test_a_frozen_layer_keeps_its_statistics() -> None:
    fused = with_fused_batch_norm(network())
    fused.get_layer("norm").trainable = False
    before = fused.get_layer("norm").get_weights()
    trained(fused)
    for value, at_first in zip(fused.get_layer("norm").get_weights(), before, strict=True):
        np.testing.assert_array_equal(value, at_first)


def test_in_16_bits_keras_own_operations_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import tensorflow as tf

    monkeypatch.setattr(tf.compat.v1.nn, "fused_batch_norm", None)
    norm = FusedBatchNormalization(dtype="mixed_bfloat16")
    outputs = norm(batch()[0], training=True)
    assert keras.backend.standardize_dtype(outputs.dtype) == "bfloat16"
    with pytest.raises(TypeError):
        FusedBatchNormalization(dtype="float32")(batch()[0], training=True)


def test_another_backend_keeps_its_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    model = network()
    assert with_fused_batch_norm(model) is model
