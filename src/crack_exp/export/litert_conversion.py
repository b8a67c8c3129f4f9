"""From a SavedModel to a .tflite file: a program of its own, which `litert` starts.

litert_conversion.py SAVED_MODEL FILE none|float16|int8 CALIBRATION.npy
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np

IN_FLOAT32 = ("INPUT", "CAST", "MEAN", "FULLY_CONNECTED", "SOFTMAX", "MAXIMUM", "OUTPUT")
"""Not in int8: pixels and head. Probabilities in steps of 1/256 would be too coarse for some thresholds."""

BATCH = 16
"""Calibration images at once: all values of the network are kept for them."""


def main(saved_model: str, file: str, quantize: str, calibration: str) -> None:
    content = converted(saved_model, quantize)
    Path(file).write_bytes(in_int8(content, np.load(calibration)) if quantize == "int8" else content)


def converted(saved_model: str, quantize: str) -> bytes:
    """Of the default signature, in float32, or with weights of float16."""
    import tensorflow as tf

    converter = tf.lite.TFLiteConverter.from_saved_model(saved_model, signature_keys=["serving_default"])
    # LiteRT's own operations alone: its runtime no longer has TensorFlow's.
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS]
    if quantize == "float16":
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
    return bytes(converter.convert())


def in_int8(content: bytes, calibration: np.ndarray) -> bytes:
    """Static, with a scale for each channel; the ranges cover all that the images gave."""
    from ai_edge_quantizer.quantizer import Quantizer
    from ai_edge_quantizer.recipe import static_wi8_ai8

    recipe: list[dict[str, Any]] = static_wi8_ai8()
    recipe += [
        {"regex": ".*", "operation": name, "algorithm_key": "no_quantize", "op_config": {}} for name in IN_FLOAT32
    ]
    quantizer = Quantizer(bytearray(content))
    quantizer.load_quantization_recipe(recipe)
    found = [
        quantizer.calibrate({"serving_default": [{"pixels": calibration[at : at + BATCH]}]})
        for at in range(0, len(calibration), BATCH)
    ]
    return bytes(quantizer.quantize(widest(found)).quantized_model)


def widest(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The lowest minimum and highest maximum of each value: the quantizer's own average cuts off rare ones."""
    first, *_ = found
    return {
        name: first[name]
        | {
            bound: choose([batch[name][bound] for batch in found], axis=0)
            for bound, choose in (("min", np.min), ("max", np.max))
            if bound in first[name]
        }
        for name in first
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
