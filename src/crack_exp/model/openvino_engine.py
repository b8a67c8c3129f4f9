"""A frozen network as OpenVINO computes it on a CPU; `benchmarks/frozen_part.py` tells how fast beside Keras.

The only importer of openvino, and that late: it is an extra, and everything works without it.
"""

import importlib.util
import logging
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import keras
import numpy as np

from crack_exp.model.fold_batch_norm import with_folded_batch_norm

Forward = Callable[[np.ndarray], Mapping[str, np.ndarray]]

PRECISIONS = {"float32": "f32", "mixed_bfloat16": "bf16"}
"""OpenVINO's name of each dtype policy that it has on a CPU."""

NAME = "openvino"
STATISTICS = "openvino_telemetry"


def is_installed() -> bool:
    return importlib.util.find_spec(NAME) is not None


def forward_by_openvino(body: keras.Model, precision: str) -> Forward:
    """Images (N, H, W, 3) to {name: float32 output}, which `body` gives as such a dict; precision: of PRECISIONS.

    Raises whatever OpenVINO raises, bare Exceptions too, where it cannot compute this network.
    """
    openvino = _openvino()
    network = with_folded_batch_norm(body if precision == "float32" else in_float32(body))
    with _root_logger_kept():
        # A list of inputs is what OpenVINO calls the network with; of a single tensor Keras would warn.
        listed = keras.Model(network.inputs, network.output)
        graph = openvino.convert_model(listed, input=[-1, *network.inputs[0].shape[1:]])
    compiled = openvino.compile_model(graph, "CPU", {"INFERENCE_PRECISION_HINT": PRECISIONS[precision]})

    def forward(images: np.ndarray) -> Mapping[str, np.ndarray]:
        outputs = compiled(images)
        return {name: outputs[name] for name in body.output}

    return forward


def in_float32(body: keras.Model) -> keras.Model:
    """A copy in float32 with the same weights: OpenVINO reads no bfloat16 from Keras, and rounds to it by itself."""
    copy = keras.models.clone_model(
        body, clone_function=lambda layer: type(layer).from_config(layer.get_config() | {"dtype": "float32"})
    )
    copy.set_weights(body.get_weights())
    return copy


def _openvino():  # type: ignore[no-untyped-def]
    with _no_statistics():
        import openvino
    return openvino


@contextmanager
def _no_statistics() -> Iterator[None]:
    """OpenVINO reports to its makers that it is used, but where the package that does so is missing."""
    if NAME in sys.modules:  # whoever imported it before has decided
        yield
        return
    before = sys.modules.get(STATISTICS)
    sys.modules[STATISTICS] = None  # type: ignore[assignment]  # as good as missing
    try:
        yield
    finally:
        del sys.modules[STATISTICS]
        if before is not None:
            sys.modules[STATISTICS] = before


@contextmanager
def _root_logger_kept() -> Iterator[None]:
    """A conversion that fails leaves the root logger at ERROR: nothing else would be told in this run."""
    root = logging.getLogger()
    level, filters, handlers = root.level, root.filters[:], root.handlers[:]
    try:
        yield
    finally:
        root.setLevel(level)
        root.filters[:], root.handlers[:] = filters, handlers
