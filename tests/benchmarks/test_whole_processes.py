"""What the benchmarks of whole processes are tried on, and that they run."""

import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.benchmarks.minutes import takes_minutes

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
processes = import_module("whole_processes")


def test_a_smaller_set_has_as_many_of_each_class(data: Path, tmp_path: Path) -> None:
    fewer = processes.link_first_images(data, 6, tmp_path / "fewer")
    linked = {inner.name: sorted(file.name for file in inner.iterdir()) for inner in fewer.iterdir()}
    assert linked == {"cracked": ["00.jpg", "01.jpg", "02.jpg"], "intact": ["00.jpg", "01.jpg", "02.jpg"]}


def test_repeated_images_show_the_same_in_other_bytes(data: Path, tmp_path: Path) -> None:
    files = sorted((processes.repeat_images(data, 300, tmp_path / "more") / "intact").iterdir())
    assert len(files) == 150 and len({file.read_bytes() for file in files}) == 150
    first, again = (np.asarray(Image.open(files[number])) for number in (0, 60))
    np.testing.assert_array_equal(first, again)


def test_what_a_process_takes_is_its_own() -> None:
    usage = processes.run_measured("-c", "import time; held = bytearray(200_000_000); time.sleep(0.5)")
    assert 0.5 < usage.seconds < 30 and usage.cpu_seconds < usage.seconds
    assert usage.peak_memory_mb > 200


def test_a_process_that_fails_has_the_last_word() -> None:
    with pytest.raises(SystemExit, match="no room"):
        processes.run_measured("-c", "raise SystemExit('no room')")


@takes_minutes
@pytest.mark.timeout(900)
def test_a_sweep_runs_beside_a_plain_script(data: Path, weights: Path, tmp_path: Path) -> None:
    figures = benchmark("sweep.py", data, weights, tmp_path, "--rounds", "1", "--epochs", "1", "--images", "80")
    (only,) = figures["rounds"]
    assert figures["median_ratio"] == pytest.approx(only["sweep_seconds"] / (12 * only["plain_seconds"]))


@takes_minutes
@pytest.mark.timeout(900)
def test_sets_of_growing_size_are_measured(data: Path, weights: Path, tmp_path: Path) -> None:
    costs = benchmark("scale.py", data, weights, tmp_path, "--images", "80", "160")
    assert [cost["images"] for cost in costs] == [80, 160]
    assert all(value > 0 for cost in costs for value in cost.values())
    assert costs[1]["kept_mb"] == pytest.approx(2 * costs[0]["kept_mb"], rel=0.05)


def benchmark(script: str, data: Path, weights: Path, folder: Path, *settings: str) -> dict:
    """The figures that `script` writes."""
    figures = folder / "figures.json"
    command = [sys.executable, str(BENCHMARKS / script), "--data", str(data), "--weights", str(weights)]
    done = subprocess.run([*command, "--json", str(figures), *settings], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(figures.read_text())
