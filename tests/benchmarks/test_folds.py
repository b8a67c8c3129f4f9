"""Means over folds, and differences on the same folds."""

import os
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

folds = import_module("folds")


def test_an_interval_counts_that_folds_share_training_images() -> None:
    """Deviation 1, and t(0.975, 2) = 4.3027 times the root of 1/3; of 1/3 + 1/2 with a test image for two others."""
    assert folds.spread(np.array([1.0, 2.0, 3.0]), overlap=0.0) == "2.000 ±2.484"
    assert folds.spread(np.array([1.0, 2.0, 3.0]), overlap=0.5) == "2.000 ±3.928"


def test_the_overlap_is_counted_from_the_split_of_a_run(tmp_path: Path) -> None:
    (tmp_path / "split.csv").write_text("name,split\na,train\nb,test\nc,train\nd,validation\n")
    assert folds.test_for_each_training_image(tmp_path / "split.csv") == 0.5


def test_differences_are_taken_fold_by_fold(capsys: pytest.CaptureFixture[str]) -> None:
    first = np.array([[0.7, 0.8, 0.9, 0.1, 0.5], [0.7, 0.9, 0.9, 0.1, 0.5]])
    console = Console(width=140)
    seconds = {folds.AS_GIVEN: np.array([20.0, 40.0]), "focal": np.array([30.0, 80.0])}
    console.print(folds.table_of({folds.AS_GIVEN: first, "focal": first + 0.01}, seconds, 0.3))
    said = capsys.readouterr().out
    assert "+0.010 ±0.000" in said and "0.800–0.900" in said and folds.CHOSEN in said
    assert " 30 " in said and " 55 " in said and "×1.75" in said


def test_each_fold_chooses_by_its_own_validation_images() -> None:
    one, other = np.array([[0.9, 0.1], [0.5, 0.2], [0.7, 0.3]]), np.array([[0.8, 0.4], [0.6, 0.5], [0.7, 0.6]])
    assert folds.chosen([one, other])[:, 1].tolist() == [0.1, 0.5, 0.3]


def test_the_last_phase_is_what_validation_chooses_by() -> None:
    test = {"auroc": 0.8, "recall_at_threshold": 0.7, "false_alarm_rate_at_threshold": 0.1, "loss": 0.4}
    stages = {name: {"auroc": value} for name, value in (("before", 0.5), ("head", 0.6), ("fine_tune", 0.7))}
    evaluation = {f"validation_{name}": one for name, one in stages.items()} | {"test": test}
    assert folds.figures(evaluation) == [0.7, 0.8, 0.7, 0.1, 0.4]


def test_the_work_of_a_process_is_counted_and_not_its_sleep() -> None:
    failure, core_seconds = folds.measured([sys.executable, "-c", "import time; time.sleep(1)"], os.environ)
    assert failure == "" and 0 < core_seconds < 0.9


def test_a_process_that_fails_has_the_last_word() -> None:
    failure, _ = folds.measured([sys.executable, "-c", "print('a'); raise SystemExit('no room')"], os.environ)
    assert failure == "no room"
