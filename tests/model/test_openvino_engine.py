"""Outputs of small networks with OpenVINO, if it is installed, compared with Keras."""

import logging
import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest

from crack_exp.model.feature_engines import relative_difference
from crack_exp.model.openvino_engine import forward_by_openvino, in_float32, is_installed

SIZE_PX = 16
PIXELS = np.random.default_rng(0).integers(0, 256, (5, SIZE_PX, SIZE_PX, 3)).astype(np.uint8)

# Not imported here: a direct import would send telemetry.
needs_openvino = pytest.mark.skipif(not is_installed(), reason="openvino is not installed")


def body(precision: str = "float32") -> keras.Model:
    """Depthwise and normalised like a MobileNetV2, its output at two layers, named against their order."""
    keras.utils.set_random_seed(0)
    made: dict[str, Any] = {"dtype": precision}
    pixels = keras.Input((SIZE_PX, SIZE_PX, 3), dtype="uint8", name="pixels")
    features = keras.layers.Rescaling(1 / 127.5, -1, **made)(pixels)
    features = keras.layers.Conv2D(8, 3, strides=2, use_bias=False, **made)(features)
    lower = keras.layers.BatchNormalization(name="z_lower", **made)(features)
    features = keras.layers.DepthwiseConv2D(3, padding="same", **made)(keras.layers.ReLU(6.0, **made)(lower))
    features = keras.layers.Add(**made)([features, lower])
    upper = keras.layers.GlobalAveragePooling2D(name="a_upper", **made)(features)
    model = keras.Model(pixels, {"z_lower": lower, "a_upper": upper})
    drawn = np.random.default_rng(1)
    model.set_weights([drawn.uniform(0.5, 1.5, value.shape) * (value + 0.1) for value in model.get_weights()])
    return model


@needs_openvino
@pytest.mark.parametrize("inputs", ["one", "listed"])
def test_outputs_of_all_layers_equal_those_of_keras(inputs: str) -> None:
    model = body()
    if inputs == "listed":  # as a backbone of keras.applications has it
        model = keras.Model([model.input], model.output)
    forward, exact = forward_by_openvino(model, "float32"), model.predict_on_batch(PIXELS)
    found = forward(PIXELS)
    assert found.keys() == exact.keys()
    for name, output in exact.items():
        assert found[name].dtype == np.float32
        assert relative_difference(found[name], output) < 1e-5
    np.testing.assert_allclose(forward(PIXELS[:2])["a_upper"], exact["a_upper"][:2], rtol=1e-4, atol=1e-5)


@needs_openvino
def test_earlier_outputs_are_not_overwritten() -> None:
    forward = forward_by_openvino(body(), "float32")
    first = forward(PIXELS)["z_lower"]
    before = first.copy()
    forward(255 - PIXELS)
    np.testing.assert_array_equal(first, before)


@needs_openvino
def test_bfloat16_is_close_to_keras_in_bfloat16() -> None:
    model = body("mixed_bfloat16")
    found, expected = forward_by_openvino(model, "mixed_bfloat16")(PIXELS), model.predict_on_batch(PIXELS)
    for name, output in expected.items():
        assert found[name].dtype == np.float32
        assert relative_difference(found[name], output) < 0.15


def test_a_copy_in_float32_has_the_same_weights() -> None:
    rounded = body("mixed_bfloat16")
    copy = in_float32(rounded)
    assert {layer.compute_dtype for layer in copy.layers[1:]} == {"float32"}
    assert copy.inputs[0].dtype == "uint8"
    for ours, theirs in zip(copy.get_weights(), rounded.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    exact = body("float32").predict_on_batch(PIXELS)
    for name, output in copy.predict_on_batch(PIXELS).items():
        np.testing.assert_allclose(output, exact[name], rtol=1e-5, atol=1e-5)


@needs_openvino
def test_a_failed_conversion_leaves_the_loggers_as_they_were() -> None:
    root = logging.getLogger()
    before = root.level, list(root.filters), list(root.handlers)
    pixels = keras.Input((4, 4, 3))
    with pytest.raises(Exception, match="Svd"):
        forward_by_openvino(keras.Model(pixels, {"unknown": keras.ops.svd(pixels)[0]}), "float32")
    assert (root.level, list(root.filters), list(root.handlers)) == before


@needs_openvino
def test_no_telemetry_is_sent() -> None:
    program = """
import sys
from crack_exp.model.openvino_engine import import_openvino
import_openvino()
import openvino.tools.ovc.telemetry_utils as utils
print(utils.tm.__name__, "openvino_telemetry" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["openvino.tools.ovc.telemetry_stub", "False"]
