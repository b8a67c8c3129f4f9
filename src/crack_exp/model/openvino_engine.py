"""Computes a frozen network with OpenVINO on a CPU; `benchmarks/frozen_part.py` compares its speed with Keras.

Only this module imports openvino, and only when it is used: the package is optional.
"""

import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from crack_exp.model.classifier import in_float32
from crack_exp.model.fold_batch_norm import with_folded_batch_norm
from crack_exp.system import machine

Forward = Callable[[np.ndarray], Mapping[str, np.ndarray]]

PRECISIONS = {"float32": "f32", "mixed_bfloat16": "bf16"}
"""OpenVINO's names of the dtype policies that it supports on a CPU."""

NAME = "openvino"
STATISTICS = "openvino_telemetry"


def is_installed() -> bool:
    return machine.is_installed(NAME)


def reason_against() -> str | None:
    """Why OpenVINO cannot compute a network of Keras in this process, and the remedy; None if it can."""
    if not is_installed():
        return "OpenVINO is not installed; install it by pip install 'crack-exp[openvino]'"
    if (backend := keras.backend.backend()) != "tensorflow":
        return f"OpenVINO reads a network of Keras from TensorFlow, and here KERAS_BACKEND={backend}; unset that"
    return None


def forward_by_openvino(body: keras.Model, precision: str) -> Forward:
    """A function from images (N, H, W, 3) to the outputs {name: float32 array} of `body`; precision: of PRECISIONS.

    Raises any Exception of OpenVINO if it cannot compute this network.
    """
    openvino = import_openvino()
    # OpenVINO cannot read bfloat16 models of Keras, but rounds itself.
    network = with_folded_batch_norm(body if precision == "float32" else in_float32(body))
    with restored_root_logger():
        # OpenVINO calls the network with a list of inputs; with a single input tensor Keras would warn.
        listed = keras.Model(network.inputs, network.output)
        graph = openvino.convert_model(listed, input=[-1, *network.inputs[0].shape[1:]])
    compiled = openvino.compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": PRECISIONS[precision]})

    def forward(images: np.ndarray) -> Mapping[str, np.ndarray]:
        outputs = compiled(images)
        return {name: outputs[name] for name in body.output}

    return forward


def import_openvino() -> Any:
    """The package, without its usage reports."""
    with _no_statistics():
        import openvino
    return openvino


@contextmanager
def _no_statistics() -> Iterator[None]:
    """Disable OpenVINO's telemetry: without this package it sends no usage reports."""
    if NAME in sys.modules:  # already imported, with or without telemetry
        yield
        return
    before = sys.modules.get(STATISTICS)
    sys.modules[STATISTICS] = None  # type: ignore[assignment]  # import fails as if it were missing
    try:
        yield
    finally:
        del sys.modules[STATISTICS]
        if before is not None:
            sys.modules[STATISTICS] = before


@contextmanager
def restored_root_logger() -> Iterator[None]:
    """Restore the root logger: a failed conversion leaves it at ERROR, which would hide all later messages."""
    root = logging.getLogger()
    level, filters, handlers = root.level, root.filters[:], root.handlers[:]
    try:
        yield
    finally:
        root.setLevel(level)
        root.filters[:], root.handlers[:] = filters, handlers
