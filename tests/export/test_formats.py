"""Each format: the file computes what the model computes, has its card, and needs nothing of this package."""

import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from crack_exp.data.decoding import resize
from tests.commands import REPOSITORY, clean_environment
from tests.export.conftest import PACKAGES, need

if TYPE_CHECKING:
    import keras

    from crack_exp.export.workflow import Exported

    Export = Callable[[str, str], Exported]

FORMATS = list(PACKAGES)
QUANTIZED = [(name, quantize) for name in FORMATS if name != "savedmodel" for quantize in ("float16", "int8")]


def size(exported: "Exported") -> int:
    """Of the file with the weights."""
    weights = exported.path.with_suffix(".bin")
    return (weights if weights.exists() else exported.path).stat().st_size


@pytest.mark.parametrize("name", FORMATS)
def test_in_float32_nothing_changes_but_rounding(exported: "Export", name: str) -> None:
    agreement = exported(name, "none").agreement
    assert agreement.images == 20 and agreement.changed == 0
    assert agreement.largest_difference < 1e-5 and agreement.images_per_s > 0


@pytest.mark.parametrize(("name", "quantize"), QUANTIZED)
def test_fewer_bits_make_a_smaller_file_that_still_says_nearly_the_same(
    exported: "Export", name: str, quantize: str
) -> None:
    whole, quantized = exported(name, "none"), exported(name, quantize)
    assert size(quantized) < (0.8 if quantize == "float16" else 0.75) * size(whole)
    difference = quantized.agreement.largest_difference
    assert 0 < difference < (0.02 if quantize == "float16" else 0.5)


@pytest.mark.parametrize("name", FORMATS)
def test_the_card_is_beside_the_file_and_in_it(exported: "Export", model_file: Path, name: str) -> None:
    made = exported(name, "none")
    card = json.loads((model_file.parent / "model_card.json").read_text())
    assert json.loads((made.folder / "model_card.json").read_text()) == card
    assert json.loads(READ_CARD[name](made.path)) == card


def _card_in_onnx(path: Path) -> str:
    import onnx

    return {one.key: one.value for one in onnx.load(path).metadata_props}["crack_exp.json"]


def _card_in_openvino(path: Path) -> str:
    from crack_exp.model.openvino_engine import import_openvino

    return str(import_openvino().Core().read_model(path).get_rt_info(["crack_exp.json"]).astype(str))


READ_CARD: dict[str, Callable[[Path], Any]] = {
    "savedmodel": lambda path: (path / "assets.extra" / "model_card.json").read_text(),
    "onnx": _card_in_onnx,
    "litert": lambda path: zipfile.ZipFile(path).read("model_card.json"),
    "openvino": _card_in_openvino,
}


@pytest.mark.parametrize("name", FORMATS)
def test_its_example_says_what_the_model_says_without_this_package(
    exported: "Export", model_file: Path, photos: Path, name: str
) -> None:
    from crack_exp.predict import load_model

    made, files = exported(name, "none"), [str(photo) for photo in sorted(photos.iterdir())[:8]]
    example = str(REPOSITORY / "examples" / f"exported_{name}.py")
    blocked = ["crack_exp", "keras"] if name == "savedmodel" else ["crack_exp", "keras", "tensorflow"]
    program = f"""
import runpy, sys
sys.modules.update(dict.fromkeys({blocked!r}))  # as where they are not installed
sys.argv = {[example, str(made.folder), *files]!r}
runpy.run_path({example!r}, run_name="__main__")
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, env=clean_environment())
    assert done.returncode == 0, done.stderr
    verdicts = list(load_model(model_file, ["engine=keras"]).predict(files))
    lines = done.stdout.splitlines()
    assert len({verdict.is_crack for verdict in verdicts}) == 2  # the photos are of both kinds
    for line, verdict in zip(lines, verdicts, strict=True):
        found = re.fullmatch(r"(.+): (\w+), crack score ([\d.]+), (crack|no crack)", line)
        assert found and found[1] == verdict.name and found[2] == verdict.label
        assert float(found[3]) == pytest.approx(verdict.crack_score, abs=1e-4)
        assert (found[4] == "crack") == verdict.is_crack


def test_a_savedmodel_resizes_by_itself(exported: "Export") -> None:
    resizing = exported("savedmodel", "none").resizing
    assert resizing and resizing.images == 20 and resizing.changed == 0 and resizing.largest_difference < 1e-3


@pytest.mark.parametrize("name", ["onnx", "litert", "openvino"])
def test_other_formats_do_not(exported: "Export", name: str) -> None:
    assert exported(name, "none").resizing is None


SIZES = [(227, 227), (256, 256), (90, 31), (640, 64), (300, 400), (16, 16), (32, 32)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_resizing_inside_is_pillows(width: int, height: int) -> None:
    expected, found = resized_both_ways(width, height)
    np.testing.assert_array_equal(found, expected)


def test_of_tall_images_it_is_within_two_grey_levels() -> None:
    expected, found = resized_both_ways(31, 90)
    assert np.abs(found.astype(int) - expected).max() <= 2


def resized_both_ways(width: int, height: int) -> tuple[np.ndarray, np.ndarray]:
    """What Pillow and TensorFlow make of noise."""
    from PIL import Image

    from crack_exp.export.resizing_inside import resize_inside

    pixels = np.random.default_rng(1).integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    expected = np.stack([resize(Image.fromarray(one), 32) for one in pixels])
    return expected, np.asarray(resize_inside(pixels, 32))


@pytest.mark.parametrize("quantize", ["none", "float16", "int8"])
def test_litert_needs_no_operations_of_tensorflow(exported: "Export", quantize: str) -> None:
    assert b"Flex" not in exported("litert", quantize).path.read_bytes()


@pytest.mark.parametrize(("name", "quantize"), [("onnx", "int8"), ("litert", "int8")])
def test_probabilities_of_int8_are_not_rounded_to_steps(exported: "Export", name: str, quantize: str) -> None:
    """A score in steps of 1/256 could not be compared with a threshold of 0.999."""
    need(*PACKAGES[name])
    from crack_exp.export import litert, onnx_file

    path, images = exported(name, quantize).path, np.random.default_rng(4).integers(0, 256, (20, 32, 32, 3), np.uint8)
    forward = onnx_file._forward(path) if name == "onnx" else litert._forward(path, 32)
    steps = forward(images)[:, 0] * 256
    assert np.abs(steps - np.rint(steps)).max() > 0.01


def test_a_network_in_sixteen_bits_is_exported_in_float32(network: "keras.Model") -> None:
    import keras

    from crack_exp.export.conversion import with_fixed_names

    def in_bfloat16(layer: "keras.Operation") -> "keras.Operation":
        if not isinstance(layer, keras.Layer):
            return type(layer).from_config(layer.get_config())
        return type(layer).from_config(layer.get_config() | {"dtype": "mixed_bfloat16"})

    half = keras.models.clone_model(network, clone_function=in_bfloat16)
    half.set_weights(network.get_weights())
    images = np.random.default_rng(5).integers(0, 256, (4, 32, 32, 3), dtype=np.uint8)
    expected = network.predict_on_batch(images)
    assert np.abs(half.predict_on_batch(images) - expected).max() > 1e-4
    np.testing.assert_allclose(with_fixed_names(half).predict_on_batch(images)["probabilities"], expected, atol=1e-6)


def test_a_litert_range_covers_all_batches() -> None:
    from crack_exp.export.litert_conversion import widest

    def of(low: float, high: float) -> dict[str, Any]:
        return {"a": {"min": np.array([[low]]), "max": np.array([[high]])}, "b": {"other": 1}}

    found = widest([of(-1, 2), of(-3, 1), of(0, 5)])
    assert found["a"] == {"min": [[-3]], "max": [[5]]} and found["b"] == {"other": 1}


def test_nodes_of_onnx_stand_behind_those_that_they_need() -> None:
    from types import SimpleNamespace

    from crack_exp.export.onnx_file import _in_order

    nodes = [SimpleNamespace(input=["b"], output=["c"]), SimpleNamespace(input=["a"], output=["b"])]
    assert _in_order(nodes) == nodes[::-1]
