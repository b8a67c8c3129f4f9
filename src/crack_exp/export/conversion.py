"""What a format is given, and what it gives back."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np

from crack_exp.model.card import ModelCard
from crack_exp.model.classifier import to_deploy

PIXELS, PROBABILITIES = "pixels", "probabilities"
"""The names of input and output in every exported file."""

NONE, FLOAT16, INT8 = "none", "float16", "int8"

Forward = Callable[[np.ndarray], np.ndarray]
"""From images uint8 (n, H, W, 3) to probabilities float32 (n, C)."""


@dataclass(frozen=True)
class Conversion:
    """network: float32, PIXELS uint8 (n, S, S, 3) in, {PROBABILITIES: (n, C)} out; quantize: NONE, FLOAT16 or INT8.

    calibration: uint8 (n, S, S, 3), training images that show the range of each value, n >= 1 for INT8, else 0.
    """

    network: keras.Model
    card: ModelCard
    quantize: str
    calibration: np.ndarray


@dataclass(frozen=True)
class Converted:
    """path: what a runtime opens, a file or a folder; files: all that belongs to it.

    forward: computes the file that was written, for images (n, S, S, 3), any n >= 1; forward_any_size: the same for
    images of any size (n, H, W, 3), None where the format cannot resize as in training.
    """

    path: Path
    files: list[Path]
    forward: Forward
    forward_any_size: Forward | None


def in_and_out(network: keras.Model) -> keras.Model:
    """The network in float32, as one tensor in and one out, where a list of one may be as good for Keras."""
    deployed = to_deploy(network)
    return keras.Model(deployed.inputs[0], deployed.outputs[0], name=network.name)


def with_fixed_names(network: keras.Model) -> keras.Model:
    """The same with PIXELS and PROBABILITIES as the names of input and output."""
    shape = network.inputs[0].shape[1:]
    pixels = keras.Input(shape, dtype="uint8", name=PIXELS)
    named = keras.Model(pixels, {PROBABILITIES: in_and_out(network)(pixels)}, name=network.name)
    named(np.zeros((1, *shape), np.uint8))  # Keras exports no model to ONNX that was never called
    return named
