"""Measures the time of a training step in each precision, and the difference of its outputs from float32."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import keras
import numpy as np

from crack_exp.model.variables import make_variables
from crack_exp.system.progress import track

ROUNDS = 5
SIZE_PX, CHANNELS, BOTTLENECKS, EXPANSION = 10, 96, 3, 6
"""The middle of a MobileNetV2 at 160 pixels, the input of the upper layers in fine-tuning."""
OUTPUTS = 64

MIN_SPEEDUP = 1.15
"""The least speed-up by 16 bits: less may be noise, and rounding has a cost."""

MAX_DIFFERENCE = 0.1
"""Largest relative L2 difference of outputs. With these few layers it is 0.004 in bfloat16; with a wrong kernel, 1."""

Prepare = Callable[[keras.Model], keras.Model]


@dataclass(frozen=True)
class Timing:
    """Results for one precision. step_ms: median time of a training step; difference: relative L2, from float32."""

    step_ms: float
    difference: float

    @property
    def is_possible(self) -> bool:
        """Whether it can have been measured; of outputs that overflow, the difference is no finite number."""
        return 0 < self.step_ms < math.inf and not self.difference < 0


def time_steps(precisions: Sequence[str], prepare: Prepare, *, batch_size: int) -> dict[str, Timing]:
    """The timing of each of `precisions`, the first of which is float32, measured in turns.

    prepare: modifies a network before training, in the same way as the run.
    """
    networks, outputs = dict[str, keras.Model](), dict[str, np.ndarray]()
    seconds = {one: list[float]() for one in precisions}
    images = np.random.default_rng(0).normal(size=(batch_size, SIZE_PX, SIZE_PX, CHANNELS)).astype(np.float32)
    turns = [one for _ in range(1 + ROUNDS) for one in precisions]
    for one in track(turns, "measuring precisions", len(turns)):
        if one in networks:
            seconds[one].append(_seconds(networks[one], images))
            continue
        networks[one] = _network(one, prepare)
        outputs[one] = networks[one].predict_on_batch(images)
        _seconds(networks[one], images)  # the first step also traces
    return {
        one: Timing(1000 * median(seconds[one]), _difference(outputs[one], outputs["float32"])) for one in precisions
    }


def fastest(timings: dict[str, Timing]) -> str:
    """The precision to use: float32, unless another one is clearly faster and its outputs are close."""
    limit = timings["float32"].step_ms / MIN_SPEEDUP
    # False for NaN and infinite differences, too.
    fit = {one: of for one, of in timings.items() if of.difference <= MAX_DIFFERENCE and of.step_ms <= limit}
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
    """Draw the same random weights at each call, which keep the variance from layer to layer (He and others 2015).

    Keras's initialiser counts all channels as inputs of a depthwise kernel, which has one. Its outputs would then be
    too small, and errors in them would not be visible behind the residual connections.
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
    float(network.train_on_batch(images, _targets(len(images))))  # float() waits for the device
    return time.perf_counter() - began


def _difference(outputs: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(outputs - exact) / np.linalg.norm(exact))
