"""Splits a flat network into two models."""

import math
from collections.abc import Iterator

import keras


def split_at(model: keras.Model, layer: str) -> tuple[keras.Model, keras.Model]:
    """From the inputs to the output of `layer`, and from there to the outputs: two models that share the layers.

    Raises ValueError if the model has no such layer, or a connection bypasses it.
    """
    if layer not in (cuts := list(clean_cuts(model))):
        raise ValueError(f"{model.name} cannot be cut behind {layer!r}; it can be behind {', '.join(cuts)}")
    tensor = model.get_layer(layer).output
    return keras.Model(model.input, tensor, name="below"), keras.Model(tensor, model.output, name="above")


def cut_below(model: keras.Model, first: str) -> str:
    """The layer behind which to split, so that all layers below are frozen; `first` is the first trained layer.

    It is the highest clean cut below `first`, or a lower one as long as its output has fewer values: higher cuts leave
    less to compute in every epoch, smaller outputs less to store. In a MobileNetV2 it is the end of a bottleneck, not
    the six times wider layer inside the next one.
    """
    end = _position(model, first)
    cuts = [name for name in clean_cuts(model) if _position(model, name) < end]
    best, least = "", math.inf
    for name in reversed(cuts):
        values = math.prod(model.get_layer(name).output.shape[1:])
        if values > least:
            break
        if values < least:
            best, least = name, values
    return best


def clean_cuts(model: keras.Model) -> Iterator[str]:
    """The layers, from the inputs on, behind which the rest of the network needs no other tensor."""
    last_use = [0] * len(model.layers)
    for position, sources in enumerate(sources_of(model)):
        for source in sources:
            last_use[source] = position
    reach = 0  # the last use of any output below the current layer
    for position, layer in enumerate(model.layers[:-1]):
        if reach <= position:
            yield layer.name
        reach = max(reach, last_use[position])


def sources_of(model: keras.Model) -> list[list[int]]:
    """For each layer the positions of its input layers."""
    position_of = {id(layer.output): position for position, layer in enumerate(model.layers)}
    inputs = [keras.tree.flatten(layer.input) for layer in model.layers]
    return [[position_of[id(one)] for one in of_layer if id(one) in position_of] for of_layer in inputs]


def _position(model: keras.Model, layer: str) -> int:
    return [one.name for one in model.layers].index(layer)
