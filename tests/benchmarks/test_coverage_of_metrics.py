"""The simulated models of the benchmark of all intervals, and its command."""

import sys
from importlib import import_module

import numpy as np
import pytest

coverage = import_module("coverage_of_metrics")


def test_a_good_model_is_better_and_its_truth_is_that_of_many_walls() -> None:
    fair, good = (
        coverage.truth(coverage.Setting(0, "different", name).draw(np.random.default_rng(0), 2_000))
        for name in ("fair", "good")
    )
    assert 0.8 < fair["auroc"] < 0.99 < good["auroc"] < 1
    assert fair["loss"] > good["loss"]
    # Logits of cracks around 1.5, with a variance of 2: above 0 with a chance of 0.856.
    assert fair["recall_at_threshold"] == pytest.approx(0.856, abs=0.02)


def test_the_whole_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["coverage_of_metrics.py", "--draws", "2", "--walls", "10"])
    coverage.main()
    shown = capsys.readouterr().out
    assert shown.count("fair") == shown.count("good") == 2 and "macro F1" in shown
