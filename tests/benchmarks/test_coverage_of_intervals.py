"""The simulated walls of the coverage benchmark, and its command."""

import sys
from importlib import import_module

import numpy as np
import pytest

coverage = import_module("coverage_of_intervals")


@pytest.mark.parametrize("distribution", [coverage.BETA, coverage.LOGIT_NORMAL])
def test_walls_have_the_mean_and_the_correlation_that_are_asked_for(distribution: str) -> None:
    setting = coverage.Setting(100_000, "equal", 0.9, 0.3, distribution)
    rates = setting._rates(np.random.default_rng(0))
    assert rates.mean() == pytest.approx(0.9, abs=0.003)
    assert rates.var() == pytest.approx(0.3 * 0.9 * 0.1, rel=0.03)


def test_the_whole_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["coverage_of_intervals.py", "--draws", "1", "--walls", "5"])
    coverage.main()
    shown = capsys.readouterr().out
    assert shown.count("logit-normal") == 12 and all(f"{name}: from" in shown for name in coverage.METHODS)
