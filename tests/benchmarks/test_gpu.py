"""The benchmark of devices and precisions: what it runs, what it says of agreement, and where the time is over."""

import json
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import tensorflow as tf

from tests.benchmarks.minutes import takes_minutes

gpu = import_module("gpu")
OURS = {"kind": "ours", "precision": "float32", "compiled": "auto"}
TINY = {"alpha": 0.35, "weights": "painted", "image_size_px": 32, "batch_size": 4, "steps": 1, "images": 16}


@takes_minutes
@pytest.mark.timeout(900)
def test_everything_is_measured(tmp_path: Path) -> None:
    figures = tmp_path / "gpu.json"
    settings = [word for name, value in TINY.items() for word in (f"--{name.replace('_', '-')}", str(value))]
    command = [sys.executable, str(gpu.__file__), *settings, "--json", str(figures)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    written = json.loads(figures.read_text())
    assert [line.partition(",")[0] for line in written["left_out"]] == ["all devices"]  # here is one
    assert len(written["measured"]) == len(gpu.tasks()) - 1
    ours = {one["precision"]: one for one in written["measured"] if one["kind"] == "ours" and one["compiled"] == "auto"}
    assert set(ours) == set(gpu.PRECISIONS)
    for one in ours.values():
        assert all(one[name] > 0 for name in gpu.COLUMNS[:3]) and one["peak_memory_mb"] > 100
    assert (ours["float32"]["max_difference"], ours["float32"]["equal_decisions"]) == (0, 1)
    # With the same weights some difference shows that bfloat16 was computed in, a small one that it is no other model.
    assert 0 < ours["mixed_bfloat16"]["max_difference"] < 1
    assert ours["mixed_bfloat16"]["equal_decisions"] > 0.6
    assert 0 < written["unsure"] < 1 and "of them float32" in " ".join(done.stdout.split())


def test_a_measurement_is_a_process_of_its_own(tmp_path: Path) -> None:
    found = gpu.measure(OURS | TINY | {"same_weights": str(tmp_path / "same.weights.h5")}, time.monotonic() + 300)
    assert all(found[name] > 0 for name in gpu.COLUMNS)
    assert len(found["probabilities"]) == 16 and found["versions"]["tensorflow"] == tf.__version__


def test_what_cannot_be_measured_is_named_with_its_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = subprocess.CompletedProcess([], 1, "", "a warning\nmodel.weights=painted: there are none\n")
    monkeypatch.setattr(subprocess, "run", lambda *arguments, **options: failed)
    left_out = gpu.measure(OURS | TINY, time.monotonic() + 300)
    assert left_out == "ours, float32, compiled: auto: model.weights=painted: there are none"


def test_nothing_is_begun_when_the_time_is_over() -> None:
    assert gpu.measure(OURS | TINY, time.monotonic()) == "ours, float32, compiled: auto: no time left"


def test_agreement_is_the_largest_difference_and_the_share_of_equal_decisions() -> None:
    exact = [[0.9, 0.1], [0.55, 0.45], [0.2, 0.8], [0.0, 1.0]]
    other = [[0.8, 0.2], [0.4, 0.6], [0.2, 0.8], [0.0, 1.0]]
    measured = [OURS | {"probabilities": exact}, OURS | {"precision": "mixed_float16", "probabilities": other}]
    assert gpu.unsure(measured) == 0.5
    _, compared = gpu.with_agreement(measured)
    assert compared["max_difference"] == pytest.approx(0.15)
    assert compared["equal_decisions"] == 0.75


def test_without_float32_there_is_no_agreement() -> None:
    measured: list[dict[str, Any]] = [OURS | {"kind": "plain Keras", "probabilities": [[0.9, 0.1]]}]
    assert gpu.unsure(measured) is None
    assert "max_difference" not in gpu.with_agreement(measured)[0]


def test_on_a_gpu_the_memory_is_that_of_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    device = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [device])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda device: {"device_name": "A GPU"})
    monkeypatch.setattr(tf.config.experimental, "get_memory_info", lambda name: {"current": 1, "peak": 3_000_000})
    assert import_module("device_facts").device_and_peak_memory_mb() == ("A GPU", 3.0)
