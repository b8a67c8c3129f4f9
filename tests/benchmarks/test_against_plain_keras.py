"""The comparison with plain Keras compares like with like."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import keras
import pytest

from tests.benchmarks.minutes import takes_minutes

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@takes_minutes
@pytest.mark.timeout(900)
def test_all_programs_run_on_the_same_images(data: Path, weights: Path, tmp_path: Path) -> None:
    figures = tmp_path / "figures.json"
    command = [sys.executable, str(BENCHMARKS / "against_plain_keras.py"), "--data", str(data)]
    command += ["--weights", str(weights), "--json", str(figures), "--rounds", "1", "--epochs", "1", "--images", "80"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 + 1 epochs" in done.stdout
    written = json.loads(figures.read_text())
    (finished,) = written["rounds"]
    assert list(finished) == ["plain Keras", "plain Keras, images kept", "crack_exp", "crack_exp, second run"]
    first, plain = finished["crack_exp"], finished["plain Keras, images kept"]
    assert plain["test_images"] in (4, 5) and first["test_images"] in (4, 5, 6)  # 6 % of 80
    assert written["median_ratio"]["crack_exp"] == pytest.approx(first["seconds"] / plain["seconds"])
    for one in finished.values():
        assert one["low"] <= one["accuracy"] <= one["high"] and 0 < one["head_seconds"] < one["seconds"]


def test_the_plain_script_shows_no_image_to_two_splits(data: Path) -> None:
    split_files = runpy.run_path(str(BENCHMARKS / "plain_keras_reference.py"))["split_files"]
    class_names, splits = split_files(data, 0, validation=0.24, test=0.06)
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
