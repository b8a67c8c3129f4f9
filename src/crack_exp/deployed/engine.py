"""The function that computes a deployed network: OpenVINO where it is installed, else Keras."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import keras
import numpy as np

from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.model.openvino_engine import forward_by_openvino, reason_against
from crack_exp.system.errors import UserError

KERAS, OPENVINO = "keras", "openvino"
FLOAT32 = "float32"
LARGEST_BATCH = 64
BATCH_SIZES = (1, 8, LARGEST_BATCH)
"""Keras traces the network for each of these once; a batch is filled up to the next."""

MAX_DIFFERENCE = {"float32": 1e-4, "mixed_bfloat16": 5e-3}
"""Of a probability, from Keras in float32, for an engine to be used: two correct engines in float32 differ by 1e-6."""

MIN_SPEEDUP = 1.2
"""A precision below float32 is not worth its difference below this."""

ROUNDS = 3

Forward = Callable[[np.ndarray], np.ndarray]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Engine:
    """forward: (n, S, S, 3) uint8, any n >= 1, to the network's outputs (n, C) float32, probabilities and other shares.

    It may be called by several threads.

    batch_sizes: those for which it prepares itself at their first use.
    """

    name: str
    precision: str
    forward: Forward
    batch_sizes: tuple[int, ...]


def choose_engine(
    network: keras.Model, *, engine: str, precision: str, sample: np.ndarray, decide: Callable[[np.ndarray], np.ndarray]
) -> Engine:
    """The fastest engine that gives the probabilities of Keras in float32.

    engine: auto, keras or openvino; precision: auto, float32 or mixed_bfloat16, which OpenVINO alone computes.
    sample: (n, S, S, 3) uint8, images to compare on; decide: from probabilities (n, C) to decisions (n,).
    Raises UserError where what was asked for is not installed, or gives other decisions.
    """
    by_keras = Engine(KERAS, FLOAT32, keras_forward(network), BATCH_SIZES)
    if engine == KERAS and precision not in ("auto", FLOAT32):
        raise UserError(f"precision={precision} with engine=keras: Keras computes in float32 here; use precision=auto")
    if engine == KERAS:
        return by_keras
    candidates = [FLOAT32, "mixed_bfloat16"] if precision == "auto" else [precision]
    required = [name for name in candidates if _is_required(name, engine, precision)]
    if reason := reason_against():
        if not required:
            return by_keras
        raise UserError(
            f"engine={engine} with precision={precision}: {reason}, or use engine=auto with precision=float32"
        )
    expected = by_keras.forward(sample)
    found = [
        one
        for name in candidates
        if (one := _checked(network, name, sample, expected, decide, required=name in required))
    ]
    return _fastest(found, sample) if found else by_keras


def _is_required(name: str, engine: str, precision: str) -> bool:
    """Whether the user asked for OpenVINO in the precision `name`; else Keras will do as well."""
    return engine == OPENVINO if name == FLOAT32 else precision == name


def keras_forward(network: keras.Model) -> Forward:
    """The network as Keras computes it, with batch normalisation folded into the convolutions."""
    predict = with_folded_batch_norm(network).predict_on_batch

    def forward(images: np.ndarray) -> np.ndarray:
        parts = [images[at : at + LARGEST_BATCH] for at in range(0, len(images), LARGEST_BATCH)]
        return np.concatenate([_filled(predict, part) for part in parts])

    return forward


def _filled(predict: Forward, images: np.ndarray) -> np.ndarray:
    """Computed as a batch of one of BATCH_SIZES."""
    size = next(size for size in BATCH_SIZES if size >= len(images))
    return np.asarray(predict(np.resize(images, (size, *images.shape[1:]))))[: len(images)]


def _by_openvino(network: keras.Model, precision: str) -> Forward:
    named = keras.Model(network.inputs, {"probabilities": network.output})
    compute, one_at_a_time = forward_by_openvino(named, precision), Lock()

    def forward(images: np.ndarray) -> np.ndarray:
        # A compiled network has one set of buffers: the next call overwrites what this one gave.
        with one_at_a_time:
            return np.array(compute(images)["probabilities"])

    return forward


def _checked(
    network: keras.Model,
    precision: str,
    sample: np.ndarray,
    expected: np.ndarray,
    decide: Callable[[np.ndarray], np.ndarray],
    *,
    required: bool,
) -> Engine | None:
    """OpenVINO in this precision, if it agrees with Keras on the sample.

    Raises UserError where it does not and is required.
    """
    engine: Engine | None
    try:
        engine = Engine(OPENVINO, precision, _by_openvino(network, precision), (1,))
        found = engine.forward(sample)
        difference = float(np.abs(found - expected).max())
        same = np.array_equal(decide(found), decide(expected))
        reason = f"its probabilities differ by up to {difference:.2g} from those of Keras"
        reason += "" if same else ", and so do decisions"
    except Exception as error:  # OpenVINO raises Exception itself
        engine, difference, same, reason = None, np.inf, False, f"it cannot compute this network ({error})"
    if same and difference <= MAX_DIFFERENCE[precision]:
        return engine
    if required:
        raise UserError(f"precision={precision} with OpenVINO: {reason}; use engine=auto with precision=float32")
    log.info("OpenVINO is not used in %s: %s", precision, reason)
    return None


def _fastest(engines: list[Engine], sample: np.ndarray) -> Engine:
    """The first one, unless the second is faster by MIN_SPEEDUP."""
    first, *others = engines
    if others and _seconds(first, sample) > MIN_SPEEDUP * _seconds(others[0], sample):
        return others[0]
    return first


def _seconds(engine: Engine, sample: np.ndarray) -> float:
    """The shortest time of ROUNDS."""
    times = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        engine.forward(sample)
        times.append(time.perf_counter() - began)
    return min(times)
