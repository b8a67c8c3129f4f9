"""The simulated walls of the coverage benchmark, and its command."""

import sys
from importlib import import_module

import numpy as np
import pytest

coverage = import_module("coverage_of_intervals")


@pytest.mark.parametrize("distribution", [coverage.BETA, coverage.LOGIT_NORMAL])
def test_walls_have_the_mean_and_the_correlation_that_are_asked_for(distribution: str) -> None:
    setting = coverage.Setting(100_000, "equal", 0.9, 0.3, distribution)
    rates, _ = setting._walls(np.random.default_rng(0), setting.walls)
    assert rates.mean() == pytest.approx(0.9, abs=0.003)
    assert rates.var() == pytest.approx(0.3 * 0.9 * 0.1, rel=0.03)


def test_sizes_that_tell_are_larger_where_walls_are_better_and_so_is_the_truth() -> None:
    rates = {}
    for sizes in ("different", *coverage.TELLING):
        setting = coverage.Setting(100_000, sizes, 0.8, 0.2, coverage.LOGIT_NORMAL)
        shares, counts = setting._walls(np.random.default_rng(0), setting.walls)
        assert shares @ counts / counts.sum() == pytest.approx(setting.truth, abs=0.005)
        rates[sizes] = setting.truth
    assert rates["large are worse"] < 0.7 < rates["different"] == 0.8 < 0.87 < rates["large are better"]


def test_the_whole_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["coverage_of_intervals.py", "--draws", "1", "--walls", "5"])
    coverage.main()
    shown = capsys.readouterr().out
    assert shown.count("logit-normal") == 20
    assert all(shown.count(f"tell, {name}: from") == 2 for name in coverage.METHODS)
