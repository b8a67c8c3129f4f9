"""Freezes layers, and counts trainable parameters."""

import math

import keras

from crack_exp.model.classifier import OUTPUT
from crack_exp.system.errors import UserError


def train_from(model: keras.Model, first: str, *, train_batch_norm: bool) -> None:
    """Make the layers from `first` on trainable, and freeze those before it.

    Without `train_batch_norm`, all BatchNormalization layers are frozen, which also sets them to inference mode:
    `training=False` in a call would not stop `fit` from updating their moving statistics. The layer that sums the
    probabilities of a painted head is always frozen.

    Raises UserError if the model has no layer with that name.
    """
    names = [layer.name for layer in model.layers]
    if first not in names:
        raise UserError(f"model.stages: no layer '{first}' in {model.name}; its layers are listed in layers.csv")
    start = names.index(first)
    for position, layer in enumerate(model.layers):
        is_batch_norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = position >= start and (train_batch_norm or not is_batch_norm) and not _sums(layer)


def _sums(layer: keras.Layer) -> bool:
    """Whether it is the last layer of a painted head, which sums probabilities and is never trained."""
    return layer.name == OUTPUT and not layer.use_bias


def first_active_layer(model: keras.Model) -> str:
    """The first layer that is trained or random in training. The layers below give the same output in every epoch."""
    return next(layer.name for layer in model.layers if layer.trainable_weights or _is_random(layer))


def _is_random(layer: keras.Layer) -> bool:
    return any(variable.name == "seed_generator_state" for variable in layer.variables)


def trainable_counts(model: keras.Model) -> list[int]:
    """The current number of trainable parameters of each layer."""
    return [sum(math.prod(weight.shape) for weight in layer.trainable_weights) for layer in model.layers]


def layer_table(model: keras.Model, counts: dict[str, list[int]]) -> list[dict[str, str | int]]:
    """A row per layer: name, kind, output shape, parameters, and trainable parameters in each phase of `counts`."""
    return [
        {
            "name": layer.name,
            "kind": type(layer).__name__,
            "output_shape": "x".join(str(size) for size in layer.output.shape[1:]),
            "parameters": layer.count_params(),
            **{f"trainable_{phase}": of_phase[position] for phase, of_phase in counts.items()},
        }
        for position, layer in enumerate(model.layers)
    ]
