"""One flat model: raw pixels, rescaling, backbone, pooling, dropout, softmax."""

from collections.abc import Callable

import keras

from crack_exp.model.weights import load_weights

HEAD = "pooling"
"""Name of the first layer that is not the backbone's."""


def build_backbone(
    *,
    backbone: Callable[..., keras.Model],
    rescaling: keras.Layer,
    weights: str,
    image_size_px: int,
    batch_norm_momentum: float,
) -> keras.Model:
    """uint8 images (N, image_size_px, image_size_px, 3) in, features (N, H, W, F) out.

    backbone: one of keras.applications; weights: "imagenet", "none" or a path; batch_norm_momentum: with "none" alone,
    where the statistics start from nothing and Keras's momentum of 0.999 would lag thousands of steps behind.

    Raises ValueError where the weights can't be had or are another network's.
    """
    pixels = keras.Input((image_size_px, image_size_px, 3), dtype="uint8", name="pixels")
    # Built on a tensor, not nested as one layer: a flat model can be cut, frozen and listed by layer name.
    body = backbone(input_tensor=rescaling(pixels), include_top=False, weights=None)
    load_weights(body, backbone, weights)
    if weights == "none":
        for layer in batch_norms(body):
            layer.momentum = batch_norm_momentum
    return body


def add_head(body: keras.Model, *, classes: int, dropout: float) -> keras.Model:
    """The classifier: `body`, then a new head that gives float32 probabilities (N, classes)."""
    features = keras.layers.GlobalAveragePooling2D(name=HEAD)(body.output)
    features = keras.layers.Dropout(dropout, name="dropout")(features)
    # float32 whatever the precision: a softmax in 16 bits loses the small probabilities.
    outputs = keras.layers.Dense(classes, activation="softmax", dtype="float32", name="probabilities")(features)
    return keras.Model(body.inputs, outputs, name=body.name)


def batch_norms(model: keras.Model) -> list[keras.layers.BatchNormalization]:
    return [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]


def to_deploy(model: keras.Model) -> keras.Model:
    """The same layers, never compiled: what is saved of it holds no optimizer.

    A model saved with the scaled optimizer of mixed_float16 does not load again in Keras 3.15.
    """
    return keras.Model(model.inputs, model.outputs, name=model.name)
