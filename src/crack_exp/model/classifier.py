"""Builds the classifier as one flat model: raw pixels, rescaling, backbone, pooling, dropout, softmax."""

from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np

from crack_exp.model.painted.file import PaintedHead
from crack_exp.model.weights import load_weights

HEAD = "pooling"
"""Name of the first layer behind the backbone."""

OUTPUT = "probabilities"
"""Name of the last layer."""

KINDS = "painted_kinds"
"""Name of the layer before it, if that gives the probabilities of the painter's classes, which are then summed."""


def build_backbone(
    *,
    backbone: Callable[..., keras.Model],
    rescaling: keras.Layer,
    weights: str,
    image_size_px: int,
    batch_norm_momentum: float,
) -> keras.Model:
    """uint8 images (N, image_size_px, image_size_px, 3) in, features (N, H, W, F) out.

    backbone: one of keras.applications; weights: see `load_weights`; batch_norm_momentum: used with "none" only,
    where the statistics start from initial values and would lag thousands of steps behind with Keras's 0.999.

    Raises UserError if the weights cannot be loaded or belong to another network.
    """
    pixels = keras.Input((image_size_px, image_size_px, 3), dtype="uint8", name="pixels")
    # Built on a tensor, not nested as one layer: a flat model can be split, frozen and listed by layer name.
    body = backbone(input_tensor=rescaling(pixels), include_top=False, weights=None)
    load_weights(body, backbone, weights)
    if weights == "none":
        for layer in batch_norms(body):
            layer.momentum = batch_norm_momentum
    return body


def add_head(body: keras.Model, *, classes: int, dropout: float) -> keras.Model:
    """The classifier: `body` and a new head with float32 probabilities (N, classes), which are initially equal."""
    return keras.Model(body.inputs[0], _softmax(classes, OUTPUT)(_features(body, dropout)), name=body.name)


def add_painted_head(
    body: keras.Model,
    head: PaintedHead,
    class_of_kind: Mapping[str, str],
    class_names: Sequence[str],
    *,
    dropout: float,
) -> keras.Model:
    """`body` with the painter's head: float32 probabilities (N, C) of `class_names`, from standard layers.

    class_of_kind: {painter's class: class of the data}; every class of the data occurs. If several of the painter's
    classes belong to one class, a last layer without training sums their probabilities.
    """
    sums = np.array([[class_of_kind[kind] == name for name in class_names] for kind in head.class_names], np.float32)
    features = _features(body, dropout)
    if len(class_names) == len(head.class_names):
        softmax = _softmax(len(class_names), OUTPUT)
        outputs = softmax(features)
        softmax.set_weights([head.kernel @ sums, head.bias @ sums])  # in the data's order
    else:
        softmax, summing = _softmax(len(head.class_names), KINDS), _summing(len(class_names))
        outputs = summing(softmax(features))
        softmax.set_weights([head.kernel, head.bias])
        summing.set_weights([sums])
    return keras.Model(body.inputs[0], outputs, name=body.name)


def _features(body: keras.Model, dropout: float) -> keras.KerasTensor:
    features = keras.layers.GlobalAveragePooling2D(name=HEAD)(body.output)
    return keras.layers.Dropout(dropout, name="dropout")(features)


def _softmax(classes: int, name: str) -> keras.Layer:
    return keras.layers.Dense(
        classes,
        activation="softmax",
        # Random values with the same seed could equal the initial head of the pretraining, to which the features fit.
        kernel_initializer="zeros",
        # With any precision: a softmax in 16 bits loses small probabilities.
        dtype="float32",
        name=name,
    )


def _summing(classes: int) -> keras.Layer:
    return keras.layers.Dense(classes, use_bias=False, trainable=False, dtype="float32", name=OUTPUT)


def batch_norms(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def uncompiled(model: keras.Model) -> keras.Model:
    """A model with the same layers, without an optimizer."""
    return keras.Model(model.inputs[0], model.outputs, name=model.name)


def to_deploy(model: keras.Model) -> keras.Model:
    """A model with the same weights, without an optimizer, that computes in float32, in whatever precision it learned.

    A model saved with the scaled optimizer of mixed_float16 does not load again in Keras 3.15.
    """
    is_float32 = all(layer.dtype_policy.name == "float32" for layer in model.layers if layer.weights)
    plain = uncompiled(model)  # a copy of a compiled model would be compiled
    return plain if is_float32 else in_float32(plain)


def in_float32(model: keras.Model) -> keras.Model:
    """A copy in float32 with the same weights."""
    copy = keras.models.clone_model(model, clone_function=_float32_layer)
    copy.set_weights(model.get_weights())
    return copy


def _float32_layer(layer: keras.Operation) -> keras.Operation:
    """A new layer with the same settings. Operations that are no layers, such as a logarithm, have no precision."""
    if not isinstance(layer, keras.Layer):
        return type(layer).from_config(layer.get_config())
    return type(layer).from_config(layer.get_config() | {"dtype": "float32"})
