"""The comparison with plain Keras compares like with like."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """60 dark images and 60 light ones."""
    for label, grey in (("cracked", 40), ("intact", 200)):
        folder = tmp_path / "data" / label
        folder.mkdir(parents=True)
        for number in range(60):
            pixels = np.random.default_rng(number).integers(grey - 30, grey + 30, (24, 24, 3))
            Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{number:02}.jpg")
    return tmp_path / "data"


@pytest.mark.skipif("CRACK_EXP_BENCHMARKS" not in os.environ, reason="takes minutes: set CRACK_EXP_BENCHMARKS=1")
@pytest.mark.timeout(900)
def test_both_programs_run_on_the_same_images(data: Path, tmp_path: Path) -> None:
    weights, figures = tmp_path / "random.weights.h5", tmp_path / "figures.json"
    keras.applications.MobileNetV2(input_shape=(160, 160, 3), include_top=False, weights=None).save_weights(weights)
    command = [sys.executable, str(BENCHMARKS / "against_plain_keras.py"), "--data", str(data)]
    command += ["--weights", str(weights), "--json", str(figures), "--pairs", "1", "--epochs", "1", "--images", "80"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 + 1 epochs" in done.stdout
    written = json.loads(figures.read_text())
    plain, crack_exp = written["pairs"][0]["plain"], written["pairs"][0]["crack_exp"]
    assert plain["test_images"] in (4, 5) and crack_exp["test_images"] in (4, 5, 6)  # 6 % of 80
    assert written["median_ratio"] == pytest.approx(crack_exp["seconds"] / plain["seconds"])
    for one in (plain, crack_exp):
        assert one["low"] <= one["accuracy"] <= one["high"]


def test_a_smaller_set_has_as_many_of_each_class(data: Path, tmp_path: Path) -> None:
    link_first_images = runpy.run_path(str(BENCHMARKS / "against_plain_keras.py"))["link_first_images"]
    fewer = link_first_images(data, 6, tmp_path / "fewer")
    linked = {inner.name: sorted(file.name for file in inner.iterdir()) for inner in fewer.iterdir()}
    assert linked == {"cracked": ["00.jpg", "01.jpg", "02.jpg"], "intact": ["00.jpg", "01.jpg", "02.jpg"]}


def test_the_plain_script_shows_no_image_to_two_splits(data: Path) -> None:
    split_files = runpy.run_path(str(BENCHMARKS / "plain_keras_reference.py"))["split_files"]
    class_names, splits = split_files(data, 0)
    paths = [path for part, _ in splits.values() for path in part]
    assert class_names == ["cracked", "intact"]
    assert len(paths) == len(set(paths)) == 120
    # 6 % and 24 % of 120 are 7.2 and 28.8; a part of a split is rounded up.
    assert [len(splits[name][0]) for name in ("train", "validation", "test")] == [84, 28, 8]
    for part, labels in splits.values():
        assert [class_names.index(Path(path).parent.name) for path in part] == labels


def test_the_plain_script_keeps_batch_normalization_out_of_fine_tuning() -> None:
    unfreeze = runpy.run_path(str(BENCHMARKS / "plain_keras_reference.py"))["unfreeze"]
    base = keras.applications.MobileNetV2(input_shape=(32, 32, 3), alpha=0.35, include_top=False, weights=None)
    unfreeze(base)
    learning = [layer for layer in base.layers if layer.trainable_weights]
    assert learning[0].name == "block_11_depthwise"
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in learning)
