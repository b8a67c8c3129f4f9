"""A classifier whose probabilities are softmax(log(probabilities) / temperature) of another's.

The temperature is in the weights, or in the last layers: who loads the model gets calibrated probabilities.
"""

import keras
import numpy as np

from crack_exp.model.classifier import OUTPUT, in_float32

CALIBRATED = "calibrated_probabilities"
"""Name of the last layer behind a head that sums."""

SMALLEST = float(np.finfo(np.float32).tiny)
"""Probabilities below it count as this much: the logarithm of 0 is no number."""


def with_temperature(model: keras.Model, temperature: float) -> keras.Model:
    """A copy of `model`, in float32, with the temperature (above 0) in it.

    A head that ends with its softmax has kernel and bias divided by it. Behind a head that sums probabilities of
    several kinds stands another softmax, of their logarithms.
    """
    copy = in_float32(model)
    if ends_with_softmax(copy):
        scale_head(copy, 1 / temperature)
        return copy
    (probabilities,) = copy.outputs  # of some networks, `output` is a list of one
    logs = keras.ops.log(keras.ops.maximum(probabilities, SMALLEST))
    # A dense layer, although each output needs one input: exports in 8 bits leave dense layers in float32.
    classes = probabilities.shape[-1]
    dense = keras.layers.Dense(classes, activation="softmax", use_bias=False, dtype="float32", name=CALIBRATED)
    calibrated = keras.Model(copy.inputs[0], dense(logs), name=model.name)
    dense.set_weights([np.eye(classes, dtype=np.float32) / temperature])
    return calibrated


def take_weights(model: keras.Model, calibrated: keras.Model, temperature: float) -> None:
    """Give `model` the weights from which `with_temperature` made `calibrated`."""
    model.set_weights(calibrated.get_weights()[: len(model.weights)])
    if ends_with_softmax(model):
        scale_head(model, temperature)


def ends_with_softmax(model: keras.Model) -> bool:
    """Whether the logits come from the last layer, so that its weights can be scaled."""
    return model.get_layer(OUTPUT).activation is keras.activations.softmax


def scale_head(model: keras.Model, factor: float) -> None:
    head = model.get_layer(OUTPUT)
    head.set_weights([weights * factor for weights in head.get_weights()])
