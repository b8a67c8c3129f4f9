"""The benchmark of precisions runs, and says what it means."""

import json
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
import tensorflow as tf

from tests.benchmarks.minutes import takes_minutes

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@takes_minutes
@pytest.mark.timeout(900)
def test_a_precision_is_timed_and_compared_with_float32(tmp_path: Path) -> None:
    figures = tmp_path / "precision.json"
    tiny = ["--alpha", "0.35", "--image-size-px", "32", "--batch-sizes", "4", "--images", "16", "--steps", "1"]
    tiny += ["--precisions", "mixed_bfloat16"]
    command = [sys.executable, str(BENCHMARKS / "precision.py"), *tiny, "--json", str(figures)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    written = json.loads(figures.read_text())
    rows = {row["precision"]: row for row in written["rows"]}
    assert list(rows) == ["float32", "mixed_bfloat16"]
    assert all(name in done.stdout for name in rows)
    assert all(row["head_images_per_s"] > 0 and row["fine_tune_images_per_s"] > 0 for row in rows.values())
    assert all(row["peak_memory_mb"] > 100 for row in rows.values())
    assert (rows["float32"]["max_difference"], rows["float32"]["equal_decisions"]) == (0, 1)
    # With the same weights some difference shows that bfloat16 was computed in, a small one that it is no other model.
    assert 0 < rows["mixed_bfloat16"]["max_difference"] < 1
    assert rows["mixed_bfloat16"]["equal_decisions"] > 0.6
    assert 0 < written["unsure"] < 1


def test_agreement_is_the_largest_difference_and_the_share_of_equal_decisions() -> None:
    compare = runpy.run_path(str(BENCHMARKS / "precision.py"))["compare"]
    costs = {"precision": "mixed_float16", "batch_size": 2, "peak_memory_mb": 1}
    costs |= {"head_images_per_s": 1, "fine_tune_images_per_s": 1}
    float32 = [[0.9, 0.1], [0.55, 0.45], [0.2, 0.8], [0.0, 1.0]]
    row = compare(costs | {"probabilities": [[0.8, 0.2], [0.4, 0.6], [0.2, 0.8], [0.0, 1.0]]}, float32)
    assert row.max_difference == pytest.approx(0.15)
    assert row.equal_decisions == 0.75


def test_on_a_gpu_the_memory_is_that_of_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = tf.config.PhysicalDevice("/physical_device:GPU:0", "GPU")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [gpu])
    monkeypatch.setattr(tf.config.experimental, "get_device_details", lambda device: {"device_name": "A GPU"})
    monkeypatch.setattr(tf.config.experimental, "get_memory_info", lambda name: {"current": 1, "peak": 3_000_000})
    one_precision = runpy.run_path(str(BENCHMARKS / "one_precision.py"))
    assert one_precision["device_and_peak_memory_mb"]() == ("A GPU", 3.0)
