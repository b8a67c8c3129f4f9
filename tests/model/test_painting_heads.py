"""The heads for pretraining, and their targets and losses."""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import pytest

from crack_exp.model.painting_heads import (
    LossWeights,
    build_pretraining,
    compile_pretraining,
    crack_cells,
    targets,
    weighted_cross_entropy,
)
from crack_exp.painter import CLASS_NAMES
from crack_exp.painter.stream import Paintings


def body(strides: tuple[int, ...] = (4, 2, 2, 2), size_px: int = 64) -> keras.Model:
    """A convolution for each stride."""
    pixels = keras.Input((size_px, size_px, 3), dtype="uint8")
    features = keras.layers.Rescaling(1 / 255)(pixels)
    for stride in strides:
        features = keras.layers.Conv2D(4, 3, strides=stride, padding="same", activation="relu")(features)
    return keras.Model(pixels, features, name="tiny")


def images(count: int, size_px: int = 64) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, size_px, size_px, 3)).astype(np.uint8)


def test_classes_and_a_map_for_each_stride() -> None:
    outputs = build_pretraining(body()).predict(images(2), verbose=0)
    shapes = {name: values.shape for name, values in outputs.items()}
    assert shapes.pop("classes") == (2, 5) and shapes.pop("crack") == (2, 1)
    assert shapes == {"crack_8": (2, 8, 8), "crack_16": (2, 4, 4), "crack_32": (2, 2, 2)}
    assert {values.dtype for values in outputs.values()} == {np.dtype(np.float32)}
    np.testing.assert_allclose(outputs["classes"].sum(axis=1), 1, rtol=1e-5)


def test_it_takes_one_tensor_and_no_list_of_one() -> None:
    """As some backbones do; given a tensor, PyTorch's backend would warn at every step."""
    network = body()
    model = build_pretraining(keras.Model([network.input], network.output))
    assert isinstance(model.input, keras.KerasTensor)


def test_every_class_except_intact_counts_as_crack() -> None:
    expected = targets(Paintings(images(5), np.arange(5), np.zeros((5, 16, 16), np.uint8)))["crack"]
    assert expected[:, 0].tolist() == [name != "intact" for name in CLASS_NAMES]


def test_the_logit_of_crack_is_linear_in_the_pooled_features() -> None:
    network = body()
    model = build_pretraining(network)
    pooled = network.predict(images(3), verbose=0).mean(axis=(1, 2))
    kernel, bias = model.get_layer("crack").get_weights()
    np.testing.assert_allclose(model.predict(images(3), verbose=0)["crack"], pooled @ kernel + bias, atol=1e-5)


def test_a_map_comes_from_the_last_layer_of_its_size() -> None:
    network = body()
    model = build_pretraining(network)
    of_size = [layer for layer in network.layers if layer.output.shape[1:3] == (4, 4)]
    assert model.get_layer("crack_16_logits").input is of_size[-1].output


def test_mobilenet_has_all_the_strides() -> None:
    network = keras.applications.MobileNetV2(input_shape=(96, 96, 3), alpha=0.35, include_top=False, weights=None)
    outputs = build_pretraining(network).output
    assert [outputs[name].shape[1:] for name in ("crack_8", "crack_16", "crack_32")] == [(12, 12), (6, 6), (3, 3)]


def test_a_backbone_without_one_of_the_strides_is_refused() -> None:
    with pytest.raises(ValueError, match="^model.backbone: tiny has no layer of 8x8 cells for images of 64 px"):
        build_pretraining(body((4, 4, 2)))


def test_a_cell_is_crack_from_a_width_of_a_quarter_of_a_pixel() -> None:
    masks = np.zeros((1, 8, 8), np.uint8)  # of an image of 32 px
    masks[0, 0, :2] = 17  # a fifteenth of 16 pixels, twice: 2.13 px
    masks[0, 2, 2] = 30  # 1.88 px
    assert crack_cells(masks, 8)[0].tolist() == [[1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    # Both in one cell of 16: 4.02 px against 4; in one of 32 they are too little against 8.
    assert crack_cells(masks, 16)[0].tolist() == [[1, 0], [0, 0]]
    assert crack_cells(masks, 32).tolist() == [[[0]]]


def test_a_hairline_through_the_whole_image_is_crack_at_every_stride() -> None:
    masks = np.zeros((1, 16, 16), np.uint8)
    masks[0, :, 5] = 32  # half a pixel wide: 2 of the 16 pixels of each cell of 4
    for stride in (8, 16, 32):
        found = crack_cells(masks, stride)[0]
        assert found[:, 20 // stride].all() and found.sum() == 64 // stride


def test_cells_with_crack_count_more() -> None:
    crack, logits = np.array([[[1.0, 0.0]]], np.float32), np.array([[[0.0, 0.0]]], np.float32)
    loss = weighted_cross_entropy(3.0)(crack, logits)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(loss), [(3 + 1) * math.log(2) / 2], rtol=1e-6)
    confident = weighted_cross_entropy(3.0)(crack, np.array([[[20.0, -20.0]]], np.float32))
    np.testing.assert_allclose(keras.ops.convert_to_numpy(confident), [0], atol=1e-6)


def test_the_loss_is_the_weighted_sum_of_its_parts() -> None:
    model = build_pretraining(body())
    compile_pretraining(model, keras.optimizers.SGD(0.0), LossWeights(2.0, 1.5, 3.0, 5.0))
    target_values = targets(Paintings(images(4), np.array([0, 1, 2, 3]), np.full((4, 16, 16), 255, np.uint8)))
    losses = model.train_on_batch(images(4), target_values, return_dict=True)
    maps = sum(losses[f"crack_{stride}_loss"] for stride in (8, 16, 32)) / 3
    expected = 2 * losses["classes_loss"] + 1.5 * losses["crack_loss"] + 3 * maps
    assert losses["loss"] == pytest.approx(expected, rel=1e-5)


def decayed(optimizer: keras.optimizers.Optimizer) -> dict[str, bool]:
    """Which weights change by weight decay only."""
    pixels = keras.Input((64, 64, 3), dtype="uint8")
    features = keras.layers.Rescaling(1 / 255)(pixels)
    for stride in (8, 2, 2):
        features = keras.layers.Conv2D(4, 3, strides=stride, padding="same", bias_initializer="ones")(features)
    features = keras.layers.BatchNormalization(beta_initializer="ones")(features)
    model = build_pretraining(keras.Model(pixels, features))
    compile_pretraining(model, optimizer, LossWeights(1.0, 1.0, 1.0, 1.0))
    before = model.get_weights()
    zeros: Any = [np.zeros(variable.shape, np.float32) for variable in model.trainable_variables]
    model.optimizer.apply_gradients(zip(zeros, model.trainable_variables, strict=True))
    return {
        f"{variable.path}": not np.array_equal(old, new)
        for variable, old, new in zip(model.weights, before, model.get_weights(), strict=True)
    }


def test_weight_decay_is_for_kernels_only() -> None:
    moved = decayed(keras.optimizers.AdamW(0.1, weight_decay=0.1))
    assert {path.rpartition("/")[2] for path, did in moved.items() if did} == {"kernel"}
    assert any(path.endswith(("gamma", "beta", "bias")) for path in moved)


@pytest.mark.parametrize("make", [keras.optimizers.AdamW, keras.optimizers.SGD])
def test_any_optimizer_can_be_used(make: Callable[[float], keras.optimizers.Optimizer]) -> None:
    assert not any(did for path, did in decayed(make(1e-3)).items() if path.endswith("bias"))
