"""Which layers learn, by name."""

import math

import keras

from crack_exp.model.classifier import OUTPUT
from crack_exp.system.errors import UserError


def train_from(model: keras.Model, first: str, *, train_batch_norm: bool) -> None:
    """Let the layers from `first` on learn and freeze those before it.

    Without `train_batch_norm`, BatchNormalization layers stay frozen too, and so in inference mode:
    `training=False` on a call would not keep their moving statistics from moving under `fit`. What sums the
    probabilities of a painted head stays as it is in any case.

    Raises UserError where the model has no layer of that name.
    """
    names = [layer.name for layer in model.layers]
    if first not in names:
        raise UserError(f"model.stages: no layer {first!r} in {model.name}; its layers are listed in layers.csv")
    start = names.index(first)
    for position, layer in enumerate(model.layers):
        is_batch_norm = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = position >= start and (train_batch_norm or not is_batch_norm) and not _sums(layer)


def _sums(layer: keras.Layer) -> bool:
    """Whether it is the last layer of a painted head, which adds probabilities up and has nothing to learn."""
    return layer.name == OUTPUT and not layer.use_bias


def first_active_layer(model: keras.Model) -> str:
    """The first layer that training changes, or that is random in training. All below it gives one image one output."""
    return next(layer.name for layer in model.layers if layer.trainable_weights or _is_random(layer))


def _is_random(layer: keras.Layer) -> bool:
    return any(variable.name == "seed_generator_state" for variable in layer.variables)


def trainable_counts(model: keras.Model) -> list[int]:
    """How many parameters of each layer would learn now."""
    return [sum(math.prod(weight.shape) for weight in layer.trainable_weights) for layer in model.layers]


def layer_table(model: keras.Model, counts: dict[str, list[int]]) -> list[dict[str, str | int]]:
    """A row per layer: name, kind, output shape, parameters and, per phase in `counts`, how many of them learn."""
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
