"""How long a training step takes in each precision on the device at hand, and how far its outputs are from float32."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import keras
import numpy as np

from crack_exp.model.variables import make_variables

ROUNDS = 5
SIZE_PX, CHANNELS, BOTTLENECKS, EXPANSION = 10, 96, 3, 6
"""The middle of a MobileNetV2 at 160 pixels: what fine-tuning its upper layers works on."""
OUTPUTS = 64

WORTH_IT = 1.15
"""How many times as fast 16 bits must be: below, it may be noise, and their rounding is not for nothing."""

CLOSE = 0.1
"""Largest relative difference (L2) of outputs. In so few layers bfloat16 makes it 0.004; a wrong kernel, about 1."""

Prepare = Callable[[keras.Model], keras.Model]


@dataclass(frozen=True)
class Timing:
    """Of one precision. step_ms: of a training step, the median; difference: of outputs from float32, relative (L2)."""

    step_ms: float
    difference: float


def time_steps(precisions: Sequence[str], prepare: Prepare, *, batch_size: int) -> dict[str, Timing]:
    """The timing of each of `precisions`, the first of which is float32, in turns.

    prepare: what becomes of a network before it is trained, as in the run to come.
    """
    networks = {one: _network(one, prepare) for one in precisions}
    images = np.random.default_rng(0).normal(size=(batch_size, SIZE_PX, SIZE_PX, CHANNELS)).astype(np.float32)
    outputs = {}
    for one, network in networks.items():
        outputs[one] = network.predict_on_batch(images)
        _seconds(network, images)  # traces as well
    rounds = [{one: _seconds(network, images) for one, network in networks.items()} for _ in range(ROUNDS)]
    return {
        one: Timing(1000 * median(each[one] for each in rounds), _difference(outputs[one], outputs["float32"]))
        for one in precisions
    }


def quickest(timings: dict[str, Timing]) -> str:
    """The precision to compute in: float32, unless another one is close to it and clearly quicker."""
    limit = timings["float32"].step_ms / WORTH_IT
    # A difference that is not finite is not close either.
    fit = {one: of for one, of in timings.items() if of.difference <= CLOSE and of.step_ms <= limit}
    return min(fit, key=lambda one: fit[one].step_ms, default="float32")


def _network(precision: str, prepare: Prepare) -> keras.Model:
    """Inverted bottlenecks (Sandler and others 2018), and a head; compiled."""
    layers = keras.layers
    features = inputs = keras.Input((SIZE_PX, SIZE_PX, CHANNELS))
    for _ in range(BOTTLENECKS):
        wide = _normalised(layers.Conv2D(EXPANSION * CHANNELS, 1, use_bias=False, dtype=precision), features)
        wide = layers.ReLU(6.0, dtype=precision)(wide)
        wide = _normalised(layers.DepthwiseConv2D(3, padding="same", use_bias=False, dtype=precision), wide)
        wide = layers.ReLU(6.0, dtype=precision)(wide)
        narrow = _normalised(layers.Conv2D(CHANNELS, 1, use_bias=False, dtype=precision), wide)
        features = layers.Add(dtype=precision)([features, narrow])
    pooled = layers.GlobalAveragePooling2D(dtype=precision)(features)
    network = keras.Model(inputs, layers.Dense(OUTPUTS, dtype="float32")(pooled))
    _draw_weights(network)
    network = prepare(network)
    network.compile(keras.optimizers.SGD(1e-6), loss="mean_squared_error")
    make_variables(network, _targets(1))
    return network


def _draw_weights(network: keras.Model) -> None:
    """The same at each call, and such that no layer shrinks what it gets (He and others 2015).

    Keras's own start counts all channels as inputs of a depthwise kernel, which has one: what it computes, right or
    wrong, is then lost beside what is added to it.
    """
    rng = np.random.default_rng(0)
    for layer in network.layers:
        if hasattr(layer, "kernel"):
            height, width, channels, _ = (1, 1, *layer.kernel.shape)[-4:]
            inputs = height * width * (1 if isinstance(layer, keras.layers.DepthwiseConv2D) else channels)
            layer.kernel.assign(rng.normal(scale=math.sqrt(2 / inputs), size=layer.kernel.shape))


def _normalised(convolution: keras.Layer, features: keras.KerasTensor) -> keras.KerasTensor:
    return keras.layers.BatchNormalization(dtype=convolution.dtype_policy)(convolution(features))


def _targets(images: int) -> np.ndarray:
    return np.zeros((images, OUTPUTS), np.float32)


def _seconds(network: keras.Model, images: np.ndarray) -> float:
    began = time.perf_counter()
    float(network.train_on_batch(images, _targets(len(images))))  # waits for a device that is still computing
    return time.perf_counter() - began


def _difference(outputs: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(outputs - exact) / np.linalg.norm(exact))
